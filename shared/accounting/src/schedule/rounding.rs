//! Rounding an amount over a schedule, and where its remainder goes.
//!
//! Example: 100.00 over 10 January to 15 March by days is 33.85, 43.07, 23.08 when the sum to date is rounded (the default) and
//! 33.85, 43.08, 23.07 when each month is and the remainder goes to the last.

use chrono::NaiveDate;

use super::Schedule;
use crate::arithmetic::mul_div;
use crate::money::Rounding;
use crate::policy::{Method, Policy, Remainder};
use crate::{Period, Refusal};

/// An amount over a schedule, in whole minor units that sum to it.
///
/// ```
/// use tieout_accounting::{example::day, policy::{Method, Policy}, schedule::{Schedule, Service, Spread}};
/// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
/// let spread = Spread::new(100_00, Schedule::new(Method::EqualTouched, &service)?, &Policy::default())?;
/// assert_eq!(spread.amounts().map(|(_, minor)| minor).collect::<Vec<_>>(), [33_33, 33_34, 33_33]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    amount: i128,
    schedule: Schedule,
    rounding: Rounding,
    remainder: Remainder,
    /// Sum to date at the end of each period.
    sums: Vec<i128>,
}

impl Spread {
    /// Rounds an amount of minor units over a schedule.
    ///
    /// # Errors
    /// The amount is too large to be multiplied exactly.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::{Method, Policy}, schedule::{Schedule, Service, Spread}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
    /// let spread = Spread::new(100_00, Schedule::new(Method::EqualTouched, &service)?, &Policy::default())?;
    /// assert_eq!(spread.amounts().map(|(_, minor)| minor).sum::<i128>(), 100_00); // always, to the cent
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(amount: i128, schedule: Schedule, policy: &Policy) -> Result<Self, Refusal> {
        let sums = match policy.remainder {
            Remainder::Cumulative => cumulative(amount, &schedule, policy.rounding),
            Remainder::Balance => balance(amount, &schedule, policy.rounding),
            Remainder::Last => rounded(amount, &schedule, policy.rounding, schedule.sums.len() - 1),
            Remainder::First => rounded(amount, &schedule, policy.rounding, 0),
            Remainder::LastFull => last_full(amount, &schedule, policy.rounding),
        };
        let sums = sums.ok_or_else(|| Refusal::too_large("schedule", amount))?;
        Ok(Self {
            amount,
            schedule,
            rounding: policy.rounding,
            remainder: policy.remainder,
            sums,
        })
    }

    /// The whole.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::{Method, Policy}, schedule::{Schedule, Service, Spread}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
    /// let spread = Spread::new(100_00, Schedule::new(Method::EqualTouched, &service)?, &Policy::default())?;
    /// assert_eq!(spread.amount(), 100_00);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn amount(&self) -> i128 {
        self.amount
    }

    /// The schedule that it is spread over.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::{Method, Policy}, schedule::{Schedule, Service, Spread}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
    /// let spread = Spread::new(100_00, Schedule::new(Method::EqualTouched, &service)?, &Policy::default())?;
    /// assert_eq!(spread.schedule().method(), Method::EqualTouched);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Where its remainder goes.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::{Method, Policy, Remainder}, schedule::{Schedule, Service, Spread}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
    /// let spread = Spread::new(100_00, Schedule::new(Method::Daily, &service)?, &Policy::default())?;
    /// assert_eq!(spread.remainder(), Remainder::Cumulative);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remainder(&self) -> Remainder {
        self.remainder
    }

    /// Amount of each period.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::{Method, Policy}, schedule::{Schedule, Service, Spread}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
    /// let spread = Spread::new(100_00, Schedule::new(Method::EqualTouched, &service)?, &Policy::default())?;
    /// let (period, minor) = spread.amounts().last().unwrap_or_else(|| unreachable!());
    /// assert_eq!((period.to_string(), minor), ("2026-03".into(), 33_33));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn amounts(&self) -> impl Iterator<Item = (Period, i128)> + '_ {
        let before = std::iter::once(&0).chain(&self.sums);
        self.sums
            .iter()
            .zip(before)
            .enumerate()
            .map(|(place, (sum, before))| (self.schedule.first.plus(place as i32), sum - before))
    }

    /// Sum to date at the end of a day, by what was served; differs from [`Spread::through`] where periods are no months.
    pub(crate) fn served(&self, day: NaiveDate) -> Option<i128> {
        if self.schedule.method == Method::Fiscal445 {
            return self.schedule.share_through(day)?.of_amount(self.amount, self.rounding);
        }
        self.through(day)
    }

    /// Sum to date at the end of a day. At a month's end, the rounded sum; within a month, the part of it that is served.
    pub(crate) fn through(&self, day: NaiveDate) -> Option<i128> {
        let period = Period::of(day);
        let Some(place) = self.schedule.place(period) else {
            return Some(if period < self.schedule.first { 0 } else { self.amount });
        };
        let sum = self.sums.get(place).copied()?;
        if day >= period.last_day() {
            return Some(sum);
        }
        if self.remainder == Remainder::Cumulative {
            return self.schedule.share_through(day)?.of_amount(self.amount, self.rounding);
        }
        let before = if place == 0 { 0 } else { self.sums.get(place - 1).copied()? };
        Some(before + self.schedule.part_of_month(period, day).of_amount(sum - before, self.rounding)?)
    }
}

/// The sum to date is rounded; a period gets the difference.
fn cumulative(amount: i128, schedule: &Schedule, rounding: Rounding) -> Option<Vec<i128>> {
    let rounded = |sum: &i128| mul_div(amount, *sum, schedule.total, rounding);
    schedule.sums.iter().map(rounded).collect()
}

/// What is still to come is rounded; a period gets the difference.
fn balance(amount: i128, schedule: &Schedule, rounding: Rounding) -> Option<Vec<i128>> {
    let rounded = |sum: &i128| Some(amount - mul_div(amount, schedule.total - sum, schedule.total, rounding)?);
    schedule.sums.iter().map(rounded).collect()
}

/// Each period is rounded; the remainder goes to the one at `taker`.
fn rounded(amount: i128, schedule: &Schedule, rounding: Rounding, taker: usize) -> Option<Vec<i128>> {
    let parts: Option<Vec<i128>> = schedule
        .each_weight()
        .map(|weight| mul_div(amount, weight, schedule.total, rounding))
        .collect();
    sums_with_remainder(amount, parts?, taker)
}

/// Full months are truncated; the remainder goes to the last of them, or to the last period where there is none.
fn last_full(amount: i128, schedule: &Schedule, rounding: Rounding) -> Option<Vec<i128>> {
    let full = |place: usize| {
        let period = schedule.first.plus(place as i32);
        let whole = i128::from(period.days()) * 86_400;
        schedule.service.seconds_between(period.first_day(), period.next().first_day()) == whole
    };
    let mut parts = Vec::with_capacity(schedule.sums.len());
    let mut taker = None;
    for (place, weight) in schedule.each_weight().enumerate() {
        if full(place) {
            taker = Some(place);
            parts.push(amount.checked_mul(weight)? / schedule.total);
        } else {
            parts.push(mul_div(amount, weight, schedule.total, rounding)?);
        }
    }
    let taker = taker.unwrap_or(schedule.sums.len() - 1);
    sums_with_remainder(amount, parts, taker)
}

fn sums_with_remainder(amount: i128, mut parts: Vec<i128>, taker: usize) -> Option<Vec<i128>> {
    let remainder = amount - parts.iter().sum::<i128>();
    *parts.get_mut(taker)? += remainder;
    let mut sum = 0;
    for part in &mut parts {
        sum += *part;
        *part = sum;
    }
    Some(parts)
}
