//! `cancelled`: what was earned stays, refunds are promised, the rest of what was billed is revenue at once (reading 3).
//!
//! Example: 3,650.00 for 2026, paid, cancelled from 1 September (606-10-25-13, accounting.md 2.2 and 2.4). 2,430.00 are earned. With a
//! refund of 1,220.00 the contract liability of 1,220.00 becomes a refund liability; without one it is revenue at once.

use super::state::{Cancellation, State};
use crate::Refusal;
use crate::arithmetic::split;
use crate::event::Cancelled;
use crate::journal::Rule;
use crate::money::major;

impl State<'_> {
    pub(super) fn cancelled(&mut self, cancelled: &Cancelled) -> Result<(), Refusal> {
        let places: Vec<usize> = match &cancelled.obligations {
            Some(ids) => ids.iter().map(|id| self.place_of(id)).collect::<Result<_, _>>()?,
            None => (0..self.obligations.len()).collect(),
        };
        let places: Vec<usize> = places
            .into_iter()
            .filter(|place| self.obligations.get(*place).is_some_and(|o| !o.ended))
            .collect();
        if places.is_empty() && (cancelled.obligations.is_some() || cancelled.refund.is_some()) {
            let named = cancelled.obligations.as_deref().unwrap_or_default().iter().map(ToString::to_string);
            let what = named
                .reduce(|list, id| format!("{list}, {id}"))
                .unwrap_or_else(|| self.id.to_string());
            let mend = "remove the event, or write the refund with the first cancellation";
            return Err(Refusal::new("cancelled", what, "has ended already and is cancelled again", mend));
        }
        let refund = cancelled.refund.map_or(Ok(0), |refund| self.minor(refund, "cancelled: refund"))?;
        let mut pools = Vec::new();
        for group in 0..self.groups.len() {
            let members: Vec<usize> = places
                .iter()
                .copied()
                .filter(|place| self.obligations.get(*place).is_some_and(|o| o.group == group))
                .collect();
            if !members.is_empty() {
                pools.push((group, self.cancel_group(members)?));
            }
        }
        let most: i128 = pools.iter().map(|(_, pool)| pool.earned.max(pool.billed)).sum();
        if refund > most {
            let problem = format!("is more than the {} that the contract was worth", major(most, self.world.currency));
            return Err(Refusal::new(
                "cancelled: refund",
                cancelled.refund.unwrap_or_default(),
                problem,
                "refund at most what was billed",
            ));
        }
        let unearned: Vec<i128> = pools.iter().map(|(_, pool)| (pool.billed - pool.earned).max(0)).collect();
        let billed: Vec<i128> = pools.iter().map(|(_, pool)| pool.billed).collect();
        let weights = if unearned.iter().sum::<i128>() >= refund {
            unearned
        } else {
            billed
        };
        let refunds = split(refund, &weights).ok_or_else(|| Refusal::too_large("cancelled: refund", refund))?;
        for ((group, mut pool), refund) in pools.into_iter().zip(refunds) {
            pool.given_back = refund;
            self.end_pool(group, pool, refund)?;
        }
        let words = format!(
            "cancelled: what was earned through the day before stays revenue, {} is to be refunded, the rest of what was billed is revenue now",
            major(refund, self.world.currency)
        );
        let whole = self.obligations.iter().all(|obligation| obligation.ended);
        let rule = if whole { Rule::WholeCancelled } else { Rule::PartCancelled };
        self.note(words, rule.paragraph());
        Ok(())
    }

    /// What was earned and billed of a group's cancelled obligations, on the day before.
    fn cancel_group(&mut self, members: Vec<usize>) -> Result<Cancellation, Refusal> {
        let yesterday = self.world.today.pred_opt().unwrap_or(self.world.today);
        let (mut earned, mut billed) = (0i128, 0i128);
        for place in &members {
            let (currency, rounding) = (self.world.currency, self.world.rounding);
            let obligation = self.obligation(*place)?;
            let amount = obligation.earned(yesterday, currency, rounding)?;
            earned += amount;
            billed += obligation.billed;
            obligation.end(amount);
        }
        Ok(Cancellation {
            obligations: members,
            earned,
            billed,
            given_back: 0,
        })
    }

    fn end_pool(&mut self, group: usize, pool: Cancellation, refund: i128) -> Result<(), Refusal> {
        let release = pool.earned.max(pool.billed) - pool.given_back - pool.earned;
        let of = |place: &usize| self.obligations.get(*place);
        let unearned: Vec<i128> = pool
            .obligations
            .iter()
            .filter_map(of)
            .map(|o| (o.billed - o.price()).max(0))
            .collect();
        let earned: Vec<i128> = pool.obligations.iter().filter_map(of).map(|o| o.price()).collect();
        let parts =
            split(release, if release < 0 { &earned } else { &unearned }).ok_or_else(|| Refusal::too_large("cancelled", release))?;
        for (place, part) in pool.obligations.iter().zip(parts) {
            let amount = self.obligation(*place)?.price() + part;
            self.obligation(*place)?.end(amount);
            self.dirty.push(*place);
        }
        if let Some(group) = self.groups.get_mut(group).filter(|_| refund > 0) {
            group.unbill(refund, None, true);
            group.promised += refund;
        }
        let billed: Vec<i128> = pool
            .obligations
            .iter()
            .filter_map(|place| self.obligations.get(*place))
            .map(|o| o.billed)
            .collect();
        let backs = split(refund, &billed).ok_or_else(|| Refusal::too_large("cancelled", refund))?;
        for (place, back) in pool.obligations.iter().zip(backs) {
            self.obligation(*place)?.billed -= back;
        }
        self.cancellations.push(pool);
        Ok(())
    }

    /// A credit note on a cancelled obligation takes back what was released.
    pub(super) fn give_back(&mut self, cancellation: usize, place: usize, amount: i128) -> Result<(), Refusal> {
        self.after_cancellation(cancellation, place, |pool| pool.given_back += amount)
    }

    /// An invoice on cancelled obligations: beyond what was earned it is revenue at once.
    pub(super) fn billed_after_cancellation(&mut self, lines: &[(usize, i128)]) -> Result<(), Refusal> {
        for (place, amount) in lines {
            let found = self
                .cancellations
                .iter()
                .position(|cancellation| cancellation.obligations.contains(place));
            if let Some(cancellation) = found {
                self.after_cancellation(cancellation, *place, |pool| pool.billed += amount)?;
            }
        }
        Ok(())
    }

    fn after_cancellation(&mut self, cancellation: usize, place: usize, act: impl FnOnce(&mut Cancellation)) -> Result<(), Refusal> {
        let Some(pool) = self.cancellations.get_mut(cancellation) else {
            return Ok(());
        };
        let target = |pool: &Cancellation| pool.earned.max(pool.billed) - pool.given_back;
        let before = target(pool);
        act(pool);
        let change = target(pool) - before;
        let obligation = self.obligation(place)?;
        let amount = obligation.price() + change;
        obligation.end(amount);
        self.dirty.push(place);
        Ok(())
    }
}
