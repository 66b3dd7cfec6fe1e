//! The book of an entity: what its contracts have in common. A story without its events.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::fiscal::FiscalCalendar;
use crate::{Currency, Period, policy::Policy, rates::Rates, selling_prices::SellingPrices};

/// A period that was closed or reopened, and when.
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
    pub fn closed_through(period: Period) -> Self {
        Self {
            through: Some(period),
            reopened: BTreeSet::new(),
        }
    }

    /// Closes a period and all earlier ones.
    pub fn close(&mut self, period: Period) {
        self.through = self.through.max(Some(period));
        self.reopened.retain(|reopened| *reopened > period);
    }

    /// Opens one period again.
    pub fn reopen(&mut self, period: Period) {
        if self.is_closed(period) {
            self.reopened.insert(period);
        }
    }

    /// Whether nothing may be posted in the period any more.
    pub fn is_closed(&self, period: Period) -> bool {
        self.through.is_some_and(|through| period <= through) && !self.reopened.contains(&period)
    }

    /// The first open period at or after one: where a late fact is posted (accounting.md 2.6).
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
