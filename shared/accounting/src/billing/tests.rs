//! Plans whose days and amounts are worked out by hand.

#![allow(clippy::unwrap_used)]

use crate::Currency;
use crate::example::day;

use super::*;

fn money(text: &str, currency: &str) -> Money {
    Money::parse_major(text, Currency::parse(currency).unwrap()).unwrap()
}

fn over(id: &str, price: &str, first: &str, last: &str, method: Method) -> Line {
    Line {
        obligation: id.into(),
        price: money(price, "GBP"),
        service: Service::Over {
            first: day(first),
            last: day(last),
            method,
        },
    }
}

fn year(id: &str, price: &str) -> Line {
    over(id, price, "2026-01-01", "2026-12-31", Method::Daily)
}

fn at(id: &str, price: &str, on: &str) -> Line {
    Line {
        obligation: id.into(),
        price: money(price, "GBP"),
        service: Service::At(day(on)),
    }
}

fn recurring(frequency: Frequency, timing: Timing, alignment: Alignment) -> Terms {
    signed("2025-12-15", frequency, timing, alignment)
}

fn signed(on: &str, frequency: Frequency, timing: Timing, alignment: Alignment) -> Terms {
    Terms {
        signed_on: day(on),
        deposit: None,
        schedule: Schedule::Recurring {
            frequency,
            timing,
            alignment,
        },
    }
}

fn agreed(instalments: &[(&str, Part)]) -> Terms {
    let instalment = |(on, part): &(&str, Part)| Instalment { on: day(on), part: *part };
    Terms {
        signed_on: day("2025-12-15"),
        deposit: None,
        schedule: Schedule::Agreed(instalments.iter().map(instalment).collect()),
    }
}

/// Each slice as `day obligation amount first..last`.
fn said(documents: &[Planned]) -> Vec<String> {
    let slice = |on: NaiveDate, slice: &Slice| {
        let service = slice.service.map(|(first, last)| format!(" {first}..{last}")).unwrap_or_default();
        format!("{on} {} {}{service}", slice.obligation, slice.amount.to_major_string())
    };
    documents
        .iter()
        .flat_map(|document| document.slices.iter().map(move |one| slice(document.on, one)))
        .collect()
}

#[track_caller]
fn check(name: &str, terms: &Terms, lines: &[Line], expected: &[&str]) {
    let documents = plan(terms, lines).unwrap();
    assert_eq!(said(&documents), expected, "{name}");
    for line in lines {
        let slices = documents.iter().flat_map(|document| &document.slices);
        let billed: i64 = slices
            .filter(|slice| slice.obligation == line.obligation)
            .map(|slice| slice.amount.minor)
            .sum();
        assert_eq!(billed, line.price.minor, "{name}: {}", line.obligation);
    }
}

/// Only the amounts, one for each document, of one line.
#[track_caller]
fn check_amounts(name: &str, terms: &Terms, line: Line, expected: &[&str]) {
    let documents = plan(terms, &[line]).unwrap();
    let amounts: Vec<String> = documents
        .iter()
        .map(|document| document.slices[0].amount.to_major_string())
        .collect();
    assert_eq!(amounts, expected, "{name}");
}

use Alignment::{Anchored, Calendar};
use Frequency::{Annual, HalfYearly, Monthly, Once, Quarterly};
use Timing::{Advance, Arrears};

#[test]
fn whole_periods_bill_the_same() {
    check(
        "quarterly in advance",
        &recurring(Quarterly, Advance, Anchored),
        &[year("seats", "12000.00")],
        &[
            "2026-01-01 seats 3000.00 2026-01-01..2026-03-31",
            "2026-04-01 seats 3000.00 2026-04-01..2026-06-30",
            "2026-07-01 seats 3000.00 2026-07-01..2026-09-30",
            "2026-10-01 seats 3000.00 2026-10-01..2026-12-31",
        ],
    );
    check(
        "half-yearly in arrears: on the day after",
        &recurring(HalfYearly, Arrears, Anchored),
        &[year("seats", "12000.00")],
        &[
            "2026-07-01 seats 6000.00 2026-01-01..2026-06-30",
            "2027-01-01 seats 6000.00 2026-07-01..2026-12-31",
        ],
    );
    check(
        "annual, three years: 1,000.00 / 3",
        &recurring(Annual, Advance, Anchored),
        &[over("seats", "1000.00", "2026-03-15", "2029-03-14", Method::Daily)],
        &[
            "2026-03-15 seats 333.33 2026-03-15..2027-03-14",
            "2027-03-15 seats 333.33 2027-03-15..2028-03-14",
            "2028-03-15 seats 333.34 2028-03-15..2029-03-14",
        ],
    );
    check(
        "months are counted from the 31st and end where a month is short",
        &recurring(Monthly, Advance, Anchored),
        &[over("seats", "1000.00", "2026-01-31", "2026-05-30", Method::Daily)],
        &[
            "2026-01-31 seats 250.00 2026-01-31..2026-02-27",
            "2026-02-28 seats 250.00 2026-02-28..2026-03-30",
            "2026-03-31 seats 250.00 2026-03-31..2026-04-29",
            "2026-04-30 seats 250.00 2026-04-30..2026-05-30",
        ],
    );
    check(
        "once, at the signing",
        &recurring(Once, Advance, Anchored),
        &[year("seats", "12000.00"), at("setup", "900.00", "2026-02-15"), year("free", "0.00")],
        &[
            "2025-12-15 seats 12000.00 2026-01-01..2026-12-31",
            "2025-12-15 setup 900.00",
            "2025-12-15 free 0.00 2026-01-01..2026-12-31",
        ],
    );
    check(
        "once, after the service",
        &recurring(Once, Arrears, Anchored),
        &[year("seats", "12000.00"), at("setup", "900.00", "2026-02-15")],
        &["2027-01-01 seats 12000.00 2026-01-01..2026-12-31", "2027-01-01 setup 900.00"],
    );
}

#[test]
fn cents_that_do_not_divide_are_in_the_last_document() {
    let monthly = recurring(Monthly, Advance, Anchored);
    // 100.00 / 12 = 8.3333; 100.00 - 11 x 8.33 = 8.37. 200.00 / 12 = 16.6667; 200.00 - 11 x 16.67 = 16.63.
    let mut down = vec!["8.33"; 11];
    down.push("8.37");
    check_amounts("rounded down", &monthly, year("seats", "100.00"), &down);
    let mut up = vec!["16.67"; 11];
    up.push("16.63");
    check_amounts("rounded up", &monthly, year("seats", "200.00"), &up);
    // 0.07 / 12 is rounded to 0.01, and after seven nothing is left.
    check_amounts("never more than is left", &monthly, year("seats", "0.07"), &["0.01"; 7]);
    // 1,000 yen / 3; 100.000 dinars / 12 = 8.3333, 100.000 - 11 x 8.333 = 8.337.
    let quarter = |price: Money| Line {
        price,
        ..over("seats", "1.00", "2026-01-01", "2026-03-31", Method::Daily)
    };
    check_amounts("yen", &monthly, quarter(money("1000", "JPY")), &["333", "333", "334"]);
    let mut dinars = vec!["8.333"; 11];
    dinars.push("8.337");
    let of_year = Line {
        price: money("100.000", "KWD"),
        ..year("seats", "1.00")
    };
    check_amounts("dinars", &monthly, of_year, &dinars);
}

#[test]
fn a_part_of_a_period_bills_its_share() {
    // 45 days of 90 at both ends, three whole quarters between them: 12,000 / 4 a quarter.
    check(
        "calendar quarters",
        &recurring(Quarterly, Advance, Calendar),
        &[over("seats", "12000.00", "2026-02-15", "2027-02-14", Method::EqualTouched)],
        &[
            "2026-02-15 seats 1500.00 2026-02-15..2026-03-31",
            "2026-04-01 seats 3000.00 2026-04-01..2026-06-30",
            "2026-07-01 seats 3000.00 2026-07-01..2026-09-30",
            "2026-10-01 seats 3000.00 2026-10-01..2026-12-31",
            "2027-01-01 seats 1500.00 2027-01-01..2027-02-14",
        ],
    );
    // 22 of 31 days, a month, 15 of 31 days: 680.00 x 22/68, 31/68, 15/68.
    check(
        "calendar months in arrears: the last one after its service",
        &recurring(Monthly, Arrears, Calendar),
        &[over("seats", "680.00", "2026-01-10", "2026-03-15", Method::Daily)],
        &[
            "2026-02-01 seats 220.00 2026-01-10..2026-01-31",
            "2026-03-01 seats 310.00 2026-02-01..2026-02-28",
            "2026-03-16 seats 150.00 2026-03-01..2026-03-15",
        ],
    );
    let quarterly = recurring(Quarterly, Advance, Anchored);
    let stub = |price: &str, last: &str, method: Method| over("seats", price, "2026-01-01", last, method);
    // Two quarters, then by days 31 of 92: 2,150.00 x 92/215 and 31/215.
    check_amounts(
        "by days",
        &quarterly,
        stub("2150.00", "2026-07-31", Method::Daily),
        &["920.00", "920.00", "310.00"],
    );
    // By months 1 of 3; ten days of July are 10/31 of a month: 1,960.00 x 93/196 and 10/196.
    check_amounts(
        "by months",
        &quarterly,
        stub("700.00", "2026-07-31", Method::ProrataMonth),
        &["300.00", "300.00", "100.00"],
    );
    check_amounts(
        "by a share of a month",
        &quarterly,
        stub("1960.00", "2026-07-10", Method::ProrataMonth),
        &["930.00", "930.00", "100.00"],
    );
    // A month that is begun counts: 1 of 3.
    check_amounts(
        "by months begun",
        &quarterly,
        stub("700.00", "2026-07-10", Method::EqualAnniversary),
        &["300.00", "300.00", "100.00"],
    );
    check(
        "a line that begins later has the periods of the order",
        &recurring(HalfYearly, Advance, Anchored),
        &[
            year("seats", "12000.00"),
            over("module", "900.00", "2026-04-01", "2026-12-31", Method::ProrataMonth),
        ],
        &[
            "2026-01-01 seats 6000.00 2026-01-01..2026-06-30",
            "2026-01-01 module 300.00 2026-04-01..2026-06-30",
            "2026-07-01 seats 6000.00 2026-07-01..2026-12-31",
            "2026-07-01 module 600.00 2026-07-01..2026-12-31",
        ],
    );
}

#[test]
fn one_off_lines_come_with_a_document_that_is_there() {
    let rows: [(&str, Timing, &str, &[&str]); 4] = [
        (
            "in advance: at the signing",
            Advance,
            "2026-02-15",
            &[
                "2025-12-15 setup 900.00",
                "2026-01-01 seats 6000.00 2026-01-01..2026-06-30",
                "2026-07-01 seats 6000.00 2026-07-01..2026-12-31",
            ],
        ),
        (
            "in arrears: with the first document after it",
            Arrears,
            "2026-02-15",
            &[
                "2026-07-01 seats 6000.00 2026-01-01..2026-06-30",
                "2026-07-01 setup 900.00",
                "2027-01-01 seats 6000.00 2026-07-01..2026-12-31",
            ],
        ),
        (
            "in arrears, on the day of a document",
            Arrears,
            "2027-01-01",
            &[
                "2026-07-01 seats 6000.00 2026-01-01..2026-06-30",
                "2027-01-01 seats 6000.00 2026-07-01..2026-12-31",
                "2027-01-01 setup 900.00",
            ],
        ),
        (
            "in arrears, after the last document: on its day",
            Arrears,
            "2027-01-02",
            &[
                "2026-07-01 seats 6000.00 2026-01-01..2026-06-30",
                "2027-01-01 seats 6000.00 2026-07-01..2026-12-31",
                "2027-01-02 setup 900.00",
            ],
        ),
    ];
    for (name, timing, on, expected) in rows {
        let lines = [year("seats", "12000.00"), at("setup", "900.00", on)];
        check(name, &recurring(HalfYearly, timing, Anchored), &lines, expected);
    }
    check(
        "nothing over time",
        &recurring(Quarterly, Arrears, Anchored),
        &[at("one", "10.00", "2025-11-01"), at("two", "20.00", "2026-03-01")],
        &["2025-12-15 one 10.00", "2026-03-01 two 20.00"],
    );
}

#[test]
fn nothing_is_due_before_the_signing() {
    check(
        "what is due on the same day is one document, and what follows on each other one line",
        &signed("2026-03-20", Monthly, Advance, Anchored),
        &[over("seats", "400.00", "2026-01-01", "2026-04-30", Method::Daily)],
        &[
            "2026-03-20 seats 300.00 2026-01-01..2026-03-31",
            "2026-04-01 seats 100.00 2026-04-01..2026-04-30",
        ],
    );
    check(
        "all is served",
        &signed("2027-03-20", Quarterly, Arrears, Anchored),
        &[year("seats", "12000.00")],
        &["2027-03-20 seats 12000.00 2026-01-01..2026-12-31"],
    );
}

#[test]
fn a_deposit_comes_first_and_the_balance_by_the_schedule() {
    let deposit = |percent: &str, terms: Terms| Terms {
        deposit: Some(percent.parse().unwrap()),
        ..terms
    };
    // 30 % of 10,900.00 is 3,270.00, of which 3,000.00 and 270.00.
    check(
        "by halves",
        &deposit("30", recurring(HalfYearly, Advance, Anchored)),
        &[year("seats", "10000.00"), at("setup", "900.00", "2026-02-15")],
        &[
            "2025-12-15 seats 3000.00 2026-01-01..2026-12-31",
            "2025-12-15 setup 900.00",
            "2026-01-01 seats 3500.00 2026-01-01..2026-06-30",
            "2026-07-01 seats 3500.00 2026-07-01..2026-12-31",
        ],
    );
    // 12.5 % of 100.04 is 12.505, rounded to 12.51.
    check(
        "the balance when the service begins",
        &deposit("12.5", recurring(Once, Advance, Anchored)),
        &[year("seats", "100.04")],
        &[
            "2025-12-15 seats 12.51 2026-01-01..2026-12-31",
            "2026-01-01 seats 87.53 2026-01-01..2026-12-31",
        ],
    );
}

#[test]
fn agreed_days_bill_each_line_in_proportion() {
    let amount = |minor: i64| Part::Amount(minor);
    let percent = |text: &str| Part::Percent(text.parse().unwrap());
    // 333.33 of 600.00 + 400.00: 199.998 and 133.332, the cent to the larger rest; the last takes what is left of each.
    check(
        "amounts",
        &agreed(&[
            ("2026-01-10", amount(33_333)),
            ("2026-06-10", amount(33_333)),
            ("2026-11-10", amount(33_334)),
        ]),
        &[year("seats", "600.00"), at("setup", "400.00", "2026-02-15")],
        &[
            "2026-01-10 seats 200.00 2026-01-01..2026-12-31",
            "2026-01-10 setup 133.33",
            "2026-06-10 seats 200.00 2026-01-01..2026-12-31",
            "2026-06-10 setup 133.33",
            "2026-11-10 seats 200.00 2026-01-01..2026-12-31",
            "2026-11-10 setup 133.34",
        ],
    );
    // Half of 100.01 is 50.005, rounded to 50.01; a quarter is 25.0025.
    check(
        "shares",
        &agreed(&[
            ("2026-01-10", percent("50")),
            ("2026-06-10", percent("25")),
            ("2026-11-10", percent("25")),
        ]),
        &[year("seats", "100.01")],
        &[
            "2026-01-10 seats 50.01 2026-01-01..2026-12-31",
            "2026-06-10 seats 25.00 2026-01-01..2026-12-31",
            "2026-11-10 seats 25.00 2026-01-01..2026-12-31",
        ],
    );
    type Refused<'a> = (&'a str, &'a [(&'a str, Part)], &'a str);
    let refused: [Refused<'_>; 7] = [
        ("none", &[], "instalments: a list of dates has 1 to 240 of them (0)"),
        (
            "not in order",
            &[("2026-06-10", percent("50")), ("2026-01-10", percent("50"))],
            "instalments: does not come after the day before it (2026-01-10)",
        ),
        (
            "too little",
            &[("2026-01-10", amount(10_000))],
            "instalments: is what the amounts sum to in minor units, and 10001 is to be billed (10000)",
        ),
        (
            "99 percent",
            &[("2026-01-10", percent("99"))],
            "instalments: is what the shares sum to, not 100 (99)",
        ),
        (
            "more than all",
            &[("2026-01-10", percent("60")), ("2026-02-10", percent("60"))],
            "instalments: is what the shares sum to, not 100 (120)",
        ),
        (
            "both",
            &[("2026-01-10", percent("100")), ("2026-02-10", amount(1))],
            "instalments: shares stand beside amounts (1)",
        ),
        ("nothing", &[("2026-01-10", amount(0))], "instalments: is not above zero (0)"),
    ];
    for (name, instalments, expected) in refused {
        check_refused(name, &agreed(instalments), &[year("seats", "100.01")], expected);
    }
}

#[track_caller]
fn check_refused(name: &str, terms: &Terms, lines: &[Line], expected: &str) {
    let refusal = plan(terms, lines).unwrap_err().to_string();
    assert!(refusal.starts_with(expected), "{name}: {refusal}");
}

#[test]
fn what_makes_no_plan_is_refused() {
    let monthly = recurring(Monthly, Advance, Anchored);
    let of = |first: &str, last: &str| over("seats", "24000.00", first, last, Method::Daily);
    let whole = plan(&monthly, &[of("2026-01-01", "2045-12-31")]).unwrap();
    assert_eq!(whole.len(), 240, "twenty years by the month");
    check_refused(
        "a day more",
        &monthly,
        &[of("2026-01-01", "2046-01-01")],
        "service: needs more than the 240 documents of a plan (2046-01-01)",
    );
    check_refused(
        "ends before it begins",
        &monthly,
        &[of("2026-02-01", "2026-01-31")],
        "seats: is before the first day of service, 2026-02-01 (2026-01-31)",
    );
    check_refused(
        "a hundred years",
        &monthly,
        &[of("2026-01-01", "2126-01-01")],
        "seats: is more than 1200 months after 2026-01-01 (2126-01-01)",
    );
    let below = Line {
        price: Money::new(-1, Currency::parse("GBP").unwrap()),
        ..year("seats", "1.00")
    };
    check_refused("below zero", &monthly, &[below], "seats: is below zero (-0.01)");
    let euros = Line {
        price: money("1.00", "EUR"),
        ..year("module", "1.00")
    };
    check_refused(
        "two currencies",
        &monthly,
        &[year("seats", "1.00"), euros],
        "module: is another currency than that of the first line (EUR)",
    );
    for percent in ["0", "100", "-5"] {
        let terms = Terms {
            deposit: Some(percent.parse().unwrap()),
            ..monthly.clone()
        };
        let expected = format!("deposit: is no part of the price in percent ({percent})");
        check_refused("a deposit", &terms, &[year("seats", "1.00")], &expected);
    }
    assert_eq!(plan(&monthly, &[]).unwrap(), [], "nothing to bill");
}
