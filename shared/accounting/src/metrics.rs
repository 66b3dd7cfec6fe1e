//! Recurring revenue: MRR, ARR, its movement by customer, retention (accounting.md 2.7). Not a standard's figures: each has many
//! definitions, so the switches that were chosen are part of the answer.
//!
//! Example: 1,200.00 for a year is an MRR of 100.00 in each of its twelve months and an ARR of 1,200.00. A customer who goes
//! from 100.00 to 130.00 expands by 30.00, one who goes to nothing churns; opening and movements give the closing, for each
//! customer and in total.

mod movement;
mod retention;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use movement::{Movement, Movements, movements};
pub use retention::{Retention, retention};

use crate::arithmetic::mul_div;
use crate::money::Rounding;
use crate::{Money, Period, Refusal};

/// Months of a year: ARR is this many MRRs.
///
/// ```
/// assert_eq!(100_00 * tieout_accounting::metrics::MONTHS_PER_YEAR, 1_200_00);
/// ```
pub const MONTHS_PER_YEAR: i64 = 12;

/// Thirtieths of a month and the like, in whole numbers: the least common multiple of 28, 29, 30 and 31.
const DAYS_LCM: i128 = 377_580;

/// What a line of a contract is.
///
/// ```
/// use tieout_accounting::metrics::Recurrence;
/// assert_eq!(serde_json::to_string(&Recurrence::OneOff)?, "\"one_off\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    /// A subscription.
    Subscription,
    /// Metered: counted or not by a switch.
    Usage,
    /// Set-up, training, hardware: never recurring.
    OneOff,
}

/// A line of a contract.
///
/// ```
/// use tieout_accounting::metrics::{Recurrence, RecurringLine};
/// use tieout_accounting::{Currency, Money};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let line = RecurringLine {
///     customer: "Acme".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?,
///     signed: day("2025-11-20"), start: day("2026-01-01"), end: day("2026-12-31"), recurrence: Recurrence::Subscription,
/// };
/// assert_eq!(line.mrr()?.to_major_string(), "100.00");
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecurringLine {
    /// Whose: movements are by customer, never by line.
    pub customer: String,
    /// For the whole term, with its discounts spread over it.
    pub amount: Money,
    /// The day on which it was signed.
    pub signed: NaiveDate,
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// What it is.
    pub recurrence: Recurrence,
}

/// In which months a line counts.
///
/// ```
/// use tieout_accounting::metrics::Active;
/// assert_eq!(Active::default(), Active::StartMonthFull);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Active {
    /// The month of the start in full, that of the end not unless it is its last day. The default.
    #[default]
    StartMonthFull,
    /// Each month that it touches.
    Touched,
}

/// The switches.
///
/// ```
/// use tieout_accounting::metrics::Switches;
/// let switches = Switches { committed: true, ..Switches::default() };
/// assert!(!switches.usage);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Switches {
    /// In which months a line counts.
    pub active: Active,
    /// Lines count from their signing (committed) rather than from their start (live).
    pub committed: bool,
    /// Usage counts.
    pub usage: bool,
}

impl RecurringLine {
    /// MRR of the line: its amount over the months of its term, a part of a month by its days. Exact until it is rounded once.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Recurrence, RecurringLine};
    /// use tieout_accounting::{Currency, Money};
    /// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
    /// let line = RecurringLine {
    ///     customer: "Acme".into(), amount: Money::parse_major("1800.00", Currency::parse("GBP")?)?,
    ///     signed: day("2026-01-05"), start: day("2026-01-16"), end: day("2027-07-15"), recurrence: Recurrence::Subscription,
    /// };
    /// assert_eq!(line.mrr()?.to_major_string(), "100.00");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    ///
    /// # Errors
    /// An end before the start, or an amount too large.
    pub fn mrr(&self) -> Result<Money, Refusal> {
        let place = || format!("line of {}", self.customer);
        if self.end < self.start {
            return Err(Refusal::new(
                place(),
                self.end,
                format!("is before the start {}", self.start),
                "correct the dates",
            ));
        }
        let mut term = whole_months(self.start, self.end);
        if term == 0 {
            term = Period::of(self.start)
                .to(Period::of(self.end))
                .map(|period| self.share(period))
                .sum();
        }
        let minor = mul_div(i128::from(self.amount.minor), DAYS_LCM, term, Rounding::HalfAway);
        let minor = minor
            .and_then(|minor| i64::try_from(minor).ok())
            .ok_or_else(|| Refusal::too_large(place(), self.amount.minor))?;
        Ok(Money::new(minor, self.amount.currency))
    }

    /// The share of a month that the line serves, in parts of [`DAYS_LCM`].
    fn share(&self, period: Period) -> i128 {
        let from = self.start.max(period.first_day());
        let to = self.end.min(period.last_day());
        i128::from((to - from).num_days() + 1).max(0) * (DAYS_LCM / i128::from(period.days()))
    }

    /// Whether it counts in a month.
    fn counts(&self, period: Period, switches: &Switches) -> bool {
        let recurring = match self.recurrence {
            Recurrence::Subscription => true,
            Recurrence::Usage => switches.usage,
            Recurrence::OneOff => false,
        };
        let begins = if switches.committed {
            self.signed.min(self.start)
        } else {
            self.start
        };
        let last = match switches.active {
            Active::StartMonthFull if self.end < Period::of(self.end).last_day() => Period::of(self.end).previous(),
            _ => Period::of(self.end),
        };
        recurring && Period::of(begins) <= period && period <= last.max(Period::of(self.start))
    }
}

/// Whole months of a term in parts of [`DAYS_LCM`], where it has no part of one: 16 January to 15 July is six.
fn whole_months(start: NaiveDate, end: NaiveDate) -> i128 {
    let months = Period::of(end).since(Period::of(start)) + 1;
    let after = |months: i32| {
        u32::try_from(months)
            .ok()
            .and_then(|months| start.checked_add_months(chrono::Months::new(months)))
    };
    let whole = [months - 1, months]
        .into_iter()
        .find(|months| after(*months).is_some_and(|after| end.succ_opt() == Some(after)));
    whole.map_or(0, |months| i128::from(months) * DAYS_LCM)
}

/// MRR of each customer in a month, minor units; customers without any are left out.
///
/// ```
/// use tieout_accounting::metrics::{Recurrence, RecurringLine, Switches, mrr};
/// use tieout_accounting::{Currency, Money, Period};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let line = RecurringLine {
///     customer: "Acme".into(), amount: Money::parse_major("1200.00", Currency::parse("GBP")?)?,
///     signed: day("2025-11-20"), start: day("2026-01-01"), end: day("2026-12-31"), recurrence: Recurrence::Subscription,
/// };
/// let december = Period::parse("2025-12")?;
/// assert!(mrr(&[line.clone()], december, &Switches::default())?.is_empty());
/// assert_eq!(mrr(&[line], december, &Switches { committed: true, ..Switches::default() })?["Acme"], 100_00);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
///
/// # Errors
/// See [`RecurringLine::mrr`].
pub fn mrr(lines: &[RecurringLine], period: Period, switches: &Switches) -> Result<BTreeMap<String, i64>, Refusal> {
    let mut by_customer: BTreeMap<String, i64> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.counts(period, switches)) {
        let sum = by_customer.entry(line.customer.clone()).or_default();
        let minor = line.mrr()?.minor;
        *sum = sum
            .checked_add(minor)
            .ok_or_else(|| Refusal::too_large(line.customer.as_str(), minor))?;
    }
    by_customer.retain(|_, minor| *minor != 0);
    Ok(by_customer)
}
