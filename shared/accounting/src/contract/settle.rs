//! Recognising what was earned: on the day of an event what it touches, at a month's end everything.
//!
//! Example (606-10-25-31): 59 of 365 days are served at the end of February; 1,200.00 x 59 / 365 = 193.97 to date, less 101.92 of
//! January is 92.05.

use super::state::State;
use crate::{Period, Refusal};

impl State<'_> {
    /// Recognises what changed: the dirty obligations on the day of an event, all at a month's end. Whether anything did.
    pub(super) fn settle(&mut self, month_end: bool) -> Result<bool, Refusal> {
        let today = self.world.today;
        let day = if month_end {
            today
        } else {
            Period::of(today).previous().last_day()
        };
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_unstable();
        dirty.dedup();
        let count = if month_end { self.obligations.len() } else { dirty.len() };
        let financed = self.world.financing_rate.is_some();
        let mut changed = false;
        let mut moved = Vec::new();
        for at in 0..count {
            let place = if month_end { Some(at) } else { dirty.get(at).copied() };
            let place = place.ok_or_else(|| Refusal::unknown("dirty obligation", at))?;
            let obligation = self.obligations.get_mut(place);
            let obligation = obligation.ok_or_else(|| Refusal::unknown("obligation", place))?;
            let earned = obligation.settled(day, self.world.currency, self.world.rounding)?;
            let earned = obligation.undoubted(earned, self.world.rounding)?;
            let change = earned - obligation.recognised;
            let group = self.groups.get_mut(obligation.group);
            let group = group.ok_or_else(|| Refusal::unknown("netting group", obligation.group))?;
            if change == 0 && (group.line.is_none() || month_end) {
                continue;
            }
            changed = true;
            let before = group.recognised;
            let base = group.recognise(change, &self.world)?;
            if let (Some(workings), Some(line)) = (&mut self.workings, &group.line) {
                workings.translate(place, line.stretches(before, group.recognised));
            }
            obligation.recognised = earned;
            self.add_revenue(place, base)?;
            if financed {
                moved.push((place, change));
            }
        }
        for group in &mut self.groups {
            let mut expected = 0;
            for place in &group.members {
                let obligation = self.obligations.get(*place).ok_or_else(|| Refusal::unknown("obligation", place))?;
                expected += obligation.expected_refund(self.world.rounding)?;
            }
            group.expected = expected.min(group.billed.max(0)); // a conditional invoice is not yet billed
        }
        if financed {
            self.sort_by_id(&mut moved, |(place, _)| *place);
            self.settle_advances(month_end, &moved)?;
        }
        Ok(changed)
    }

    /// More revenue of an obligation in today's period, in the ledger's currency.
    pub(super) fn add_revenue(&mut self, place: usize, base: i128) -> Result<(), Refusal> {
        let period = Period::of(self.world.today);
        let obligation = self.obligations.get_mut(place);
        let obligation = obligation.ok_or_else(|| Refusal::unknown("obligation", place))?;
        obligation.recognised_base += base;
        match obligation
            .row
            .and_then(|row| self.recognised.get_mut(row))
            .filter(|(_, of, _)| *of == period)
        {
            Some((_, _, sum)) => *sum += base,
            None => {
                obligation.row = Some(self.recognised.len());
                self.recognised.push((place, period, base));
            }
        }
        Ok(())
    }
}
