//! `cancelled`: what was earned stays, refunds are promised, the rest of what was billed goes where reading 3 of FORMAT.md says.
//!
//! Example: 3,650.00 for 2026, paid, cancelled from 1 September (606-10-25-13; docs/accounting.md "Modifications"). 2,430.00 are
//! earned. With a refund of 1,220.00 the contract liability of 1,220.00 becomes a refund liability; without one it is revenue at once.
//! Unpaid, it stays against the receivable until somebody pays, credits or writes off. Where another product remains, it belongs to that.

use super::claim::{Claim, Share};
use super::modification::Member;
use super::state::State;
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::Cancelled;
use crate::journal::{Case, Role, Rule};
use crate::money::major;

/// The obligations of a netting group that a cancellation names, and where they stand on the day before.
struct Part {
    group: usize,
    places: Vec<usize>,
    earned: i128,
    billed: i128,
}

impl State<'_> {
    pub(super) fn cancelled(&mut self, cancelled: &Cancelled) -> Result<(), Refusal> {
        let places = self.cancelled_places(cancelled)?;
        let refund = cancelled.refund.map_or(Ok(0), |refund| self.minor(refund, "cancelled: refund"))?;
        let mut parts = Vec::new();
        for group in 0..self.groups.len() {
            let of_group = |place: &usize| self.obligations.get(*place).is_some_and(|o| o.group == group);
            let places: Vec<usize> = places.iter().copied().filter(of_group).collect();
            if !places.is_empty() {
                parts.push(self.cancelled_part(group, places)?);
            }
        }
        self.sort_by_id(&mut parts, |part| part.places.first().copied().unwrap_or(usize::MAX));
        let most: i128 = parts.iter().map(|part| part.earned.max(part.billed)).sum();
        if refund > most {
            let problem = format!("is more than the {} that the contract was worth", major(most, self.world.currency));
            return Err(Refusal::new(
                "cancelled: refund",
                cancelled.refund.unwrap_or_default(),
                problem,
                "refund at most what was billed",
            ));
        }
        let unearned: Vec<i128> = parts.iter().map(|part| (part.billed - part.earned).max(0)).collect();
        let billed: Vec<i128> = parts.iter().map(|part| part.billed).collect();
        let weights = if unearned.iter().sum::<i128>() >= refund {
            unearned
        } else {
            billed
        };
        let refunds = split(refund, &weights).ok_or_else(|| Refusal::too_large("cancelled: refund", refund))?;
        let words = format!(
            "cancelled: what was earned through the day before stays revenue, {} is to be refunded",
            major(refund, self.world.currency)
        );
        for (part, refund) in parts.into_iter().zip(refunds) {
            self.end_part(part, refund, cancelled.owed)?;
        }
        self.end_unclaimed(cancelled.owed)?;
        let whole = self.obligations.iter().all(|obligation| obligation.ended);
        let rule = if whole { Rule::WholeCancelled } else { Rule::PartCancelled };
        self.note(words, rule);
        Ok(())
    }

    /// When everything has ended, so have the groups whose obligations a modification removed before.
    fn end_unclaimed(&mut self, owed: bool) -> Result<(), Refusal> {
        for obligation in &self.obligations {
            if obligation.is_open(self.world.yesterday())? {
                return Ok(());
            }
        }
        for (group, of) in self.groups.iter().enumerate() {
            let claimed = self.claims.iter().any(|claim| claim.group == group);
            if !claimed && !of.members.is_empty() {
                let members = self.members_by_id(group);
                let none = vec![0; members.len()];
                let mut claim = Claim::whole(group, members, none, self.world.today);
                claim.owed = owed;
                self.claims.push(claim);
            }
        }
        Ok(())
    }

    /// What is named and has not ended yet, each once.
    fn cancelled_places(&self, cancelled: &Cancelled) -> Result<Vec<usize>, Refusal> {
        let mut places: Vec<usize> = match &cancelled.obligations {
            Some(ids) => ids.iter().map(|id| self.place_of(id)).collect::<Result<_, _>>()?,
            None => (0..self.obligations.len()).collect(),
        };
        self.sort_by_id(&mut places, |place| *place);
        places.dedup();
        places.retain(|place| self.obligations.get(*place).is_some_and(|o| !o.ended));
        if places.is_empty() && (cancelled.obligations.is_some() || cancelled.refund.is_some()) {
            let named = cancelled.obligations.as_deref().unwrap_or_default().iter().map(ToString::to_string);
            let what = named
                .reduce(|list, id| format!("{list}, {id}"))
                .unwrap_or_else(|| self.id.to_string());
            let remedy = "remove the event, or write the refund with the first cancellation";
            return Err(Refusal::new("cancelled", what, "has ended already and is cancelled again", remedy));
        }
        Ok(places)
    }

    fn cancelled_part(&self, group: usize, places: Vec<usize>) -> Result<Part, Refusal> {
        let (mut earned, mut billed) = (0i128, 0i128);
        for obligation in self.obligations_at(&places)? {
            earned += obligation.earned(self.world.yesterday(), self.world.currency, self.world.rounding)?;
            billed += obligation.billed + obligation.cancel_credited + self.written_off_unearned(&[self.place_of(obligation.id())?]);
        }
        Ok(Part {
            group,
            places,
            earned,
            billed,
        })
    }

    /// Ends the cancelled obligations of a group, and says to whom what was billed beyond them belongs.
    fn end_part(&mut self, part: Part, refund: i128, owed: bool) -> Result<(), Refusal> {
        let Part { group, places, .. } = part;
        let (yesterday, currency, rounding) = (self.world.yesterday(), self.world.currency, self.world.rounding);
        let (mut rest, mut stated_rest, mut stated_earned, mut documented) = (0i128, 0i128, 0i128, Vec::new());
        // Asked of all before any of them ends: then it holds what it earned.
        let dues = places
            .iter()
            .map(|place| self.due(*place))
            .collect::<Result<Vec<i128>, Refusal>>()?;
        for (place, due) in places.iter().zip(dues) {
            let obligation = self.obligation(*place)?;
            let earned = obligation.earned(yesterday, currency, rounding)?;
            let price = if obligation.metered { earned } else { obligation.price() };
            let due_earned = match price {
                0 => due.min(0),
                price => mul_div(due, earned, price, rounding).ok_or_else(|| obligation.too_large())?,
            };
            rest += price - earned;
            stated_earned += due_earned;
            stated_rest += due - due_earned;
            documented.push(std::mem::take(&mut obligation.cancel_credited));
            obligation.due_earned = Some(due_earned);
            obligation.end(earned);
            self.dirty.push(*place);
        }
        let none = std::collections::BTreeMap::new();
        let members = self.remaining_members(group, &none, false)?;
        let backs = self.promise_refund(group, &places, (refund - documented.iter().sum::<i128>()).max(0))?;
        let given_back: Vec<i128> = documented
            .iter()
            .zip(backs)
            .map(|(credited, promised)| credited + promised)
            .collect();
        let mut claim = if members.is_empty() {
            let whole = self.members_by_id(group);
            let of = |place: &usize| places.iter().position(|other| other == place).and_then(|at| given_back.get(at));
            let given_back = whole.iter().map(|place| of(place).copied().unwrap_or(0)).collect();
            self.end_claims(group);
            Claim::whole(group, whole, given_back, self.world.today)
        } else {
            let still = |member: &Member| Ok(self.obligation_at(member.place)?.price() - member.earned);
            let available = members.iter().map(still).sum::<Result<i128, Refusal>>()?;
            let share = Share::new(
                members.clone(),
                available,
                rest - stated_rest,
                stated_earned,
                self.obligations.len(),
            );
            Claim::partial(group, places, given_back, share, self.world.today)
        };
        claim.owed = owed;
        self.claims.push(claim);
        Ok(())
    }

    /// What would be billed of an obligation: its stated price, or what was allocated where the stated prices are not the contract's.
    pub(super) fn due(&self, place: usize) -> Result<i128, Refusal> {
        let of = self.obligation_at(place)?;
        Ok(match of.metered {
            true => of.billed.max(of.recognised),
            false if self.is_as_stated(of) => of.stated,
            false => of.price(),
        })
    }

    /// Money that is to go back: out of what is billed, into the refund liability; what was paid out before settles it. Gives the part of
    /// each obligation.
    fn promise_refund(&mut self, group: usize, places: &[usize], refund: i128) -> Result<Vec<i128>, Refusal> {
        if refund == 0 {
            return Ok(vec![0; places.len()]);
        }
        let billed: Vec<i128> = self.obligations_at(places)?.iter().map(|o| o.billed).collect();
        let backs = split(refund, &billed).ok_or_else(|| Refusal::too_large("cancelled: refund", refund))?;
        for (place, back) in places.iter().zip(&backs) {
            self.obligation(*place)?.billed -= back;
        }
        let of_group = self.group(group)?;
        of_group.unbill(refund, None, true);
        of_group.promised += refund;
        let mut left = refund;
        for index in 0..self.invoices.len() {
            let invoice = self.invoice(index)?;
            let part = left.min(invoice.reopened).min(invoice.open.max(0));
            if part <= 0 {
                continue;
            }
            invoice.reopened -= part;
            left -= part;
            let relief = self.relieve(index, part, 0)?;
            let of_group = self.group(group)?;
            of_group.promised -= part;
            of_group.undocumented += part;
            of_group.documents.refund += relief;
            let lead = self.lead(group);
            let draft = [
                (Role::RefundLiability, lead, relief, Some(part)),
                (Role::Receivable, None, -relief, Some(-part)),
            ];
            let name = self.generated_id("refunded before");
            self.post(Case::RefundLiability, &name, self.world.today, draft)?;
        }
        Ok(backs)
    }
}
