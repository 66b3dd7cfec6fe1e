//! The stand-alone selling price of an obligation: as stated, as written, from the list of its day, or the residual; and at a
//! modification that of its rest.
//!
//! The rest is worth what the old selling price implies for a unit and a day (or month) of service, times what remains under the new
//! terms: 18 months left of what cost 12,000.00 a year are 18,000.00; 150 seats where 100 cost 12,000.00 are half as much again.

use rust_decimal::Decimal;

use super::allocation::Price;
use super::modification::changed_service;
use super::obligation::{Earn, Obligation};
use super::state::State;
use crate::Refusal;
use crate::arithmetic::Ratio;
use crate::event::{Change, ObligationTerms, Ssp};
use crate::schedule::Schedule;

/// Fineness of weights by selling price, in parts of a minor unit.
pub(super) const WEIGHT_PARTS: i128 = 1_000_000_000;

/// A selling price, and of how much it is the price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Basis {
    ssp: i128,
    /// Units, where there are any.
    units: Option<Decimal>,
    /// Service in units of its method; or the share that was to be transferred.
    pub(super) measure: Ratio,
}

impl Basis {
    pub(super) fn new(ssp: i128, units: Option<Decimal>, measure: Ratio) -> Self {
        Self { ssp, units, measure }
    }

    /// A selling price given for what remains.
    pub(super) fn set(&mut self, ssp: i128, units: Option<Decimal>, remains: Remains) {
        let units = match remains.units {
            Some(left) => Some(left),
            None => units,
        };
        if remains.measure.num > 0 && units.is_none_or(|units| !units.is_zero()) {
            *self = Self::new(ssp, units, remains.measure);
        }
    }
}

/// What remains of an obligation: service, or a share; and the units, where these are what is transferred.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remains {
    measure: Ratio,
    units: Option<Decimal>,
}

impl State<'_> {
    /// The selling price of what remains of an obligation under its new terms, in parts of a minor unit.
    pub(super) fn weight(&self, place: usize, change: Option<&Change>) -> Result<i128, Refusal> {
        let obligation = self.obligation_at(place)?;
        let too_large = || Refusal::too_large("change: ssp", obligation.id());
        if let Some(ssp) = change.and_then(|change| change.ssp) {
            return self.minor(ssp, "change: ssp")?.checked_mul(WEIGHT_PARTS).ok_or_else(too_large);
        }
        let basis = obligation.basis;
        let remains = self.measure_under(place, change)?;
        let units = match (remains.units, change.and_then(|change| change.quantity).or(obligation.quantity)) {
            (Some(left), _) => Some(left),
            (None, units) => units,
        };
        let of_units = match (units, basis.units.filter(|units| !units.is_zero())) {
            (Some(units), Some(before)) => Ratio::of(units).over(Ratio::of(before)),
            _ => Some(Ratio::ONE),
        };
        let of_service = match remains.units {
            Some(_) => Some(Ratio::ONE),
            None => remains.measure.over(basis.measure),
        };
        let rounding = self.world.rounding;
        let whole = basis.ssp.checked_mul(WEIGHT_PARTS).ok_or_else(too_large)?;
        let weight = of_units
            .and_then(|ratio| ratio.of_amount(whole, rounding))
            .and_then(|weight| of_service?.of_amount(weight, rounding))
            .and_then(|weight| self.price_increase(obligation).ok()?.of_amount(weight, rounding));
        match weight {
            Some(weight) => Ok(weight),
            None => self.price_increase(obligation).and(Err(too_large())),
        }
    }

    /// How much remains from today on, under new terms where there are any.
    pub(super) fn measure_under(&self, place: usize, change: Option<&Change>) -> Result<Remains, Refusal> {
        let service = |measure: Ratio| Remains { measure, units: None };
        let obligation = self.obligation_at(place)?;
        let too_large = || Refusal::too_large("schedule", obligation.id());
        let today = self.world.today;
        match obligation.segments.last().map(|segment| &segment.earn) {
            Some(Earn::Over(spread)) => {
                let dated = change.filter(|_| obligation.terms.weights.is_none());
                let schedule = match (dated, &obligation.service) {
                    (Some(change), Some(old)) => {
                        let changed = changed_service(old, change, today)?;
                        let method = obligation.terms.method.unwrap_or(self.world.book.policy.method);
                        Schedule::new(method, &changed)?
                    }
                    _ => spread.schedule().clone(),
                };
                let served = schedule.share_through(self.world.yesterday());
                if served.ok_or_else(|| obligation.too_large())?.rest().num <= 0 {
                    return Ok(service(Ratio::ZERO));
                }
                schedule.from(today)?.measure().map(service).ok_or_else(too_large)
            }
            Some(Earn::Measured { .. }) if obligation.counts_units() => {
                let promised = change
                    .and_then(|change| change.quantity)
                    .or(obligation.quantity)
                    .unwrap_or_default();
                Ok(Remains {
                    measure: Ratio::ONE,
                    units: Some((promised - obligation.units).max(Decimal::ZERO)),
                })
            }
            Some(Earn::Measured { .. }) => {
                let progress = change.and_then(|change| change.progress).map_or(obligation.progress, Ratio::of);
                Ok(service(progress.rest()))
            }
            Some(Earn::Waiting) => Ok(service(obligation.basis.measure)),
            Some(Earn::Done) | None => Ok(service(Ratio::ZERO)),
        }
    }

    /// The selling price with which an obligation takes part in the allocation; `price` is its stated price.
    pub(super) fn selling_price(&self, terms: &ObligationTerms, price: Option<i128>) -> Result<Price, Refusal> {
        let place = || format!("obligation {}: ssp", terms.id);
        Ok(match (terms.ssp, &terms.item) {
            (Ssp::Amount(amount), _) => Price::Known(self.minor(amount, place())?),
            (Ssp::Residual { range }, _) => {
                let range = range
                    .map(|(low, high)| Ok::<_, Refusal>((self.minor(low, place())?, self.minor(high, place())?)))
                    .transpose()?;
                Price::Residual { range }
            }
            (Ssp::AsPriced, Some(item)) => Price::Known(self.listed(terms, item, price)?),
            (Ssp::AsPriced, None) => {
                let remedy = "write its price, its ssp or its item";
                let missing = || Refusal::new("obligations", &terms.id, "has neither price nor stand-alone selling price", remedy);
                Price::Known(price.ok_or_else(missing)?)
            }
        })
    }

    /// The list's price of today times the units; the stated price where that lies within the list's range.
    fn listed(&self, terms: &ObligationTerms, item: &str, price: Option<i128>) -> Result<i128, Refusal> {
        let line = self
            .world
            .book
            .selling_prices
            .in_force(item, self.world.currency, self.world.today)?;
        let units = terms.quantity.unwrap_or(Decimal::ONE);
        let whole = |unit: Decimal| -> Result<i128, Refusal> {
            let too_large = || Refusal::too_large("selling_prices", unit);
            let amount = unit.checked_mul(units).ok_or_else(too_large)?;
            let minor_units = 10i128.pow(self.world.currency.exponent());
            Ratio::of(amount).of_amount(minor_units, self.world.rounding).ok_or_else(too_large)
        };
        if let (Some((low, high)), Some(price)) = (line.range, price)
            && (whole(low)?..=whole(high)?).contains(&price)
        {
            return Ok(price);
        }
        whole(line.price)
    }

    /// How much higher the list's price is today than when the obligation's selling price was last measured.
    pub(super) fn price_increase(&self, obligation: &Obligation) -> Result<Ratio, Refusal> {
        let Some(item) = obligation.terms.item.as_ref().filter(|_| obligation.terms.ssp == Ssp::AsPriced) else {
            return Ok(Ratio::ONE);
        };
        let list = &self.world.book.selling_prices;
        let then = list.in_force(item, self.world.currency, obligation.measured_on)?.price;
        let now = list.in_force(item, self.world.currency, self.world.today)?.price;
        let (then, now) = (Ratio::of(then), Ratio::of(now));
        let ratio = now
            .num
            .checked_mul(then.den)
            .zip(now.den.checked_mul(then.num))
            .filter(|(_, den)| *den > 0);
        Ok(ratio.map_or(Ratio::ONE, |(num, den)| Ratio::new(num, den)))
    }
}
