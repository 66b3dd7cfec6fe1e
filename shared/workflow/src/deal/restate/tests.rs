//! Ten seats for 12,000.00 and a module for 2,400.00 in 2026, by whole months; half of it is left on 1 July.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use tieout_accounting::Money;
use tieout_accounting::policy::Method;
use tieout_platform::config;

use super::super::terms::Layer;
use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

fn sold(product: &str, price: &str) -> Term {
    let service = (day("2026-01-01"), day("2026-12-31"));
    Term {
        obligation: product.to_lowercase().as_str().into(),
        product: Some(product.to_owned()),
        layers: vec![Layer {
            from: service.0,
            amount: price.parse().unwrap(),
        }],
        service,
        method: Some(Method::ProrataMonth),
        bills: Vec::new(),
    }
}

/// A line of the order: product, total, first and last day; delivered on a day where the last is empty.
type Line = (&'static str, &'static str, &'static str, &'static str);

fn line((product, total, start, end): &Line) -> (Option<String>, BookedLine) {
    let line = BookedLine {
        obligation: format!("{product}-2"),
        name: (*product).to_owned(),
        quantity: Decimal::ONE,
        unit_price: total.parse().unwrap(),
        total: Money::parse_major(total, gbp()).unwrap(),
        start: day(start),
        end: day(if end.is_empty() { start } else { end }),
        satisfied: if end.is_empty() { Satisfied::AtPoint } else { Satisfied::OverTime },
        method: config::Method::ProrataMonth,
        revenue_account: "200".to_owned(),
        tax_type: "NONE".to_owned(),
        tracking: BTreeMap::new(),
    };
    (Some((*product).to_owned()), line)
}

#[track_caller]
fn check(name: &str, on: &str, lines: &[Line], expected: &[&str]) {
    let terms = [sold("SEAT", "12000"), sold("MODULE", "2400")];
    let lines: Vec<_> = lines.iter().map(line).collect();
    let said: Vec<String> = match difference(&lines, &terms, day(on), gbp()) {
        Err(findings) => findings
            .iter()
            .map(|finding| format!("{} {}", finding.value, finding.problem))
            .collect(),
        Ok(difference) => {
            let added = difference
                .added
                .iter()
                .map(|added| format!("+{} {}", added.id, added.price.unwrap().normalize()));
            let less = difference.reductions.iter().map(|less| {
                let amount = less.amount.map_or("all".to_owned(), |amount| amount.normalize().to_string());
                format!("-{} {amount}", less.label)
            });
            added.chain(less).collect()
        }
    };
    assert_eq!(said, expected, "{name}");
}

#[test]
fn what_is_stated_less_what_is_sold_is_the_difference() {
    let (july, last) = ("2026-07-01", "2026-12-31");
    // 15 seats at 1,200.00 a year for half a year are 9,000.00; 6,000.00 of 12,000.00 are left.
    check(
        "more seats, the same module",
        july,
        &[("SEAT", "9000.00", july, last), ("MODULE", "1200.00", july, last)],
        &["+SEAT-2 3000"],
    );
    check(
        "stated for the whole term",
        july,
        &[("SEAT", "15000.00", "2026-01-01", last), ("MODULE", "2400.00", "2026-01-01", last)],
        &["+SEAT-2 3000"],
    );
    check(
        "fewer seats",
        july,
        &[("SEAT", "4200.00", july, last), ("MODULE", "1200.00", july, last)],
        &["-SEAT 1800"],
    );
    check("the module is left out", july, &[("SEAT", "6000.00", july, last)], &["-MODULE all"]);
    check(
        "two lines of one product",
        july,
        &[
            ("SEAT", "6000.00", july, last),
            ("SEAT", "1000.00", july, last),
            ("MODULE", "1200.00", july, last),
        ],
        &["+SEAT-2 1000"],
    );
    check(
        "another product, and one that is delivered on a day",
        july,
        &[
            ("SEAT", "6000.00", july, last),
            ("MODULE", "1200.00", july, last),
            ("API", "500.00", july, last),
            ("TRAINING", "900.00", july, ""),
        ],
        &["+API-2 500", "+TRAINING-2 900"],
    );
    check(
        "another last day: the rest is replaced",
        july,
        &[("SEAT", "12000.00", july, "2027-06-30"), ("MODULE", "1200.00", july, last)],
        &["+SEAT-2 12000", "-SEAT all"],
    );
    check("nothing is left", july, &[], &["-MODULE all", "-SEAT all"]);
}

#[test]
fn a_first_day_that_says_nothing_is_a_question() {
    let (july, last) = ("2026-07-01", "2026-12-31");
    let words = "2026-03-01 is before the day of the change, 2026-07-01, so nobody knows what of the price is for what is left";
    check(
        "neither day",
        july,
        &[("SEAT", "9000.00", "2026-03-01", last), ("MODULE", "1200.00", july, last)],
        &[words],
    );
    let words = "2026-01-01 is before the day of the change, 2026-07-01, so nobody knows what of the price is for what is left";
    check(
        "the whole term, with another end",
        july,
        &[("SEAT", "9000.00", "2026-01-01", "2027-06-30"), ("MODULE", "1200.00", july, last)],
        &[words],
    );
    check(
        "one line whole, the other from then on",
        july,
        &[
            ("SEAT", "9000.00", "2026-01-01", last),
            ("SEAT", "1000.00", july, last),
            ("MODULE", "1200.00", july, last),
        ],
        &[words],
    );
}
