//! The book of an entity: what its contracts have in common. A story without its events.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::fiscal::FiscalCalendar;
use crate::{Currency, Period, policy::Policy, rates::Rates, selling_prices::SellingPrices};

/// A period that was closed or reopened, and when.
///
/// ```
/// use tieout_accounting::{book::PeriodAct, example::day, Book, Currency, Period};
/// let mut book = Book::new(Currency::parse("GBP")?);
/// let january = Period::parse("2026-01")?;
/// book.closed.push(PeriodAct { on: day("2026-02-05"), period: january, closed: true });
/// assert!(book.calendar().is_closed(january));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PeriodAct {
    /// The day on which it was done.
    pub on: NaiveDate,
    /// The period.
    pub period: Period,
    /// Closed (with all earlier ones) or reopened (it alone).
    pub closed: bool,
}

/// Ledger currency, policy, rates and closed periods of one entity.
///
/// ```
/// use tieout_accounting::{policy::Method, Book, Currency};
/// let mut book = Book::new(Currency::parse("GBP")?);
/// book.policy.method = Method::EqualTouched; // instead of by days
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// Functional currency of the entity.
    pub ledger_currency: Currency,
    /// Its choices.
    pub policy: Policy,
    /// Its rates table.
    pub rates: Rates,
    /// Its stand-alone selling prices.
    pub selling_prices: SellingPrices,
    /// Its own calendar for the method `fiscal_445`; four, four and five weeks from 1 January when left out.
    pub fiscal: Option<FiscalCalendar>,
    /// What was closed and reopened, in any order.
    pub closed: Vec<PeriodAct>,
    /// Compute at least through this period; without it, through the last period that the events touch.
    pub until: Option<Period>,
}

impl Book {
    /// A book with default policy, no rates and nothing closed.
    ///
    /// ```
    /// use tieout_accounting::{Book, Currency, Policy};
    /// let book = Book::new(Currency::parse("EUR")?);
    /// assert_eq!((book.policy, book.closed.len()), (Policy::default(), 0));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn new(ledger_currency: Currency) -> Self {
        Self {
            ledger_currency,
            policy: Policy::default(),
            rates: Rates::default(),
            selling_prices: SellingPrices::default(),
            fiscal: None,
            closed: Vec::new(),
            until: None,
        }
    }

    /// The calendar after all acts that are known.
    ///
    /// ```
    /// use tieout_accounting::{Book, Currency, Period};
    /// let period = Period::parse("2026-01")?;
    /// assert!(!Book::new(Currency::parse("EUR")?).calendar().is_closed(period));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn calendar(&self) -> Calendar {
        let mut acts = self.closed.clone();
        acts.sort();
        let mut calendar = Calendar::default();
        acts.iter().for_each(|act| calendar.apply(*act));
        calendar
    }
}

/// Which periods are closed. Closing a period closes the earlier ones; reopening opens it alone.
///
/// ```
/// use tieout_accounting::{book::Calendar, Period};
/// let mut calendar = Calendar::closed_through(Period::parse("2026-03")?);
/// assert_eq!(calendar.first_open(Period::parse("2026-02")?).to_string(), "2026-04");
/// calendar.reopen(Period::parse("2026-02")?);
/// assert_eq!(calendar.first_open(Period::parse("2026-01")?).to_string(), "2026-02");
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    through: Option<Period>,
    reopened: BTreeSet<Period>,
}

impl Calendar {
    /// Everything through a period is closed.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, Period};
    /// let month = |text| Period::parse(text);
    /// assert!(Calendar::closed_through(month("2026-03")?).is_closed(month("2025-12")?));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn closed_through(period: Period) -> Self {
        Self {
            through: Some(period),
            reopened: BTreeSet::new(),
        }
    }

    /// Closes a period and all earlier ones.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, Period};
    /// let month = |text| Period::parse(text);
    /// let mut calendar = Calendar::default();
    /// calendar.close(month("2026-03")?);
    /// assert!(calendar.is_closed(month("2026-02")?) && !calendar.is_closed(month("2026-04")?));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn close(&mut self, period: Period) {
        self.through = self.through.max(Some(period));
        self.reopened.retain(|reopened| *reopened > period);
    }

    /// Opens one period again.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, Period};
    /// let month = |text| Period::parse(text);
    /// let mut calendar = Calendar::closed_through(month("2026-03")?);
    /// calendar.reopen(month("2026-02")?);
    /// assert!(!calendar.is_closed(month("2026-02")?) && calendar.is_closed(month("2026-01")?));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn reopen(&mut self, period: Period) {
        if self.is_closed(period) {
            self.reopened.insert(period);
        }
    }

    /// Whether nothing may be posted in the period any more.
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, Period};
    /// let month = |text| Period::parse(text);
    /// assert!(!Calendar::default().is_closed(month("2026-01")?));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn is_closed(&self, period: Period) -> bool {
        self.through.is_some_and(|through| period <= through) && !self.reopened.contains(&period)
    }

    /// The first open period at or after one: where a late fact is posted (docs/accounting.md, Period lock).
    ///
    /// ```
    /// use tieout_accounting::{book::Calendar, Period};
    /// let month = |text| Period::parse(text);
    /// let calendar = Calendar::closed_through(month("2026-03")?);
    /// assert_eq!(calendar.first_open(month("2026-01")?), month("2026-04")?); // a late fact about January
    /// assert_eq!(calendar.first_open(month("2026-06")?), month("2026-06")?);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn first_open(&self, period: Period) -> Period {
        let Some(through) = self.through.filter(|through| period <= *through) else {
            return period;
        };
        self.reopened.range(period..).next().copied().unwrap_or_else(|| through.next())
    }

    pub(crate) fn apply(&mut self, act: PeriodAct) {
        if act.closed {
            self.close(act.period)
        } else {
            self.reopen(act.period)
        }
    }
}
