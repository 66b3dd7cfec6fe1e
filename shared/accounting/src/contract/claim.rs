//! What a cancellation leaves: whom what was billed beyond the earned part belongs to, as it is paid, credited, refunded and written off.
//!
//! Everything is worked out from totals, so the order of these events does not matter. Money covers the earned part first.
//! Example: 12,000.00 for 2026, unpaid, cancelled in July: 6,000.00 are earned, 6,000.00 wait against the receivable. Written off,
//! the loss is 6,000.00 and the waiting part is gone; with 3,000.00 paid before, the loss is 3,000.00.

use chrono::NaiveDate;

use super::modification::Member;
use super::obligation::{Obligation, Segment};
use super::records::UnearnedPart;
use super::state::State;
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::Event;
use crate::journal::Rule;
use crate::money::major;

/// Obligations that were cancelled, and what became of the money.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) group: usize,
    pub(super) places: Vec<usize>,
    pub(super) on: NaiveDate,
    /// Whether what is unpaid is still expected to be paid.
    pub(super) owed: bool,
    /// Credited and promised back because of the cancellation, by obligation.
    given_back: Vec<i128>,
    /// The price of all, where a modification says it.
    pub(super) most: Option<i128>,
    /// What remains beside them, if anything does.
    share: Option<Share>,
    /// What was released to the obligations beyond their earned parts, and what was taken out of these.
    beyond: Vec<i128>,
    taken: Vec<i128>,
    asked: bool,
}

/// What of a cancelled part belongs to the obligations that remain.
#[derive(Debug, Clone)]
pub(super) struct Share {
    rest: Vec<Member>,
    /// What their price was beyond what is to be billed of them.
    base: i128,
    /// What of the price that was to be billed is earned.
    earned: i128,
    /// What the rest still had to earn: no more is taken from it.
    available: i128,
    /// What the rest has of it, once it was shared, of how much that was unearned, and how each stood before.
    shared: Option<i128>,
    unearned: i128,
    before: Vec<(usize, Vec<Segment>)>,
    /// Obligations from this index on came after the cancellation.
    later: usize,
}

impl Share {
    pub(super) fn new(rest: Vec<Member>, available: i128, base: i128, earned: i128, later: usize) -> Self {
        Self {
            rest,
            base,
            earned,
            available,
            shared: None,
            unearned: 0,
            before: Vec::new(),
            later,
        }
    }

    /// What the rest has of what was cancelled, where so much of that is unearned.
    fn target(&self, unearned: i128) -> i128 {
        (self.base + unearned).max(-self.available)
    }

    /// What the consideration falls by beyond all that remains: it is less revenue of what was served.
    fn beyond(&self, unearned: i128) -> i128 {
        (-self.available - self.base - unearned).max(0)
    }
}

/// How a claim stands, in units of the contract's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Standing {
    /// Taken out of the earned part: more was given back than was unearned.
    taken: i128,
    /// Unearned, and paid.
    paid: i128,
    /// Unearned and unpaid, written off or not.
    unpaid: i128,
    /// What of the unpaid part was written off.
    written_off: i128,
    earned: i128,
}

impl Standing {
    /// What of the billing belongs to nothing that was served.
    fn unearned(self) -> i128 {
        self.paid + self.unpaid - self.written_off
    }
}

impl Claim {
    /// Nothing remains beside what is cancelled.
    pub(super) fn whole(group: usize, places: Vec<usize>, given_back: Vec<i128>, on: NaiveDate) -> Self {
        let none = vec![0; places.len()];
        Self {
            group,
            places,
            on,
            owed: false,
            given_back,
            most: None,
            share: None,
            beyond: none.clone(),
            taken: none,
            asked: false,
        }
    }

    /// Others remain.
    pub(super) fn partial(group: usize, places: Vec<usize>, given_back: Vec<i128>, share: Share, on: NaiveDate) -> Self {
        Self {
            share: Some(share),
            ..Self::whole(group, places, given_back, on)
        }
    }

    /// Whether others remained beside what is cancelled.
    pub(super) fn is_partial(&self) -> bool {
        self.share.is_some()
    }

    /// More of an obligation is given back.
    pub(super) fn give_back(&mut self, place: usize, amount: i128) {
        let of_place = self.places.iter().zip(&mut self.given_back).find(|(of, _)| **of == place);
        if let Some((_, given_back)) = of_place {
            *given_back += amount;
        }
    }
}

impl State<'_> {
    /// The claim on an obligation that was cancelled.
    pub(super) fn claim_on(&mut self, place: usize) -> Option<&mut Claim> {
        let ended = self.obligations.get(place).is_some_and(|obligation| obligation.ended);
        self.claims.iter_mut().rev().find(|claim| ended && claim.places.contains(&place))
    }

    /// After money moved or a document came: whom the unearned part belongs to now.
    pub(super) fn settle_claims(&mut self, so_far: &[&Event]) -> Result<(), Refusal> {
        let mut moved_on: Vec<usize> = Vec::new();
        for at in 0..self.claims.len() {
            let claim = self.claims.get(at).cloned();
            let mut claim = claim.ok_or_else(|| Refusal::unknown("claim", at))?;
            let standing = self.standing(&claim)?;
            self.write_off_unearned(&claim, standing.written_off)?;
            let unearned = self.foreseen(&claim).unwrap_or(standing.unearned());
            let beyond_rest = claim.share.as_ref().map_or(0, |share| share.beyond(unearned));
            let beyond_rest = beyond_rest.min((self.held(&claim)? - standing.taken).max(0));
            self.take_from_earned(&mut claim, standing.taken + beyond_rest)?;
            match claim.share.take() {
                None => self.release_to_ended(&mut claim, standing)?,
                Some(share) if self.foreseen.is_none() && self.has_moved_on(claim.on, &share, unearned) => {
                    moved_on.push(claim.group);
                    claim.share = Some(share);
                }
                Some(share) => claim.share = Some(self.release_to_rest(claim.on, claim.group, share, unearned)?),
            }
            let slot = self.claims.get_mut(at);
            *slot.ok_or_else(|| Refusal::unknown("claim", at))? = claim;
        }
        self.past_claims_moved(&mut moved_on)?;
        if moved_on.is_empty() || self.work_anew(so_far, &moved_on)? {
            return Ok(());
        }
        self.release_as_it_stands(&moved_on)
    }

    /// The groups of claims whose rest has ended too and of which less is unearned now, or more; each is reported once.
    fn past_claims_moved(&mut self, moved_on: &mut Vec<usize>) -> Result<(), Refusal> {
        if self.foreseen.is_some() {
            return Ok(());
        }
        for at in 0..self.past_claims.len() {
            let past = self.past_claims.get(at).ok_or_else(|| Refusal::unknown("claim", at))?;
            let (group, unearned) = (past.group, self.unearned_of(past)?);
            let share = self.past_claims.get_mut(at).and_then(|past| past.share.as_mut());
            if share.is_some_and(|share| std::mem::replace(&mut share.unearned, unearned) != unearned) {
                moved_on.push(group);
            }
        }
        Ok(())
    }

    /// Nothing remains of a group: its claims are one from now on.
    pub(super) fn end_claims(&mut self, group: usize) {
        let (ended, others): (Vec<Claim>, Vec<Claim>) =
            std::mem::take(&mut self.claims).into_iter().partition(|claim| claim.group == group);
        self.claims = others;
        self.past_claims.extend(ended.into_iter().filter(Claim::is_partial));
    }

    /// What changes of what was shared belongs to whoever has it now.
    fn release_as_it_stands(&mut self, moved_on: &[usize]) -> Result<(), Refusal> {
        for at in 0..self.claims.len() {
            let claim = self.claims.get(at).ok_or_else(|| Refusal::unknown("claim", at))?;
            let (on, group, unearned) = (claim.on, claim.group, self.unearned_of(claim)?);
            let Some(share) = claim.share.clone().filter(|_| moved_on.contains(&group)) else {
                continue;
            };
            let share = self.release_to_rest(on, group, share, unearned)?;
            let claim = self.claims.get_mut(at);
            claim.ok_or_else(|| Refusal::unknown("claim", at))?.share = Some(share);
        }
        Ok(())
    }

    /// What of the billing of a claim belongs to nothing that was served, by all that is known today.
    pub(super) fn unearned_of(&self, claim: &Claim) -> Result<i128, Refusal> {
        Ok(self.standing(claim)?.unearned())
    }

    /// Whether what was shared changes after what it was shared among has changed.
    fn has_moved_on(&self, on: NaiveDate, share: &Share, unearned: i128) -> bool {
        share.shared.is_some_and(|shared| shared != share.target(unearned))
            && !share.rest.iter().all(|member| self.is_untouched(member.place, on))
    }

    /// Whether an obligation goes on as it was shared with on a day.
    fn is_untouched(&self, place: usize, on: NaiveDate) -> bool {
        let of = self.obligations.get(place);
        of.is_some_and(|o| !o.ended && o.restarts.last().is_none_or(|(day, _)| *day <= on))
    }

    /// What its obligations were worth when they ended.
    fn held(&self, claim: &Claim) -> Result<i128, Refusal> {
        let held: i128 = self.obligations_at(&claim.places)?.iter().map(|o| o.price()).sum();
        Ok(held - claim.beyond.iter().sum::<i128>() + claim.taken.iter().sum::<i128>())
    }

    /// Where a claim stands by all that is known today.
    fn standing(&self, claim: &Claim) -> Result<Standing, Refusal> {
        let mut standing = Standing::default();
        let (mut billed, mut unbilled) = (0i128, 0i128);
        let moved = claim.given_back.iter().zip(&claim.beyond).zip(&claim.taken);
        for (place, ((given_back, beyond), taken)) in claim.places.iter().zip(moved) {
            let obligation = self.obligation_at(*place)?;
            let held = if obligation.metered && !obligation.ended {
                obligation.recognised
            } else {
                obligation.price()
            };
            let held = held - beyond + taken;
            standing.earned += held;
            let whole = obligation.billed + self.written_off_unearned(&[*place]) + given_back;
            billed += whole;
            unbilled += (self.due_of_ended(obligation, held) - whole).max(0);
        }
        if let Some(share) = &claim.share {
            standing.earned = share.earned;
        }
        let given_back: i128 = claim.given_back.iter().sum();
        let earned = standing.earned;
        let unbilled = unbilled.min(earned.max(0));
        let unearned = (billed - earned + unbilled).max(0);
        let left = (unearned - given_back).max(0);
        standing.taken = (given_back - unearned).clamp(0, earned.max(0));
        let (received, lost) = self.received_and_lost(claim)?;
        standing.paid = (received - (earned - standing.taken - unbilled)).clamp(0, left);
        standing.unpaid = left - standing.paid;
        let open = (billed - given_back - received).max(standing.unpaid);
        standing.written_off = match (claim.owed, open) {
            (true, _) | (_, 0) => 0,
            _ => {
                mul_div(lost.min(open), standing.unpaid, open, self.world.rounding).ok_or_else(|| Refusal::too_large("cancelled", lost))?
            }
        };
        Ok(standing)
    }

    /// What would be billed of the earned part of an obligation: of what held so much when it ended.
    fn due_of_ended(&self, of: &Obligation, held: i128) -> i128 {
        match of.due_earned {
            Some(due) => due,
            None if of.metered => of.billed.max(held),
            None if self.is_as_stated(of) => of.stated,
            None => held,
        }
    }

    /// What came in for a claim and was not promised back, and what was written off of it, without tax.
    fn received_and_lost(&self, claim: &Claim) -> Result<(i128, i128), Refusal> {
        let (mut received, mut lost) = (0i128, 0i128);
        for invoice in &self.invoices {
            received += invoice.share(invoice.paid, &claim.places, self.world.rounding)?;
            lost += invoice.share(invoice.given_up.amount, &claim.places, self.world.rounding)?;
        }
        let group = self.groups.get(claim.group);
        let group = group.ok_or_else(|| Refusal::unknown("netting group", claim.group))?;
        received += group.paid_before - group.promised - group.undocumented;
        Ok((received, lost))
    }

    /// More was given back than was unearned: the rest is less revenue of what was served.
    fn take_from_earned(&mut self, claim: &mut Claim, amount: i128) -> Result<(), Refusal> {
        // By what each held when it ended, so that the result does not depend on how often it is worked out.
        let of = self.obligations_at(&claim.places)?;
        let moved = claim.taken.iter().zip(&claim.beyond);
        let held: Vec<i128> = of
            .iter()
            .zip(moved)
            .map(|(o, (taken, beyond))| o.price() + taken - beyond)
            .collect();
        let mut weights: Vec<i128> = of.iter().zip(&held).map(|(o, held)| (held - o.billed).max(0)).collect();
        if weights.iter().sum::<i128>() < amount {
            weights = held.into_iter().map(|held| held.max(0)).collect();
        }
        let parts = split(amount, &weights).ok_or_else(|| Refusal::too_large("cancelled", amount))?;
        for ((place, part), before) in claim.places.iter().zip(parts).zip(&mut claim.taken) {
            self.add_final(*place, *before - part)?;
            *before = part;
        }
        Ok(())
    }

    /// Nothing remains: what is paid is revenue at once, and what is expected to be paid.
    fn release_to_ended(&mut self, claim: &mut Claim, standing: Standing) -> Result<(), Refusal> {
        let expected = if claim.owed { standing.unpaid } else { 0 };
        let room = claim
            .most
            .map_or(i128::MAX, |most| (most - standing.earned + standing.taken).max(0));
        let released = (standing.paid + expected).min(room);
        let of = self.obligations_at(&claim.places)?;
        let mut weights: Vec<i128> = of
            .iter()
            .zip(&claim.beyond)
            .map(|(o, before)| (o.billed - o.price() + before).max(0))
            .collect();
        if weights.iter().all(|weight| *weight == 0) {
            weights = of.iter().map(|o| if o.metered { 0 } else { o.ssp }).collect();
        }
        let parts = split(released, &weights).ok_or_else(|| Refusal::too_large("cancelled", released))?;
        for ((place, part), before) in claim.places.iter().zip(parts).zip(&mut claim.beyond) {
            self.add_final(*place, part - *before)?;
            *before = part;
        }
        let waiting = standing.unpaid - expected - standing.written_off;
        if waiting > 0 && !claim.asked {
            claim.asked = true;
            let words = format!(
                "{} is billed, not earned and not paid: it is no revenue by the cancellation alone. Will it be paid, credited or written off?",
                major(waiting, self.world.currency)
            );
            self.ask(words, Rule::UnpaidEnd);
        }
        Ok(())
    }

    /// Others remain: what is neither given back nor written off belongs to them, from the day of the cancellation on. What comes back
    /// to nothing leaves them as they were.
    fn release_to_rest(&mut self, on: NaiveDate, group: usize, mut share: Share, unearned: i128) -> Result<Share, Refusal> {
        let target = share.target(unearned);
        share.unearned = unearned;
        let Some(shared) = share.shared.replace(target) else {
            if target != 0 {
                let of = |member: &Member| Ok((member.place, self.obligation_at(member.place)?.segments.clone()));
                share.before = share.rest.iter().map(of).collect::<Result<_, Refusal>>()?;
                self.share_among_rest(&share.rest, target)?;
            }
            return Ok(share);
        };
        if target == shared {
            return Ok(share);
        }
        if target == 0 && share.before.iter().all(|(place, _)| self.is_untouched(*place, on)) {
            for (place, segments) in &share.before {
                self.obligation(*place)?.segments.clone_from(segments);
                self.dirty.push(*place);
            }
            return Ok(share);
        }
        let takers = self.takers(group, &share);
        let weights: Vec<i128> = takers.iter().map(|(_, weight)| *weight).collect();
        let parts = split(target - shared, &weights).ok_or_else(|| Refusal::too_large("cancelled", target))?;
        let policy = self.world.book.policy;
        for ((place, _), part) in takers.into_iter().zip(parts) {
            let caught_up = self.is_catch_up(place);
            let obligation = self.obligation(place)?;
            if obligation.ended {
                obligation.add_earned(part);
            } else if caught_up {
                obligation.reprice(part, &policy)?;
            } else {
                obligation.reprice_since(on, None, part, &policy)?;
            }
            self.dirty.push(place);
        }
        Ok(share)
    }

    /// Whom a later change of what was shared belongs to, each with its weight: what remains, else what took its place, else the rest
    /// as it ended.
    fn takers(&self, group: usize, share: &Share) -> Vec<(usize, i128)> {
        let open = |place: usize| self.obligations.get(place).is_some_and(|o| !o.ended);
        let rest = || share.rest.iter().map(|member| (member.place, member.weight));
        let mut takers: Vec<_> = rest().filter(|(place, _)| open(*place)).collect();
        if takers.is_empty() {
            let later = self.obligations.iter().enumerate().skip(share.later);
            let later = later.filter(|(_, o)| o.group == group && !o.ended && !o.metered);
            takers.extend(later.map(|(place, o)| (place, o.ssp)));
        }
        if takers.is_empty() {
            takers.extend(rest());
        }
        self.sort_by_id(&mut takers, |(place, _)| *place);
        takers
    }

    /// Adds to what an obligation finally is, earned at once.
    fn add_final(&mut self, place: usize, amount: i128) -> Result<(), Refusal> {
        if amount != 0 {
            self.obligation(place)?.add_earned(amount);
            self.dirty.push(place);
        }
        Ok(())
    }

    /// The unearned part of what was written off of some obligations.
    pub(super) fn written_off_unearned(&self, places: &[usize]) -> i128 {
        let unearned = self.invoices.iter().flat_map(|invoice| &invoice.given_up.unearned);
        unearned.filter(|part| places.contains(&part.place)).map(|part| part.amount).sum()
    }

    /// Sets the unearned part of what was written off of a claim: it leaves the contract liability and is no loss.
    fn write_off_unearned(&mut self, claim: &Claim, target: i128) -> Result<(), Refusal> {
        let before = self.written_off_unearned(&claim.places);
        if target < before {
            return self.take_back_unearned(claim, before - target, before);
        }
        if target == before {
            return Ok(());
        }
        let rounding = self.world.rounding;
        let mut room = Vec::new();
        for invoice in &self.invoices {
            let lost = invoice.share(invoice.given_up.amount, &claim.places, rounding)?;
            let of = invoice.given_up.unearned.iter().filter(|part| claim.places.contains(&part.place));
            room.push((lost - of.map(|part| part.amount).sum::<i128>()).max(0));
        }
        let by_invoice = split(target - before, &room).ok_or_else(|| Refusal::too_large("written_off", target))?;
        for (index, amount) in by_invoice.into_iter().enumerate() {
            let invoice = self.invoice(index)?;
            let (lost, relief) = (invoice.given_up.amount, invoice.given_up.relief);
            if amount == 0 || lost == 0 {
                continue;
            }
            let lines = invoice.lines.iter().filter(|line| claim.places.contains(&line.place));
            let lines: Vec<(usize, i128)> = lines.map(|line| (line.place, line.amount - line.credited)).collect();
            let weights: Vec<i128> = lines.iter().map(|(_, amount)| *amount).collect();
            let parts = split(amount, &weights).ok_or_else(|| Refusal::too_large("written_off", amount))?;
            for ((place, _), amount) in lines.into_iter().zip(parts) {
                let base = mul_div(relief, amount, lost, rounding).ok_or_else(|| Refusal::too_large("written_off", amount))?;
                self.invoice(index)?.given_up.unearned.push(UnearnedPart { place, amount, base });
                let obligation = self.obligation(place)?;
                obligation.billed -= amount;
                obligation.unearned_loss += base;
                let group = obligation.group;
                self.unbill_group(group, amount, index, false, false)?;
            }
        }
        Ok(())
    }

    /// Less of what was written off is unearned: it is billed again, or was paid after all.
    fn take_back_unearned(&mut self, claim: &Claim, amount: i128, whole: i128) -> Result<(), Refusal> {
        let world = self.world;
        let mut found = Vec::new();
        for (index, invoice) in self.invoices.iter().enumerate() {
            let of = invoice.given_up.unearned.iter().enumerate();
            found.extend(
                of.filter(|(_, part)| claim.places.contains(&part.place))
                    .map(|(at, part)| (index, at, *part)),
            );
        }
        let weights: Vec<i128> = found.iter().map(|(_, _, part)| part.amount).collect();
        let parts = split(amount, &weights).ok_or_else(|| Refusal::too_large("written_off", whole))?;
        for ((index, at, part), back) in found.into_iter().zip(parts) {
            if back == 0 || part.amount == 0 {
                continue;
            }
            let base = mul_div(part.base, back, part.amount, world.rounding).ok_or_else(|| Refusal::too_large("written_off", back))?;
            let unearned = self.invoice(index)?.given_up.unearned.get_mut(at);
            let unearned = unearned.ok_or_else(|| Refusal::unknown("part written off", at))?;
            unearned.amount -= back;
            unearned.base -= base;
            let obligation = self.obligation(part.place)?;
            obligation.billed += back;
            obligation.unearned_loss -= base;
            let group = obligation.group;
            self.group(group)?.bill(back, base, index, &world)?;
        }
        Ok(())
    }
}
