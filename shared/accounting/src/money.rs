//! Money: whole minor units of an ISO 4217 currency, checked arithmetic, named roundings.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Refusal;
pub use crate::currency::Currency;

/// Largest amount that is accepted as input, in minor units: ten trillion in a currency with two decimals.
/// Sums over all events of a contract, at any accepted rate, stay exact.
///
/// ```
/// use tieout_accounting::{Currency, Money};
/// let gbp = Currency::parse("GBP")?;
/// assert!(Money::parse_major("10000000000000.00", gbp).is_ok());
/// assert!(Money::parse_major("10000000000000.01", gbp).is_err());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub const MAX_AMOUNT_MINOR: i128 = 1_000_000_000_000_000;

/// An amount with its currency.
///
/// ```
/// use tieout_accounting::{Currency, Money};
/// let gbp = Currency::parse("GBP")?;
/// let price = Money::parse_major("1200.5", gbp)?;
/// assert_eq!(price.minor, 120_050);
/// assert_eq!(price.to_major_string(), "1200.50");
/// assert!(Money::parse_major("100.005", gbp).unwrap_err().to_string().contains("100.005"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: pence, cents, yen.
    pub minor: i64,
    /// The currency that they are units of.
    pub currency: Currency,
}

impl Money {
    /// An amount of minor units.
    ///
    /// ```
    /// use tieout_accounting::{Currency, Money};
    /// let gbp = Currency::parse("GBP")?;
    /// assert_eq!(Money::new(1_200_50, gbp).to_major_string(), "1200.50");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing of a currency.
    ///
    /// ```
    /// use tieout_accounting::{Currency, Money};
    /// let gbp = Currency::parse("GBP")?;
    /// assert_eq!(Money::zero(gbp).to_major_string(), "0.00");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Reads major units, for example "1200.00" or "-0.5".
    ///
    /// # Errors
    /// Not a decimal, more decimals than the currency has, or above [`MAX_AMOUNT_MINOR`]; the value is named. Never rounded.
    ///
    /// ```
    /// use tieout_accounting::{Currency, Money};
    /// let gbp = Currency::parse("GBP")?;
    /// assert_eq!(Money::parse_major("-0.5", gbp)?.minor, -50);
    /// assert!(Money::parse_major("0.005", gbp).is_err()); // never rounded
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn parse_major(text: &str, currency: Currency) -> Result<Self, Refusal> {
        let decimal = parse_decimal(text)?;
        let minor = minor_of(decimal, currency)?;
        Ok(Self {
            minor: i64::try_from(minor).map_err(|_| Refusal::too_large("amount", text))?,
            currency,
        })
    }

    /// Major units with exactly the currency's decimals.
    ///
    /// ```
    /// use tieout_accounting::{Currency, Money};
    /// let gbp = Currency::parse("GBP")?;
    /// assert_eq!(Money::new(-5, gbp).to_major_string(), "-0.05");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn to_major_string(self) -> String {
        major(i128::from(self.minor), self.currency)
    }

    /// The sum.
    ///
    /// # Errors
    /// Two currencies, or a sum beyond 64 bits.
    ///
    /// ```
    /// use tieout_accounting::{Currency, Money};
    /// let gbp = Currency::parse("GBP")?;
    /// assert_eq!(Money::new(1_00, gbp).checked_add(Money::new(50, gbp))?.minor, 1_50);
    /// assert!(Money::new(1_00, gbp).checked_add(Money::new(1_00, Currency::parse("USD")?)).is_err());
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn checked_add(self, other: Self) -> Result<Self, Refusal> {
        if self.currency != other.currency {
            return Err(Refusal::new(
                "sum",
                other.currency,
                format!("is added to {}", self.currency),
                "translate one of them first",
            ));
        }
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or_else(|| Refusal::too_large("sum", other.to_major_string()))?;
        Ok(Self {
            minor,
            currency: self.currency,
        })
    }

    /// The difference.
    ///
    /// # Errors
    /// As [`Money::checked_add`].
    ///
    /// ```
    /// use tieout_accounting::{Currency, Money};
    /// let gbp = Currency::parse("GBP")?;
    /// assert_eq!(Money::new(1_00, gbp).checked_sub(Money::new(1_50, gbp))?.minor, -50);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn checked_sub(self, other: Self) -> Result<Self, Refusal> {
        self.checked_add(other.checked_neg()?)
    }

    /// The opposite amount.
    ///
    /// # Errors
    /// The one amount that has no opposite in 64 bits.
    ///
    /// ```
    /// use tieout_accounting::{Currency, Money};
    /// let gbp = Currency::parse("GBP")?;
    /// assert_eq!(Money::new(1_00, gbp).checked_neg()?.minor, -1_00);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn checked_neg(self) -> Result<Self, Refusal> {
        let minor = self.minor.checked_neg().ok_or_else(|| Refusal::too_large("sum", self.minor))?;
        Ok(Self {
            minor,
            currency: self.currency,
        })
    }
}

/// How a half is rounded; everything else goes to the nearest.
///
/// ```
/// use tieout_accounting::{example::day, money::Rounding, schedule::daily};
/// // 0.01 over two months of 31 and 31 days: half a cent is earned at the end of the first.
/// let first = |rounding| {
///     let mut months = Vec::new();
///     daily::rows(1, day("2026-07-01"), day("2026-08-31"), rounding, |_, minor| months.push(minor));
///     months[0]
/// };
/// assert_eq!((first(Rounding::HalfAway), first(Rounding::HalfEven)), (1, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Rounding {
    /// Away from zero: 0.5 becomes 1, -0.5 becomes -1. The default.
    #[default]
    #[serde(rename = "away")]
    HalfAway,
    /// To the even neighbour: 0.5 becomes 0, 1.5 becomes 2.
    #[serde(rename = "even")]
    HalfEven,
}

/// Major units of an amount, with exactly the currency's decimals.
pub(crate) fn major(minor: i128, currency: Currency) -> String {
    let exponent = currency.exponent();
    let sign = if minor < 0 { "-" } else { "" };
    let digits = minor.unsigned_abs();
    if exponent == 0 {
        return format!("{sign}{digits}");
    }
    let unit = 10u128.pow(exponent);
    format!("{sign}{}.{:0width$}", digits / unit, digits % unit, width = exponent as usize)
}

/// Reads a plain decimal: no exponent, no plus sign, no separators.
pub(crate) fn parse_decimal(text: &str) -> Result<Decimal, Refusal> {
    let refuse = || {
        Refusal::new(
            "amount",
            text,
            "is not a decimal number",
            "write digits with a point, for example 1200.00",
        )
    };
    let body = text.strip_prefix('-').unwrap_or(text);
    let plain = !body.is_empty() && body.len() <= 40 && body.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain || body.starts_with('.') || body.ends_with('.') {
        return Err(refuse());
    }
    Decimal::from_str_exact(text).map_err(|_| refuse())
}

/// Whole minor units of a decimal amount in major units.
pub(crate) fn minor_of(decimal: Decimal, currency: Currency) -> Result<i128, Refusal> {
    let exponent = currency.exponent();
    let short = decimal.normalize();
    if short.scale() > exponent {
        let problem = format!("has more decimals than {currency}, which has {exponent}");
        return Err(Refusal::new(
            "amount",
            decimal,
            problem,
            "write it without the extra decimals; amounts are never rounded silently",
        ));
    }
    let minor = 10i128
        .checked_pow(exponent - short.scale())
        .and_then(|unit| short.mantissa().checked_mul(unit))
        .filter(|minor| minor.abs() <= MAX_AMOUNT_MINOR);
    minor.ok_or_else(|| Refusal::too_large("amount", decimal))
}
