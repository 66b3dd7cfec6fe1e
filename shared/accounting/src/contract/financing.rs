//! A significant financing component of an advance (606-10-32-15..20): interest from payment to transfer, compounded yearly.
//!
//! Example 29: 4,000.00 received two years before the transfer, at 6 %: interest of 240.00 and 254.40, revenue of 4,494.40.
//! An advance for what is transferred within a year carries none (32-18). Each netting group has its own advances; what is metered
//! has none, since its time is at the customer's discretion (32-17(a)).
//!
//! How much is an advance follows from where the group stands at the end of a day, and from nothing else: what is paid of what is
//! billed, less what is recognised. So it does not matter in which order a cancellation, its credit note and its refund come.

use std::collections::BTreeMap;

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
    /// After money of an invoice came or went, or less of it is billed: what is paid of each netting group. `rate` is that at which the
    /// contract liability for it was recognised (IFRIC 22.8): the invoice's, or the payment's where that made the right unconditional.
    pub(super) fn fund(&mut self, index: usize, rate: Decimal) -> Result<(), Refusal> {
        if self.world.financing_rate.is_none() {
            return Ok(());
        }
        let worth = self.world.worth_of_unit(rate)?;
        let now = self.paid_by_group(index)?;
        let before = std::mem::replace(&mut self.invoice(index)?.funded, now.clone());
        let mut changes: BTreeMap<usize, i128> = now.into_iter().collect();
        for (group, units) in before {
            *changes.entry(group).or_default() -= units;
        }
        for (group, units) in changes {
            if let Some(financing) = &mut self.group(group)?.financing {
                financing.fund(units, worth);
            }
        }
        Ok(())
    }

    /// What is paid of what an invoice still bills of each netting group, without tax. More than that is a credit balance, no advance.
    fn paid_by_group(&self, index: usize) -> Result<Vec<(usize, i128)>, Refusal> {
        let invoice = self.invoices.get(index).ok_or_else(|| Refusal::unknown("invoice", index))?;
        let too_large = || Refusal::too_large(format!("invoice {}", invoice.id), invoice.paid);
        let mut by_group: BTreeMap<usize, i128> = BTreeMap::new();
        for line in &invoice.lines {
            *by_group.entry(self.obligation_at(line.place)?.group).or_default() += line.amount - line.credited;
        }
        let net: i128 = by_group.values().map(|net| (*net).max(0)).sum();
        let gross = invoice.gross - invoice.credited - invoice.discounted;
        if net <= 0 || gross <= 0 || invoice.paid <= 0 {
            return Ok(Vec::new());
        }
        let paid = mul_div(invoice.paid, net, gross, self.world.rounding)
            .ok_or_else(too_large)?
            .min(net);
        let weights: Vec<i128> = by_group.values().copied().collect();
        let parts = split(paid, &weights).ok_or_else(too_large)?;
        Ok(by_group.into_keys().zip(parts).collect())
    }

    /// The advances of each netting group as its money, its billing and its revenue make them today: what is transferred consumes them and
    /// brings their interest, what is new is one, what is no advance any more goes without interest. `moved` is what was recognised of
    /// which obligation, by id.
    pub(super) fn settle_advances(&mut self, month_end: bool, moved: &[(usize, i128)]) -> Result<(), Refusal> {
        let today = self.world.today;
        let on = if month_end { today.succ_opt().unwrap_or(today) } else { today };
        for place in 0..self.groups.len() {
            let group = self.group(place)?;
            let (advance, transferred) = (group.advance(), group.recognised);
            let Some(financing) = &mut group.financing else { continue };
            let interest = financing.transfer(transferred, on)?;
            let more = advance - financing.outstanding();
            let worth = financing.take_pending()?;
            if more < 0 {
                financing.cut(-more);
            }
            if more > 0 {
                let worth = match worth {
                    Some(worth) => worth,
                    None => self.worth_of_liability(place)?,
                };
                self.new_advance(place, more, worth)?;
            }
            if interest != 0 {
                self.interest_of(place, interest, moved)?;
            }
        }
        Ok(())
    }

    /// What a unit of the contract liability of a netting group is worth: of money that became an advance long after it came in.
    fn worth_of_liability(&self, group: usize) -> Result<Decimal, Refusal> {
        let group = self.groups.get(group).ok_or_else(|| Refusal::unknown("netting group", group))?;
        let position = group.position(&self.world)?;
        let worth = decimal(position.liability_base).zip(decimal(position.liability));
        worth
            .and_then(|(base, units)| base.checked_div(units))
            .ok_or_else(|| Refusal::too_large("financing", position.liability_base))
    }

    fn new_advance(&mut self, group: usize, units: i128, worth: Decimal) -> Result<(), Refusal> {
        let last = self.last_transfer_expected(group);
        let since = self.world.today;
        let year = since.checked_add_months(Months::new(EXPEDIENT_MONTHS)).unwrap_or(since);
        let term = match last {
            None => Term::Unknown,
            Some(last) if last <= year => Term::WithinYear,
            Some(_) => Term::Beyond,
        };
        if let Some(financing) = &mut self.group(group)?.financing {
            financing.advances.push(Advance { since, units, worth, term });
        }
        if term == Term::WithinYear {
            let words = format!("an advance of {since}: everything is transferred within a year, so it carries no interest");
            self.note(words, Rule::FinancingExpedient);
        }
        Ok(())
    }

    /// Interest is revenue of what was transferred, in proportion.
    fn interest_of(&mut self, group: usize, interest: i128, moved: &[(usize, i128)]) -> Result<(), Refusal> {
        let of_group = |(place, _): &&(usize, i128)| self.obligations.get(*place).is_some_and(|o| o.group == group);
        let moved: Vec<(usize, i128)> = moved.iter().filter(of_group).copied().collect();
        let weights: Vec<i128> = moved.iter().map(|(_, units)| *units).collect();
        let parts = split(interest, &weights).ok_or_else(|| Refusal::too_large("financing", interest))?;
        for ((place, _), part) in moved.into_iter().zip(parts) {
            self.add_revenue(place, part)?;
        }
        Ok(())
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
    /// The oldest first.
    advances: Vec<Advance>,
    /// What is paid of its invoices, in minor units of the contract's currency.
    pub(super) paid: i128,
    /// What of that went back as an expected refund, with no credit note.
    pub(super) paid_back: i128,
    /// What was recognised when its advances were last settled.
    recognised: i128,
    /// Money of today, and what a unit of it is worth.
    pending: Vec<(i128, Decimal)>,
    /// Interest that went to revenue with what was transferred, in minor units of the ledger's currency.
    pub(super) transferred: i128,
}

impl Financing {
    pub(super) fn new(rate: Decimal) -> Self {
        Self {
            rate,
            advances: Vec::new(),
            paid: 0,
            paid_back: 0,
            recognised: 0,
            pending: Vec::new(),
            transferred: 0,
        }
    }

    fn outstanding(&self) -> i128 {
        self.advances.iter().map(|advance| advance.units).sum()
    }

    /// More is paid, or less.
    fn fund(&mut self, units: i128, worth: Decimal) {
        self.paid += units;
        self.pending.extend((units > 0).then_some((units, worth)));
    }

    /// What a unit of today's money is worth, on average; none where none came in.
    fn take_pending(&mut self) -> Result<Option<Decimal>, Refusal> {
        let pending = std::mem::take(&mut self.pending);
        if let [(_, worth)] = pending.as_slice() {
            return Ok(Some(*worth));
        }
        let too_large = |units: i128| Refusal::too_large("financing", units);
        let (mut units, mut base) = (0i128, Decimal::ZERO);
        for (part, worth) in pending {
            let value = decimal(part).and_then(|part| part.checked_mul(worth));
            units += part;
            base = value.and_then(|value| base.checked_add(value)).ok_or_else(|| too_large(part))?;
        }
        match units {
            0 => Ok(None),
            units => decimal(units)
                .and_then(|whole| base.checked_div(whole))
                .map(Some)
                .ok_or_else(|| too_large(units)),
        }
    }

    /// Takes out what is no advance any more, of the last one first, without interest.
    fn cut(&mut self, units: i128) {
        let mut left = units;
        for advance in self.advances.iter_mut().rev() {
            let part = left.min(advance.units);
            advance.units -= part;
            left -= part;
        }
        self.advances.retain(|advance| advance.units > 0);
    }

    /// What was transferred since the last time consumes advances, first in, first out; gives the interest that is revenue with it.
    fn transfer(&mut self, recognised: i128, on: NaiveDate) -> Result<i128, Refusal> {
        let mut left = recognised - std::mem::replace(&mut self.recognised, recognised);
        if left <= 0 {
            return Ok(0);
        }
        let mut interest = Decimal::ZERO;
        for advance in &mut self.advances {
            let part = left.min(advance.units);
            if !advance.proves_exempt(on) {
                let more = advance.interest(self.rate, part, on)?;
                interest = interest.checked_add(more).ok_or_else(|| Refusal::too_large("financing", part))?;
            }
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
                .checked_add(advance.interest(self.rate, advance.units, on)?)
                .ok_or_else(|| Refusal::too_large("financing", advance.units))?;
        }
        whole(interest)
    }

    /// Takes over the advances of another netting group.
    pub(super) fn absorb(&mut self, other: Self) {
        self.advances.extend(other.advances);
        self.advances.sort_by_key(|advance| advance.since);
        self.paid += other.paid;
        self.paid_back += other.paid_back;
        self.recognised += other.recognised;
        self.pending.extend(other.pending);
        self.transferred += other.transferred;
    }
}

fn decimal(units: i128) -> Option<Decimal> {
    i64::try_from(units).map(Decimal::from).ok()
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
    let units = decimal(units).ok_or_else(too_large)?;
    units.checked_mul(factor - Decimal::ONE).ok_or_else(too_large)
}

fn whole(interest: Decimal) -> Result<i128, Refusal> {
    let rounded = interest.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    rounded.to_i128().ok_or_else(|| Refusal::too_large("financing", interest))
}
