//! Events that documents of the ledger report: invoices, payments, credit notes, refunds, write-offs.

use rust_decimal::Decimal;

use crate::Currency;
use crate::ids::{CreditNoteId, InvoiceId, ObligationId};

/// A line of an invoice or credit note, without tax, in major units.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "invoiced", "on": "2026-03-01", "invoice": "INV-1", "tax": "240.00",
///     "lines": [{"obligation": "plan", "amount": "1200.00"}]}))?;
/// let EventKind::Invoiced(invoiced) = event.kind else { unreachable!() };
/// assert_eq!((invoiced.lines[0].obligation.as_str(), invoiced.lines[0].amount), ("plan", 1200.into()));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentLine {
    /// What is billed.
    pub obligation: ObligationId,
    /// How much; a discount line is negative.
    pub amount: Decimal,
}

/// An invoice was issued.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "invoiced", "on": "2026-03-01", "invoice": "INV-1", "tax": "240.00",
///     "lines": [{"obligation": "plan", "amount": "1200.00"}]}))?;
/// let EventKind::Invoiced(invoiced) = event.kind else { unreachable!() };
/// assert_eq!((invoiced.invoice.as_str(), invoiced.tax), ("INV-1", Some(240.into())));
/// assert!(invoiced.unconditional); // due whatever happens, unless the event says otherwise
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "paid", "on": "2026-03-20", "invoice": "INV-1", "amount": "1440.00"}))?;
/// let EventKind::Paid(paid) = event.kind else { unreachable!() };
/// assert_eq!((paid.amount, paid.discount), (1440.into(), None));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "credited", "on": "2026-05-04", "credit_note": "CN-1", "invoice": "INV-1", "reason": "billing",
///     "lines": [{"obligation": "plan", "amount": "100.00"}]}))?;
/// let EventKind::Credited(credited) = event.kind else { unreachable!() };
/// assert_eq!(credited.reason, tieout_accounting::event::CreditReason::Billing); // the price stays
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "credited", "on": "2026-05-04", "credit_note": "CN-1", "invoice": "INV-1", "reason": "billing",
///     "lines": [{"obligation": "plan", "amount": "100.00"}]}))?;
/// let EventKind::Credited(credited) = event.kind else { unreachable!() };
/// assert_eq!((credited.credit_note.as_str(), credited.lines[0].amount), ("CN-1", 100.into()));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
    /// The first and last day of the service that a lower price is given for (606-10-32-40); none: all of each obligation.
    pub for_service: Option<(chrono::NaiveDate, chrono::NaiveDate)>,
    /// The rate that the ledger itself booked it at; else the invoice's.
    pub rate: Option<Decimal>,
}

/// Money went back to the customer.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "refunded", "on": "2026-10-15", "amount": "300.00"}))?;
/// let EventKind::Refunded(refunded) = event.kind else { unreachable!() };
/// assert_eq!(refunded.amount, 300.into());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "written_off", "on": "2026-12-31", "invoice": "INV-1", "amount": "0.03"}))?;
/// let EventKind::WrittenOff(written_off) = event.kind else { unreachable!() };
/// assert_eq!(written_off.amount.to_string(), "0.03");
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenOff {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much, tax included, in major units.
    pub amount: Decimal,
}
