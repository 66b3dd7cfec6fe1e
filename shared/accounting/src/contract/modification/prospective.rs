//! Prospective modification, 606-10-25-13(a): the old contract ends, a new one starts with what remains.
//!
//! Example 5: of 120 units at 100.00, 60 are delivered; 30 more are bought for 2,400.00. 6,000.00 + 2,400.00 for 90 units: 93.33 each.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::state::{Pool, State};
use crate::Refusal;
use crate::arithmetic::{Ratio, split};
use crate::event::{Change, Modified};
use crate::money::major;
use crate::schedule::{Schedule, Service};

/// Fineness of the weights of a pool, in parts of a minor unit.
const WEIGHT_PARTS: i128 = 1_000_000_000;

/// An obligation that remains: what was earned of it, and its selling price at the modification.
#[derive(Debug, Clone, Copy)]
struct Member {
    place: usize,
    earned: i128,
    weight: i128,
    undelivered: Option<Ratio>,
}

impl State<'_> {
    /// What is not recognised, plus the change, is allocated anew to what remains, by selling prices at that day.
    pub(super) fn prospective(
        &mut self,
        modified: &Modified,
        changes: &[(usize, &Change)],
        removed: &[usize],
        change: i128,
        except: &[usize],
    ) -> Result<(), Refusal> {
        let named = changes.iter().map(|(place, _)| *place).chain(removed.iter().copied());
        let mut of_named = named.filter_map(|place| self.obligations.get(place));
        let group = of_named.next().map_or(0, |obligation| obligation.group);
        let by_place: BTreeMap<usize, &Change> = changes.iter().copied().collect();
        let mut pool = change + self.end_removed(removed)?;
        let mut members = self.remaining_members(group, &by_place, except)?;
        for member in &members {
            pool += self.obligation(member.place)?.price() - member.earned;
        }
        members.extend(self.added_members(modified, group)?);
        self.check_pool(modified, pool, members.is_empty())?;
        members.sort_by_key(|member| self.obligations.get(member.place).map(|obligation| obligation.id().clone()));
        let weights: Vec<i128> = members.iter().map(|member| member.weight).collect();
        let parts = split(pool, &weights).ok_or_else(|| Refusal::too_large("modified", pool))?;
        let today = self.world.today;
        for (member, part) in members.iter().zip(parts) {
            self.restart(member.place, member.earned, part, by_place.get(&member.place).copied())?;
            self.obligation(member.place)?.set_ssp_rest(member.weight, today);
        }
        self.note_pool(&members, pool, change);
        self.pool = Some(Pool {
            members: members.iter().map(|member| (member.place, member.weight)).collect(),
            carried: members
                .iter()
                .filter_map(|member| Some((member.place, member.undelivered?)))
                .collect(),
        });
        Ok(())
    }

    /// Records what remained, what came, and who gets which part of it.
    fn note_pool(&mut self, members: &[Member], pool: i128, change: i128) {
        let currency = self.world.currency;
        let part = |member: &Member| {
            let obligation = self.obligations.get(member.place)?;
            let rest = major(obligation.price() - member.earned, currency);
            let alone = major(member.weight / WEIGHT_PARTS, currency);
            Some(format!("{} {rest} (alone {alone})", obligation.id()))
        };
        let parts = members.iter().filter_map(part).collect::<Vec<_>>().join(", ");
        let words = format!(
            "{} not yet recognised and {} of change make {} for what remains, shared by selling prices of that day: {parts}",
            major(pool - change, currency),
            major(change, currency),
            major(pool, currency)
        );
        self.note(words, "ASC 606-10-25-13(a); IFRS 15.21(a)");
    }

    /// The obligations of a group of which something remains, or that change.
    fn remaining_members(&self, group: usize, changes: &BTreeMap<usize, &Change>, except: &[usize]) -> Result<Vec<Member>, Refusal> {
        let yesterday = self.world.today.pred_opt().unwrap_or(self.world.today);
        let (currency, rounding) = (self.world.currency, self.world.rounding);
        let mut members = Vec::new();
        for (place, obligation) in self.obligations.iter().enumerate() {
            let changed = changes.get(&place);
            let undelivered = obligation.undelivered(yesterday);
            let outside = obligation.group != group || obligation.ended || obligation.metered;
            let without_ssp = changed.is_none() && obligation.ssp == 0;
            let delivered = changed.is_none() && undelivered.num <= 0;
            if outside || without_ssp || delivered || except.contains(&place) {
                continue;
            }
            let weight = match changed.and_then(|change| change.ssp) {
                Some(ssp) => self.minor(ssp, "change: ssp")?.checked_mul(WEIGHT_PARTS),
                None => {
                    let dearer = self.dearer(obligation)?;
                    let whole = obligation.ssp_rest.or_else(|| obligation.ssp.checked_mul(WEIGHT_PARTS));
                    let whole = whole.and_then(|ssp| dearer.of_amount(ssp, rounding));
                    whole.and_then(|ssp| undelivered.of_amount(ssp, rounding))
                }
            };
            let weight = weight.ok_or_else(|| Refusal::too_large("change: ssp", obligation.id()))?;
            let earned = obligation.earned(yesterday, currency, rounding)?;
            members.push(Member {
                place,
                earned,
                weight,
                undelivered: Some(undelivered),
            });
        }
        Ok(members)
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
                earned: 0,
                weight: weight.ok_or_else(|| Refusal::too_large("add: ssp", obligation.id()))?,
                undelivered: None,
            });
        }
        Ok(members)
    }

    fn check_pool(&self, modified: &Modified, pool: i128, nothing_remains: bool) -> Result<(), Refusal> {
        let (place, value) = ("modified: price_change", modified.price_change);
        if nothing_remains {
            let mend = "name the obligation under change or add";
            let problem = "has no remaining obligation to which the price could belong";
            return Err(Refusal::new(place, value, problem, mend));
        }
        if pool < 0 {
            let problem = format!("leaves {} for what remains", major(pool, self.world.currency));
            let mend = "credit delivered goods by a credit note with the reason price";
            return Err(Refusal::new(place, value, problem, mend));
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
        obligation.apply_terms(change, today, currency, policy.rounding)?;
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
                    obligation.measure_money_anew(obligation.price() - earned, rest, currency);
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
/// anniversary from 15 January that is extended on 20 July still has its months begin on the 15th (accounting.md 2.1, stable after a split).
fn changed_service(service: &Service, change: &Change, today: NaiveDate) -> Result<Service, Refusal> {
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
