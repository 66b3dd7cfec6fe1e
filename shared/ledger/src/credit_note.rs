//! Credit notes to customers.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::document::{DocumentStatus, Line, NewLine};
use crate::ids::{AllocationId, ContactId, CreditNoteId, CurrencyCode, InvoiceId};
use crate::totals::Totals;

/// A draft credit note to be made; amounts are positive and exclusive of tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCreditNote {
    /// Our own deterministic number.
    pub number: String,
    /// What it refers to.
    pub reference: String,
    /// The customer.
    pub contact: ContactId,
    /// Its date.
    pub date: NaiveDate,
    /// The currency of its amounts.
    pub currency: CurrencyCode,
    /// Its lines, at least one.
    pub lines: Vec<NewLine>,
}

/// A part of a credit note to be set against an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAllocation {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much, in the document's currency, at most two decimals.
    pub amount: Decimal,
    /// The day of it.
    pub date: NaiveDate,
}

/// A credit note as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNote {
    /// Its id.
    pub id: CreditNoteId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub status: DocumentStatus,
    /// Its date.
    pub date: NaiveDate,
    /// The currency of all its amounts.
    pub currency: CurrencyCode,
    /// Units of the base currency for one unit of its currency; `None` where the ledger gave none.
    pub rate_to_base: Option<Decimal>,
    /// The lines, without tax; positive.
    pub sub_total: Decimal,
    /// The tax.
    pub total_tax: Decimal,
    /// Both.
    pub total: Decimal,
    /// What is not yet set against an invoice or paid back.
    pub remaining_credit: Decimal,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What it was set against.
    pub allocations: Vec<Allocation>,
    /// The customer.
    pub contact: ContactId,
    /// What it refers to.
    pub reference: String,
    /// The latest change by the ledger's clock.
    pub updated_at: DateTime<Utc>,
    /// Where people see it.
    pub link: String,
}

impl CreditNote {
    /// Its totals.
    pub fn totals(&self) -> Totals {
        Totals {
            sub_total: self.sub_total,
            total_tax: self.total_tax,
            total: self.total,
        }
    }
}

/// A part of a credit note that was set against an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// Its id, where the ledger gives one.
    pub id: Option<AllocationId>,
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much.
    pub amount: Decimal,
    /// The day of it.
    pub date: Option<NaiveDate>,
}

/// One row of a list of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNoteSummary {
    /// Its id.
    pub id: CreditNoteId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub status: DocumentStatus,
    /// The latest change.
    pub updated_at: DateTime<Utc>,
}
