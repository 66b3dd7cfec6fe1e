//! Straight-line recognition as slow and plain as it can be: day by day, in whole numbers.
//!
//! By docs/accounting.md, Schedules: the sum to date is rounded, half away from zero, and a month gets the difference; so only the sum to date
//! is computed here. Nothing is taken from the product's engine.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::month::Month;

/// A multiple of the days of every month: 28, 29, 30, 31.
const DAYS_MULTIPLE: i128 = 28 * 29 * 30 * 31;

/// How a price is earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earned {
    /// On one day.
    At(NaiveDate),
    /// From one day to another, both included, by a method of `tieout.toml`.
    Over {
        /// First day.
        start: NaiveDate,
        /// Last day.
        end: NaiveDate,
        /// `daily`, `prorata_month`, `equal_touched`, `equal_anniversary`.
        method: String,
    },
}

impl Earned {
    /// What of `price_cents` is earned through the end of a month.
    pub fn through(&self, price_cents: i64, month: Month) -> i64 {
        match self {
            Self::At(day) if *day <= month.last() => price_cents,
            Self::At(_) => 0,
            Self::Over { start, end, method } => {
                let (done, whole) = share(*start, *end, method, month);
                rounded(i128::from(price_cents) * done, whole)
            }
        }
    }

    /// What of a price is earned through a day: in a month that is not over, by the days of its service that have passed.
    pub fn through_day(&self, price_cents: i64, day: NaiveDate) -> i64 {
        let month = Month::of(day);
        let Self::Over { start, end, method } = self else {
            return match self {
                Self::At(due) if *due <= day => price_cents,
                _ => 0,
            };
        };
        if day >= month.last() {
            return self.through(price_cents, month);
        }
        let (until, whole) = share(*start, *end, method, month);
        let (before, _) = share(*start, *end, method, Month::of(month.first - Days::new(1)));
        let (served, days) = days_of(*start, *end, method, day);
        rounded(i128::from(price_cents) * (before * days + (until - before) * served), whole * days)
    }
}

/// Days of the service of a month that have passed, and all of them; of `equal_anniversary`, of the month of the term that begins in it.
fn days_of(start: NaiveDate, end: NaiveDate, method: &str, day: NaiveDate) -> (i128, i128) {
    let month = Month::of(day);
    let (mut from, mut to) = (month.first.max(start), month.last().min(end));
    if method == "equal_anniversary" {
        let begins = |months: u32| start.checked_add_months(Months::new(months));
        let own = (0..).map_while(|months| Some((months, begins(months)?)));
        let found = own.take_while(|(_, begin)| Month::of(*begin) <= month).last();
        let Some((months, begin)) = found else { return (0, 1) };
        from = begin;
        to = begins(months + 1).map_or(end, |next| (next - Days::new(1)).min(end));
    }
    let days = |until: NaiveDate| i128::from((until - from).num_days() + 1).max(0);
    (days(day.min(to)), days(to).max(1))
}

/// Weight served through the end of `month`, and the whole weight.
fn share(start: NaiveDate, end: NaiveDate, method: &str, month: Month) -> (i128, i128) {
    if method == "equal_anniversary" {
        return anniversaries(start, end, month);
    }
    let (mut done, mut whole, mut touched) = (0, 0, None);
    let mut day = start;
    while day <= end {
        let own = Month::of(day);
        let weight = match method {
            "daily" => 1,
            "prorata_month" => DAYS_MULTIPLE / i128::from(own.last().day()),
            // Each month that is touched counts once.
            _ => i128::from(touched != Some(own)),
        };
        touched = Some(own);
        whole += weight;
        if own <= month {
            done += weight;
        }
        day = day + Days::new(1);
    }
    (done, whole)
}

/// One part for each month of the term, begun ones too; part k falls in the month of the start plus k - 1 months.
fn anniversaries(start: NaiveDate, end: NaiveDate, month: Month) -> (i128, i128) {
    let (mut done, mut whole) = (0, 0);
    let mut passed = 0;
    while let Some(begin) = start.checked_add_months(Months::new(passed)).filter(|begin| *begin <= end) {
        // The month by the calendar: 31 January plus one month is in February.
        whole += 1;
        if Month::of(begin) <= month {
            done += 1;
        }
        passed += 1;
    }
    (done, whole.max(1))
}

/// `numerator / whole`, half away from zero.
fn rounded(numerator: i128, whole: i128) -> i64 {
    let whole = whole.max(1);
    let twice = 2 * numerator.abs() + whole;
    let magnitude = twice / (2 * whole);
    let signed = if numerator < 0 { -magnitude } else { magnitude };
    i64::try_from(signed).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Worked by hand, from the examples of docs/accounting.md, Schedules.
    #[test]
    fn sums_to_date_are_those_of_the_rules() {
        let cases: [(&str, &str, &str, i64, &[(&str, i64)]); 6] = [
            (
                "daily",
                "2019-01-10",
                "2019-03-15",
                10_000,
                &[("2018-12", 0), ("2019-01", 3_385), ("2019-02", 7_692), ("2019-03", 10_000)],
            ),
            (
                "equal_touched",
                "2026-01-15",
                "2026-03-14",
                10_000,
                &[("2026-01", 3_333), ("2026-02", 6_667), ("2026-03", 10_000)],
            ),
            (
                "equal_anniversary",
                "2026-01-15",
                "2026-03-14",
                10_001,
                &[("2026-01", 5_001), ("2026-02", 10_001)],
            ),
            (
                "prorata_month",
                "2026-01-17",
                "2026-02-28",
                12_300,
                &[("2026-01", 4_011), ("2026-02", 12_300)],
            ),
            ("daily", "2026-02-01", "2026-02-01", 5, &[("2026-01", 0), ("2026-02", 5)]),
            (
                "equal_anniversary",
                "2026-01-31",
                "2026-04-29",
                300,
                &[("2026-01", 100), ("2026-02", 200), ("2026-03", 300)],
            ),
        ];
        for (method, start, end, price, sums) in cases {
            let earned = Earned::Over {
                start: day(start),
                end: day(end),
                method: method.to_owned(),
            };
            for (month, expected) in sums {
                let month = Month::parse(month).unwrap();
                assert_eq!(
                    earned.through(price, month),
                    *expected,
                    "{method} {start} to {end}, through {month}"
                );
            }
        }
        assert_eq!(Earned::At(day("2026-02-10")).through(7, Month::parse("2026-01").unwrap()), 0);
    }
}
