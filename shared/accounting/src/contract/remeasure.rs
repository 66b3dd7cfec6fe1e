//! New terms of an obligation: quantity, progress, dates.
//!
//! Example 8: the change of a building measures its progress anew: 420 of 820, no longer 420 of 700.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use super::agent::own_part;
use super::obligation::{Earn, Obligation, Segment};
use crate::Refusal;
use crate::arithmetic::Ratio;
use crate::event::{Change, Satisfied};
use crate::money::{Currency, Rounding, minor_of};
use crate::policy::Policy;
use crate::schedule::{Schedule, Service, Spread};

/// Decimals of what is left to be used, where it is measured in money.
const MONEY_UNIT_DECIMALS: u32 = 9;

impl Obligation {
    /// The units delivered cannot be taken back by a lower quantity.
    pub(super) fn refuse_fewer_units(&self, change: &Change) -> Result<(), Refusal> {
        let fewer = change.quantity.filter(|quantity| self.quantity.is_some() && *quantity < self.units);
        let Some(quantity) = fewer else { return Ok(()) };
        let problem = format!("is below the {} units that were delivered", self.units);
        Err(Refusal::new(
            format!("change of {}", self.id()),
            quantity,
            problem,
            "write the whole quantity, delivered units included",
        ))
    }

    /// New quantity, progress and stated price.
    pub(super) fn apply_terms(&mut self, change: &Change, today: NaiveDate, currency: Currency, rounding: Rounding) -> Result<(), Refusal> {
        if let Some(quantity) = change.quantity {
            self.quantity = Some(quantity);
            self.measure_units()?;
        }
        if let Some(progress) = change.progress {
            self.progress = Ratio::of(progress);
            self.progress_set_on = Some(today);
        }
        if let Some(price) = change.price {
            self.stated = own_part(&self.terms, minor_of(price, currency)?, rounding)? - self.overstated;
        }
        Ok(())
    }

    /// Usage with a price and no quantity: what is used counts by its worth, up to the price.
    pub(super) fn measured_in_money(&self) -> bool {
        self.terms.satisfied == Satisfied::ByUsage && self.terms.quantity.is_none() && !self.metered
    }

    /// A top-up: what is left to be used is worth as much more, or less, as it costs. Of 100.00 of which 30.00 are used, 50.00 more
    /// leave 120.00 to use.
    pub(super) fn measure_money_anew(&mut self, before: i128, rest: i128, currency: Currency) -> Result<(), Refusal> {
        let Some(quantity) = self.quantity else { return Ok(()) };
        let money = |minor: i128| Decimal::try_from_i128_with_scale(minor, currency.exponent()).map_err(|_| self.too_large());
        let left = (quantity - self.units).max(Decimal::ZERO);
        let worth = if before == 0 || left.is_zero() {
            money(rest)?
        } else {
            let in_proportion = left.checked_mul(money(rest)?).zip(Some(money(before)?));
            let worth = in_proportion.and_then(|(worth, before)| worth.checked_div(before));
            worth.ok_or_else(|| self.too_large())?
        };
        let worth = worth.round_dp_with_strategy(MONEY_UNIT_DECIMALS, RoundingStrategy::MidpointAwayFromZero);
        self.quantity = Some(self.units.checked_add(worth).ok_or_else(|| self.too_large())?);
        self.measure_units()
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
    pub(super) fn measure_units(&mut self) -> Result<(), Refusal> {
        if let Some(quantity) = self.quantity.filter(|quantity| !quantity.is_zero()) {
            let (units, whole) = (Ratio::of(self.units), Ratio::of(quantity));
            let share = units
                .num
                .checked_mul(whole.den)
                .zip(units.den.checked_mul(whole.num))
                .map(|(num, den)| Ratio::new(num.min(den), den));
            self.progress = share.ok_or_else(|| Refusal::too_large(format!("obligation {}: quantity", self.id()), quantity))?;
        }
        Ok(())
    }
}
