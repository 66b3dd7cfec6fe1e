//! Events: what happened to a contract. The same events, as a file, are a story (FORMAT.md); in a table, the database.

mod obligation;
mod read;
mod reader;
mod write;

use chrono::NaiveDate;
use rust_decimal::Decimal;

pub use obligation::{ObligationTerms, Satisfied, Ssp};
pub(crate) use reader::Reader;

use crate::ids::{ContractId, CreditNoteId, InvoiceId, ObligationId};
use crate::{Currency, Period, Refusal};

/// One thing that happened.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let value = serde_json::json!({"type": "delivered", "on": "2026-02-10", "obligation": "training"});
/// let event = Event::from_value(value.clone())?;
/// assert!(matches!(event.kind, EventKind::Delivered(_)));
/// assert_eq!(event.to_value(), value);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The date on which it takes effect.
    pub on: NaiveDate,
    /// The date on which it was entered, when that is later.
    pub known_on: Option<NaiveDate>,
    /// The contract, where the event names it; else it follows from the obligation or invoice.
    pub contract: Option<ContractId>,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of events, in the order of FORMAT.md.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum EventKind {
    Signed(Signed),
    Invoiced(Invoiced),
    Paid(Paid),
    Credited(Credited),
    Refunded(Refunded),
    Modified(Modified),
    Cancelled(Cancelled),
    Delivered(Delivered),
    Progressed(Progressed),
    Used(Used),
    Estimated(Estimated),
    Exercised(ObligationId),
    Expired(ObligationId),
    WrittenOff(WrittenOff),
    PeriodClosed(Period),
    PeriodReopened(Period),
}

/// The contract was signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signed {
    /// Transaction currency; the ledger's when left out.
    pub currency: Option<Currency>,
    /// The whole price in major units; the sum of the obligations' when left out.
    pub price: Option<Decimal>,
    /// The customer may cancel without penalty.
    pub cancellable: bool,
    /// Yearly rate of a significant financing component.
    pub financing_rate: Option<Decimal>,
    /// Who the customer is: a dimension of journals.
    pub customer: Option<String>,
    /// The promises.
    pub obligations: Vec<ObligationTerms>,
    /// Observable prices of some obligations together.
    pub bundles: Vec<Bundle>,
}

/// An observable price of some obligations together: the discount is theirs alone (606-10-32-37).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The obligations.
    pub obligations: Vec<ObligationId>,
    /// Their price together, in major units.
    pub price: Decimal,
}

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

/// How a modification is accounted for (606-10-25-12, 25-13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// A contract of its own (25-12).
    Separate,
    /// The end of the old and the start of a new contract (25-13(a)).
    Prospective,
    /// Part of the existing contract, caught up at once (25-13(b)).
    CatchUp,
    /// Each obligation by its own rule (25-13(c)).
    Mixed,
}

/// What changes of an obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub obligation: ObligationId,
    /// Its new stated price.
    pub price: Option<Decimal>,
    /// New first day.
    pub start: Option<NaiveDate>,
    /// New last day.
    pub end: Option<NaiveDate>,
    /// New quantity of the whole.
    pub quantity: Option<Decimal>,
    /// Progress measured anew after the change.
    pub progress: Option<Decimal>,
    /// Stand-alone selling price of what remains, at the modification.
    pub ssp: Option<Decimal>,
}

/// The contract was modified; `on` is the first day under the new terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modified {
    /// Decided by hand; else the engine decides.
    pub treatment: Option<Treatment>,
    /// Who decided by hand, and why.
    pub decided: Option<String>,
    /// Change of the whole price, in major units.
    pub price_change: Decimal,
    /// Obligations added.
    pub add: Vec<ObligationTerms>,
    /// Obligations changed.
    pub change: Vec<Change>,
    /// Obligations removed.
    pub remove: Vec<ObligationId>,
}

/// The contract, or some of it, ends early; `on` is the first day without it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cancelled {
    /// Which obligations; all when left out.
    pub obligations: Option<Vec<ObligationId>>,
    /// Money that is to be given back, in major units.
    pub refund: Option<Decimal>,
}

/// Goods or services were delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Of which obligation.
    pub obligation: ObligationId,
    /// Units delivered now.
    pub quantity: Option<Decimal>,
    /// Share delivered now; without either, all of it.
    pub share: Option<Decimal>,
}

/// Progress was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progressed {
    /// Of which obligation.
    pub obligation: ObligationId,
    /// The cumulative share, 0 to 1.
    pub to: Decimal,
}

/// Something metered was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Of which obligation.
    pub obligation: ObligationId,
    /// Units used now.
    pub quantity: Option<Decimal>,
    /// Their price, where it does not follow from a unit price.
    pub amount: Option<Decimal>,
}

/// Variable consideration was estimated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimated {
    /// Of which obligation; the whole contract when left out.
    pub obligation: Option<ObligationId>,
    /// What is expected, in major units.
    pub variable: Option<Decimal>,
    /// The part that the constraint lets in; below zero, money expected to be given back.
    pub included: Decimal,
}

/// A receivable was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenOff {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much, tax included, in major units.
    pub amount: Decimal,
}

impl Event {
    /// An event that was known on the day on which it took effect.
    pub fn new(on: NaiveDate, kind: EventKind) -> Self {
        Self {
            on,
            known_on: None,
            contract: None,
            kind,
        }
    }

    /// Reads the JSON of FORMAT.md.
    ///
    /// # Errors
    /// Unknown keys, missing keys, values of the wrong kind; with the JSON place and the mend.
    pub fn from_value(value: serde_json::Value) -> Result<Self, Refusal> {
        read::event(&value, "")
    }

    /// Reads the JSON of FORMAT.md that stands at `place` of a larger document.
    ///
    /// # Errors
    /// As [`Event::from_value`].
    pub fn from_value_at(value: &serde_json::Value, place: &str) -> Result<Self, Refusal> {
        read::event(value, place)
    }

    /// The JSON of FORMAT.md; what is default is left out.
    pub fn to_value(&self) -> serde_json::Value {
        write::event(self)
    }

    /// The day from which it counts as known: the later of the two.
    pub fn known(&self) -> NaiveDate {
        self.known_on.map_or(self.on, |known| known.max(self.on))
    }
}

impl serde::Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::from_value(value).map_err(serde::de::Error::custom)
    }
}

impl EventKind {
    /// The name in stories.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signed(_) => "signed",
            Self::Invoiced(_) => "invoiced",
            Self::Paid(_) => "paid",
            Self::Credited(_) => "credited",
            Self::Refunded(_) => "refunded",
            Self::Modified(_) => "modified",
            Self::Cancelled(_) => "cancelled",
            Self::Delivered(_) => "delivered",
            Self::Progressed(_) => "progressed",
            Self::Used(_) => "used",
            Self::Estimated(_) => "estimated",
            Self::Exercised(_) => "exercised",
            Self::Expired(_) => "expired",
            Self::WrittenOff(_) => "written_off",
            Self::PeriodClosed(_) => "period_closed",
            Self::PeriodReopened(_) => "period_reopened",
        }
    }
}

impl Treatment {
    /// The name in stories.
    pub fn name(self) -> &'static str {
        match self {
            Self::Separate => "separate",
            Self::Prospective => "prospective",
            Self::CatchUp => "catch_up",
            Self::Mixed => "mixed",
        }
    }
}
