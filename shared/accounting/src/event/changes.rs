//! Events that change the contract: modified, cancelled.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::ObligationTerms;
use crate::ids::ObligationId;

/// How a modification is accounted for (606-10-25-12, 25-13).
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "modified", "on": "2026-07-01", "price_change": "100.00", "treatment": "catch_up"}))?;
/// let EventKind::Modified(modified) = event.kind else { unreachable!() };
/// assert_eq!(modified.treatment.map(|treatment| treatment.name()), Some("catch_up"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "modified", "on": "2026-07-01", "price_change": "0.00",
///     "change": [{"obligation": "plan", "end": "2027-06-30"}]}))?;
/// let EventKind::Modified(modified) = event.kind else { unreachable!() };
/// assert_eq!(modified.change[0].end.map(|end| end.to_string()).as_deref(), Some("2027-06-30"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "modified", "on": "2026-07-01", "price_change": "600.00",
///     "add": [{"id": "seats", "price": "600.00", "start": "2026-07-01", "end": "2026-12-31"}]}))?;
/// let EventKind::Modified(modified) = event.kind else { unreachable!() };
/// assert_eq!((modified.price_change, modified.add.len()), (600.into(), 1));
/// assert!(modified.treatment.is_none()); // the engine decides: at its selling price, a contract of its own
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "cancelled", "on": "2026-10-01", "refund": "300.00"}))?;
/// let EventKind::Cancelled(cancelled) = event.kind else { unreachable!() };
/// assert_eq!(cancelled.refund, Some(300.into()));
/// assert!(cancelled.obligations.is_none()); // all of them
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cancelled {
    /// Which obligations; all when left out.
    pub obligations: Option<Vec<ObligationId>>,
    /// Money that is to be given back, in major units.
    pub refund: Option<Decimal>,
    /// Whether what is unpaid is still enforceable and expected to be paid.
    pub owed: bool,
}

impl Treatment {
    /// The name in stories.
    ///
    /// ```
    /// use tieout_accounting::event::Treatment;
    /// assert_eq!(Treatment::Prospective.name(), "prospective");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Separate => "separate",
            Self::Prospective => "prospective",
            Self::CatchUp => "catch_up",
            Self::Mixed => "mixed",
        }
    }
}
