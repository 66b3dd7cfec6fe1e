//! Sales invoices.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::document::{DocumentStatus, Line, NewLine};
use crate::ids::{ContactId, CreditNoteId, CurrencyCode, InvoiceId, PaymentId};
use crate::totals::Totals;

/// A draft invoice to be made; amounts are exclusive of tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvoice {
    /// Our own deterministic number: a second creation under it is refused.
    pub number: String,
    /// Our key of it: what shows that a document under this number is the one that was sent.
    pub key: String,
    /// The address of the order that it bills, for who reads it in the ledger.
    pub order_url: String,
    /// What the customer is to quote; also where people find the deal.
    pub reference: String,
    /// The customer.
    pub contact: ContactId,
    /// The invoice's date.
    pub date: NaiveDate,
    /// When it is to be paid.
    pub due_date: NaiveDate,
    /// The currency of its amounts.
    pub currency: CurrencyCode,
    /// Its lines, at least one.
    pub lines: Vec<NewLine>,
}

/// An invoice as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// Its number; people may change it while it is a draft.
    pub number: String,
    /// Where it stands.
    pub status: DocumentStatus,
    /// Its date.
    pub date: NaiveDate,
    /// When it is to be paid.
    pub due_date: Option<NaiveDate>,
    /// The currency of all its amounts.
    pub currency: CurrencyCode,
    /// Units of the base currency for one unit of its currency, as the ledger booked it; `None` where the ledger gave none.
    pub rate_to_base: Option<Decimal>,
    /// The lines, without tax.
    pub sub_total: Decimal,
    /// The tax.
    pub total_tax: Decimal,
    /// Both.
    pub total: Decimal,
    /// What is still to be paid.
    pub amount_due: Decimal,
    /// What was paid in money, prepayments and overpayments that were set against it included.
    pub amount_paid: Decimal,
    /// What was settled by credit notes.
    pub amount_credited: Decimal,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Payments set against it; prepayments and overpayments among them, under their own ids.
    pub payments: Vec<Payment>,
    /// Credit notes set against it.
    pub credit_notes: Vec<AppliedCredit>,
    /// The customer.
    pub contact: ContactId,
    /// What the customer is to quote.
    pub reference: String,
    /// Our key, where the document bears one: [`NewInvoice::key`].
    pub key: Option<String>,
    /// The latest change by the ledger's clock; an older version never overwrites a newer one.
    pub updated_at: DateTime<Utc>,
    /// Where people see it.
    pub link: String,
}

impl Invoice {
    /// Its totals, to compare with [`Ledger::totals`](crate::Ledger::totals).
    pub fn totals(&self) -> Totals {
        Totals {
            sub_total: self.sub_total,
            total_tax: self.total_tax,
            total: self.total,
        }
    }
}

/// Money that a customer paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// When it was paid.
    pub date: NaiveDate,
    /// How much, in the invoice's currency.
    pub amount: Decimal,
    /// Units of the base currency for one unit of the invoice's, on that day.
    pub rate_to_base: Option<Decimal>,
}

/// A part of a credit note that was set against an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedCredit {
    /// The credit note.
    pub id: CreditNoteId,
    /// Its number.
    pub number: String,
    /// The date of the credit note.
    pub date: Option<NaiveDate>,
    /// How much, in the invoice's currency.
    pub applied_amount: Decimal,
}

/// One row of a list of changes; read the invoice itself for more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceSummary {
    /// Its id.
    pub id: InvoiceId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub status: DocumentStatus,
    /// The latest change.
    pub updated_at: DateTime<Utc>,
}
