//! Notices: what was given notice of and is still served, and the rate of a rolling window.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::cube::{Cell, Cube, Figure, Measure};
use super::line::RecurringLine;
use super::retention::Fraction;
use crate::{Period, Refusal};

impl Cube<'_> {
    /// ARR of the lines on which notice was given in a month, as far as they count in it.
    ///
    /// # Errors
    /// A sum beyond 64 bits, a rate that is missing.
    ///
    /// ```
    /// use tieout_accounting::metrics::{LineKey, Method, Portfolio, Price, RecurringLine, Switches};
    /// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
    /// let gbp = Currency::parse("GBP")?;
    /// let price = Price::Term(Money::new(1_200_00, gbp));
    /// let mut line = RecurringLine::new(LineKey::new("N", "C1", "plan"), price, day("2025-07-01"), Some(day("2026-06-30")));
    /// line.notice = Some(day("2026-02-05"));
    /// let lines = [line];
    /// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
    /// let february = Period::parse("2026-02")?;
    /// let cube = portfolio.cube(&Method::new(Switches::default(), gbp), february)?;
    /// assert_eq!(cube.notice_given(february)?.amount.minor, 1_200_00);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn notice_given(&self, period: Period) -> Result<Figure, Refusal> {
        let noticed = |cell: &&Cell| {
            let notice = self.counting.get(cell.line).and_then(|counted| counted.line.notice);
            notice.is_some_and(|notice| Period::of(notice) == period && self.method.knows(notice))
        };
        let cells: Vec<Cell> = self.live(period)?.iter().filter(noticed).copied().collect();
        self.figure(&cells, Measure::Arr)
    }
}

/// Contracts on which notice was given in the `days` before a day, over those that were served at the beginning of that time: Polar's
/// churn rate. None where there were none.
///
/// ```
/// use tieout_accounting::metrics::{Every, Fraction, Interval, LineKey, Price, RecurringLine, rolling_notice_rate};
/// use tieout_accounting::{example::day, Currency, Money};
/// let price = Price::Each(Money::new(100_00, Currency::parse("USD")?), Every::one(Interval::Month));
/// let mut lines: Vec<RecurringLine> = ["1", "2", "3", "4", "5"]
///     .map(|contract| RecurringLine::new(LineKey::new("c", contract, "plan"), price, day("2023-01-01"), None)).into();
/// lines[0].notice = Some(day("2024-02-01"));
/// assert_eq!(rolling_notice_rate(&lines, day("2024-03-02"), 30), Fraction::of(1, 5));
/// assert_eq!(rolling_notice_rate(&lines, day("2024-03-03"), 30), Fraction::of(0, 5));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn rolling_notice_rate(lines: &[RecurringLine], on: NaiveDate, days: u16) -> Option<Fraction> {
    let from = on.checked_sub_days(Days::new(u64::from(days)))?;
    let contract = |line: &RecurringLine| (line.key.customer.clone(), line.key.contract.clone());
    let ended = |line: &RecurringLine| line.end.is_some_and(|end| end < from) || line.cancelled.is_some_and(|cancelled| cancelled <= from);
    let served = lines.iter().filter(|line| line.start <= from && !ended(line));
    let served: BTreeSet<_> = served.map(contract).collect();
    let given = lines
        .iter()
        .filter(|line| line.notice.is_some_and(|notice| from <= notice && notice < on));
    let given: BTreeSet<_> = given.map(contract).filter(|contract| served.contains(contract)).collect();
    Fraction::of(i128::try_from(given.len()).ok()?, i128::try_from(served.len()).ok()?)
}
