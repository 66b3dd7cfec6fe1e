//! What a trace of a contract gives: workings, and the rates at which amounts were translated.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::Period;
use crate::ids::ObligationId;
use crate::journal::Role;

/// How a figure came about.
///
/// ```
/// use tieout_accounting::{example, Book, Contract, Currency};
/// let workings = Contract::workings(&"C1".into(), &example::events()?, &Book::new(Currency::parse("GBP")?))?;
/// assert_eq!((workings[1].period.to_string(), workings[1].amount), ("2026-02".into(), 100_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Working {
    /// Whose revenue.
    pub obligation: ObligationId,
    /// The period to which it belongs by its cause.
    pub period: Period,
    /// Minor units of the ledger's currency.
    pub amount: i128,
    /// The arithmetic, in the contract's currency.
    pub words: String,
    /// At which rates it was translated; empty where the contract is in the ledger's currency.
    pub translated: Vec<Translated>,
}

/// An amount of the contract's currency in the ledger's, with its rate.
///
/// ```
/// use tieout_accounting::contract::Translated;
/// let averaged = Translated { amount: 100_00, ledger: 81_00, rate: None }; // layers consumed in proportion
/// assert!(averaged.rate.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// Minor units of the contract's currency.
    pub amount: i128,
    /// The same in minor units of the ledger's currency.
    pub ledger: i128,
    /// None where several rates were averaged, or where no single rate applies.
    pub rate: Option<Rate>,
}

/// A rate, with its day and its source.
///
/// ```
/// use tieout_accounting::{contract::{Rate, RateSource}, example::day};
/// let rate = Rate { rate: "0.80".parse()?, on: day("2026-08-31"), source: RateSource::Closing };
/// assert_eq!(rate.rate.to_string(), "0.80");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// Ledger units for one unit of the contract's currency.
    pub rate: Decimal,
    /// The day for which it was used.
    pub on: NaiveDate,
    /// Whose rate it is.
    pub source: RateSource,
}

/// Whose rate it is, and what it was taken for.
///
/// ```
/// use tieout_accounting::contract::RateSource;
/// let booked = RateSource::Booked("INV-1".into());
/// assert_ne!(booked, RateSource::Table("INV-1".into())); // that one comes from the rates table
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateSource {
    /// The ledger booked the document of this number, or its payment, at this rate.
    Booked(String),
    /// The rates table: in force on the day of the document, or of its payment.
    Table(String),
    /// The rates table: in force on the day on which it was earned, before it was billed.
    Earned,
    /// The rates table: in force on the last day of the month.
    Closing,
    /// The rate of the signing, which the policy keeps for the whole contract.
    Signing,
}

/// A monetary balance at the closing rate of a month.
///
/// ```
/// use tieout_accounting::{contract::{Closing, Translated}, example::day, journal::Role};
/// let translated = Translated { amount: 100_00, ledger: 80_00, rate: None };
/// let closing = Closing { on: day("2026-08-31"), account: Role::Receivable, translated };
/// assert_eq!(closing.account.name(), "receivable");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The last day of the month.
    pub on: NaiveDate,
    /// What is translated: receivable, contract asset, accrued receivable or refund liability.
    pub account: Role,
    /// The balance at the closing rate.
    pub translated: Translated,
}

/// All that was worked out for a contract.
///
/// ```
/// assert!(tieout_accounting::contract::Trace::default().workings.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The arithmetic of each obligation and period in which revenue moved, in order of time.
    pub workings: Vec<Working>,
    /// Balances at closing rates, in order of time; empty where the contract is in the ledger's currency.
    pub closings: Vec<Closing>,
}
