//! The signing of a contract.

use rust_decimal::Decimal;

use super::ObligationTerms;
use crate::Currency;
use crate::ids::ObligationId;

/// The contract was signed.
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "signed", "on": "2026-01-01", "customer": "Acme",
///     "obligations": [{"id": "licence", "price": "800.00", "satisfied": "at_point"}, {"id": "setup", "price": "300.00", "satisfied": "at_point"}],
///     "bundles": [{"obligations": ["licence", "setup"], "price": "1000.00"}]}))?;
/// let EventKind::Signed(signed) = event.kind else { unreachable!() };
/// assert_eq!((signed.customer.as_deref(), signed.obligations.len()), (Some("Acme"), 2));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
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
///
/// ```
/// use tieout_accounting::event::{Event, EventKind};
/// let event = Event::from_value(serde_json::json!({"type": "signed", "on": "2026-01-01", "customer": "Acme",
///     "obligations": [{"id": "licence", "price": "800.00", "satisfied": "at_point"}, {"id": "setup", "price": "300.00", "satisfied": "at_point"}],
///     "bundles": [{"obligations": ["licence", "setup"], "price": "1000.00"}]}))?;
/// let EventKind::Signed(signed) = event.kind else { unreachable!() };
/// assert_eq!(signed.bundles[0].price, 1000.into()); // 100.00 less than the two alone: their discount
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The obligations.
    pub obligations: Vec<ObligationId>,
    /// Their price together, in major units.
    pub price: Decimal,
}
