//! Cohorts: those whose first revenue was in the same month or quarter, and what is left of them month by month. Who comes back
//! counts in the old cohort, so a line may rise again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cube::Cube;
use super::method::{Method, RateUsed};
use super::movement::Unit;
use crate::{Period, Refusal};

/// How first months are put together.
///
/// ```
/// use tieout_accounting::{metrics::CohortBy, Period};
/// assert_eq!(CohortBy::Quarter.first(Period::parse("2019-05")?), Period::parse("2019-04")?);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CohortBy {
    Month,
    /// Of the calendar.
    Quarter,
}

impl CohortBy {
    /// The first month of the cohort of a month.
    ///
    /// ```
    /// use tieout_accounting::{metrics::CohortBy, Period};
    /// let may = Period::parse("2019-05")?;
    /// assert_eq!(CohortBy::Month.first(may), may);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn first(self, month: Period) -> Period {
        match self {
            Self::Month => month,
            Self::Quarter => month.plus(-((month.month() as i32 - 1) % 3)),
        }
    }
}

/// What is left of a cohort in a month.
///
/// ```
/// use tieout_accounting::{metrics::CohortMonth, Period};
/// let month = CohortMonth { period: Period::parse("2019-05")?, age: 1, mrr: 90_00, logos: 9 };
/// assert_eq!(month.age, 1);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortMonth {
    pub period: Period,
    /// Months since the first one of the cohort.
    pub age: u32,
    /// Minor units of the reporting currency.
    pub mrr: i64,
    pub logos: u32,
}

/// A cohort.
///
/// ```
/// use tieout_accounting::{metrics::Cohort, Period};
/// let cohort = Cohort { first: Period::parse("2019-04")?, start_mrr: 0, units: Vec::new(), months: Vec::new() };
/// assert!(cohort.units.is_empty());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    pub first: Period,
    /// What each brought in its own first month, minor units.
    pub start_mrr: i64,
    /// Who they are.
    pub units: Vec<Unit>,
    /// From the first month through the last one of the cube.
    pub months: Vec<CohortMonth>,
}

/// All cohorts, by first month.
///
/// ```
/// use tieout_accounting::metrics::{CohortBy, Method, Portfolio, Switches};
/// use tieout_accounting::{rates::Rates, Currency, Period};
/// let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
/// let cube = nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), Period::parse("2026-01")?)?;
/// assert!(cube.cohorts(CohortBy::Month)?.cohorts.is_empty());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohorts {
    pub by: CohortBy,
    pub cohorts: Vec<Cohort>,
    pub method: Method,
    pub rates: Vec<RateUsed>,
}

impl Cube<'_> {
    /// The cohorts of everyone who ever had revenue.
    ///
    /// # Errors
    /// A sum beyond 64 bits, a rate that is missing.
    ///
    /// ```
    /// use tieout_accounting::metrics::{CohortBy, LineKey, Method, Portfolio, Price, RecurringLine, Switches};
    /// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
    /// let gbp = Currency::parse("GBP")?;
    /// let line = |customer, months: &str| RecurringLine::new(
    ///     LineKey::new(customer, "C", "plan"), Price::Each(Money::new(10_00, gbp), tieout_accounting::metrics::Every::one(
    ///         tieout_accounting::metrics::Interval::Month)), day("2026-01-01"), Some(day(months)));
    /// let lines = [line("a", "2026-03-31"), line("b", "2026-01-31")];
    /// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
    /// let cube = portfolio.cube(&Method::new(Switches::default(), gbp), Period::parse("2026-03")?)?;
    /// let left: Vec<(i64, u32)> = cube.cohorts(CohortBy::Month)?.cohorts[0].months.iter().map(|month| (month.mrr, month.logos)).collect();
    /// assert_eq!(left, [(20_00, 2), (10_00, 1), (10_00, 1)]);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn cohorts(&self, by: CohortBy) -> Result<Cohorts, Refusal> {
        let mut firsts: BTreeMap<&Unit, Period> = BTreeMap::new();
        let mut months: BTreeMap<Period, BTreeMap<&Unit, i64>> = BTreeMap::new();
        let too_large = || Refusal::too_large("cohorts", self.method.currency);
        for period in self.months.keys() {
            let sums = months.entry(*period).or_default();
            for cell in self.live(*period)? {
                let Some(unit) = self.units.get(cell.line) else { continue };
                let sum = sums.entry(unit).or_default();
                *sum = sum.checked_add(cell.mrr).ok_or_else(too_large)?;
            }
            sums.retain(|_, sum| *sum != 0);
            for unit in sums.keys() {
                firsts.entry(unit).or_insert(*period);
            }
        }
        let mut members: BTreeMap<Period, Vec<&Unit>> = BTreeMap::new();
        for (unit, first) in &firsts {
            members.entry(by.first(*first)).or_default().push(unit);
        }
        let sum = |amounts: Vec<i64>| amounts.into_iter().try_fold(0i64, i64::checked_add).ok_or_else(too_large);
        let mut cohorts = Vec::new();
        for (first, units) in members {
            let started = |unit: &&&Unit| months.get(firsts.get(**unit)?)?.get(**unit).copied();
            let mut left = Vec::new();
            for (period, sums) in months.range(first..) {
                let amounts: Vec<i64> = units.iter().filter_map(|unit| sums.get(unit).copied()).collect();
                left.push(CohortMonth {
                    period: *period,
                    age: u32::try_from(period.since(first)).map_err(|_| too_large())?,
                    mrr: sum(amounts)?,
                    logos: u32::try_from(units.iter().filter(|unit| sums.contains_key(**unit)).count()).map_err(|_| too_large())?,
                });
            }
            cohorts.push(Cohort {
                first,
                start_mrr: sum(units.iter().filter_map(|unit| started(&unit)).collect())?,
                units: units.into_iter().cloned().collect(),
                months: left,
            });
        }
        Ok(Cohorts {
            by,
            cohorts,
            method: self.method,
            rates: self.rates().to_vec(),
        })
    }
}
