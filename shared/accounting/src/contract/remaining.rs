//! Remaining performance obligations by the year in which they are due (606-10-50-13), and the part of the contract liability
//! that is not current (210-10-45).
//!
//! Example: 3,000.00 for three years, all invoiced, of which 1,000.00 are earned: 2,000.00 remain, 1,000.00 within twelve months.
//! The liability of each obligation is consumed by its earliest service first, so 1,000.00 of the 2,000.00 are non-current.

use chrono::{Months, NaiveDate};

use super::obligation::Obligation;
use super::records::LongTerm;
use super::state::State;
use crate::arithmetic::mul_div;
use crate::{Period, Refusal};

/// Ends of the bands, in months from the day; the first is what counts as current.
pub(super) const BAND_MONTHS: [i32; 3] = [12, 24, 36];

/// What remains of a contract, in the ledger's currency.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Remaining {
    pub(super) whole: i128,
    /// What is due after each band.
    pub(super) after: [i128; 3],
    pub(super) non_current_liability: i128,
}

impl Remaining {
    /// What is due after a year, where anything is; an amount that does not fit is the error.
    pub(super) fn long_term(self) -> Result<Option<LongTerm>, i128> {
        if self.after == [0; 3] && self.non_current_liability == 0 {
            return Ok(None);
        }
        let narrow = |amount: i128| i64::try_from(amount).map_err(|_| amount);
        let [first, second, third] = self.after;
        Ok(Some(LongTerm {
            after: [narrow(first)?, narrow(second)?, narrow(third)?],
            non_current_liability: narrow(self.non_current_liability)?,
        }))
    }
}

impl State<'_> {
    /// What remains: billed parts at their layers, the rest at the rate of today, or before the first rate at that one.
    pub(super) fn remaining(&self) -> Result<Remaining, Refusal> {
        let today = self.world.today;
        let month_end = Period::of(today).last_day() == today;
        let end = |months: i32| band_end(today, month_end, months);
        let mut remaining = Remaining::default();
        for obligation in self.obligations.iter().filter(|obligation| !obligation.metered) {
            let rest = obligation.price() - obligation.recognised;
            remaining.whole += rest;
            for (sum, months) in remaining.after.iter_mut().zip(BAND_MONTHS) {
                let later = self.due_after(obligation, rest, end(months))?;
                if later == 0 {
                    break;
                }
                *sum += later;
            }
        }
        if self.world.foreign() || remaining.after != [0; 3] {
            self.non_current(end(BAND_MONTHS[0]), &mut remaining)?;
            if self.world.foreign() {
                self.in_ledger_currency(&self.rest_by_group()?, &mut remaining)?;
            }
        }
        Ok(remaining)
    }

    /// What remains of each group.
    fn rest_by_group(&self) -> Result<Vec<i128>, Refusal> {
        let mut by_group = vec![0; self.groups.len()];
        for obligation in self.obligations.iter().filter(|obligation| !obligation.metered) {
            let sum = by_group.get_mut(obligation.group);
            let sum = sum.ok_or_else(|| Refusal::unknown("netting group", obligation.group))?;
            *sum += obligation.price() - obligation.recognised;
        }
        Ok(by_group)
    }

    /// What of the rest of an obligation is due after a day.
    fn due_after(&self, obligation: &Obligation, rest: i128, end: NaiveDate) -> Result<i128, Refusal> {
        let later = match &obligation.service {
            Some(service) if !obligation.ended && service.last_day() > end => match obligation.is_over_time() {
                true => obligation.price() - obligation.settled(end, self.world.currency, self.world.rounding)?,
                false if service.start > end => rest,
                false => 0,
            },
            _ => 0,
        };
        Ok(later.min(rest))
    }

    /// The part of each group's liability that is for service later than a year: of each obligation, what its own earliest
    /// service does not consume.
    fn non_current(&self, end: NaiveDate, remaining: &mut Remaining) -> Result<(), Refusal> {
        for (index, group) in self.groups.iter().enumerate().filter(|(_, group)| !group.metered) {
            let position = group.position(&self.world)?;
            if position.liability <= 0 {
                continue;
            }
            let mut units = 0;
            for (member, held) in self.liability_by_obligation(index, position.liability)? {
                let obligation = self.obligation_at(member)?;
                let rest = obligation.price() - obligation.recognised;
                let later = self.due_after(obligation, rest, end)?;
                units += (held.min(rest) - (rest - later)).max(0);
            }
            if units > 0 {
                remaining.non_current_liability += self.part_of(position.liability_base, units, position.liability)?;
            }
        }
        Ok(())
    }

    fn part_of(&self, amount: i128, units: i128, whole: i128) -> Result<i128, Refusal> {
        mul_div(amount, units, whole, self.world.rounding).ok_or_else(|| Refusal::too_large(self.id.as_str(), amount))
    }

    fn in_ledger_currency(&self, by_group: &[i128], remaining: &mut Remaining) -> Result<(), Refusal> {
        let mut base = 0i128;
        for (group, rest) in self.groups.iter().zip(by_group) {
            let position = group.position(&self.world)?;
            let covered = position.liability.min(*rest).max(0);
            let layers = match position.liability {
                0 => 0,
                liability => self.part_of(position.liability_base, covered, liability)?,
            };
            let uncovered = rest - covered;
            base += layers + if uncovered == 0 { 0 } else { self.world.measured(uncovered)? };
        }
        let whole = remaining.whole;
        for after in &mut remaining.after {
            let current = whole - *after;
            let current = match whole {
                0 => 0,
                whole => self.part_of(base, current, whole)?,
            };
            *after = base - current;
        }
        remaining.whole = base;
        Ok(())
    }
}

/// The last day of a band: months after the day, the month's end after a month's end.
fn band_end(today: NaiveDate, month_end: bool, months: i32) -> NaiveDate {
    if month_end {
        Period::of(today).plus(months).last_day()
    } else {
        today.checked_add_months(Months::new(months.unsigned_abs())).unwrap_or(today)
    }
}
