//! Events that report what was delivered, used or expected.

use rust_decimal::Decimal;

use crate::ids::ObligationId;

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
