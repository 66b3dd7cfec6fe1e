//! Accounts by their role; the deployment maps each role to an account of the ledger.

use serde::{Deserialize, Serialize};

/// The role of an account.
///
/// ```
/// use tieout_accounting::journal::Role;
/// assert_eq!(Role::ContractLiability.to_string(), "contract_liability");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Role {
    Receivable,
    ContractLiability,
    ContractAsset,
    AccruedReceivable,
    Revenue,
    RefundLiability,
    Refunds,
    Tax,
    Cash,
    Clearing,
    Fx,
    CreditLoss,
    Expense,
    Prepaid,
    AccruedExpense,
    /// The asset from the costs to obtain a contract (340-40-25-1).
    CostToObtain,
    /// Owed by another entity of the group, which invoiced what this one delivers.
    IcReceivable,
    /// Owed to another entity of the group, which delivers what this one invoiced.
    IcPayable,
    /// Owed as service on behalf of another entity of the group.
    IcContractLiability,
    /// Revenue from another entity of the group.
    IcRevenue,
}

impl Role {
    /// All roles with their names in stories.
    ///
    /// ```
    /// use tieout_accounting::journal::Role;
    /// assert!(Role::ALL.contains(&("revenue", Role::Revenue)));
    /// ```
    pub const ALL: [(&'static str, Self); 20] = [
        ("receivable", Self::Receivable),
        ("contract_liability", Self::ContractLiability),
        ("contract_asset", Self::ContractAsset),
        ("accrued_receivable", Self::AccruedReceivable),
        ("revenue", Self::Revenue),
        ("refund_liability", Self::RefundLiability),
        ("refunds", Self::Refunds),
        ("tax", Self::Tax),
        ("cash", Self::Cash),
        ("clearing", Self::Clearing),
        ("fx", Self::Fx),
        ("credit_loss", Self::CreditLoss),
        ("expense", Self::Expense),
        ("prepaid", Self::Prepaid),
        ("accrued_expense", Self::AccruedExpense),
        ("cost_to_obtain", Self::CostToObtain),
        ("ic_receivable", Self::IcReceivable),
        ("ic_payable", Self::IcPayable),
        ("ic_contract_liability", Self::IcContractLiability),
        ("ic_revenue", Self::IcRevenue),
    ];

    /// The name in stories.
    ///
    /// ```
    /// use tieout_accounting::journal::Role;
    /// assert_eq!(Role::CreditLoss.name(), "credit_loss");
    /// ```
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, role)| *role == self).map_or("", |(name, _)| name)
    }

    /// Whether its natural side is the credit: liabilities, revenue, tax owed.
    ///
    /// ```
    /// use tieout_accounting::journal::Role;
    /// assert!(Role::Revenue.is_credit() && !Role::Receivable.is_credit());
    /// ```
    pub fn is_credit(self) -> bool {
        matches!(
            self,
            Self::ContractLiability
                | Self::Revenue
                | Self::RefundLiability
                | Self::Tax
                | Self::Clearing
                | Self::Fx
                | Self::AccruedExpense
                | Self::IcPayable
                | Self::IcContractLiability
                | Self::IcRevenue
        )
    }

    /// Reads the name.
    ///
    /// ```
    /// use tieout_accounting::journal::Role;
    /// assert_eq!((Role::parse("tax"), Role::parse("taxes")), (Some(Role::Tax), None));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, role)| *role)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(self.name())
    }
}
