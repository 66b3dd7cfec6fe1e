//! Events that report what was delivered, used or expected.

use rust_decimal::Decimal;

use super::{Basis, Outcome};
use crate::ids::ObligationId;

/// Goods or services were delivered.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "delivered", "on": "2026-04-10", "obligation": "licences", "quantity": "60"}))?;
/// let EventKind::Delivered(delivered) = event.kind else { unreachable!() };
/// assert_eq!((delivered.quantity, delivered.share), (Some(60.into()), None));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "progressed", "on": "2026-06-30", "obligation": "project", "to": "0.40"}))?;
/// let EventKind::Progressed(progressed) = event.kind else { unreachable!() };
/// assert_eq!(progressed.to.to_string(), "0.40"); // of the whole, to date
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progressed {
    /// Of which obligation.
    pub obligation: ObligationId,
    /// The cumulative share, 0 to 1.
    pub to: Decimal,
}

/// Something metered was used.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "used", "on": "2026-06-30", "obligation": "calls", "quantity": "12000"}))?;
/// let EventKind::Used(used) = event.kind else { unreachable!() };
/// assert_eq!((used.quantity, used.amount), (Some(12000.into()), None));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "estimated", "on": "2026-01-01", "obligation": "plan", "variable": "200.00", "included": "150.00"}))?;
/// let EventKind::Estimated(estimated) = event.kind else { unreachable!() };
/// assert_eq!(estimated.included, 150.into()); // what the constraint lets in
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimated {
    /// Of which obligation; the whole contract when left out.
    pub obligation: Option<ObligationId>,
    /// What is expected, in major units.
    pub variable: Option<Decimal>,
    /// The outcomes from which the estimate follows.
    pub outcomes: Vec<Outcome>,
    /// How it follows from them.
    pub basis: Basis,
    /// The part that the constraint lets in; below zero, money expected to be given back.
    pub included: Decimal,
}
