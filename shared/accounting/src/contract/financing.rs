//! A significant financing component of an advance (606-10-32-15..20): interest from payment to transfer, compounded yearly.
//!
//! Example 29: 4,000.00 received two years before the transfer, at 6 %: interest of 240.00 and 254.40, revenue of 4,494.40.
//! An advance for what is transferred within a year carries none (32-18).

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::state::State;
use crate::Refusal;
use crate::journal::Rule;
use crate::schedule::Service;

/// Months within which an advance is exempt (32-18).
const EXPEDIENT_MONTHS: u32 = 12;

impl State<'_> {
    /// Takes an advance into account, unless everything is transferred within a year of it (32-18).
    pub(super) fn finance(&mut self, units: i128) {
        let today = self.world.today;
        let year = today.checked_add_months(Months::new(EXPEDIENT_MONTHS)).unwrap_or(today);
        let last = self.last_transfer_expected();
        let exempt = last.is_some_and(|last| last <= year);
        match &mut self.financing {
            Some(financing) if !exempt => financing.receive(units, today, last.is_none()),
            Some(_) => {
                let words = format!("an advance of {today}: everything is transferred within a year, so it carries no interest");
                self.note(words, Rule::FinancingExpedient);
            }
            None => {}
        }
    }

    /// The day on which the last obligation is satisfied; none where an open one has no dates.
    fn last_transfer_expected(&self) -> Option<NaiveDate> {
        let open = self.obligations.iter().filter(|obligation| !obligation.ended);
        let days = open.map(|obligation| obligation.service.as_ref().map(Service::last_day));
        days.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

/// An advance that is not yet consumed.
#[derive(Debug, Clone)]
struct Advance {
    since: NaiveDate,
    units: i128,
    /// Nobody knows when it is transferred: if that turns out to be within a year, it carries no interest after all.
    undated: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Financing {
    rate: Decimal,
    advances: Vec<Advance>,
    /// Interest that went to revenue with what was transferred.
    pub(super) transferred: i128,
}

impl Financing {
    pub(super) fn new(rate: Decimal) -> Self {
        Self {
            rate,
            advances: Vec::new(),
            transferred: 0,
        }
    }

    fn receive(&mut self, units: i128, since: NaiveDate, undated: bool) {
        self.advances.push(Advance { since, units, undated });
    }

    /// A transfer consumes advances, first in, first out; gives the interest that is revenue with it.
    pub(super) fn transfer(&mut self, units: i128, on: NaiveDate) -> Result<i128, Refusal> {
        let mut left = units.max(0);
        let mut interest = Decimal::ZERO;
        for advance in &mut self.advances {
            let part = left.min(advance.units);
            let year = advance.since.checked_add_months(Months::new(EXPEDIENT_MONTHS)).unwrap_or(on);
            let exempt = advance.undated && on <= year;
            let grown = if exempt {
                Decimal::ZERO
            } else {
                grown(self.rate, part, advance.since, on)?
            };
            interest = interest.checked_add(grown).ok_or_else(|| Refusal::too_large("financing", units))?;
            advance.units -= part;
            left -= part;
        }
        self.advances.retain(|advance| advance.units > 0);
        let interest = whole(interest)?;
        self.transferred += interest;
        Ok(interest)
    }

    /// Interest through the end of a day on advances that are still owed as service.
    pub(super) fn accreted(&self, on: NaiveDate) -> Result<i128, Refusal> {
        let on = on.succ_opt().unwrap_or(on);
        let mut interest = Decimal::ZERO;
        for advance in &self.advances {
            interest = interest
                .checked_add(grown(self.rate, advance.units, advance.since, on)?)
                .ok_or_else(|| Refusal::too_large("financing", advance.units))?;
        }
        whole(interest)
    }
}

/// Interest on an amount: whole years compounded, the started year by its days.
fn grown(rate: Decimal, units: i128, since: NaiveDate, on: NaiveDate) -> Result<Decimal, Refusal> {
    let too_large = || Refusal::too_large("financing_rate", rate);
    if units == 0 || on <= since {
        return Ok(Decimal::ZERO);
    }
    let anniversary = |years: i32| {
        since
            .checked_add_months(Months::new(u32::try_from(years * 12).unwrap_or(0)))
            .unwrap_or(on)
    };
    let mut years = on.year() - since.year();
    if anniversary(years) > on {
        years -= 1;
    }
    let mut factor = Decimal::ONE;
    for _ in 0..years {
        factor = factor.checked_mul(Decimal::ONE + rate).ok_or_else(too_large)?;
    }
    let (from, to) = (anniversary(years), anniversary(years + 1));
    let part = Decimal::from((on - from).num_days()) / Decimal::from((to - from).num_days().max(1));
    factor = factor
        .checked_mul(Decimal::ONE + rate.checked_mul(part).ok_or_else(too_large)?)
        .ok_or_else(too_large)?;
    let units = i64::try_from(units).map(Decimal::from).map_err(|_| too_large())?;
    units.checked_mul(factor - Decimal::ONE).ok_or_else(too_large)
}

fn whole(interest: Decimal) -> Result<i128, Refusal> {
    let rounded = interest.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    rounded.to_i128().ok_or_else(|| Refusal::too_large("financing", interest))
}
