//! Exchange rates: the value of one unit of a document's currency in the ledger's.
//!
//! Example: from 1 August one US dollar is worth 0.80 of the ledger's currency, until a line with a later date says otherwise.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::arithmetic::mul_div;
use crate::money::{Currency, Rounding};

/// Highest rate that is accepted.
pub(crate) const MAX_RATE: i64 = 1_000_000_000;
/// Most decimals of a rate.
pub(crate) const MAX_RATE_DECIMALS: u32 = 12;

/// One line of the rates table: from this day on, one unit of `currency` is worth `rate` units of the ledger's currency.
///
/// ```
/// use tieout_accounting::{example::day, rates::{RateLine, Rates}, Currency};
/// let usd = Currency::parse("USD")?;
/// let line = RateLine { on: day("2026-08-01"), currency: usd, rate: "0.80".parse()? };
/// assert_eq!(line.rate.to_string(), "0.80"); // from 1 August, 1.00 USD is 0.80 of the ledger's currency
/// assert!(Rates::new([line]).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLine {
    /// First day on which the rate is in force.
    pub on: NaiveDate,
    /// The document's currency.
    pub currency: Currency,
    /// Ledger units for one unit.
    #[serde(with = "decimal_text")]
    pub rate: Decimal,
}

/// The rates table. Each rate holds until the next one of its currency.
///
/// ```
/// use tieout_accounting::{example::day, rates::{RateLine, Rates}, Currency};
/// let usd = Currency::parse("USD")?;
/// let line = RateLine { on: day("2026-08-01"), currency: usd, rate: "0.80".parse()? };
/// let rates = Rates::new([line])?;
/// assert!(rates.in_force(usd, day("2026-07-31")).is_err()); // no rate yet
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates {
    by_currency: BTreeMap<Currency, BTreeMap<NaiveDate, Decimal>>,
}

impl Rates {
    /// Builds the table.
    ///
    /// # Errors
    /// A rate that is not above zero, too high or too fine.
    ///
    /// ```
    /// use tieout_accounting::rates::{RateLine, Rates};
    /// use tieout_accounting::Currency;
    /// let usd = Currency::parse("USD")?;
    /// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
    /// let rates = Rates::new([RateLine { on: day("2026-08-01"), currency: usd, rate: "0.80".parse().unwrap_or_default() }])?;
    /// assert_eq!(rates.in_force(usd, day("2026-12-31"))?.to_string(), "0.80");
    /// assert!(rates.in_force(usd, day("2026-07-31")).is_err());
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn new(lines: impl IntoIterator<Item = RateLine>) -> Result<Self, Refusal> {
        let mut rates = Self::default();
        for line in lines {
            check_rate(line.rate)?;
            rates.by_currency.entry(line.currency).or_default().insert(line.on, line.rate);
        }
        Ok(rates)
    }

    /// The rate in force on a day.
    ///
    /// # Errors
    /// No rate on or before the day; currency and day are named.
    ///
    /// ```
    /// use tieout_accounting::{example::day, rates::{RateLine, Rates}, Currency};
    /// let usd = Currency::parse("USD")?;
    /// let line = RateLine { on: day("2026-08-01"), currency: usd, rate: "0.80".parse()? };
    /// assert_eq!(Rates::new([line])?.in_force(usd, day("2026-12-31"))?.to_string(), "0.80"); // until the next one
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_force(&self, currency: Currency, on: NaiveDate) -> Result<Decimal, Refusal> {
        let found = self.by_currency.get(&currency).and_then(|days| days.range(..=on).next_back());
        found.map(|(_, rate)| *rate).ok_or_else(|| {
            Refusal::new(
                "rates",
                currency,
                format!("has no rate on {on}"),
                "add a rate with that or an earlier date",
            )
        })
    }

    /// Since when the rate that is in force on a day has been.
    pub(crate) fn since(&self, currency: Currency, on: NaiveDate) -> Option<NaiveDate> {
        let days = self.by_currency.get(&currency)?;
        days.range(..=on).next_back().map(|(since, _)| *since)
    }

    /// The rate in force on a day, or before the first rate that one: for what is only measured, never for what is booked.
    pub(crate) fn in_force_or_first(&self, currency: Currency, on: NaiveDate) -> Result<Decimal, Refusal> {
        let first = self.by_currency.get(&currency).and_then(|days| days.values().next());
        self.in_force(currency, on).or_else(|refusal| first.copied().ok_or(refusal))
    }
}

/// Refuses a rate that is not above zero, above [`MAX_RATE`] or finer than [`MAX_RATE_DECIMALS`].
pub(crate) fn check_rate(rate: Decimal) -> Result<Decimal, Refusal> {
    let short = rate.normalize();
    if short <= Decimal::ZERO || short > Decimal::from(MAX_RATE) || short.scale() > MAX_RATE_DECIMALS {
        return Err(Refusal::new(
            "rate",
            rate,
            "is not a usable rate",
            format!("write a number above 0 with at most {MAX_RATE_DECIMALS} decimals"),
        ));
    }
    Ok(rate)
}

/// Translates minor units at a rate, rounded once.
pub(crate) fn translate(minor: i128, from: Currency, to: Currency, rate: Decimal, rounding: Rounding) -> Result<i128, Refusal> {
    if from == to && rate == Decimal::ONE {
        return Ok(minor);
    }
    let short = rate.normalize();
    let power = |exponent: u32| 10i128.checked_pow(exponent);
    let num = power(to.exponent()).and_then(|unit| unit.checked_mul(short.mantissa()));
    let den = power(from.exponent()).and_then(|unit| unit.checked_mul(power(short.scale())?));
    let translated = num.zip(den).and_then(|(num, den)| mul_div(minor, num, den, rounding));
    translated
        .filter(|minor| i64::try_from(*minor).is_ok())
        .ok_or_else(|| Refusal::too_large("translation", minor))
}

/// A decimal as JSON text.
mod decimal_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(decimal: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(decimal)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::money::parse_decimal(&text).map_err(serde::de::Error::custom)
    }
}
