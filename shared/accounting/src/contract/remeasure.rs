//! New terms of an obligation: quantity, progress, dates.
//!
//! Example 8: the change of a building measures its progress anew: 420 of 820, no longer 420 of 700.

use super::agent::own_part;
use super::obligation::{Earn, Obligation, Segment};
use crate::Refusal;
use crate::arithmetic::Ratio;
use crate::event::Change;
use crate::money::{Currency, Rounding, minor_of};
use crate::policy::Policy;
use crate::schedule::{Schedule, Service, Spread};

impl Obligation {
    /// New quantity, progress and stated price.
    pub(super) fn apply_terms(&mut self, change: &Change, currency: Currency, rounding: Rounding) -> Result<(), Refusal> {
        if let Some(quantity) = change.quantity {
            if self.quantity.is_some() && quantity < self.units {
                let problem = format!("is below the {} units that were delivered", self.units);
                return Err(Refusal::new(
                    format!("change of {}", self.id()),
                    quantity,
                    problem,
                    "write the whole quantity, delivered units included",
                ));
            }
            self.quantity = Some(quantity);
            self.measure_units();
        }
        if let Some(progress) = change.progress {
            self.progress = Ratio::of(progress);
        }
        if let Some(price) = change.price {
            self.stated = own_part(&self.terms, minor_of(price, currency)?, rounding)?;
        }
        Ok(())
    }

    /// New dates with catch-up: the whole schedule is computed anew from its first day.
    pub(super) fn stretch(&mut self, change: &Change, policy: &Policy) -> Result<(), Refusal> {
        let Some(Segment {
            amount,
            earn: Earn::Over(spread),
        }) = self.segments.last()
        else {
            return Ok(());
        };
        if change.start.is_none() && change.end.is_none() {
            return Ok(());
        }
        let old = spread.schedule().service();
        let mut service = Service::days(change.start.unwrap_or(old.start), change.end.unwrap_or(old.last_day()))?;
        service.fiscal.clone_from(&old.fiscal);
        let earn = Earn::Over(Spread::new(*amount, Schedule::new(spread.schedule().method(), &service)?, policy)?);
        if let Some(segment) = self.segments.last_mut() {
            segment.earn = earn;
        }
        self.service = Some(service);
        Ok(())
    }

    /// Progress by units of a promised quantity.
    pub(super) fn measure_units(&mut self) {
        if let Some(quantity) = self.quantity.filter(|quantity| !quantity.is_zero()) {
            let (units, whole) = (Ratio::of(self.units), Ratio::of(quantity));
            let share = units
                .num
                .checked_mul(whole.den)
                .zip(units.den.checked_mul(whole.num))
                .map(|(num, den)| Ratio::new(num.min(den), den));
            self.progress = share.unwrap_or(self.progress);
        }
    }
}
