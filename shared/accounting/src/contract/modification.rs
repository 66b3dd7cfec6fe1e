//! `modified`: separate, prospective, catch-up or mixed (606-10-25-10..13; IFRS 15.18-21), and why.
//!
//! Example 5: 60 of 120 units at 100.00 are delivered and 30 more are bought. At 95.00, their own price, they are a contract of
//! their own; at 80.00 the 90 that remain cost (6,000.00 + 2,400.00) / 90 = 93.33 each; a building instead is caught up.

mod catch_up;
mod decide;
mod prospective;

use super::obligation::{Earn, Segment};
use super::state::State;
use crate::Refusal;
use crate::event::{Change, Modified, Treatment};
use crate::schedule::{Schedule, Spread};

impl State<'_> {
    pub(super) fn modified(&mut self, modified: &Modified) -> Result<(), Refusal> {
        let change = self.minor(modified.price_change, "modified: price_change")?;
        let changes = modified
            .change
            .iter()
            .map(|change| Ok((self.open_place(&change.obligation)?, change)))
            .collect::<Result<Vec<_>, Refusal>>()?;
        let removed = modified
            .remove
            .iter()
            .map(|id| self.open_place(id))
            .collect::<Result<Vec<_>, _>>()?;
        if modified.add.is_empty() && changes.is_empty() && removed.is_empty() && change == 0 {
            return Err(Refusal::new(
                "modified",
                modified.price_change,
                "changes nothing",
                "write add, change, remove or a price_change",
            ));
        }
        self.refuse_contradictions(&changes, &removed)?;
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

    /// Refuses an obligation that is changed and removed, or has fewer units than were delivered.
    fn refuse_contradictions(&self, changes: &[(usize, &Change)], removed: &[usize]) -> Result<(), Refusal> {
        for (place, terms) in changes {
            if removed.contains(place) {
                let mend = "write it under one of them";
                return Err(Refusal::new(
                    "modified",
                    &terms.obligation,
                    "stands under change and under remove",
                    mend,
                ));
            }
            if let Some(obligation) = self.obligations.get(*place) {
                obligation.refuse_fewer_units(terms)?;
            }
        }
        Ok(())
    }

    fn open_place(&self, id: &crate::ids::ObligationId) -> Result<usize, Refusal> {
        let place = self.place_of(id)?;
        match self.obligations.get(place) {
            Some(obligation) if obligation.ended => Err(Refusal::new("modified", id, "has ended already", "add a new obligation")),
            _ => Ok(place),
        }
    }

    /// Ends removed obligations at what was earned; gives the price that they leave.
    fn end_removed(&mut self, removed: &[usize]) -> Result<i128, Refusal> {
        let yesterday = self.world.today.pred_opt().unwrap_or(self.world.today);
        let (currency, rounding) = (self.world.currency, self.world.rounding);
        let mut left = 0i128;
        for place in removed {
            let obligation = self.obligation(*place)?;
            let earned = obligation.earned(yesterday, currency, rounding)?;
            left += obligation.price() - earned;
            obligation.end(earned);
        }
        Ok(left)
    }

    fn separate(&mut self, modified: &Modified, changes: &[(usize, &Change)], change: i128) -> Result<(), Refusal> {
        if !modified.remove.is_empty() || modified.add.is_empty() && changes.len() != 1 {
            return Err(Refusal::new(
                "modified: treatment",
                "separate",
                "is for obligations that are added",
                "list them under add",
            ));
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
        Ok(())
    }

    /// 25-13(c): the partly satisfied obligation with catch-up, the distinct rest prospectively.
    fn mixed(&mut self, modified: &Modified, changes: &[(usize, &Change)], removed: &[usize], change: i128) -> Result<(), Refusal> {
        let (caught, rest): (Vec<_>, Vec<_>) = changes.iter().copied().partition(|(place, _)| self.is_catch_up(*place));
        let stated = |of: &[(usize, &Change)]| -> Result<Option<i128>, Refusal> {
            let mut sum = Some(0i128);
            for (place, terms) in of {
                let before = self.obligations.get(*place).map_or(0, |obligation| obligation.stated);
                let price = self.changed_price(*place, terms)?;
                sum = sum.zip(price).map(|(sum, price)| sum + price - before);
            }
            Ok(sum)
        };
        let mut added = 0i128;
        for terms in &modified.add {
            added += self.own_price(terms)?.unwrap_or(0);
        }
        let of_caught = if caught.is_empty() {
            0
        } else {
            stated(&caught)?.unwrap_or(change - added - stated(&rest)?.unwrap_or(0))
        };
        let without = Modified {
            add: Vec::new(),
            ..modified.clone()
        };
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
