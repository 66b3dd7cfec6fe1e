//! Where the contract stands at the end of a day: its balances, and what remains of it.

use super::group::Position;
use super::records::HeldFor;
use super::state::{Balances, Moment, State};
use crate::Refusal;
use crate::arithmetic::split;

impl State<'_> {
    /// Whether the contract stands still while nothing happens and nothing is earned: no rate, no interest and no invoice under a
    /// condition moves it. A month in which that is so has no entry.
    pub(super) fn rests(&self) -> bool {
        !self.world.foreign() && self.world.financing_rate.is_none() && !self.has_conditional
    }

    /// At the end of a month without movement: as before, where nothing remains that could come nearer. Whether it does not.
    pub(super) fn same_moment(&mut self) -> bool {
        let Some(last) = self.moments.last().filter(|last| last.rpo == 0 && last.long_term.is_none()) else {
            return false;
        };
        let same = Moment {
            on: self.world.today,
            ..last.clone()
        };
        self.moments.push(same);
        true
    }

    /// Remembers where the contract stands at the end of today.
    pub(super) fn moment(&mut self, month_end: bool) -> Result<(), Refusal> {
        let mut sums = [0i128; 4];
        let [liability, asset, refund, accrued] = &mut sums;
        let mut held_for = HeldFor::default();
        let (open, carried) = self.receivable()?;
        let receivable = match month_end && self.world.foreign() {
            true if open == 0 => 0,
            true => self.world.base(open)?,
            false => carried,
        };
        for (place, group) in self.groups.iter().enumerate() {
            let position = group.position(&self.world)?;
            if position.liability > 0 && self.obligations.len() > 1 {
                self.hold(&mut held_for, place, position)?;
            }
            let hidden = self.hidden(place, position.asset)?;
            let shown = position.asset - hidden.performed;
            let closing = month_end && self.world.foreign() && shown != 0;
            let base = match closing {
                true => self.world.base(shown)?,
                false => position.asset_worth(shown, self.world.rounding)?,
            };
            *(if group.metered { &mut *accrued } else { &mut *asset }) += base;
            *liability += position.liability_base + group.accreted(&self.world)?;
            *refund += if position.refund == 0 {
                0
            } else {
                self.world.base(position.refund)?
            };
        }
        let narrow = |amount: i128| i64::try_from(amount).map_err(|_| Refusal::too_large(self.id.as_str(), amount));
        let [liability, asset, refund, accrued] = sums;
        let balances = Balances {
            contract_liability: narrow(liability)?,
            contract_asset: narrow(asset)?,
            receivable: narrow(receivable)?,
            refund_liability: narrow(refund)?,
            accrued_receivable: narrow(accrued)?,
        };
        // No sum of them leaves 64 bits either.
        narrow(sums.iter().chain([&receivable]).map(|amount| amount.abs()).sum())?;
        let remaining = self.remaining()?;
        let of = |value: fn(&super::obligation::Obligation) -> i128| narrow(self.obligations.iter().map(value).sum());
        self.moments.push(Moment {
            on: self.world.today,
            balances,
            rpo: narrow(remaining.whole)?,
            rpo_current: narrow(remaining.whole - remaining.after[0])?,
            long_term: remaining
                .long_term()
                .map(|long| long.map(Box::new))
                .map_err(|amount| Refusal::too_large(self.id.as_str(), amount))?,
            held_for: (!held_for.0.is_empty()).then(|| Box::new(held_for)),
            billed: narrow(self.groups.iter().map(|group| group.billed).sum())?,
            recognised: of(|obligation| obligation.recognised)?,
            price: of(|obligation| {
                if obligation.metered && !obligation.ended {
                    obligation.recognised
                } else {
                    obligation.price()
                }
            })?,
        });
        Ok(())
    }

    /// Adds the parts of a group's contract liability, each worth its share of the group's layers.
    fn hold(&self, held_for: &mut HeldFor, group: usize, position: Position) -> Result<(), Refusal> {
        let parts = self.liability_by_obligation(group, position.liability)?;
        let units: Vec<i128> = parts.iter().map(|(_, units)| *units).collect();
        let too_large = || Refusal::too_large(self.id.as_str(), position.liability_base);
        let worth = split(position.liability_base, &units).ok_or_else(too_large)?;
        for ((index, _), base) in parts.into_iter().zip(worth).filter(|(_, base)| *base != 0) {
            let base = i64::try_from(base).map_err(|_| too_large())?;
            held_for.0.push((self.obligation_at(index)?.id().clone(), base));
        }
        Ok(())
    }
}
