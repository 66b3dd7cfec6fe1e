//! Prospective modification, 606-10-25-13(a): the old contract ends, a new one starts with what remains.
//!
//! Example 5: of 120 units at 100.00, 60 are delivered; 30 more are bought for 2,400.00. 6,000.00 + 2,400.00 for 90 units: 93.33 each.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::super::claim::Claim;
use super::super::selling_price::WEIGHT_PARTS;
use super::super::state::{Pool, State};
use crate::Refusal;
use crate::arithmetic::{Ratio, split};
use crate::event::{Change, Modified};
use crate::journal::Rule;
use crate::money::major;
use crate::schedule::{Schedule, Service};

/// By how many minor units the rest of an obligation that nobody named may differ from its share: amounts are rounded.
const ROUNDING_UNITS: i128 = 1;

/// An obligation that remains: what was earned of it, and its selling price at the modification.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Member {
    pub(in super::super) place: usize,
    pub(in super::super) weight: i128,
    pub(in super::super) earned: i128,
    undelivered: Option<Ratio>,
    /// Whether the modification names it.
    named: bool,
}

impl State<'_> {
    /// What is not recognised, plus the change, is allocated anew to what remains, by selling prices at that day. With `distinct`,
    /// what is not distinct and not named stays out of it.
    pub(super) fn prospective(
        &mut self,
        modified: &Modified,
        changes: &[(usize, &Change)],
        removed: &[usize],
        change: i128,
        distinct: bool,
    ) -> Result<(), Refusal> {
        let named: Vec<usize> = changes.iter().map(|(place, _)| *place).chain(removed.iter().copied()).collect();
        let group = self.group_of(&named)?;
        let by_place: BTreeMap<usize, &Change> = changes.iter().copied().collect();
        let mut pool = change + self.end_removed(removed)?;
        let mut members = self.remaining_members(group, &by_place, distinct)?;
        for member in &members {
            pool += self.obligation(member.place)?.price() - member.earned;
        }
        members.extend(self.added_members(modified, group)?);
        self.check_pool(modified, pool, members.is_empty() && removed.is_empty())?;
        if members.is_empty() {
            return self.end_group(group, pool);
        }
        let words = self.pool_in_words(pool, change);
        self.restart_all(&members, pool, &by_place, false)?;
        self.note_members(words, &members);
        Ok(())
    }

    /// A mixed change of the whole price that names nobody: by selling prices to what remains, with catch-up to what is not distinct
    /// (25-13(c)).
    pub(super) fn mixed_price(&mut self, modified: &Modified, change: i128) -> Result<(), Refusal> {
        let group = self.group_of(&[])?;
        let members = self.remaining_members(group, &BTreeMap::new(), false)?;
        if !members.is_empty() && members.iter().all(|member| self.is_catch_up(member.place)) {
            return self.catch_up(modified, &[], &[], change);
        }
        let mut pool = change;
        for member in &members {
            pool += self.obligation(member.place)?.price() - member.earned;
        }
        self.check_pool(modified, pool, members.is_empty())?;
        self.share_among_rest(&members, change)
    }

    /// The netting group that obligations belong to. Those of several, named together, are one contract from now on.
    fn group_of(&mut self, named: &[usize]) -> Result<usize, Refusal> {
        let priced = named.iter().filter_map(|place| self.obligations.get(*place)).filter(|o| !o.metered);
        let groups: BTreeSet<usize> = priced.map(|obligation| obligation.group).collect();
        let Some(first) = groups.first().copied() else {
            for obligation in self.obligations.iter().filter(|obligation| !obligation.metered) {
                if obligation.is_open(self.world.yesterday())? {
                    return Ok(obligation.group);
                }
            }
            return Ok(0);
        };
        for other in groups.into_iter().skip(1) {
            self.merge_groups(first, other)?;
        }
        Ok(first)
    }

    /// Nothing remains: what the price leaves is for the obligations that ended, as it is paid.
    fn end_group(&mut self, group: usize, pool: i128) -> Result<(), Refusal> {
        let places = self.members_by_id(group);
        self.end_claims(group);
        let none = vec![0; places.len()];
        let mut claim = Claim::whole(group, places, none, self.world.today);
        let held: i128 = self.obligations_at(&claim.places)?.iter().map(|o| o.price()).sum();
        claim.most = Some(held + pool);
        self.claims.push(claim);
        Ok(())
    }

    /// Gives each member its part of a pool. One that nobody named and that costs what it did goes on as it was; what the rounding of
    /// amounts leaves belongs to what was named.
    fn restart_all(&mut self, members: &[Member], pool: i128, changes: &BTreeMap<usize, &Change>, catch_up: bool) -> Result<(), Refusal> {
        let mut members = members.to_vec();
        self.sort_by_id(&mut members, |member| member.place);
        let parts = self.parts_of_pool(&members, pool)?;
        let today = self.world.today;
        let progress = |place: usize| self.obligations.get(place).map_or(Ratio::ZERO, |o| o.progress);
        let carried = members
            .iter()
            .filter_map(|member| Some((member.place, (member.undelivered?, progress(member.place)))))
            .collect();
        self.pool = Some(Pool {
            on: today,
            members: members.iter().map(|member| (member.place, member.weight)).collect(),
            carried,
        });
        for (member, part) in members.iter().zip(parts) {
            if catch_up && self.is_catch_up(member.place) {
                let policy = self.world.book.policy;
                let obligation = self.obligation(member.place)?;
                obligation.reprice(member.earned + part - obligation.price(), &policy)?;
            } else {
                self.restart(member, part, changes.get(&member.place).copied())?;
            }
        }
        Ok(())
    }

    fn parts_of_pool(&self, members: &[Member], pool: i128) -> Result<Vec<i128>, Refusal> {
        let too_large = || Refusal::too_large("modified", pool);
        let weights: Vec<i128> = members.iter().map(|member| member.weight).collect();
        let mut parts = split(pool, &weights).ok_or_else(too_large)?;
        if members.iter().all(|member| !member.named) {
            return Ok(parts);
        }
        let rest_of = |member: &Member| Ok(self.obligation_at(member.place)?.price() - member.earned);
        let rests = members.iter().map(rest_of).collect::<Result<Vec<i128>, Refusal>>()?;
        let stays: Vec<bool> = members
            .iter()
            .zip(&parts)
            .zip(&rests)
            .map(|((member, part), rest)| !member.named && (part - rest).abs() <= ROUNDING_UNITS)
            .collect();
        let kept: i128 = rests.iter().zip(&stays).filter(|(_, stays)| **stays).map(|(rest, _)| rest).sum();
        if kept > pool {
            return Ok(parts);
        }
        let others: Vec<i128> = weights
            .iter()
            .zip(&stays)
            .filter(|(_, stays)| !**stays)
            .map(|(weight, _)| *weight)
            .collect();
        let mut others = split(pool - kept, &others).ok_or_else(too_large)?.into_iter();
        for ((rest, stays), part) in rests.into_iter().zip(stays).zip(&mut parts) {
            *part = if stays { rest } else { others.next().ok_or_else(too_large)? };
        }
        Ok(parts)
    }

    fn pool_in_words(&self, pool: i128, change: i128) -> String {
        let currency = self.world.currency;
        format!(
            "{} not yet recognised and {} of change make {} for what remains, shared by selling prices of that day",
            major(pool - change, currency),
            major(change, currency),
            major(pool, currency)
        )
    }

    /// Records what remained, what came, and who gets which part of it.
    fn note_members(&mut self, words: String, members: &[Member]) {
        let currency = self.world.currency;
        let part = |member: &Member| {
            let obligation = self.obligations.get(member.place)?;
            let rest = major(obligation.price() - member.earned, currency);
            let alone = major(member.weight / WEIGHT_PARTS, currency);
            Some(format!("{} {rest} (alone {alone})", obligation.id()))
        };
        let mut parts: Vec<String> = members.iter().filter_map(part).collect();
        parts.sort();
        self.note(format!("{words}: {}", parts.join(", ")), Rule::Prospective);
    }

    /// The obligations of a group of which something remains, or that change. With `distinct` only those whose rest is distinct from
    /// what was delivered, unless they are named: the others belong to 25-13(b).
    pub(in super::super) fn remaining_members(
        &self,
        group: usize,
        changes: &BTreeMap<usize, &Change>,
        distinct: bool,
    ) -> Result<Vec<Member>, Refusal> {
        let yesterday = self.world.yesterday();
        let (currency, rounding) = (self.world.currency, self.world.rounding);
        let mut members = Vec::new();
        for (place, obligation) in self.obligations.iter().enumerate() {
            let changed = changes.get(&place).copied();
            let undelivered = obligation.undelivered(yesterday)?;
            let outside = obligation.group != group || obligation.ended || obligation.metered;
            let unchanged = changed.is_none() && (obligation.ssp == 0 || undelivered.num <= 0 || distinct && self.is_catch_up(place));
            if outside || unchanged {
                continue;
            }
            members.push(Member {
                place,
                weight: self.weight(place, changed)?,
                earned: obligation.earned(yesterday, currency, rounding)?,
                undelivered: Some(undelivered),
                named: changed.is_some(),
            });
        }
        Ok(members)
    }

    /// Adds an amount to what remains beside cancelled obligations, from today on.
    pub(in super::super) fn share_among_rest(&mut self, members: &[Member], amount: i128) -> Result<(), Refusal> {
        let mut pool = amount;
        for member in members {
            pool += self.obligation(member.place)?.price() - member.earned;
        }
        if pool < 0 {
            let problem = format!("leaves {} for what remains", major(pool, self.world.currency));
            return Err(Refusal::new(
                "cancelled",
                major(amount, self.world.currency),
                problem,
                "correct the cancellation, or credit by a credit note",
            ));
        }
        let words = self.pool_in_words(pool, amount);
        self.restart_all(members, pool, &BTreeMap::new(), true)?;
        self.note_members(words, members);
        self.allocation_after = Some(self.allocated());
        Ok(())
    }

    /// The obligations that are added, without a price yet.
    fn added_members(&mut self, modified: &Modified, group: usize) -> Result<Vec<Member>, Refusal> {
        let mut members = Vec::new();
        for place in self.promise(&modified.add, Some(0), &[], group)? {
            let obligation = self.obligation(place)?;
            if obligation.metered {
                continue;
            }
            let weight = obligation.ssp.checked_mul(WEIGHT_PARTS);
            members.push(Member {
                place,
                weight: weight.ok_or_else(|| Refusal::too_large("add: ssp", obligation.id()))?,
                earned: 0,
                undelivered: None,
                named: true,
            });
        }
        Ok(members)
    }

    fn check_pool(&self, modified: &Modified, pool: i128, nothing_remains: bool) -> Result<(), Refusal> {
        let (place, value) = ("modified: price_change", modified.price_change);
        if nothing_remains && pool != 0 {
            let remedy = "name the obligation under change or add";
            let problem = "has no remaining obligation to which the price could belong";
            return Err(Refusal::new(place, value, problem, remedy));
        }
        if pool < 0 {
            let problem = format!("leaves {} for what remains", major(pool, self.world.currency));
            let remedy = "credit delivered goods by a credit note with the reason price";
            return Err(Refusal::new(place, value, problem, remedy));
        }
        Ok(())
    }

    /// Gives the rest of an obligation its new price and terms; one whose rest is as before goes on as it was.
    fn restart(&mut self, member: &Member, rest: i128, change: Option<&Change>) -> Result<(), Refusal> {
        let (policy, today, currency) = (self.world.book.policy, self.world.today, self.world.currency);
        let (place, earned) = (member.place, member.earned);
        let obligation = self.obligation(place)?;
        if change.is_none() && obligation.price() == earned + rest {
            return Ok(());
        }
        let Some(change) = change else {
            obligation.note_restart(today, member.undelivered);
            return obligation.reprice_unearned(earned, rest - (obligation.price() - earned), today, &policy);
        };
        let measure = self.measure_under(place, Some(change))?;
        let obligation = self.obligation(place)?;
        obligation.note_restart(today, member.undelivered);
        obligation.apply_terms(change, today, currency, policy.rounding)?;
        if change.ssp.is_some() {
            obligation.basis.set(member.weight / WEIGHT_PARTS, obligation.quantity, measure);
            obligation.measured_on = today;
        }
        match obligation.service.clone().filter(|_| obligation.is_over_time()) {
            Some(_) if obligation.terms.weights.is_some() => {
                obligation.reprice_unearned(earned, rest - (obligation.price() - earned), today, &policy)
            }
            Some(service) => {
                let service = changed_service(&service, change, today)?;
                let method = obligation.terms.method.unwrap_or(policy.method);
                let schedule = Schedule::new(method, &service)?.from(today)?;
                obligation.restart(earned, rest, Some((service, schedule)), &policy)
            }
            None => {
                if change.quantity.is_none() && obligation.measured_in_money() {
                    obligation.measure_money_anew(obligation.price() - earned, rest, currency)?;
                }
                obligation.restart(earned, rest, None, &policy)
            }
        }
    }
}

/// The service period of the rest: from the modification, or a later new start, to the new or old end.
pub(super) fn service_from(service: &Service, change: &Change, today: NaiveDate) -> Result<Service, Refusal> {
    let begun = Service {
        start: service.start.max(today),
        ..service.clone()
    };
    let change = Change {
        start: change.start.map(|start| start.max(today)),
        ..change.clone()
    };
    changed_service(&begun, &change, today)
}

/// The service period with its new dates. What is left of it from the modification on keeps the method's weights: a year by
/// anniversary from 15 January that is extended on 20 July still has its months begin on the 15th (docs/accounting.md, Schedules, stable after a split).
pub(in super::super) fn changed_service(service: &Service, change: &Change, today: NaiveDate) -> Result<Service, Refusal> {
    let place = format!("change of {}", change.obligation);
    let start = change.start.unwrap_or(service.start);
    let end = change.end.unwrap_or(service.last_day());
    if end < start.max(today) {
        let problem = format!("leaves no service from {} on", start.max(today));
        return Err(Refusal::new(
            place,
            end,
            problem,
            "write an end on or after the modification, or cancel the obligation",
        ));
    }
    let mut changed = Service::days(start, end).map_err(|refusal| refusal.within(&place))?;
    changed.fiscal.clone_from(&service.fiscal);
    if let Some((from, before)) = service.seconds {
        let day = |day: chrono::NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let before = if change.end.is_some() { day(changed.end_exclusive) } else { before };
        let from = if change.start.is_some() { day(start) } else { from.max(day(start)) };
        changed.seconds = Some((from, before));
    }
    Ok(changed)
}
