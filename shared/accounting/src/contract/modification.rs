//! `modified`: separate, prospective, catch-up or mixed (606-10-25-10..13; IFRS 15.18-21), and why.
//!
//! Example 5: 60 of 120 units at 100.00 are delivered and 30 more are bought. At 95.00, their own price, they are a contract of
//! their own; at 80.00 the 90 that remain cost (6,000.00 + 2,400.00) / 90 = 93.33 each; a building instead is caught up.

mod catch_up;
mod decide;
mod prospective;

pub(super) use prospective::{Member, changed_service};

use super::obligation::{Earn, Segment};
use super::selling_price::WEIGHT_PARTS;
use super::state::State;
use super::terms::is_metered;
use crate::Refusal;
use crate::event::{Change, Modified, Treatment};
use crate::money::major;
use crate::schedule::{Schedule, Spread};

impl State<'_> {
    pub(super) fn modified(&mut self, modified: &Modified) -> Result<(), Refusal> {
        let change = self.minor(modified.price_change, "modified: price_change")?;
        let changes = self.named_changes(modified)?;
        let removed: std::collections::BTreeSet<usize> = modified.remove.iter().map(|id| self.open_place(id)).collect::<Result<_, _>>()?;
        let removed: Vec<usize> = removed.into_iter().collect();
        if modified.add.is_empty() && changes.is_empty() && removed.is_empty() && change == 0 {
            return Err(Refusal::new(
                "modified",
                modified.price_change,
                "changes nothing",
                "write add, change, remove or a price_change",
            ));
        }
        self.refuse_contradictions(&changes, &removed)?;
        self.refuse_other_price(modified, &changes, change)?;
        let treatment = self.decide(modified, &changes, change)?;
        self.treatments.push(treatment);
        let before: Vec<i128> = self.obligations.iter().map(|obligation| obligation.stated).collect();
        let beyond_price = self.stated_beyond_price();
        let metered = |place: usize| self.obligations.get(place).is_some_and(|obligation| obligation.metered);
        let (of_metered, changes): (Vec<_>, Vec<_>) = changes.into_iter().partition(|(place, _)| metered(*place));
        for (place, terms) in of_metered {
            self.change_metered(place, terms)?;
        }
        match treatment {
            Treatment::Separate => self.separate(modified, &changes, change)?,
            Treatment::Prospective => self.prospective(modified, &changes, &removed, change, false)?,
            Treatment::CatchUp => self.catch_up(modified, &changes, &removed, change)?,
            Treatment::Mixed => self.mixed(modified, &changes, &removed, change)?,
        }
        self.restate(&before, &changes, &removed, change)?;
        self.compare_stated(&beyond_price);
        self.allocation_after = Some(self.allocated());
        Ok(())
    }

    /// The changes that are named, each once, in the order of the obligations.
    fn named_changes<'m>(&self, modified: &'m Modified) -> Result<Vec<(usize, &'m Change)>, Refusal> {
        let mut changes: std::collections::BTreeMap<usize, &Change> = std::collections::BTreeMap::new();
        for change in &modified.change {
            let place = self.open_place(&change.obligation)?;
            if changes.insert(place, change).is_some_and(|other| other != change) {
                let problem = "stands twice under change, with different terms";
                return Err(Refusal::new("modified", &change.obligation, problem, "write its terms once"));
            }
        }
        Ok(changes.into_iter().collect())
    }

    /// Refuses stated prices that do not make the change of the whole price (FORMAT.md: `price` beside `price_change`).
    fn refuse_other_price(&self, modified: &Modified, changes: &[(usize, &Change)], change: i128) -> Result<(), Refusal> {
        let (mut by_stated, mut by_allocated) = (0i128, 0i128);
        for (place, terms) in changes {
            // Without a stated price nothing can disagree.
            let Some(price) = self.changed_price(*place, terms)? else {
                return Ok(());
            };
            let obligation = self.obligation_at(*place)?;
            by_stated += price - obligation.stated;
            by_allocated += price - obligation.price();
        }
        for terms in modified.add.iter().filter(|terms| !is_metered(terms)) {
            let Some(price) = self.stated_price(terms)? else { return Ok(()) };
            by_stated += price;
            by_allocated += price;
        }
        if changes.is_empty() || !modified.remove.is_empty() || change == by_stated || change == by_allocated {
            return Ok(());
        }
        let problem = format!("is not the {} that the new prices make", major(by_stated, self.world.currency));
        let remedy = "correct the price under change, or the price_change";
        Err(Refusal::new("modified: price_change", modified.price_change, problem, remedy))
    }

    /// A metered obligation has dates that can change, and nothing else: what is used costs what it costs.
    fn change_metered(&mut self, place: usize, change: &Change) -> Result<(), Refusal> {
        if change.price.or(change.quantity).or(change.ssp).or(change.progress).is_some() {
            let problem = "is metered: it has no price and no quantity that could change";
            let remedy = "write what is used from then on at its price, or remove it and add another";
            return Err(Refusal::new("modified", &change.obligation, problem, remedy));
        }
        let today = self.world.today;
        let obligation = self.obligation(place)?;
        if let Some(service) = &obligation.service {
            obligation.service = Some(prospective::changed_service(service, change, today)?);
        }
        Ok(())
    }

    /// Keeps the stated prices in step with a modification that names none; where nobody knows whose price it is, what was
    /// allocated is the price that is known.
    fn restate(&mut self, before: &[i128], changes: &[(usize, &Change)], removed: &[usize], change: i128) -> Result<(), Refusal> {
        let added: i128 = self.obligations.iter().skip(before.len()).map(|obligation| obligation.stated).sum();
        let of = |place: &usize| before.get(*place).copied().ok_or_else(|| Refusal::unknown("obligation", place));
        let mut left = change - added;
        let mut unstated = Vec::new();
        for (place, terms) in changes {
            match self.changed_price(*place, terms)? {
                Some(price) => left -= price - of(place)?,
                None => unstated.push(*place),
            }
        }
        match unstated.as_slice() {
            [only] if removed.is_empty() => self.obligation(*only)?.stated = of(only)? + left,
            _ => {
                for place in unstated {
                    let obligation = self.obligation(place)?;
                    obligation.stated = obligation.price();
                }
            }
        }
        if changes.is_empty() && removed.is_empty() && left != 0 {
            self.obligations
                .iter_mut()
                .filter(|o| !o.metered)
                .for_each(|obligation| obligation.stated = obligation.price());
        }
        Ok(())
    }

    /// Refuses an obligation that is changed and removed, or has fewer units than were delivered.
    fn refuse_contradictions(&self, changes: &[(usize, &Change)], removed: &[usize]) -> Result<(), Refusal> {
        for (place, terms) in changes {
            if removed.contains(place) {
                let remedy = "write it under one of them";
                return Err(Refusal::new(
                    "modified",
                    &terms.obligation,
                    "stands under change and under remove",
                    remedy,
                ));
            }
            self.obligation_at(*place)?.refuse_fewer_units(terms)?;
        }
        Ok(())
    }

    fn open_place(&self, id: &crate::ids::ObligationId) -> Result<usize, Refusal> {
        let place = self.place_of(id)?;
        match self.obligation_at(place)? {
            obligation if obligation.ended => Err(Refusal::new("modified", id, "has ended already", "add a new obligation")),
            _ => Ok(place),
        }
    }

    /// What of the price of some obligations is not earned.
    fn unearned(&self, places: &[usize]) -> Result<i128, Refusal> {
        let (yesterday, currency, rounding) = (self.world.yesterday(), self.world.currency, self.world.rounding);
        let priced = self.obligations_at(places)?.into_iter().filter(|obligation| !obligation.metered);
        let parts = priced.map(|obligation| Ok(obligation.price() - obligation.earned(yesterday, currency, rounding)?));
        parts.sum()
    }

    /// Ends removed obligations at what was earned; gives the price that they leave.
    fn end_removed(&mut self, removed: &[usize]) -> Result<i128, Refusal> {
        let yesterday = self.world.yesterday();
        let (currency, rounding) = (self.world.currency, self.world.rounding);
        let mut left = 0i128;
        for place in removed {
            let obligation = self.obligation(*place)?;
            let earned = obligation.earned(yesterday, currency, rounding)?;
            left += if obligation.metered { 0 } else { obligation.price() - earned };
            obligation.end(earned);
        }
        Ok(left)
    }

    fn separate(&mut self, modified: &Modified, changes: &[(usize, &Change)], change: i128) -> Result<(), Refusal> {
        if let (Some((_, terms)), false) = (changes.first(), modified.add.is_empty()) {
            let problem = "changes beside what is added: both cannot be one separate contract";
            let remedy = "leave the treatment out, or write two modifications";
            return Err(Refusal::new("modified: treatment", &terms.obligation, problem, remedy));
        }
        if !modified.remove.is_empty() || modified.add.is_empty() && changes.len() != 1 {
            return Err(Refusal::new(
                "modified: treatment",
                "separate",
                "is for obligations that are added",
                "list them under add",
            ));
        }
        if change < 0 {
            let problem = "is below zero: a separate contract adds to the price what its goods cost alone (606-10-25-12)";
            let remedy = "leave the treatment out, or write another";
            return Err(Refusal::new("modified: price_change", modified.price_change, problem, remedy));
        }
        if modified.add.is_empty() {
            return changes
                .iter()
                .try_for_each(|(place, terms)| self.separate_part(*place, terms, change));
        }
        let group = self.new_group(false);
        self.promise(&modified.add, Some(change), &[], group)?;
        Ok(())
    }

    /// More of the same service at its selling price: a second schedule beside the first.
    fn separate_part(&mut self, place: usize, terms: &Change, change: i128) -> Result<(), Refusal> {
        let (today, policy) = (self.world.today, self.world.book.policy);
        let (weight, measure) = (self.weight(place, None)?, self.measure_under(place, None)?);
        let (currency, rounding) = (self.world.currency, self.world.rounding);
        let obligation = self.obligation(place)?;
        let Some(service) = obligation.service.clone().filter(|_| obligation.is_over_time()) else {
            return Err(Refusal::new(
                "modified",
                &terms.obligation,
                "is not a service over time of which more could be bought separately",
                "list what is bought under add",
            ));
        };
        let method = obligation.terms.method.unwrap_or(policy.method);
        let service = prospective::service_from(&service, terms, today)?;
        let segment = Segment {
            amount: change,
            earn: Earn::Over(Spread::new(change, Schedule::new(method, &service)?, &policy)?),
        };
        obligation.segments.insert(0, segment);
        obligation.apply_terms(terms, today, currency, rounding)?;
        obligation.basis.set(weight / WEIGHT_PARTS + change, obligation.quantity, measure);
        obligation.measured_on = today;
        Ok(())
    }

    /// 25-13(c): the partly satisfied obligation with catch-up, the distinct rest prospectively.
    fn mixed(&mut self, modified: &Modified, changes: &[(usize, &Change)], removed: &[usize], change: i128) -> Result<(), Refusal> {
        if changes.is_empty() && removed.is_empty() && modified.add.is_empty() {
            return self.mixed_price(modified, change);
        }
        let (caught, rest): (Vec<_>, Vec<_>) = changes.iter().copied().partition(|(place, terms)| self.is_caught_up(*place, terms));
        let stated = |of: &[(usize, &Change)]| -> Result<Option<i128>, Refusal> {
            let mut sum = Some(0i128);
            for (place, terms) in of {
                let before = self.obligation_at(*place)?.stated;
                let price = self.changed_price(*place, terms)?;
                sum = sum.zip(price).map(|(sum, price)| sum + price - before);
            }
            Ok(sum)
        };
        let mut added = Some(0i128);
        for terms in modified.add.iter().filter(|terms| !is_metered(terms)) {
            added = added.zip(self.stated_price(terms)?).map(|(sum, price)| sum + price);
        }
        let only_caught = rest.is_empty() && removed.is_empty() && modified.add.is_empty();
        let of_caught = if caught.is_empty() {
            0
        } else if only_caught {
            change
        } else {
            let of_removed = self.unearned(removed)?;
            let of_others = added.zip(stated(&rest)?).map(|(added, rest)| added + rest - of_removed);
            // What goes with a removal is not stated: more or less than its unearned part may be anybody's.
            let left = of_others.map(|others| change - others);
            let left = left.filter(|left| removed.is_empty() || *left == 0);
            // Of a change for nothing each has nothing.
            let of_caught = stated(&caught)?.or(left).or((change == 0).then_some(0));
            of_caught.ok_or_else(|| {
                let problem = "is of several, and nobody knows how much of it is whose";
                let remedy = "write the prices under change and add";
                Refusal::new("modified: price_change", modified.price_change, problem, remedy)
            })?
        };
        let without = Modified {
            add: Vec::new(),
            ..modified.clone()
        };
        if !caught.is_empty() {
            self.catch_up(&without, &caught, &[], of_caught)?;
        }
        if only_caught {
            return Ok(());
        }
        let apart = rest.is_empty() && removed.is_empty() && self.by_rule(modified, &[], change - of_caught)? == Treatment::Separate;
        if apart {
            self.promise(&modified.add, Some(change - of_caught), &[], 0)?;
            return Ok(());
        }
        self.prospective(modified, &rest, removed, change - of_caught, true)
    }
}
