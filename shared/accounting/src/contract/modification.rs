//! `modified`: separate, prospective, catch-up or mixed (606-10-25-10..13; IFRS 15.18-21), and why.

use std::collections::BTreeMap;

use super::obligation::{Earn, Segment};
use super::signing::is_metered;
use super::state::{Pool, State};
use crate::arithmetic::split;
use crate::event::{Change, Modified, Satisfied, Ssp, Treatment};
use crate::money::major;
use crate::schedule::{Schedule, Service, Spread};
use crate::Refusal;

/// Fineness of the weights of a pool, in parts of a minor unit.
const WEIGHT_PARTS: i128 = 1_000_000;

impl State<'_> {
    pub(super) fn modified(&mut self, modified: &Modified) -> Result<(), Refusal> {
        let change = self.minor(modified.price_change, "modified: price_change")?;
        let changes = modified.change.iter().map(|change| Ok((self.open_place(&change.obligation)?, change))).collect::<Result<Vec<_>, Refusal>>()?;
        let removed = modified.remove.iter().map(|id| self.open_place(id)).collect::<Result<Vec<_>, _>>()?;
        if modified.add.is_empty() && changes.is_empty() && removed.is_empty() && change == 0 {
            return Err(Refusal::new("modified", modified.price_change, "changes nothing", "write add, change, remove or a price_change"));
        }
        let treatment = self.decide(modified, &changes, change)?;
        self.treatments.push(treatment);
        match treatment {
            Treatment::Separate => self.separate(modified, &changes, change)?,
            Treatment::Prospective => self.prospective(modified, &changes, &removed, change, &[])?,
            Treatment::CatchUp => self.catch_up(modified, &changes, &removed, change)?,
            Treatment::Mixed => self.mixed(modified, &changes, &removed, change)?,
        }
        self.allocation_after = Some(self.allocated());
        Ok(())
    }

    fn open_place(&self, id: &crate::ids::ObligationId) -> Result<usize, Refusal> {
        let place = self.place_of(id)?;
        match self.obligations.get(place) {
            Some(obligation) if obligation.ended => Err(Refusal::new("modified", id, "has ended already", "add a new obligation")),
            _ => Ok(place),
        }
    }

    /// The treatment by the rules (reading 9), or as decided by hand; with the reason.
    fn decide(&mut self, modified: &Modified, changes: &[(usize, &Change)], change: i128) -> Result<Treatment, Refusal> {
        let by_rule = self.by_rule(modified, changes, change)?;
        let (words, paragraph) = match modified.treatment.unwrap_or(by_rule) {
            Treatment::Separate => ("separate contract: what is added is distinct and costs its stand-alone selling price", "ASC 606-10-25-12; IFRS 15.20"),
            Treatment::Prospective => ("prospective: what remains is distinct from what was delivered, so the old contract ends and a new one starts", "ASC 606-10-25-13(a); IFRS 15.21(a)"),
            Treatment::CatchUp => ("catch-up: what remains is not distinct from what was delivered, so progress times the new price is revenue to date", "ASC 606-10-25-13(b); IFRS 15.21(b)"),
            Treatment::Mixed => ("mixed: the distinct remainder prospectively, the partly satisfied obligation with catch-up", "ASC 606-10-25-13(c); IFRS 15.21(c)"),
        };
        let decided = match (modified.treatment, &modified.decided) {
            (None, _) => "decided by the rules".to_owned(),
            (Some(_), Some(who)) => format!("decided by hand: {who}; the rules say {}", by_rule.name()),
            (Some(_), None) => format!("given with the event; the rules say {}", by_rule.name()),
        };
        let price = major(change, self.world.currency);
        self.note(format!("{words}; the price changes by {price} ({decided})"), paragraph);
        Ok(modified.treatment.unwrap_or(by_rule))
    }

    fn by_rule(&self, modified: &Modified, changes: &[(usize, &Change)], change: i128) -> Result<Treatment, Refusal> {
        let mut kinds = Vec::new();
        if !modified.add.is_empty() {
            let mut prices = 0i128;
            let mut at_ssp = true;
            for terms in modified.add.iter().filter(|terms| !is_metered(terms)) {
                let price = terms.price.map_or(Ok(0), |price| self.minor(price, "add: price"))?;
                at_ssp &= terms.distinct;
                at_ssp &= match terms.ssp {
                    Ssp::AsPriced => true,
                    Ssp::Amount(ssp) => terms.price.is_none() || self.minor(ssp, "add: ssp")? == price,
                    Ssp::Residual { .. } => false,
                };
                prices += match (terms.price, terms.ssp) {
                    (None, Ssp::Amount(ssp)) => self.minor(ssp, "add: ssp")?,
                    _ => price,
                };
            }
            let alone = changes.is_empty() && modified.remove.is_empty();
            kinds.push(if at_ssp && (!alone || prices == change) { Treatment::Separate } else { Treatment::Prospective });
        }
        kinds.extend(changes.iter().map(|(place, _)| if self.is_catch_up(*place) { Treatment::CatchUp } else { Treatment::Prospective }));
        if !modified.remove.is_empty() || kinds.is_empty() {
            kinds.push(Treatment::Prospective);
        }
        let first = kinds.first().copied().unwrap_or(Treatment::Prospective);
        Ok(if kinds.iter().all(|kind| *kind == first) { first } else { Treatment::Mixed })
    }

    /// Whether the rest of an obligation is not distinct from what was delivered.
    fn is_catch_up(&self, place: usize) -> bool {
        self.obligations.get(place).is_some_and(|obligation| {
            let over_time = obligation.terms.satisfied == Satisfied::OverTime;
            obligation.terms.satisfied == Satisfied::ByProgress || !obligation.terms.distinct || over_time && obligation.terms.series == Some(false)
        })
    }

    fn separate(&mut self, modified: &Modified, changes: &[(usize, &Change)], change: i128) -> Result<(), Refusal> {
        if !modified.remove.is_empty() || modified.add.is_empty() && changes.len() != 1 {
            return Err(Refusal::new("modified: treatment", "separate", "is for obligations that are added", "list them under add"));
        }
        if modified.add.is_empty() {
            return changes.iter().try_for_each(|(place, terms)| self.separate_part(*place, terms, change));
        }
        let group = self.new_group(false);
        self.promise(&modified.add, Some(change), &[], group)?;
        Ok(())
    }

    /// More of the same service at its selling price: a second schedule beside the first.
    fn separate_part(&mut self, place: usize, terms: &Change, change: i128) -> Result<(), Refusal> {
        let (today, policy) = (self.world.today, self.world.book.policy);
        let obligation = self.obligation(place)?;
        let Some(service) = obligation.service.clone().filter(|_| obligation.is_over_time()) else {
            return Err(Refusal::new("modified", &terms.obligation, "is not a service over time of which more could be bought separately", "list what is bought under add"));
        };
        let method = obligation.terms.method.unwrap_or(policy.method);
        let service = changed_service(&service, terms, today)?;
        let segment = Segment { amount: change, earn: Earn::Over(Spread::new(change, Schedule::new(method, &service)?, &policy)?) };
        obligation.segments.insert(0, segment);
        Ok(())
    }

    /// 25-13(a): what is not recognised, plus the change, is allocated anew to what remains, by selling prices at that day.
    fn prospective(&mut self, modified: &Modified, changes: &[(usize, &Change)], removed: &[usize], change: i128, except: &[usize]) -> Result<(), Refusal> {
        let yesterday = self.world.today.pred_opt().unwrap_or(self.world.today);
        let (currency, rounding) = (self.world.currency, self.world.rounding);
        let group = changes.iter().map(|(place, _)| *place).chain(removed.iter().copied()).find_map(|place| self.obligations.get(place)).map_or(0, |o| o.group);
        let by_place: BTreeMap<usize, &Change> = changes.iter().copied().collect();
        let mut pool = change;
        for place in removed {
            let obligation = self.obligation(*place)?;
            let earned = obligation.earned(yesterday, currency, rounding)?;
            pool += obligation.price() - earned;
            obligation.end(earned);
        }
        let mut members = Vec::new();
        let mut carried = BTreeMap::new();
        for place in self.members.get(group).cloned().unwrap_or_default() {
            let Some(obligation) = self.obligations.get(place) else { continue };
            let undelivered = obligation.undelivered(yesterday);
            let of_own = !by_place.contains_key(&place) && obligation.ssp == 0;
            if obligation.ended || obligation.metered || except.contains(&place) || of_own || undelivered.num <= 0 && !by_place.contains_key(&place) {
                continue;
            }
            let earned = obligation.earned(yesterday, currency, rounding)?;
            let ssp = match by_place.get(&place).and_then(|change| change.ssp) {
                Some(ssp) => self.minor(ssp, "change: ssp")?.checked_mul(WEIGHT_PARTS),
                None => obligation.ssp_now().checked_mul(WEIGHT_PARTS).and_then(|ssp| undelivered.of_amount(ssp, rounding)),
            };
            let weight = ssp.ok_or_else(|| Refusal::too_large("change: ssp", place))?;
            pool += obligation.price() - earned;
            carried.insert(place, undelivered);
            members.push((place, earned, weight));
        }
        let added = self.promise(&modified.add, Some(0), &[], group)?;
        for place in added {
            let obligation = self.obligation(place)?;
            let ssp = obligation.ssp;
            if obligation.metered {
                continue;
            }
            members.push((place, 0, ssp.checked_mul(WEIGHT_PARTS).ok_or_else(|| Refusal::too_large("add: ssp", ssp))?));
        }
        if members.is_empty() {
            return Err(Refusal::new("modified", modified.price_change, "has no remaining obligation to which the price could belong", "name the obligation under change or add"));
        }
        members.sort_by_key(|(place, _, _)| self.obligations.get(*place).map(|obligation| obligation.id().clone()));
        let weights: Vec<i128> = members.iter().map(|(_, _, weight)| *weight).collect();
        let parts = split(pool, &weights).ok_or_else(|| Refusal::too_large("modified", pool))?;
        if pool < 0 {
            let problem = format!("leaves {} for what remains", major(pool, currency));
            return Err(Refusal::new("modified: price_change", modified.price_change, problem, "credit delivered goods by a credit note with the reason price"));
        }
        for ((place, earned, _), part) in members.iter().zip(&parts) {
            let changed = by_place.get(place).copied();
            self.restart(*place, *earned, *part, changed)?;
        }
        let words = format!("{} remains for {} obligations, by selling prices at that day", major(pool, currency), members.len());
        self.note(words, "ASC 606-10-25-13(a)");
        self.pool = Some(Pool { members: members.iter().map(|(place, _, weight)| (*place, *weight)).collect(), carried });
        for (place, _, weight) in members {
            self.obligation(place)?.set_ssp_now(weight / WEIGHT_PARTS);
        }
        Ok(())
    }

    /// Gives the rest of an obligation its new price and terms; one whose rest is as before goes on as it was.
    fn restart(&mut self, place: usize, earned: i128, rest: i128, change: Option<&Change>) -> Result<(), Refusal> {
        let (policy, today, currency) = (self.world.book.policy, self.world.today, self.world.currency);
        let obligation = self.obligation(place)?;
        if change.is_none() && obligation.price() == earned + rest {
            return Ok(());
        }
        let Some(change) = change else {
            return obligation.reprice_unearned(earned, rest - (obligation.price() - earned), today, &policy);
        };
        obligation.apply_terms(change, &policy, currency)?;
        match obligation.service.clone().filter(|_| obligation.is_over_time()) {
            Some(_) if obligation.terms.weights.is_some() => obligation.reprice_unearned(earned, rest - (obligation.price() - earned), today, &policy),
            Some(service) => {
                let service = changed_service(&service, change, today)?;
                let method = obligation.terms.method.unwrap_or(policy.method);
                obligation.restart(earned, rest, Some(service), method, &policy)
            }
            None => obligation.restart(earned, rest, None, policy.method, &policy),
        }
    }

    /// 25-13(b): the new price times progress is revenue to date.
    fn catch_up(&mut self, modified: &Modified, changes: &[(usize, &Change)], removed: &[usize], change: i128) -> Result<(), Refusal> {
        let yesterday = self.world.today.pred_opt().unwrap_or(self.world.today);
        let (policy, currency, rounding) = (self.world.book.policy, self.world.currency, self.world.rounding);
        let mut change = change;
        for place in removed {
            let obligation = self.obligation(*place)?;
            let earned = obligation.earned(yesterday, currency, rounding)?;
            change += obligation.price() - earned;
            obligation.end(earned);
        }
        let mut targets: Vec<usize> = changes.iter().map(|(place, _)| *place).collect();
        if targets.is_empty() {
            targets = (0..self.obligations.len()).filter(|place| self.is_catch_up(*place) && self.obligations.get(*place).is_some_and(|o| !o.ended)).collect();
        }
        if targets.is_empty() {
            targets = (0..self.obligations.len()).filter(|place| self.obligations.get(*place).is_some_and(|o| !o.ended && !o.metered)).collect();
        }
        if !modified.add.is_empty() {
            let before = self.obligations.len();
            self.promise(&modified.add, None, &[], 0)?;
            change -= self.obligations.iter().skip(before).map(|obligation| obligation.price()).sum::<i128>();
        }
        let parts = self.parts_of_change(changes, &targets, change)?;
        for (place, part) in targets.into_iter().zip(parts) {
            let terms = changes.iter().find(|(changed, _)| *changed == place).map(|(_, terms)| *terms);
            let obligation = self.obligation(place)?;
            if obligation.price() + part < 0 {
                return Err(Refusal::new("modified: price_change", modified.price_change, format!("leaves a price below zero for {}", obligation.id()), "correct it"));
            }
            if let Some(terms) = terms {
                obligation.apply_terms(terms, &policy, currency)?;
                obligation.stretch(terms, &policy)?;
            }
            obligation.reprice(part, &policy)?;
            if !obligation.is_over_time() {
                self.dirty.push(place);
            }
            let obligation = self.obligation(place)?;
            let words = format!("{}: new price {}, progress {}/{}", obligation.id(), major(obligation.price(), currency), obligation.progress.num, obligation.progress.den);
            if !obligation.is_over_time() {
                self.note(words, "ASC 606-10-25-13(b)");
            }
        }
        Ok(())
    }

    /// The change of the price, obligation by obligation: by the new stated prices where they are given, else by selling prices.
    fn parts_of_change(&self, changes: &[(usize, &Change)], targets: &[usize], change: i128) -> Result<Vec<i128>, Refusal> {
        let mut stated = Vec::new();
        for (place, terms) in changes {
            let price = terms.price.map(|price| self.minor(price, "change: price")).transpose()?;
            let before = self.obligations.get(*place).map_or(0, |obligation| obligation.stated);
            stated.push(price.map(|price| price - before));
        }
        let stated: Option<Vec<i128>> = stated.into_iter().collect();
        if let Some(parts) = stated.filter(|parts| parts.len() == targets.len() && parts.iter().sum::<i128>() == change) {
            return Ok(parts);
        }
        let weights: Vec<i128> = targets.iter().filter_map(|place| self.obligations.get(*place)).map(|obligation| obligation.ssp).collect();
        split(change, &weights).ok_or_else(|| Refusal::too_large("modified: price_change", change))
    }

    /// 25-13(c): the partly satisfied obligation with catch-up, the distinct rest prospectively.
    fn mixed(&mut self, modified: &Modified, changes: &[(usize, &Change)], removed: &[usize], change: i128) -> Result<(), Refusal> {
        let (caught, rest): (Vec<_>, Vec<_>) = changes.iter().copied().partition(|(place, _)| self.is_catch_up(*place));
        let stated = |of: &[(usize, &Change)]| -> Result<Option<i128>, Refusal> {
            let mut sum = Some(0i128);
            for (place, terms) in of {
                let before = self.obligations.get(*place).map_or(0, |obligation| obligation.stated);
                let price = terms.price.map(|price| self.minor(price, "change: price")).transpose()?;
                sum = sum.zip(price).map(|(sum, price)| sum + price - before);
            }
            Ok(sum)
        };
        let mut added = 0i128;
        for terms in &modified.add {
            added += terms.price.map_or(Ok(0), |price| self.minor(price, "add: price"))?;
        }
        let of_caught = if caught.is_empty() { 0 } else { stated(&caught)?.unwrap_or(change - added - stated(&rest)?.unwrap_or(0)) };
        let without = Modified { add: Vec::new(), ..modified.clone() };
        if !caught.is_empty() {
            self.catch_up(&without, &caught, &[], of_caught)?;
        }
        let apart = rest.is_empty() && removed.is_empty() && self.by_rule(modified, &[], change - of_caught)? == Treatment::Separate;
        if modified.add.is_empty() && rest.is_empty() && removed.is_empty() {
            return Ok(());
        }
        if apart {
            self.promise(&modified.add, Some(change - of_caught), &[], 0)?;
            return Ok(());
        }
        let except: Vec<usize> = (0..self.obligations.len()).filter(|place| self.is_catch_up(*place)).collect();
        self.prospective(modified, &rest, removed, change - of_caught, &except)
    }
}

/// The service period of the rest: from the modification, or a later new start, to the new or old end.
fn changed_service(service: &Service, change: &Change, today: chrono::NaiveDate) -> Result<Service, Refusal> {
    let place = format!("change of {}", change.obligation);
    let start = change.start.unwrap_or(service.start).max(today);
    let end = change.end.unwrap_or(service.last_day());
    if end < start {
        let problem = format!("leaves no service from {start} on");
        return Err(Refusal::new(place, end, problem, "write an end on or after the modification, or cancel the obligation"));
    }
    let mut changed = Service::days(start, end).map_err(|refusal| refusal.within(&place))?;
    if let Some((from, before)) = service.seconds {
        let day = |day: chrono::NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let before = if change.end.is_some() { day(changed.end_exclusive) } else { before };
        changed.seconds = Some((from.max(day(start)), before));
    }
    Ok(changed)
}
