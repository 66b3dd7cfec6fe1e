//! Recurring revenue as tables: terms, switches, movements whose parts give the whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::NaiveDate;
use proptest::prelude::*;
use tieout_accounting::metrics::{Active, Recurrence, RecurringLine, Switches, movements, mrr, retention};
use tieout_accounting::{Currency, Money, Period};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn line(customer: &str, minor: i64, start: &str, end: &str) -> RecurringLine {
    RecurringLine {
        customer: customer.to_owned(),
        amount: Money::new(minor, Currency::parse("GBP").unwrap()),
        signed: day(start),
        start: day(start),
        end: day(end),
        recurrence: Recurrence::Subscription,
    }
}

#[test]
fn mrr_is_the_amount_over_the_months_of_the_term() {
    for (minor, start, end, expected) in [
        (120_000, "2026-01-01", "2026-12-31", 10_000),
        (120_000, "2026-01-16", "2027-01-15", 10_000),
        (120_000, "2028-02-29", "2029-02-27", 10_000),
        (10_000, "2026-02-01", "2026-02-28", 10_000),
        (15_000, "2026-02-01", "2026-03-15", 10_109), // 1 + 15/31 months
        (5_000, "2026-04-01", "2026-04-15", 10_000),
    ] {
        assert_eq!(line("a", minor, start, end).mrr().unwrap().minor, expected, "{start} {end}");
    }
    assert!(
        line("a", 1, "2026-02-01", "2026-01-31")
            .mrr()
            .unwrap_err()
            .to_string()
            .contains("2026-01-31")
    );
}

#[test]
fn switches_decide_what_counts() {
    let mut usage = line("a", 1_000, "2026-01-01", "2026-01-31");
    usage.recurrence = Recurrence::Usage;
    let mut setup = line("a", 9_000, "2026-01-01", "2026-01-31");
    setup.recurrence = Recurrence::OneOff;
    let mut late = line("a", 12_000, "2026-03-10", "2027-03-09");
    late.signed = day("2026-01-20");
    let lines = [usage, setup, late];
    let check = |period: &str, switches: Switches, expected: i64| {
        let found = mrr(&lines, Period::parse(period).unwrap(), &switches).unwrap();
        assert_eq!(found.get("a").copied().unwrap_or(0), expected, "{period} {switches:?}");
    };
    let plain = Switches::default();
    check("2026-01", plain, 0);
    check("2026-01", Switches { usage: true, ..plain }, 1_000);
    check("2026-01", Switches { committed: true, ..plain }, 1_000);
    check("2026-03", plain, 1_000);
    check("2027-02", plain, 1_000);
    check("2027-03", plain, 0);
    check(
        "2027-03",
        Switches {
            active: Active::Touched,
            ..plain
        },
        1_000,
    );
}

#[test]
fn a_customer_who_comes_back_is_reactivated() {
    let lines = [
        line("a", 12_000, "2025-01-01", "2025-12-31"),
        line("a", 24_000, "2026-07-01", "2027-06-30"),
    ];
    let period = |text: &str| Period::parse(text).unwrap();
    let moved = movements(&lines, period("2026-06"), period("2026-07"), &Switches::default()).unwrap();
    assert_eq!((moved.total.reactivation, moved.total.new), (2_000, 0));
    let moved = movements(&lines, period("2025-12"), period("2026-01"), &Switches::default()).unwrap();
    assert_eq!((moved.total.churn, retention(&moved).lost), (-1_000, 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn opening_and_movements_are_the_closing(lines in proptest::collection::vec((0u8..6, 0i64..1_000_000, 0u64..700, 0u64..900), 1..30), from in 0i32..24, span in 1i32..24) {
        let first = day("2025-01-01");
        let lines: Vec<RecurringLine> = lines.into_iter().map(|(customer, minor, start, days)| {
            let start = first + chrono::Days::new(start);
            let end = start + chrono::Days::new(days);
            line(&format!("c{customer}"), minor, &start.to_string(), &end.to_string())
        }).collect();
        let from = Period::of(first).plus(from);
        let moved = movements(&lines, from, from.plus(span), &Switches::default()).unwrap();
        for movement in moved.customers.values().chain([&moved.total]) {
            prop_assert_eq!(movement.opening + movement.change(), movement.closing);
        }
        let kept = retention(&moved);
        prop_assert!(kept.gross <= kept.opening && kept.gross <= kept.net);
    }
}
