//! The stand-alone selling price of an obligation: as stated, as written, from the list of its day, or the residual.

use rust_decimal::Decimal;

use super::allocation::Price;
use super::obligation::Obligation;
use super::state::State;
use crate::Refusal;
use crate::arithmetic::Ratio;
use crate::event::{ObligationTerms, Ssp};

impl State<'_> {
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
                let mend = "write its price, its ssp or its item";
                let missing = || Refusal::new("obligations", &terms.id, "has neither price nor stand-alone selling price", mend);
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

    /// How much dearer the list is today than when the obligation's selling price was last measured.
    pub(super) fn dearer(&self, obligation: &Obligation) -> Result<Ratio, Refusal> {
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
