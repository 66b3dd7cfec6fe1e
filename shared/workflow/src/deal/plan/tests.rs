//! What orders do to a contract whose figures are worked out by hand.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn term(id: &str, product: &str, price: &str, service: (&str, &str), method: Method) -> Term {
    Term {
        obligation: id.into(),
        product: Some(product.to_owned()),
        layers: vec![Layer {
            from: day(service.0),
            amount: amount(price),
        }],
        service: (day(service.0), day(service.1)),
        method: Some(method),
        bills: vec![bill(1, price, service, Billed::Made)],
    }
}

fn bill(document: u32, price: &str, service: (&str, &str), state: Billed) -> Bill {
    Bill {
        document,
        amount: amount(price),
        service: (day(service.0), day(service.1)),
        state,
    }
}

/// Ten seats and a module for 2026, onboarding in January; all billed, all paid.
fn standing(method: Method) -> Standing {
    let year = ("2026-01-01", "2026-12-31");
    let terms = vec![
        term("seats", "SEAT", "12000", year, method),
        term("module", "MODULE", "2400", year, method),
        Term {
            method: None,
            ..term("onboarding", "ONBOARDING", "2000", ("2026-01-15", "2026-01-15"), method)
        },
    ];
    Standing {
        currency: Currency::parse("GBP").unwrap(),
        signed_on: day("2026-01-01"),
        billed: terms.iter().map(|term| (term.obligation.clone(), term.price())).collect(),
        terms,
        unpaid: BTreeMap::new(),
    }
}

fn less(product: &str, value: &str) -> Reduction {
    Reduction {
        label: "line 1".to_owned(),
        of: Whose::Product(Some(product.to_owned())),
        amount: Some(amount(value)),
    }
}

fn added(id: &str, price: &str) -> ObligationTerms {
    ObligationTerms {
        price: Some(amount(price)),
        ..ObligationTerms::new(id, tieout_accounting::event::Satisfied::OverTime)
    }
}

fn difference(added: Vec<ObligationTerms>, reductions: Vec<Reduction>) -> Wanted {
    Wanted::Difference(Difference {
        added,
        reductions,
        moved: Vec::new(),
    })
}

/// Each event as `name price_change|refund`, each credit and each planned document that is lowered as `document obligation amount`; or the words
/// of the finding.
fn said(result: &Result<Plan, Vec<Finding>>) -> Vec<String> {
    let plan = match result {
        Err(findings) => {
            return findings
                .iter()
                .map(|finding| format!("{}: {}", finding.value, finding.problem))
                .collect();
        }
        Ok(plan) => plan,
    };
    let events = plan.events.iter().map(|event| match &event.kind {
        EventKind::Modified(modified) => {
            let change = |change: &Change| format!(" {}={}", change.obligation, change.price.unwrap());
            let changes: String = modified.change.iter().map(change).collect();
            format!("modified {}{changes}", modified.price_change)
        }
        EventKind::Cancelled(cancelled) => {
            let ended: Vec<String> = cancelled.obligations.iter().flatten().map(ToString::to_string).collect();
            let refund = cancelled.refund.map(|refund| format!(" refund {refund}")).unwrap_or_default();
            format!("cancelled {}{refund}", ended.join("+"))
        }
        other => other.name().to_owned(),
    });
    let credits = plan.credits.iter().flat_map(|(invoice, lines)| {
        let line = move |(obligation, amount): (&ObligationId, &Decimal)| format!("credit {invoice} {obligation} {amount}");
        lines.iter().map(line)
    });
    let lowered = plan.lowered.iter().flat_map(|(document, lines)| {
        let line = move |(obligation, amount): (&ObligationId, &Decimal)| format!("lower {document} {obligation} {amount}");
        lines.iter().map(line)
    });
    events.chain(credits).chain(lowered).collect()
}

#[track_caller]
fn check(name: &str, standing: &Standing, on: &str, wanted: &Wanted, expected: &[&str]) {
    let days = When {
        agreed: day(on),
        effective: day(on),
    };
    assert_eq!(said(&plan(standing, days, wanted)), expected, "{name}");
}

#[test]
fn a_difference_adds_and_takes_from_the_newest_layer() {
    let months = standing(Method::ProrataMonth);
    check(
        "five more seats for half a year",
        &months,
        "2026-07-01",
        &difference(vec![added("more", "3000")], vec![]),
        &["modified 3000"],
    );
    // Ten seats to seven: 3 x 1,200 x 6/12.
    check(
        "three seats less",
        &months,
        "2026-07-01",
        &difference(vec![], vec![less("SEAT", "1800")]),
        &["modified -1800 seats=10200", "credit 1 seats 1800"],
    );
    check(
        "less of one, more of another: net below zero",
        &months,
        "2026-07-01",
        &difference(vec![added("more", "1200")], vec![less("SEAT", "1800")]),
        &["modified -600 seats=10200", "credit 1 seats 1800"],
    );
    let mut layers = months.clone();
    let upsell = term("more", "SEAT", "3000", ("2026-07-01", "2026-12-31"), Method::ProrataMonth);
    layers.terms.push(Term {
        bills: vec![bill(2, "3000", ("2026-07-01", "2026-12-31"), Billed::Made)],
        ..upsell
    });
    // The upsell gives what is left of it from October, 3,000 x 3/6; the rest comes from the first layer.
    check(
        "two layers",
        &layers,
        "2026-10-01",
        &difference(vec![], vec![less("SEAT", "1800")]),
        &["modified -1800 seats=11700 more=1500", "credit 1 seats 300", "credit 2 more 1500"],
    );
    check(
        "nothing",
        &months,
        "2026-07-01",
        &difference(vec![], vec![]),
        &["empty: change nothing"],
    );
}

#[test]
fn what_is_added_is_promised_when_it_is_agreed() {
    let days = When {
        agreed: day("2026-06-24"),
        effective: day("2026-07-01"),
    };
    let (more, fewer) = (vec![added("more", "3000")], vec![less("SEAT", "1800")]);
    let rows = [
        ("added", difference(more.clone(), vec![]), vec![("2026-06-24", "3000")]),
        ("taken away", difference(vec![], fewer.clone()), vec![("2026-07-01", "-1800")]),
        (
            "both",
            difference(more.clone(), fewer),
            vec![("2026-06-24", "3000"), ("2026-07-01", "-1800")],
        ),
        (
            "an early renewal",
            Wanted::Replacement(more),
            vec![("2026-06-24", "3000"), ("2026-07-01", "ends")],
        ),
    ];
    for (name, wanted, expected) in rows {
        let plan = plan(&standing(Method::ProrataMonth), days, &wanted).unwrap();
        let said = plan.events.iter().map(|event| match &event.kind {
            EventKind::Modified(modified) => (event.on.to_string(), modified.price_change.to_string()),
            _ => (event.on.to_string(), "ends".to_owned()),
        });
        let expected = expected.into_iter().map(|(on, what)| (on.to_owned(), what.to_owned()));
        assert_eq!(said.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn what_is_not_there_cannot_be_taken_away() {
    let months = standing(Method::ProrataMonth);
    // From July 12,000 x 6/12 is left.
    let refused = [
        (
            "more than is left",
            "2026-07-01",
            less("SEAT", "6000.01"),
            "6000.01: is 0.01 more than what is left of SEAT in the contract from 2026-07-01",
        ),
        (
            "what is not sold",
            "2026-07-01",
            less("OTHER", "1"),
            "1: is 1 more than what is left of OTHER in the contract from 2026-07-01",
        ),
        (
            "what was delivered",
            "2026-07-01",
            less("ONBOARDING", "2000"),
            "2000: is 2000 more than what is left of ONBOARDING in the contract from 2026-07-01",
        ),
        (
            "what has ended",
            "2027-01-01",
            less("SEAT", "1"),
            "1: is 1 more than what is left of SEAT in the contract from 2027-01-01",
        ),
    ];
    for (name, on, reduction, words) in refused {
        check(name, &months, on, &difference(vec![], vec![reduction]), &[words]);
    }
}

#[test]
fn an_end_credits_what_is_not_served() {
    let months = standing(Method::ProrataMonth);
    // September to December: 14,400 x 4/12; onboarding was delivered and stays.
    let (seats, module) = ("credit 1 seats 4000", "credit 1 module 800");
    check(
        "paid: the money is to be given back",
        &months,
        "2026-09-01",
        &Wanted::End,
        &["cancelled seats+module refund 4800", module, seats],
    );
    for (name, unpaid, head) in [
        ("unpaid: it is owed no longer", "16400", "cancelled seats+module"),
        (
            "partly paid: what goes beyond is given back",
            "1000",
            "cancelled seats+module refund 3800",
        ),
    ] {
        let standing = Standing {
            unpaid: BTreeMap::from([(1, amount(unpaid))]),
            ..months.clone()
        };
        check(name, &standing, "2026-09-01", &Wanted::End, &[head, module, seats]);
    }
    // The seats' invoice is paid; the module's is not, and what it owes beyond its credit pays back nothing of the other one.
    let mut two = months.clone();
    two.unpaid = BTreeMap::from([(1, Decimal::ZERO), (2, amount("2400"))]);
    two.terms[1].bills[0].document = 2;
    check(
        "two invoices",
        &two,
        "2026-09-01",
        &Wanted::End,
        &["cancelled seats+module refund 4000", seats, "credit 2 module 800"],
    );
}

#[test]
fn what_is_left_goes_by_the_method_and_by_what_finance_authorised() {
    let months = standing(Method::ProrataMonth);
    let (seats, module) = ("credit 1 seats 4000", "credit 1 module 800");
    // By days: 122 of 365 are left.
    check(
        "by days",
        &standing(Method::Daily),
        "2026-09-01",
        &Wanted::End,
        &[
            "cancelled seats+module refund 4813.15",
            "credit 1 module 802.19",
            "credit 1 seats 4010.96",
        ],
    );
    let draft = Standing {
        billed: BTreeMap::new(),
        ..months.clone()
    };
    check(
        "not authorised yet",
        &draft,
        "2026-09-01",
        &Wanted::End,
        &["cancelled seats+module", module, seats],
    );
    check(
        "half a month",
        &months,
        "2026-12-17",
        &Wanted::End,
        // 15 of 31 days: 1,000 x 15/31 and 200 x 15/31.
        &[
            "cancelled seats+module refund 580.64",
            "credit 1 module 96.77",
            "credit 1 seats 483.87",
        ],
    );
    let words = "2027-01-01: is after the last day of the contract";
    check("what has ended", &months, "2027-01-01", &Wanted::End, &[words]);
}

#[test]
fn each_part_of_a_price_counts_from_its_own_day() {
    let months = standing(Method::ProrataMonth);
    let module = "credit 1 module 800";
    // Ten seats until June, seven from July on: 12,000 - 3 x 1,200 x 6/12 are 10,200, of which 7 x 1,200 x 4/12 = 2,800 are left in September.
    let mut fewer = months.clone();
    fewer.terms[0].reprice(day("2026-07-01"), amount("10200"));
    fewer.billed.insert("seats".into(), amount("10200"));
    check(
        "after a downgrade",
        &fewer,
        "2026-09-01",
        &Wanted::End,
        &["cancelled seats+module refund 3600", module, "credit 1 seats 2800"],
    );
    // 12,000 are still billed, of which 10,200 - 2,800 = 7,400 were served: 4,600 are given back, and 800 of the module.
    fewer.billed.insert("seats".into(), amount("12000"));
    check(
        "after a downgrade whose credit note is not approved yet",
        &fewer,
        "2026-09-01",
        &Wanted::End,
        &["cancelled seats+module refund 5400", module, "credit 1 seats 2800"],
    );
}

#[test]
fn an_early_renewal_ends_the_rest_and_adds_its_own() {
    let new = Wanted::Replacement(vec![added("seats-27", "22800"), added("module-27", "2400")]);
    // October to December of 14,400 is 3,600.
    check(
        "from October",
        &standing(Method::ProrataMonth),
        "2026-10-01",
        &new,
        &[
            "modified 25200",
            "cancelled seats+module refund 3600",
            "credit 1 module 600",
            "credit 1 seats 3000",
        ],
    );
}

#[test]
fn parts_of_a_month_are_exact() {
    let days: BTreeSet<u32> = (1..=12)
        .map(|month| days_of_month(NaiveDate::from_ymd_opt(2028, month, 1).unwrap()))
        .collect();
    assert_eq!(days, BTreeSet::from([29, 30, 31]));
    assert!([28, 29, 30, 31].iter().all(|days| MONTH_PARTS.is_multiple_of(*days)));
}

/// The seats of 2026 by the quarter, of which so many are billed; what is unpaid of each invoice.
fn quarterly(method: Method, made: u32, unpaid: &[(u32, &str)]) -> Standing {
    let quarters = [
        ("2026-01-01", "2026-03-31"),
        ("2026-04-01", "2026-06-30"),
        ("2026-07-01", "2026-09-30"),
        ("2026-10-01", "2026-12-31"),
    ];
    let state = |document| if document <= made { Billed::Made } else { Billed::Planned };
    let bills = (1..)
        .zip(quarters)
        .map(|(document, service)| bill(document, "3000", service, state(document)));
    let whole = standing(method);
    let seats = whole.terms.first().cloned().unwrap();
    Standing {
        billed: BTreeMap::from([("seats".into(), Decimal::from(3_000 * made))]),
        terms: vec![Term {
            bills: bills.collect(),
            ..seats
        }],
        unpaid: unpaid.iter().map(|(document, open)| (*document, amount(open))).collect(),
        ..whole
    }
}

#[test]
fn what_a_billing_plan_has_to_come_is_dropped_before_anything_is_credited() {
    let planned = ["lower 3 seats 3000", "lower 4 seats 3000"];
    let rows: [(&str, Standing, &str, &[&str]); 7] = [
        // Half of 12,000 is served and billed.
        (
            "at the end of a quarter",
            quarterly(Method::ProrataMonth, 2, &[]),
            "2026-07-01",
            &["cancelled seats"],
        ),
        // 7 of 12 months are 7,000; 6,000 of them are not billed yet.
        (
            "a month before it",
            quarterly(Method::ProrataMonth, 2, &[]),
            "2026-06-01",
            &["cancelled seats refund 1000", "credit 2 seats 1000"],
        ),
        (
            "and the quarter is not paid",
            quarterly(Method::ProrataMonth, 2, &[(2, "3000")]),
            "2026-06-01",
            &["cancelled seats", "credit 2 seats 1000"],
        ),
        // 12,000 x 230 / 365 = 7,561.64, less 6,000.
        (
            "by days",
            quarterly(Method::Daily, 2, &[]),
            "2026-05-16",
            &["cancelled seats refund 1561.64", "credit 2 seats 1561.64"],
        ),
        // 11 of 12 months: 6,000 to come, 3,000 of the second and 2,000 of the first invoice, of which only the first is paid.
        (
            "back over two invoices",
            quarterly(Method::ProrataMonth, 2, &[(2, "3000")]),
            "2026-02-01",
            &["cancelled seats refund 2000", "credit 1 seats 2000", "credit 2 seats 3000"],
        ),
        // In arrears the second quarter is not billed yet: 2,000 of it are served.
        (
            "in arrears",
            quarterly(Method::ProrataMonth, 1, &[]),
            "2026-06-01",
            &["cancelled seats", "lower 2 seats 1000"],
        ),
        (
            "what was taken back in the ledger is credited already",
            {
                let mut standing = quarterly(Method::ProrataMonth, 2, &[]);
                standing.terms[0].bills[1].state = Billed::Gone;
                standing.billed = BTreeMap::from([("seats".into(), amount("3000"))]);
                standing
            },
            "2026-06-01",
            &["cancelled seats"],
        ),
    ];
    for (name, standing, on, expected) in rows {
        let expected: Vec<&str> = expected.iter().copied().chain(planned).collect();
        check(name, &standing, on, &Wanted::End, &expected);
    }
}

#[test]
fn a_lower_price_is_less_in_each_document_to_come() {
    // From May 2,000 of the second, 3,000 of the third and of the fourth are left: 1,800 x 2/8, 3/8, 3/8.
    check(
        "1,800 less from May",
        &quarterly(Method::ProrataMonth, 2, &[]),
        "2026-05-01",
        &difference(vec![], vec![less("SEAT", "1800")]),
        &[
            "modified -1800 seats=10200",
            "credit 2 seats 450",
            "lower 3 seats 675",
            "lower 4 seats 675",
        ],
    );
}
