//! Currencies: ISO 4217 codes and their decimals.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Refusal;

/// An ISO 4217 currency.
///
/// ```
/// use tieout_accounting::Currency;
/// assert_eq!(Currency::parse("KWD")?.exponent(), 3);
/// assert!(Currency::parse("XYZ").unwrap_err().to_string().contains("XYZ"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads a three-letter code.
    ///
    /// # Errors
    /// A code that ISO 4217 does not have, or one without minor units (gold, test codes).
    ///
    /// ```
    /// use tieout_accounting::Currency;
    /// assert_eq!(Currency::parse("JPY")?.code(), "JPY");
    /// assert!(Currency::parse("XAU").is_err()); // gold is no money
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn parse(code: &str) -> Result<Self, Refusal> {
        let refuse = |problem: &str| Refusal::new("currency", code, problem, "write an ISO 4217 code such as GBP");
        let currency = iso_currency::Currency::from_code(code).ok_or_else(|| refuse("is not a currency"))?;
        if currency.exponent().is_none() {
            return Err(refuse("is not a currency in which money is kept"));
        }
        Ok(Self(currency))
    }

    /// Decimals of the minor unit: 2 for GBP, 0 for JPY, 3 for KWD.
    ///
    /// ```
    /// use tieout_accounting::Currency;
    /// assert_eq!((Currency::parse("GBP")?.exponent(), Currency::parse("JPY")?.exponent()), (2, 0));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }

    /// The three letters.
    ///
    /// ```
    /// use tieout_accounting::Currency;
    /// assert_eq!(Currency::parse("EUR")?.code(), "EUR");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
