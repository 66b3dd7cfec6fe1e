//! Events that documents of the ledger report: invoices, payments, credit notes, refunds, write-offs.

use rust_decimal::Decimal;

use crate::Currency;
use crate::ids::{CreditNoteId, InvoiceId, ObligationId};

/// A line of an invoice or credit note, without tax, in major units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentLine {
    /// What is billed.
    pub obligation: ObligationId,
    /// How much; a discount line is negative.
    pub amount: Decimal,
}

/// An invoice was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoiced {
    /// Its number.
    pub invoice: InvoiceId,
    /// Its currency; the contract's when left out, another is refused.
    pub currency: Option<Currency>,
    /// Its lines.
    pub lines: Vec<DocumentLine>,
    /// Tax on top, in major units.
    pub tax: Option<Decimal>,
    /// Whether the right to the money depends on nothing but time.
    pub unconditional: bool,
    /// The rate that the ledger itself booked it at; else the rates table.
    pub rate: Option<Decimal>,
}

/// Money came in for an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The money, in major units of the contract's currency.
    pub amount: Decimal,
    /// A discount taken for paying early.
    pub discount: Option<Decimal>,
    /// The rate that the ledger itself booked it at.
    pub rate: Option<Decimal>,
}

/// Why a credit note was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CreditReason {
    /// The price is lower: the earned share against revenue.
    Price,
    /// Only the billing changes.
    Billing,
    /// It documents a cancellation.
    Cancellation,
}

/// A credit note was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credited {
    /// Its number.
    pub credit_note: CreditNoteId,
    /// The invoice that it credits.
    pub invoice: InvoiceId,
    /// Its lines, as positive amounts.
    pub lines: Vec<DocumentLine>,
    /// Tax credited.
    pub tax: Option<Decimal>,
    /// Why.
    pub reason: CreditReason,
    /// The rate that the ledger itself booked it at; else the invoice's.
    pub rate: Option<Decimal>,
}

/// Money went back to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// How much, in major units.
    pub amount: Decimal,
    /// The invoice that it belongs to.
    pub invoice: Option<InvoiceId>,
    /// The rate that the ledger itself booked it at.
    pub rate: Option<Decimal>,
}

/// A receivable was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenOff {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much, tax included, in major units.
    pub amount: Decimal,
}
