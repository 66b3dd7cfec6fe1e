//! The unit within which positions are netted: a contract; a separate modification; each metered obligation (reading 4).
//!
//! Example (606-10-45-1..2): two contracts of one customer, one billed ahead by 1,100.00, the other earned ahead by 100.00, show a
//! liability of 1,100.00 and an asset of 100.00, not a liability of 1,000.00.

use crate::Refusal;
use crate::arithmetic::mul_div;
use crate::money::Rounding;
use crate::policy::FxLayers;

use super::financing::Financing;
use super::records::GroupBooked;
use super::value::ValueLine;
use super::world::World;

#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// Unbilled amounts are an accrued receivable rather than a contract asset.
    pub(super) metered: bool,
    /// Its stated prices are what it was agreed to cost.
    pub(super) as_stated: bool,
    /// Billed unconditionally and not given back, in minor units of the contract's currency.
    pub(super) billed: i128,
    /// Recognised.
    pub(super) recognised: i128,
    /// Revenue in the ledger's currency, without interest.
    pub(super) recognised_base: i128,
    /// Units and their value, where the currencies differ.
    pub(super) line: Option<ValueLine>,
    /// Refunds promised by cancellations.
    pub(super) promised: i128,
    /// Refunds expected by estimates.
    pub(super) expected: i128,
    /// Refunds that were promised and paid out, and that no credit note documents yet.
    pub(super) undocumented: i128,
    /// Paid before the contract was taken over, less what was unpaid then.
    pub(super) paid_before: i128,
    /// Its advances, where they may bear interest.
    pub(super) financing: Option<Financing>,
    /// Its obligations.
    pub(super) members: Vec<usize>,
    /// What documents have booked of it, and what month-ends have.
    pub(super) documents: GroupBooked,
    pub(super) booked: GroupBooked,
}

/// Where a group stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) liability: i128,
    pub(super) liability_base: i128,
    /// Contract asset, or accrued receivable.
    pub(super) asset: i128,
    pub(super) asset_base: i128,
    pub(super) refund: i128,
}

impl Position {
    /// What `shown` units of the asset are worth in the ledger's currency.
    pub(super) fn asset_worth(&self, shown: i128, rounding: Rounding) -> Result<i128, Refusal> {
        match self.asset {
            0 => Ok(0),
            asset => mul_div(self.asset_base, shown, asset, rounding).ok_or_else(|| Refusal::too_large("position", shown)),
        }
    }
}

impl Group {
    pub(super) fn new(metered: bool, world: &World<'_>) -> Self {
        Self {
            metered,
            line: world.foreign().then(|| ValueLine::new(world.rounding)),
            financing: world.financing_rate.filter(|_| !metered).map(Financing::new),
            ..Self::default()
        }
    }

    /// More is recognised, or less; gives the change of revenue in the ledger's currency.
    pub(super) fn recognise(&mut self, change: i128, world: &World<'_>) -> Result<i128, Refusal> {
        self.recognised += change;
        let Some(line) = &mut self.line else {
            self.recognised_base += change;
            return Ok(change);
        };
        let missing = self.recognised - line.len();
        if missing > 0 {
            line.push(missing, world.layer(missing, world.rate(None)?)?, None, Some(world.today));
        }
        let base = match self.recognised {
            0.. => value(line, self.recognised, world)?,
            // Below zero, only what is new takes the rate of today.
            below if below >= change => world.base(below)?,
            _ => self.recognised_base + world.base(change)?,
        };
        let delta = base - self.recognised_base;
        self.recognised_base = base;
        self.trim();
        Ok(delta)
    }

    /// More is billed: `base` is what the document says it is worth.
    pub(super) fn bill(&mut self, units: i128, base: i128, invoice: usize, world: &World<'_>) -> Result<(), Refusal> {
        self.billed += units;
        let Some(line) = &mut self.line else { return Ok(()) };
        let beyond = self.billed - line.len();
        if beyond > 0 && units > 0 {
            let part = beyond.min(units);
            let base = mul_div(base, part, units, world.rounding).ok_or_else(|| Refusal::too_large("invoice", units))?;
            line.push(part, base, Some(invoice), Some(world.today));
            if world.book.policy.fx_layers == FxLayers::Proportional {
                line.merge_after(self.recognised.max(0))
                    .ok_or_else(|| Refusal::too_large("invoice", units))?;
            }
        }
        Ok(())
    }

    /// Less is billed: a credit note, a refund. With a change of the price the invoice's own units go, else only unearned ones.
    pub(super) fn unbill(&mut self, units: i128, invoice: Option<usize>, price: bool) {
        self.billed -= units;
        let (billed, recognised) = (self.billed, self.recognised);
        let Some(line) = &mut self.line else { return };
        let kept = if price { 0 } else { recognised };
        let cut = if price {
            units
        } else {
            (line.len() - billed.max(recognised)).clamp(0, units)
        };
        line.cut(invoice, cut, kept);
    }

    /// What is paid of what is billed, and neither recognised nor to go back: money for service that is still owed.
    pub(super) fn advance(&self) -> i128 {
        let Some(financing) = &self.financing else { return 0 };
        let paid = financing.paid - financing.paid_back - self.promised - self.undocumented;
        (paid.min(self.billed - self.expected) - self.recognised).max(0)
    }

    /// Interest that its contract liability holds at the end of a day, in the ledger's currency.
    pub(super) fn accreted(&self, world: &World<'_>) -> Result<i128, Refusal> {
        self.financing.as_ref().map_or(Ok(0), |financing| financing.accreted(world.today))
    }

    pub(super) fn position(&self, world: &World<'_>) -> Result<Position, Refusal> {
        let refund = self.promised + self.expected;
        let billed = self.billed - self.expected;
        let net = billed - self.recognised;
        let mut position = Position {
            refund,
            liability: net.max(0),
            asset: (-net).max(0),
            ..Position::default()
        };
        position.liability_base = position.liability;
        position.asset_base = position.asset;
        if let Some(line) = &self.line {
            let earned = if self.recognised < 0 {
                self.recognised_base
            } else {
                value(line, self.recognised, world)?
            };
            let difference = value(line, billed, world)? - earned;
            position.liability_base = if net > 0 { difference } else { 0 };
            position.asset_base = if net < 0 { -difference } else { 0 };
        }
        Ok(position)
    }

    /// Takes over another group: what was earned of both stands first, then what is owed of each.
    pub(super) fn absorb(&mut self, other: Self) -> Result<(), Refusal> {
        if let (Some(line), Some(others)) = (&mut self.line, &other.line) {
            let too_large = || Refusal::too_large("position", self.billed);
            let merged = line.merged(self.recognised, others, other.recognised);
            *line = merged.ok_or_else(too_large)?;
        }
        self.as_stated &= other.as_stated;
        self.billed += other.billed;
        self.recognised += other.recognised;
        self.recognised_base += other.recognised_base;
        self.promised += other.promised;
        self.expected += other.expected;
        self.undocumented += other.undocumented;
        self.paid_before += other.paid_before;
        self.members.extend(other.members);
        match (&mut self.financing, other.financing) {
            (Some(financing), Some(others)) => financing.absorb(others),
            (financing, others) => *financing = financing.take().or(others),
        }
        self.documents.refund += other.documents.refund;
        self.documents.expense += other.documents.expense;
        self.booked.refund += other.booked.refund;
        self.booked.expense += other.booked.expense;
        self.trim();
        Ok(())
    }

    fn trim(&mut self) {
        let needed = self.billed.max(self.recognised);
        if let Some(line) = &mut self.line {
            line.cut_tail(line.len() - needed);
        }
    }
}

/// Value of the first units of a line. Below zero, where more was credited than billed or given back than earned, no layer
/// holds them: they are worth what they are worth today.
fn value(line: &ValueLine, units: i128, world: &World<'_>) -> Result<i128, Refusal> {
    match units {
        0.. => line.value(units).ok_or_else(|| Refusal::too_large("position", units)),
        _ => world.base(units),
    }
}
