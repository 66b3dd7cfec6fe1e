//! Cancellations of the reference model (606-10-25-13(a); 606-10-25-7 and 25-8): what was earned stays. Where nothing else remains, what
//! is paid beyond it is revenue at once, and what is unpaid is not. Where others remain, what is billed and not given back is theirs.
//!
//! Not known here: invoices paid in part, a refund shared by several contracts, the rest of a contract cancelled after a part of it,
//! and what moves the share of the others on a later day.

use serde_json::Value;

use super::Model;
use super::fraction::{Fraction, fraction, parts, whole};
use super::obligation::minor;

/// Obligations that were cancelled together.
pub struct Claim {
    pub indices: Vec<usize>,
    owed: bool,
    /// By obligation: earned, what would be billed of that, credited or promised back.
    earned: Vec<i128>,
    due: Vec<i128>,
    given_back: Vec<i128>,
    kind: Kind,
}

enum Kind {
    /// Nothing else remains.
    Whole,
    /// Others have a share: what falls away of the price besides, and what was shared, once it was.
    Part { falls_away: i128, shared: Option<i128> },
}

impl Model {
    pub(super) fn cancelled(&mut self, event: &Value) -> Option<()> {
        let mut named: Vec<usize> = match event.get("obligations") {
            Some(ids) => ids.as_array().unwrap().iter().map(|id| self.index(id)).collect(),
            None => (0..self.obligations.len()).collect(),
        };
        named.sort_unstable();
        named.dedup();
        named.retain(|index| !self.obligations[*index].ended);
        let refund = event.get("refund").map_or(0, |refund| minor(refund, self.decimals));
        let mut groups: Vec<usize> = named.iter().map(|index| self.obligations[*index].group).collect();
        groups.sort_unstable();
        groups.dedup();
        if groups.len() > 1 && refund > 0 {
            return None;
        }
        for group in groups {
            let indices: Vec<usize> = named
                .iter()
                .copied()
                .filter(|index| self.obligations[*index].group == group)
                .collect();
            self.cancel_group(group, indices, refund, event["owed"] == true)?;
        }
        // When everything has ended, so has what was removed before.
        let over = |of: &super::Obligation| of.ended || !of.undelivered(self.yesterday()).is_positive();
        if self.obligations.iter().all(over) {
            self.emptied.extend(0..self.groups);
        }
        Some(())
    }

    fn cancel_group(&mut self, group: usize, indices: Vec<usize>, refund: i128, owed: bool) -> Option<()> {
        if self.claims.iter().any(|claim| self.obligations[claim.indices[0]].group == group) {
            return None;
        }
        // What a part that is cancelled leaves to a project that has begun is not known here: no source says how its price moves.
        let of_project = |(index, other): (usize, &super::Obligation)| {
            other.group == group && !other.ended && other.kind == "by_progress" && !indices.contains(&index)
        };
        if self.obligations.iter().enumerate().any(of_project) {
            return None;
        }
        let (mut earned, mut due, mut given_back, mut falls_away) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for index in &indices {
            let (now, price, whole_due) = (self.earned(*index, self.yesterday()), self.price_of(*index), self.due(*index));
            let of_earned = match price {
                0 => whole_due.min(0),
                _ => self.rounding.round(whole(whole_due).times(fraction(now, price))),
            };
            falls_away += (price - now) - (whole_due - of_earned);
            earned.push(now);
            due.push(of_earned);
            given_back.push(std::mem::take(&mut self.obligations[*index].credited_ahead));
        }
        for (index, earned) in indices.iter().zip(&earned) {
            self.obligations[*index].end(*earned);
        }
        let promised = (refund - given_back.iter().sum::<i128>()).max(0);
        let billed: Vec<Fraction> = indices.iter().map(|index| whole(self.obligations[*index].billed)).collect();
        for ((index, back), given) in indices.iter().zip(parts(promised, &billed)).zip(&mut given_back) {
            self.obligations[*index].billed -= back;
            *given += back;
        }
        *self.promised.entry(group).or_default() += promised;
        let kind = if self.remaining(group).is_empty() {
            // What ended or was delivered before belongs to the same contract; known here only where there is none.
            let before = |(index, of): (usize, &super::Obligation)| of.group == group && !indices.contains(&index);
            (!self.obligations.iter().enumerate().any(before)).then_some(Kind::Whole)?
        } else {
            Kind::Part { falls_away, shared: None }
        };
        self.claims.push(Claim {
            indices,
            owed,
            earned,
            due,
            given_back,
            kind,
        });
        Some(())
    }

    /// What remains of a contract.
    fn remaining(&self, group: usize) -> Vec<usize> {
        let remains = |index: &usize| {
            let of = &self.obligations[*index];
            of.group == group && !of.ended && !of.metered && of.ssp != 0 && of.undelivered(self.yesterday()).is_positive()
        };
        (0..self.obligations.len()).filter(remains).collect()
    }

    fn price_of(&self, index: usize) -> i128 {
        match self.obligations[index].metered {
            true => self.earned(index, self.yesterday()),
            false => self.obligations[index].price(),
        }
    }

    /// What would be billed: the stated price, or the allocated one where the stated prices are not the contract's.
    fn due(&self, index: usize) -> i128 {
        let of = &self.obligations[index];
        if of.metered {
            return of.billed.max(of.recognised);
        }
        let (mut stated, mut prices) = (0, 0);
        for other in self.obligations.iter().filter(|other| other.group == of.group && !other.metered) {
            stated += other.stated;
            prices += other.price();
        }
        if stated == prices { of.stated } else { of.price() }
    }

    pub(super) fn give_back(&mut self, index: usize, amount: i128) {
        for claim in &mut self.claims {
            if let Some(at) = claim.indices.iter().position(|of| *of == index) {
                claim.given_back[at] += amount;
            }
        }
    }

    /// At the end of a day with facts: whose what was billed beyond the earned part is now.
    pub(super) fn settle_claims(&mut self) -> Option<()> {
        for at in 0..self.claims.len() {
            let claim = &self.claims[at];
            let of = |(index, back): (&usize, &i128)| self.obligations[*index].billed + back;
            let billed: Vec<i128> = claim.indices.iter().zip(&claim.given_back).map(of).collect();
            let unbilled: i128 = claim.due.iter().zip(&billed).map(|(due, billed)| (due - billed).max(0)).sum();
            let (all, back) = (billed.iter().sum::<i128>(), claim.given_back.iter().sum::<i128>());
            match claim.kind {
                Kind::Whole => self.settle_whole(at, all, back, unbilled)?,
                Kind::Part { falls_away, shared } => self.settle_part(at, (all, back, unbilled), falls_away, shared)?,
            }
        }
        Some(())
    }

    fn settle_whole(&mut self, at: usize, billed: i128, back: i128, unbilled: i128) -> Option<()> {
        let claim = &self.claims[at];
        let earned: i128 = claim.earned.iter().sum();
        let unbilled = unbilled.min(earned.max(0));
        let unearned = (billed - earned + unbilled).max(0);
        let left = (unearned - back).max(0);
        let taken = (back - unearned).clamp(0, earned.max(0));
        let first = claim.indices[0];
        let promised = self.promised.get(&self.obligations[first].group).copied().unwrap_or(0);
        let received = self.received(&claim.indices)? - promised;
        let paid = (received - (earned - taken - unbilled)).clamp(0, left);
        let released = if claim.owed { left } else { paid };
        let amount = claim.earned[0] - taken + released;
        self.obligations[first].end(amount);
        Some(())
    }

    /// What came in for some obligations without tax, where their invoices are paid as a whole or not at all.
    fn received(&self, indices: &[usize]) -> Option<i128> {
        let mut received = 0;
        for invoice in self.invoices.values() {
            let lines = invoice.lines.iter().filter(|(index, _)| indices.contains(index));
            let of: i128 = lines.map(|(_, amount)| amount).sum();
            if invoice.paid == 0 || of <= 0 {
                continue;
            }
            (invoice.open <= 0).then_some(())?;
            received += of;
        }
        Some(received)
    }

    fn settle_part(
        &mut self,
        at: usize,
        (billed, back, unbilled): (i128, i128, i128),
        falls_away: i128,
        shared: Option<i128>,
    ) -> Option<()> {
        let due: i128 = self.claims[at].due.iter().sum();
        let unearned = (billed - due + unbilled.min(due.max(0))).max(0);
        if back > unearned {
            return None;
        }
        let left = unearned - back;
        if let Some(shared) = shared {
            return (shared == left).then_some(());
        }
        if falls_away + left == 0 {
            // Nothing is left over: the others go on as they were.
            if let Kind::Part { shared, .. } = &mut self.claims[at].kind {
                *shared = Some(left);
            }
            return Some(());
        }
        let group = self.obligations[self.claims[at].indices[0]].group;
        let mut remaining = self.remaining(group);
        remaining.sort_by_key(|index| self.obligations[*index].id.clone());
        let earned: Vec<i128> = remaining.iter().map(|index| self.earned(*index, self.yesterday())).collect();
        let rest = |(index, earned): (&usize, &i128)| self.obligations[*index].price() - earned;
        let rests: i128 = remaining.iter().zip(&earned).map(rest).sum();
        let weights: Vec<Fraction> = remaining.iter().map(|index| self.weight(*index, None)).collect();
        let pool = rests + falls_away + left;
        if pool < 0 {
            return None;
        }
        for ((index, earned), part) in remaining.into_iter().zip(earned).zip(parts(pool, &weights)) {
            // 606-10-25-13(c): what is not distinct from what was delivered catches up.
            match self.obligations[index].catches_up {
                true => {
                    let change = earned + part - self.obligations[index].price();
                    self.obligations[index].reprice(change);
                }
                false => self.goes_on(index, earned, part, None),
            }
        }
        if let Kind::Part { shared, .. } = &mut self.claims[at].kind {
            *shared = Some(left);
        }
        Some(())
    }
}
