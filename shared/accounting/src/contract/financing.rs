//! A significant financing component of an advance (606-10-32-15..20): interest from payment to transfer, compounded yearly.
//!
//! Example 29: 4,000.00 received two years before the transfer, at 6 %: interest of 240.00 and 254.40, revenue of 4,494.40.
//! An advance for what is transferred within a year carries none (32-18). Each netting group has its own advances; what is metered
//! has none, since its time is at the customer's discretion (32-17(a)). Money for what was transferred before is no advance.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::state::State;
use super::world::World;
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::journal::Rule;
use crate::schedule::Service;

/// Months within which an advance is exempt (32-18).
const EXPEDIENT_MONTHS: u32 = 12;

impl State<'_> {
    /// Takes a payment of an invoice into account, without its tax, as an advance of the netting groups that it pays for.
    pub(super) fn finance(&mut self, index: usize, amount: i128) -> Result<(), Refusal> {
        if self.world.financing_rate.is_none() {
            return Ok(());
        }
        let rate = self.invoice(index)?.rate;
        for (group, units) in self.net_by_group(index, amount)? {
            let last = self.last_transfer_expected(group);
            let today = self.world.today;
            let year = today.checked_add_months(Months::new(EXPEDIENT_MONTHS)).unwrap_or(today);
            let term = match last {
                None => Term::Unknown,
                Some(last) if last <= year => Term::WithinYear,
                Some(_) => Term::Beyond,
            };
            let worth = self.world.worth_of_unit(rate)?;
            let Some(financing) = &mut self.group(group)?.financing else {
                continue;
            };
            let advanced = financing.receive(Advance {
                since: today,
                units,
                worth,
                term,
            });
            if advanced && term == Term::WithinYear {
                let words = format!("an advance of {today}: everything is transferred within a year, so it carries no interest");
                self.note(words, Rule::FinancingExpedient);
            }
        }
        Ok(())
    }

    /// Money of an invoice goes back: it is no advance any more.
    pub(super) fn unfinance(&mut self, index: usize, amount: i128) -> Result<(), Refusal> {
        if self.world.financing_rate.is_none() {
            return Ok(());
        }
        for (group, units) in self.net_by_group(index, amount)? {
            self.group(group)?.give_back_advance(units);
        }
        Ok(())
    }

    /// What of a part of an invoice, tax included, pays for which netting group.
    fn net_by_group(&mut self, index: usize, amount: i128) -> Result<Vec<(usize, i128)>, Refusal> {
        let rounding = self.world.rounding;
        let invoice = self.invoice(index)?;
        let net = match invoice.gross {
            0 => Some(amount),
            gross => mul_div(amount, invoice.net, gross, rounding),
        };
        let weights: Vec<i128> = invoice.groups.iter().map(|(_, net, _)| *net).collect();
        let parts = net.and_then(|net| split(net, &weights));
        let parts = parts.ok_or_else(|| Refusal::too_large(format!("invoice {}", invoice.id), amount))?;
        Ok(invoice.groups.iter().map(|(group, _, _)| *group).zip(parts).collect())
    }

    /// The day on which the last obligation of a netting group is satisfied; none where an open one has no dates.
    fn last_transfer_expected(&self, group: usize) -> Option<NaiveDate> {
        let open = self
            .obligations
            .iter()
            .filter(|obligation| obligation.group == group && !obligation.ended);
        let days = open.map(|obligation| obligation.service.as_ref().map(Service::last_day));
        days.collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

impl World<'_> {
    /// What one minor unit of a document at `rate` is worth in minor units of the ledger's currency: interest has the rate of its
    /// advance, as the contract liability has (830-10-45-18; IFRIC 22.8).
    fn worth_of_unit(&self, rate: Decimal) -> Result<Decimal, Refusal> {
        let too_large = || Refusal::too_large("rate", rate);
        if !self.foreign() {
            return Ok(Decimal::ONE);
        }
        let units = Decimal::from(10i64.pow(self.book.ledger_currency.exponent()));
        let worth = self.contract_rate.unwrap_or(rate).checked_mul(units).ok_or_else(too_large)?;
        worth.checked_mul(Decimal::new(1, self.currency.exponent())).ok_or_else(too_large)
    }
}

/// When what an advance pays for is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Term {
    /// Within a year of it: it carries no interest.
    WithinYear,
    Beyond,
    /// Nobody knows: if it turns out to be within a year, it carries no interest after all.
    Unknown,
}

/// An advance that is not yet consumed.
#[derive(Debug, Clone)]
struct Advance {
    since: NaiveDate,
    units: i128,
    /// What one unit is worth in minor units of the ledger's currency.
    worth: Decimal,
    term: Term,
}

impl Advance {
    /// Interest on some of its units through a day, in minor units of the ledger's currency.
    fn interest(&self, rate: Decimal, units: i128, on: NaiveDate) -> Result<Decimal, Refusal> {
        if self.term == Term::WithinYear {
            return Ok(Decimal::ZERO);
        }
        let interest = grown(rate, units, self.since, on)?;
        interest
            .checked_mul(self.worth)
            .ok_or_else(|| Refusal::too_large("financing", units))
    }

    fn proves_exempt(&self, on: NaiveDate) -> bool {
        let year = self.since.checked_add_months(Months::new(EXPEDIENT_MONTHS)).unwrap_or(on);
        self.term == Term::Unknown && on <= year
    }
}

/// The advances of a netting group.
#[derive(Debug, Clone)]
pub(super) struct Financing {
    rate: Decimal,
    advances: Vec<Advance>,
    /// What was transferred and not paid before; below zero, what was paid for and then taken back.
    arrears: i128,
    /// Interest that went to revenue with what was transferred, in minor units of the ledger's currency.
    pub(super) transferred: i128,
}

impl Financing {
    pub(super) fn new(rate: Decimal) -> Self {
        Self {
            rate,
            advances: Vec::new(),
            arrears: 0,
            transferred: 0,
        }
    }

    /// Money comes in: for what was transferred first, the rest is an advance. Whether there is one.
    fn receive(&mut self, mut advance: Advance) -> bool {
        let due = advance.units.min(self.arrears).max(0);
        self.arrears -= due;
        advance.units -= due;
        let is_advance = advance.units > 0;
        self.advances.extend(is_advance.then_some(advance));
        is_advance
    }

    /// Money goes back, of the last advance first, without interest.
    pub(super) fn give_back(&mut self, units: i128) {
        let units = units.max(0);
        let taken_back = (-self.arrears).clamp(0, units);
        let mut left = units - taken_back;
        for advance in self.advances.iter_mut().rev() {
            let part = left.min(advance.units);
            advance.units -= part;
            left -= part;
        }
        self.arrears += taken_back + left;
        self.advances.retain(|advance| advance.units > 0);
    }

    /// A transfer consumes advances, first in, first out; gives the interest that is revenue with it.
    pub(super) fn transfer(&mut self, units: i128, on: NaiveDate) -> Result<i128, Refusal> {
        let taken_back = (-self.arrears).clamp(0, units.max(0));
        let mut left = units.max(0) - taken_back;
        let mut interest = Decimal::ZERO;
        for advance in &mut self.advances {
            let part = left.min(advance.units);
            if !advance.proves_exempt(on) {
                let more = advance.interest(self.rate, part, on)?;
                interest = interest.checked_add(more).ok_or_else(|| Refusal::too_large("financing", units))?;
            }
            advance.units -= part;
            left -= part;
        }
        self.arrears += taken_back + left + units.min(0);
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
                .checked_add(advance.interest(self.rate, advance.units, on)?)
                .ok_or_else(|| Refusal::too_large("financing", advance.units))?;
        }
        whole(interest)
    }

    /// Takes over the advances of another netting group.
    pub(super) fn absorb(&mut self, other: Self) {
        self.advances.extend(other.advances);
        self.advances.sort_by_key(|advance| advance.since);
        self.transferred += other.transferred;
        self.arrears += other.arrears;
    }
}

/// Interest on an amount: whole years compounded, the started year by its days.
fn grown(rate: Decimal, units: i128, since: NaiveDate, on: NaiveDate) -> Result<Decimal, Refusal> {
    let too_large = || Refusal::too_large("financing_rate", rate);
    if units == 0 || on <= since {
        return Ok(Decimal::ZERO);
    }
    let anniversary = |years: i32| {
        let months = u32::try_from(years).ok().and_then(|years| years.checked_mul(12));
        months
            .and_then(|months| since.checked_add_months(Months::new(months)))
            .ok_or_else(too_large)
    };
    let mut years = on.year() - since.year();
    if anniversary(years)? > on {
        years -= 1;
    }
    let mut factor = Decimal::ONE;
    for _ in 0..years {
        factor = factor.checked_mul(Decimal::ONE + rate).ok_or_else(too_large)?;
    }
    let (from, to) = (anniversary(years)?, anniversary(years + 1)?);
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
