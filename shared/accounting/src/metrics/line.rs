//! A line of a contract as recurring revenue sees it: its price, its term, and what ended it.

use std::num::NonZeroU16;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::switches::Basis;
use crate::ids::{ContractId, CustomerId, ObligationId};
use crate::{Money, Refusal};

/// What a line is.
///
/// ```
/// use tieout_accounting::metrics::Recurrence;
/// assert_eq!(serde_json::to_string(&Recurrence::OneOff)?, "\"one_off\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    Subscription,
    /// The minimum that is paid of a metered service, whatever is used.
    Commitment,
    /// Metered, above any minimum.
    Usage,
    /// Set-up, training, hardware: never recurring.
    OneOff,
}

/// Whose line it is: what a figure is drilled down to.
///
/// ```
/// use tieout_accounting::metrics::LineKey;
/// let key = LineKey::new("Acme", "C1", "plan");
/// assert_eq!(key.obligation.as_str(), "plan");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineKey {
    pub customer: CustomerId,
    pub contract: ContractId,
    /// Unique within the contract, also among the terms of a renewed one.
    pub obligation: ObligationId,
}

impl LineKey {
    /// Customer, contract, obligation.
    ///
    /// ```
    /// use tieout_accounting::metrics::LineKey;
    /// assert_eq!(LineKey::new("Acme", "C1", "plan").to_string(), "Acme/C1/plan");
    /// ```
    pub fn new(customer: &str, contract: &str, obligation: &str) -> Self {
        Self {
            customer: customer.into(),
            contract: contract.into(),
            obligation: obligation.into(),
        }
    }
}

impl std::fmt::Display for LineKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}/{}", self.customer, self.contract, self.obligation)
    }
}

/// A unit of time that a price is for.
///
/// ```
/// use tieout_accounting::metrics::Interval;
/// assert_eq!(serde_json::to_string(&Interval::Week)?, "\"week\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    Day,
    Week,
    Month,
    Year,
}

/// Every so many intervals: `{ count: 3, interval: Month }` is a quarter.
///
/// ```
/// use std::num::NonZeroU16;
/// use tieout_accounting::metrics::{Every, Interval};
/// assert_eq!(Every::one(Interval::Month).count, NonZeroU16::MIN);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Every {
    pub count: NonZeroU16,
    pub interval: Interval,
}

impl Every {
    /// Every single one.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Every, Interval};
    /// assert_eq!(Every::one(Interval::Year).interval, Interval::Year);
    /// ```
    pub fn one(interval: Interval) -> Self {
        Self {
            count: NonZeroU16::MIN,
            interval,
        }
    }
}

/// The price of a line before its discounts, without tax.
///
/// ```
/// use tieout_accounting::{metrics::Price, Currency, Money};
/// let whole = Price::Term(Money::parse_major("1200.00", Currency::parse("GBP")?)?);
/// assert_eq!(whole.money().minor, 1_200_00);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// For the whole term, from its first to its last day as agreed: what ends it early does not change the month's price.
    Term(Money),
    /// For each interval.
    Each(Money, Every),
}

impl Price {
    /// The amount, whatever it is for.
    ///
    /// ```
    /// use tieout_accounting::{metrics::{Every, Interval, Price}, Currency, Money};
    /// let weekly = Price::Each(Money::parse_major("10.00", Currency::parse("GBP")?)?, Every::one(Interval::Week));
    /// assert_eq!(weekly.money().to_major_string(), "10.00");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn money(&self) -> Money {
        match self {
            Self::Term(money) | Self::Each(money, _) => *money,
        }
    }
}

/// How much a discount takes off.
///
/// ```
/// use tieout_accounting::metrics::Off;
/// assert_eq!(Off::Share("0.5".parse()?), Off::Share("0.50".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// Of the list price: 0 to 1.
    Share(Decimal),
    /// Minor units off the price, in its currency.
    Amount(i64),
}

/// A discount on the price of a line.
///
/// ```
/// use tieout_accounting::metrics::{Discount, Off};
/// let first_quarter = Discount { off: Off::Share("0.5".parse()?), months: Some(3) };
/// assert!(first_quarter.months.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    pub off: Off,
    /// For how many months from the start; `None`: for ever.
    pub months: Option<u16>,
}

/// A line of a contract.
///
/// ```
/// use tieout_accounting::metrics::{LineKey, Price, RecurringLine};
/// use tieout_accounting::{example::day, Currency, Money};
/// let price = Price::Term(Money::parse_major("4800.00", Currency::parse("GBP")?)?);
/// let mut line = RecurringLine::new(LineKey::new("Fir", "C1", "plan"), price, day("2026-01-10"), Some(day("2027-01-09")));
/// line.cancelled = Some(day("2026-05-01")); // 400.00 a month until April, not 1,459.73 over 3.7 months
/// assert!(line.check().is_ok());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecurringLine {
    pub key: LineKey,
    pub basis: Basis,
    pub recurrence: Recurrence,
    pub price: Price,
    pub discounts: Vec<Discount>,
    /// The day of the order, or of the invoice where the line is one of an invoice.
    pub signed: NaiveDate,
    /// First day of service.
    pub start: NaiveDate,
    /// Last day of service as agreed; `None`: until somebody ends it.
    pub end: Option<NaiveDate>,
    /// First day that is no longer served, where it ended before its agreed end.
    pub cancelled: Option<NaiveDate>,
    /// The day on which notice was given that it will end.
    pub notice: Option<NaiveDate>,
    /// Last day of a free trial, which counts apart.
    pub trial_end: Option<NaiveDate>,
    /// The line that this one renews or continues at another price. Signed on one day, both are steps of one ramp.
    pub follows: Option<LineKey>,
    /// Its renewal is expected: after its end it is lapsed for as long as the method allows.
    pub awaits_renewal: bool,
}

impl RecurringLine {
    /// A subscription of a contract, signed on its first day, that nothing has ended.
    ///
    /// ```
    /// use tieout_accounting::metrics::{LineKey, Price, Recurrence, RecurringLine};
    /// use tieout_accounting::{example::day, Currency, Money};
    /// let price = Price::Term(Money::parse_major("1200.00", Currency::parse("GBP")?)?);
    /// let line = RecurringLine::new(LineKey::new("Acme", "C1", "plan"), price, day("2026-01-01"), Some(day("2026-12-31")));
    /// assert_eq!((line.recurrence, line.signed), (Recurrence::Subscription, line.start));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn new(key: LineKey, price: Price, start: NaiveDate, end: Option<NaiveDate>) -> Self {
        Self {
            key,
            basis: Basis::Contract,
            recurrence: Recurrence::Subscription,
            price,
            discounts: Vec::new(),
            signed: start,
            start,
            end,
            cancelled: None,
            notice: None,
            trial_end: None,
            follows: None,
            awaits_renewal: false,
        }
    }

    /// Whether it can be.
    ///
    /// # Errors
    /// An end before the start, a price for a term without an end, a share of a discount outside 0 to 1; the value is named.
    ///
    /// ```
    /// use tieout_accounting::metrics::{LineKey, Price, RecurringLine};
    /// use tieout_accounting::{example::day, Currency, Money};
    /// let price = Price::Term(Money::parse_major("1200.00", Currency::parse("GBP")?)?);
    /// let line = RecurringLine::new(LineKey::new("Acme", "C1", "plan"), price, day("2026-01-01"), Some(day("2025-12-31")));
    /// assert!(line.check().unwrap_err().to_string().contains("2025-12-31"));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn check(&self) -> Result<(), Refusal> {
        let refuse = |value: &dyn std::fmt::Display, problem: String, fix: &str| {
            Err(Refusal::new(format!("line {}", self.key), value, problem, fix))
        };
        match (self.end, self.price) {
            (Some(end), _) if end < self.start => refuse(&end, format!("is before the start {}", self.start), "correct the dates"),
            (None, Price::Term(price)) => {
                let problem = "is the price of a term without an end".to_owned();
                refuse(
                    &price.to_major_string(),
                    problem,
                    "write the last day, or a price for each interval",
                )
            }
            _ => Ok(()),
        }?;
        for discount in &self.discounts {
            if let Off::Share(share) = discount.off
                && !(Decimal::ZERO..=Decimal::ONE).contains(&share)
            {
                return refuse(&share, "is not a share of the price".to_owned(), "write a number from 0 to 1");
            }
        }
        Ok(())
    }
}
