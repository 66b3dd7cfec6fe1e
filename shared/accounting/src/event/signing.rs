//! The signing of a contract.

use rust_decimal::Decimal;

use super::ObligationTerms;
use crate::Currency;
use crate::ids::ObligationId;

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
