//! Modification with cumulative catch-up, 606-10-25-13(b): progress times the new price, less what was recognised.
//!
//! Example 8: 51.2 % of 1,350,000 less 600,000 recognised is 91,200 now.

use super::super::state::State;
use crate::Refusal;
use crate::arithmetic::split;
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
        if targets.is_empty() && change != 0 {
            let remedy = "name the obligation under add, or credit by a credit note with the reason price";
            let problem = "has no remaining obligation to which the price could belong";
            return Err(Refusal::new("modified: price_change", modified.price_change, problem, remedy));
        }
        let parts = self.parts_of_change(&targets, change)?;
        for ((place, terms), part) in targets.into_iter().zip(parts) {
            self.caught_up(place, part, terms, modified)?;
        }
        Ok(())
    }

    /// The obligations that change, by id: those named, else those whose rest is not distinct, else all that are open.
    fn catch_up_targets<'m>(&self, changes: &[(usize, &'m Change)]) -> Vec<(usize, Option<&'m Change>)> {
        let mut targets: Vec<(usize, Option<&Change>)> = changes.iter().map(|(place, terms)| (*place, Some(*terms))).collect();
        if targets.is_empty() {
            let open = |place: &usize| self.obligations.get(*place).is_some_and(|o| !o.ended && !o.metered);
            let all: Vec<usize> = (0..self.obligations.len()).filter(open).collect();
            let caught: Vec<usize> = all.iter().copied().filter(|place| self.is_catch_up(*place)).collect();
            let either = if caught.is_empty() { all } else { caught };
            targets.extend(either.into_iter().map(|place| (place, None)));
        }
        self.sort_by_id(&mut targets, |(place, _)| *place);
        targets
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
        obligation.catch_up(part, &policy)?;
        if obligation.is_over_time() {
            return Ok(());
        }
        let (id, price) = (obligation.id(), major(obligation.price(), currency));
        let (num, den) = (obligation.progress.num, obligation.progress.den);
        let due = obligation.earned(today, currency, policy.rounding)?;
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

    /// The change of the price, obligation by obligation: by the new stated prices where they are given, compared with what was stated
    /// or with what was allocated, whichever makes the change of the whole; else by selling prices.
    fn parts_of_change(&self, targets: &[(usize, Option<&Change>)], change: i128) -> Result<Vec<i128>, Refusal> {
        let (mut by_stated, mut by_allocated) = (Some(Vec::new()), Some(Vec::new()));
        let mut weights = Vec::new();
        for (place, terms) in targets {
            let price = terms.map_or(Ok(None), |terms| self.changed_price(*place, terms))?;
            let obligation = self.obligation_at(*place)?;
            let more = |parts: Option<Vec<i128>>, before: i128| {
                let (mut parts, price) = parts.zip(price)?;
                parts.push(price - before);
                Some(parts)
            };
            by_stated = more(by_stated, obligation.stated);
            by_allocated = more(by_allocated, obligation.price());
            weights.push(obligation.ssp);
        }
        let makes_change = |parts: &Vec<i128>| parts.iter().sum::<i128>() == change;
        if let Some(parts) = by_stated.filter(makes_change).or(by_allocated.filter(makes_change)) {
            return Ok(parts);
        }
        split(change, &weights).ok_or_else(|| Refusal::too_large("modified: price_change", change))
    }
}
