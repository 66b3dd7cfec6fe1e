//! The methods of docs/accounting.md, Schedules as tables, and an independent model of `daily`, day by day.

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;
use tieout_accounting::money::Rounding;
use tieout_accounting::policy::{Method, Policy, Remainder};
use tieout_accounting::schedule::{Schedule, Service, Spread, daily};
use tieout_accounting::{Currency, Money, Period};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn check(method: Method, remainder: Remainder, amount: i128, (start, end): (&str, &str), first: &str, expected: &[i128]) {
    let policy = Policy {
        remainder,
        ..Policy::default()
    };
    let schedule = Schedule::new(method, &Service::days(day(start), day(end)).unwrap()).unwrap();
    let spread = Spread::new(amount, schedule, &policy).unwrap();
    let (periods, amounts): (Vec<Period>, Vec<i128>) = spread.amounts().unzip();
    assert_eq!(amounts, expected, "{method:?} {remainder:?} {amount} {start} {end}");
    assert_eq!(periods[0].to_string(), first, "{method:?} {start} {end}");
    assert_eq!(amounts.iter().sum::<i128>(), amount);
    assert_eq!(spread.schedule().last(), periods[periods.len() - 1]);
}

type Row = (Method, i128, (&'static str, &'static str), &'static str, &'static [i128]);

/// Method, amount, service, first period, amounts.
#[rustfmt::skip]
const WEIGHTS: &[Row] = &[
    (Method::Daily, 10_000, ("2019-01-10", "2019-03-15"), "2019-01", &[3385, 4307, 2308]),
    (Method::Instant, 12_000, ("2024-06-15", "2024-10-12"), "2024-06", &[1600, 3100, 3100, 3000, 1200]),
    (Method::EqualTouched, 9_000, ("2026-01-31", "2026-03-01"), "2026-01", &[3000, 3000, 3000]),
    (Method::EqualAnniversary, 12_000, ("2024-06-15", "2024-10-14"), "2024-06", &[3000; 4]),
    (Method::EqualAnniversary, 9_000, ("2026-01-31", "2026-04-29"), "2026-01", &[3000; 3]),
    (Method::ProrataMonth, 30_000, ("2026-01-20", "2026-03-02"), "2026-01", &[8000, 20667, 1333]),
    (Method::EndsByTime, 12_000, ("2024-06-15", "2024-10-12"), "2024-06", &[1600, 3067, 3066, 3067, 1200]),
    (Method::EndsByTime, 3_100, ("2026-01-17", "2026-02-16"), "2026-01", &[1500, 1600]),
    (Method::EndsByTime, 3_100, ("2026-01-01", "2026-01-31"), "2026-01", &[3100]),
    (Method::MidMonth, 12_000, ("2026-01-15", "2026-04-15"), "2026-01", &[3000; 4]),
    (Method::MidMonth, 12_000, ("2026-01-15", "2026-04-14"), "2026-01", &[4000; 3]),
    (Method::MidMonth, 12_000, ("2026-01-16", "2027-01-15"), "2026-02", &[1000; 12]),
    (Method::MidMonth, 12_000, ("2026-01-16", "2026-04-16"), "2026-02", &[4000; 3]),
    (Method::MidMonth, 500, ("2026-01-20", "2026-02-10"), "2026-01", &[500]),
    (Method::HalfMonth, 600, ("2026-01-15", "2026-03-14"), "2026-01", &[150, 300, 150]),
    (Method::HalfMonth, 2_400, ("2026-01-01", "2026-12-31"), "2026-01", &[100, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 100]),
    (Method::Thirty360, 36_000, ("2026-01-11", "2026-04-10"), "2026-01", &[8000, 12000, 12000, 4000]),
    (Method::Thirty360, 3_100, ("2026-02-28", "2026-03-31"), "2026-02", &[100, 3000]),
    (Method::Fiscal445, 9_100, ("2026-01-01", "2026-04-01"), "2026-01", &[2800, 2800, 3500]),
    (Method::Fiscal445, 36_500, ("2026-01-01", "2026-12-31"), "2026-01", &[2800, 2800, 3500, 2800, 2800, 3500, 2800, 2800, 3500, 2800, 2800, 3600]),
];

#[test]
fn each_method_weighs_as_its_rule_says() {
    for (method, amount, service, first, expected) in WEIGHTS {
        check(*method, Remainder::Cumulative, *amount, *service, first, expected);
    }
}

#[test]
fn each_remainder_goes_where_its_name_says() {
    use Method::*;
    use Remainder::*;
    for (method, remainder, amount, service, expected) in [
        (Daily, Last, 10_000, ("2019-01-10", "2019-03-15"), vec![3385, 4308, 2307]),
        (Daily, First, 10_000, ("2019-01-10", "2019-03-15"), vec![3384, 4308, 2308]),
        (EqualTouched, Balance, 10_001, ("2026-01-01", "2026-02-28"), vec![5000, 5001]),
        (EqualTouched, Cumulative, 10_001, ("2026-01-01", "2026-02-28"), vec![5001, 5000]),
        (EqualTouched, Cumulative, -10_001, ("2026-01-01", "2026-02-28"), vec![-5001, -5000]),
        (
            EndsByTime,
            LastFull,
            12_000,
            ("2024-06-15", "2024-10-12"),
            vec![1600, 3066, 3066, 3068, 1200],
        ),
        (Daily, LastFull, 1_000, ("2026-01-10", "2026-02-10"), vec![688, 312]),
        (EqualTouched, First, 0, ("2026-01-01", "2026-02-28"), vec![0, 0]),
    ] {
        check(method, remainder, amount, service, &service.0[..7], &expected);
    }
}

#[test]
fn the_short_way_by_days_rounds_a_half_by_its_name() {
    for (rounding, expected) in [(Rounding::HalfAway, [1, 0]), (Rounding::HalfEven, [0, 1])] {
        let mut months = Vec::new();
        assert!(daily::rows(1, day("2026-07-01"), day("2026-08-31"), rounding, |_, minor| months.push(minor)));
        assert_eq!(months, expected, "{rounding:?}");
    }
}

#[test]
fn shares_of_the_user_must_sum_to_one() {
    let period = |text: &str| Period::parse(text).unwrap();
    let share = |text: &str| text.parse().unwrap();
    let mut service = Service::days(day("2026-01-01"), day("2026-03-31")).unwrap();
    assert!(Schedule::new(Method::User, &service).is_err());
    service.shares = Some([(period("2026-01"), share("0.5")), (period("2026-03"), share("0.5"))].into());
    let spread = Spread::new(101, Schedule::new(Method::User, &service).unwrap(), &Policy::default()).unwrap();
    assert_eq!(spread.amounts().map(|(_, minor)| minor).collect::<Vec<_>>(), [51, 0, 50]);
    service.shares = Some([(period("2026-01"), share("0.5"))].into());
    assert!(Schedule::new(Method::User, &service).unwrap_err().to_string().contains("0.5"));
}

#[test]
fn amounts_at_the_edge_of_64_bits_are_exact_or_refused() {
    let gbp = Currency::parse("GBP").unwrap();
    for text in ["92233720368547758.07", "-92233720368547758.08", "79228162514264337593543950335"] {
        assert!(Money::parse_major(text, gbp).unwrap_err().to_string().contains(text));
    }
    let largest = Money::new(i64::MAX, gbp);
    assert!(largest.checked_add(Money::new(1, gbp)).is_err());
    assert!(Money::new(i64::MIN, gbp).checked_neg().is_err());
    assert!(largest.checked_add(Money::zero(Currency::parse("USD").unwrap())).is_err());
    let mut sum = 0i64;
    assert!(daily::rows(
        i64::MAX,
        day("2026-01-01"),
        day("2026-12-31"),
        Rounding::HalfAway,
        |_, minor| sum += minor
    ));
    assert_eq!(sum, i64::MAX);
}

/// Day by day: the exact share of each day as a fraction over the days of the service, rounded at each month's end.
fn reference(amount: i64, start: NaiveDate, end: NaiveDate) -> Vec<(Period, i64)> {
    let days = i128::from((end - start).num_days()) + 1;
    let mut rows: Vec<(Period, i64)> = Vec::new();
    let (mut earned, mut booked) = (0i128, 0i128);
    let mut on = start;
    while on <= end {
        earned += i128::from(amount);
        let last_of_month = (on + Days::new(1)).month() != on.month();
        if last_of_month || on == end {
            let twice = 2 * earned;
            let rounded = (twice.abs() + days) / (2 * days) * twice.signum();
            rows.push((Period::of(on), i64::try_from(rounded - booked).unwrap()));
            booked = rounded;
        }
        on = on + Days::new(1);
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn daily_agrees_with_the_model_day_by_day(amount in -5_000_000_000i64..5_000_000_000, first in 0u64..2_000, days in 0u64..1_500) {
        let start = day("2023-01-01") + Days::new(first);
        let end = start + Days::new(days);
        let expected = reference(amount, start, end);
        let mut rows = Vec::new();
        prop_assert!(daily::rows(amount, start, end, Rounding::HalfAway, |period, minor| rows.push((period, minor))));
        prop_assert_eq!(&rows, &expected);
        let schedule = Schedule::new(Method::Daily, &Service::days(start, end).unwrap()).unwrap();
        let spread = Spread::new(i128::from(amount), schedule, &Policy::default()).unwrap();
        let rows: Vec<(Period, i64)> = spread.amounts().map(|(period, minor)| (period, i64::try_from(minor).unwrap())).collect();
        prop_assert_eq!(&rows, &expected);
    }

    #[test]
    fn every_method_and_remainder_sums_to_the_amount(amount in -1_000_000_000_000i128..1_000_000_000_000, first in 0u64..2_000, days in 0u64..1_500, method in 0usize..10, remainder in 0usize..5) {
        let start = day("2023-01-01") + Days::new(first);
        let service = Service::days(start, start + Days::new(days)).unwrap();
        let remainder = [Remainder::Cumulative, Remainder::Last, Remainder::First, Remainder::LastFull, Remainder::Balance][remainder];
        let spread = Spread::new(amount, Schedule::new(Method::ALL[method].1, &service).unwrap(), &Policy { remainder, ..Policy::default() }).unwrap();
        prop_assert_eq!(spread.amounts().map(|(_, minor)| minor).sum::<i128>(), amount);
    }
}
