//! A deal, independent of the CRM, and what is pushed back about its invoice.

mod fingerprint;
mod numbers;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::ids::RecordId;
pub use tieout_platform::config::DealKind;
use tieout_platform::config::{Frequency, Timing};

/// A deal with its customer and lines, as it was when it was read. Amounts are exact decimals in units of `currency`, unrounded.
///
/// Serialised it is what rules see as `deal`; see [`Deal::facts`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deal {
    /// Its id in the CRM.
    pub id: RecordId,
    pub name: String,
    /// Its stage, as the CRM calls it.
    pub stage: String,
    pub is_won: bool,
    /// Closed, won or lost.
    pub is_closed: bool,
    /// The day on which it was, or is to be, closed.
    pub close_date: NaiveDate,
    /// The CRM's own total, where there is one.
    pub amount: Option<Decimal>,
    /// ISO 4217 code of all its amounts, as the CRM has it: not checked against the list here.
    pub currency: String,
    /// What the deal does to a contract.
    pub kind: DealKind,
    /// The CRM's own word for it.
    pub kind_value: Option<String>,
    /// The earlier deal whose contract it changes, continues or ends.
    pub amends: Option<RecordId>,
    /// The first day under the new terms.
    pub effective: Option<NaiveDate>,
    /// Whether its lines are all that the customer has from that day on, and not the difference; of a change only.
    pub restates: bool,
    /// What the CRM says of its approval.
    pub approval: Option<String>,
    /// Whether it may be booked by that.
    pub is_approved: bool,
    /// How it is billed.
    pub billing: DealBilling,
    /// The customer; `None` where the deal names none, which only matters once it is won.
    pub account: Option<Customer>,
    /// The user who owns it.
    pub owner: Option<RecordId>,
    /// When it was last changed, by a person or by the CRM itself; versions are compared by this.
    pub system_modstamp: DateTime<Utc>,
    /// Its lines, in the CRM's order.
    pub lines: Vec<DealLine>,
}

/// How a deal says that it is billed. A word of the CRM without a meaning is one that `tieout.toml` does not name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DealBilling {
    /// How often; `None` where the deal does not say it.
    pub frequency: Option<Frequency>,
    /// The CRM's own word for it.
    pub frequency_value: Option<String>,
    /// On which side of a period; `None` where the deal does not say it.
    pub timing: Option<Timing>,
    /// The CRM's own word for it.
    pub timing_value: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Customer {
    /// The account; the ledger's contact carries it as its number.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// The country of its billing address, as the CRM has it: a code or a name.
    pub country: Option<String>,
}

/// One product of a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DealLine {
    /// The line.
    pub id: RecordId,
    pub product_code: Option<String>,
    pub product_name: String,
    /// What the seller wrote about it.
    pub description: Option<String>,
    /// May be negative; such a line is parked for a person.
    pub quantity: Decimal,
    /// The price of one, before the discount.
    pub unit_price: Decimal,
    /// The line's total after discount, as the CRM computed it.
    pub total_price: Decimal,
    /// The discount in percent.
    pub discount: Option<Decimal>,
    /// The first day of service.
    pub start: Option<NaiveDate>,
    /// The last day of service.
    pub end: Option<NaiveDate>,
    /// The term in whole months.
    #[serde(serialize_with = "numbers::as_text")]
    pub term_months: Option<u32>,
    /// The line's place in the deal.
    #[serde(serialize_with = "numbers::as_text")]
    pub sort_order: Option<u32>,
}

impl Deal {
    /// The deal as a JSON value for rules: field names as here, dates as `2026-11-30`, absent values as `null`, numbers as JSON
    /// numbers exactly as the CRM gave them. A rule writes `deal.amount > 10000`.
    pub fn facts(&self) -> serde_json::Value {
        // Nothing in a deal can fail to become JSON: all keys are text and no number is a float.
        let mut facts = serde_json::to_value(self).unwrap_or_default();
        numbers::from_text(&mut facts);
        facts
    }

    /// SHA-256, in hexadecimal, over what booking depends on: won or not, kind, account, currency, dates, amount and lines.
    /// A deal that was edited after booking has another one; names, descriptions and the order of lines do not count.
    pub fn fingerprint(&self) -> String {
        fingerprint::of(self)
    }
}

/// What is pushed to the CRM about a deal's invoice. Amounts are exact, in `currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceFacts {
    pub number: String,
    /// The text of an [`InvoiceStatus`].
    pub status: String,
    /// What is still to be paid.
    pub amount_due: Decimal,
    /// What was paid.
    pub amount_paid: Decimal,
    /// ISO 4217; not written, since the amounts stand in fields of the deal's own currency.
    pub currency: String,
    /// Where the invoice is seen in the ledger.
    pub link: String,
}

/// The status of an invoice, as salespeople see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvoiceStatus {
    /// Not yet authorised by finance.
    Draft,
    /// Authorised, nothing paid.
    Authorised,
    /// Something paid, something due.
    PartPaid,
    /// Nothing due.
    Paid,
    /// Reversed by a credit note.
    Credited,
    /// Void or deleted.
    Voided,
}

impl InvoiceStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Authorised => "Authorised",
            Self::PartPaid => "Part paid",
            Self::Paid => "Paid",
            Self::Credited => "Credited",
            Self::Voided => "Voided",
        }
    }
}

impl std::fmt::Display for InvoiceStatus {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
