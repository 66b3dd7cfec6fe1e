//! Modification with cumulative catch-up, 606-10-25-13(b): progress times the new price, less what was recognised.
//!
//! Example 8: 51.2 % of 1,350,000 less 600,000 recognised is 91,200 now.

use super::super::state::State;
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::{Change, Modified};
use crate::money::major;

impl State<'_> {
    /// The new price times progress is revenue to date.
    pub(super) fn catch_up(
        &mut self,
        modified: &Modified,
        changes: &[(usize, &Change)],
        removed: &[usize],
        change: i128,
    ) -> Result<(), Refusal> {
        let mut change = change + self.end_removed(removed)?;
        let targets = self.catch_up_targets(changes);
        if !modified.add.is_empty() {
            for place in self.promise(&modified.add, None, &[], 0)? {
                change -= self.obligation(place)?.price();
            }
        }
        let parts = self.parts_of_change(changes, &targets, change)?;
        for (place, part) in targets.into_iter().zip(parts) {
            let terms = changes.iter().find(|(changed, _)| *changed == place);
            self.caught_up(place, part, terms.map(|(_, terms)| *terms), modified)?;
        }
        Ok(())
    }

    /// The obligations that change: those named, else those whose rest is not distinct, else all that are open.
    fn catch_up_targets(&self, changes: &[(usize, &Change)]) -> Vec<usize> {
        if !changes.is_empty() {
            return changes.iter().map(|(place, _)| *place).collect();
        }
        let open = |place: &usize| self.obligations.get(*place).is_some_and(|o| !o.ended && !o.metered);
        let all: Vec<usize> = (0..self.obligations.len()).filter(open).collect();
        let caught: Vec<usize> = all.iter().copied().filter(|place| self.is_catch_up(*place)).collect();
        if caught.is_empty() { all } else { caught }
    }

    fn caught_up(&mut self, place: usize, part: i128, terms: Option<&Change>, modified: &Modified) -> Result<(), Refusal> {
        let (policy, currency, today) = (self.world.book.policy, self.world.currency, self.world.today);
        let obligation = self.obligation(place)?;
        if obligation.price() + part < 0 {
            let problem = format!("leaves a price below zero for {}", obligation.id());
            let (at, value) = ("modified: price_change", modified.price_change);
            return Err(Refusal::new(at, value, problem, "correct it"));
        }
        if let Some(terms) = terms {
            obligation.apply_terms(terms, today, currency, policy.rounding)?;
            obligation.stretch(terms, &policy)?;
        }
        obligation.reprice(part, &policy)?;
        if obligation.is_over_time() {
            return Ok(());
        }
        let (id, price) = (obligation.id(), major(obligation.price(), currency));
        let (num, den) = (obligation.progress.num, obligation.progress.den);
        let due = mul_div(obligation.price(), num, den, policy.rounding).unwrap_or(0);
        let (before, now) = (obligation.recognised, due - obligation.recognised);
        let words = format!(
            "{id}: progress {num}/{den} of the new price {price} is {}, less {} recognised is {} now",
            major(due, currency),
            major(before, currency),
            major(now, currency)
        );
        self.dirty.push(place);
        self.note(words, crate::journal::Rule::CumulativeCatchUp);
        Ok(())
    }

    /// The change of the price, obligation by obligation: by the new stated prices where they are given, else by selling prices.
    fn parts_of_change(&self, changes: &[(usize, &Change)], targets: &[usize], change: i128) -> Result<Vec<i128>, Refusal> {
        let mut stated = Vec::new();
        for (place, terms) in changes {
            let price = self.changed_price(*place, terms)?;
            let before = self.obligations.get(*place).map_or(0, |obligation| obligation.stated);
            stated.push(price.map(|price| price - before));
        }
        let stated: Option<Vec<i128>> = stated.into_iter().collect();
        if let Some(parts) = stated.filter(|parts| parts.len() == targets.len() && parts.iter().sum::<i128>() == change) {
            return Ok(parts);
        }
        let weights: Vec<i128> = targets
            .iter()
            .filter_map(|place| self.obligations.get(*place))
            .map(|obligation| obligation.ssp)
            .collect();
        split(change, &weights).ok_or_else(|| Refusal::too_large("modified: price_change", change))
    }
}
