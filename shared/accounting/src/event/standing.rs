//! Events about the standing of a contract: it is in doubt, the doubt is settled, it is taken over from another system.

use rust_decimal::Decimal;

use super::ObligationTerms;
use crate::Currency;

/// From this day on nothing unbilled is recognised; what is invoiced goes on being released.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "doubted", "on": "2026-06-01", "reason": "the deal was reopened"}))?;
/// let EventKind::Doubted(doubted) = event.kind else { unreachable!() };
/// assert_eq!(doubted.reason, "the deal was reopened");
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubted {
    /// Why, for the person who settles it.
    pub reason: String,
}

/// How a doubt ended.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind, Settled};
/// let event = Event::from_value(serde_json::json!({"type": "settled", "on": "2026-08-01", "how": "kept"}))?;
/// assert_eq!(event.kind, EventKind::Settled(Settled::Kept));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settled {
    /// The contract stands: what was left out is recognised now.
    Kept,
    /// A `modified` of the same day says what it is now.
    Changed,
    /// A `cancelled` of the same day ends it.
    Ended,
}

impl Settled {
    /// Each with its name in stories.
    ///
    /// ```
    /// use tieout_accounting::event::Settled;
    /// assert!(Settled::ALL.iter().all(|(name, settled)| settled.name() == *name));
    /// ```
    pub const ALL: [(&'static str, Self); 3] = [("kept", Self::Kept), ("changed", Self::Changed), ("ended", Self::Ended)];

    /// The name in stories.
    ///
    /// ```
    /// assert_eq!(tieout_accounting::event::Settled::Kept.name(), "kept");
    /// ```
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, settled)| *settled == self)
            .map_or("kept", |(name, _)| name)
    }
}

/// The position of a contract on the day on which it is taken over from another system; it stands in place of a signing.
///
/// The balances are in major units of the ledger's currency, each as a positive amount of its natural side.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "opened", "on": "2026-07-01", "contract_liability": "600.00", "obligations":
///     [{"id": "plan", "price": "600.00", "start": "2026-07-01", "end": "2026-12-31"}]}))?;
/// let EventKind::Opened(opened) = event.kind else { unreachable!() };
/// assert_eq!((opened.contract_liability, opened.receivable), (600.into(), 0.into()));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// The contract's currency; the ledger's when left out.
    pub currency: Option<Currency>,
    /// The customer: a dimension of journals.
    pub customer: Option<String>,
    /// What remains: the price that is not yet recognised, and the dates and methods of the rest. A `start` before the opening only
    /// says from which day the method counts its months.
    pub obligations: Vec<ObligationTerms>,
    /// Billed and not earned.
    pub contract_liability: Decimal,
    /// Earned and not billed.
    pub contract_asset: Decimal,
    /// Billed and not paid, with tax.
    pub receivable: Decimal,
}
