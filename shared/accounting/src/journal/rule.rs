//! The rules that entries and notes rest on, each with its paragraphs in US GAAP and in IFRS.
//!
//! Example: a release rests on 606-10-25-23 (IFRS 15.31): revenue is recognised as an obligation is satisfied.

/// A rule of the standards. This is the only list of paragraphs: a reason takes its own from here.
///
/// ```
/// use tieout_accounting::journal::Rule;
/// assert_eq!(Rule::Prospective.paragraph(), "ASC 606-10-25-13(a); IFRS 15.21(a)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Rule {
    // The contract and its price.
    /// Transaction price to obligations by stand-alone selling prices.
    Allocation,
    /// Expected value or most likely amount.
    ExpectedOrMostLikely,
    /// Variable consideration at inception, constrained.
    Estimate,
    /// A later estimate: reassessed, allocated on the basis of inception.
    ChangedEstimate,
    /// A price that is lower than agreed: a change of the transaction price.
    LowerPrice,
    /// A lower price for a part of the service.
    ServiceCredit,
    /// A discount for prompt payment.
    SettlementDiscount,
    /// Revenue of an agent is its commission.
    Agent,
    /// A material right that is exercised.
    RightExercised,
    /// A material right that expires.
    RightExpired,
    /// Interest on an advance.
    Financing,
    /// No interest within a year.
    FinancingExpedient,
    // Changes of the contract.
    SeparateContract,
    Prospective,
    CumulativeCatchUp,
    Mixed,
    /// Some obligations end, others remain.
    PartCancelled,
    /// No obligation remains.
    WholeCancelled,
    /// Whether a contract stands.
    Doubt,
    /// What is billed, not earned and not paid when a contract ends.
    UnpaidEnd,
    // Recognition and presentation.
    /// The position of a contract that is taken over.
    Opening,
    /// Revenue as obligations are satisfied, out of the contract liability.
    Release,
    /// The unearned part of invoices that the ledger codes to revenue.
    Deferral,
    /// Earned, billing depends on more than the passage of time.
    ContractAsset,
    /// Earned, only time has to pass before payment is due.
    UnbilledReceivable,
    /// An invoice: receivable against contract liability or asset.
    Invoice,
    /// An unpaid invoice of a cancellable contract before performance.
    CancellableInvoice,
    /// A credit note that changes the billing and not the price.
    BillingOnly,
    /// A credit note that documents a cancellation.
    CancellationCredit,
    // Cash and credit losses.
    /// A receivable is collected.
    Payment,
    /// An exchange difference between two days.
    ExchangeDifference,
    /// Money expected or promised to go back.
    RefundLiability,
    WriteOff,
    /// Cash for a receivable that was written off.
    Recovery,
    /// The unearned part of a receivable that was written off.
    UnearnedWriteOff,
    /// A monetary item at the closing rate.
    ClosingRate,
    // Closed periods.
    /// A fact that became known after its period was closed.
    LateFact,
    /// A late fact about an earlier year.
    EarlierYear,
    // Costs.
    PrepaidExpense,
    AccruedExpense,
    CostToObtain,
    CostAmortised,
    CostImpaired,
    // The group.
    Consolidation,
    GroupTranslation,
    /// The notes to the accounts.
    Disclosure,
}

impl Rule {
    /// The paragraphs: US GAAP first, then IFRS, separated by a semicolon. Where the codification has no paragraph, the
    /// Concepts Statement stands for it.
    ///
    /// ```
    /// use tieout_accounting::journal::Rule;
    /// assert_eq!(Rule::Payment.paragraph(), "ASC 606-10-45-4; IFRS 15.108, IFRS 9.3.2.3(a)");
    /// ```
    pub const fn paragraph(self) -> &'static str {
        match self {
            Self::Allocation => "ASC 606-10-32-28..35; IFRS 15.73-80",
            Self::ExpectedOrMostLikely => "ASC 606-10-32-8; IFRS 15.53",
            Self::Estimate => "ASC 606-10-32-5..13, 32-40; IFRS 15.50-58, 85",
            Self::ChangedEstimate => "ASC 606-10-32-14, 32-42..45; IFRS 15.59, 87-90",
            Self::LowerPrice => "ASC 606-10-32-42..45; IFRS 15.87-90",
            Self::ServiceCredit => "ASC 606-10-32-40, 32-44; IFRS 15.85, 89",
            Self::SettlementDiscount => "ASC 606-10-32-5..7, 32-42..45; IFRS 15.50-52, 87-90",
            Self::Agent => "ASC 606-10-55-36..40; IFRS 15.B34-B38",
            Self::RightExercised => "ASC 606-10-55-42..43; IFRS 15.B40-B41",
            Self::RightExpired => "ASC 606-10-55-42; IFRS 15.B40",
            Self::Financing => "ASC 606-10-32-15..20; IFRS 15.60-65",
            Self::FinancingExpedient => "ASC 606-10-32-18; IFRS 15.63",
            Self::SeparateContract => "ASC 606-10-25-12; IFRS 15.20",
            Self::Prospective => "ASC 606-10-25-13(a); IFRS 15.21(a)",
            Self::CumulativeCatchUp => "ASC 606-10-25-13(b); IFRS 15.21(b)",
            Self::Mixed => "ASC 606-10-25-13(c); IFRS 15.21(c)",
            Self::PartCancelled => "ASC 606-10-25-10, 25-13(a); IFRS 15.18, 21(a)",
            Self::WholeCancelled => "ASC 606-10-25-10, 25-13, 45-2; IFRS 15.18, 21, 106",
            Self::Doubt => "ASC 606-10-25-1, 25-6..8; IFRS 15.9, 14-16",
            Self::UnpaidEnd => "ASC 606-10-25-7..8, 25-13; IFRS 15.15-16",
            Self::Opening => "ASC 606-10-45-1..4; IFRS 15.105-108",
            Self::Release => "ASC 606-10-25-23, 25-31, 45-2; IFRS 15.31, 39, 106",
            Self::Deferral => "ASC 606-10-45-2; IFRS 15.106",
            Self::ContractAsset => "ASC 606-10-45-1, 45-3; IFRS 15.105, 107",
            Self::UnbilledReceivable => "ASC 606-10-45-4; IFRS 15.108",
            Self::Invoice => "ASC 606-10-45-1..2, 45-4; IFRS 15.105-106, 108",
            Self::CancellableInvoice => "ASC 606-10-45-2, 55-284; IFRS 15.106, IE198",
            Self::BillingOnly => "ASC 606-10-45-1, 45-3..4; IFRS 15.105, 107-108",
            Self::CancellationCredit => "ASC 606-10-25-10, 25-13, 45-2; IFRS 15.18, 21, 106",
            Self::Payment => "ASC 606-10-45-4; IFRS 15.108, IFRS 9.3.2.3(a)",
            Self::ExchangeDifference => "ASC 830-20-35-1..2; IAS 21.28",
            Self::RefundLiability => "ASC 606-10-32-10; IFRS 15.55",
            Self::WriteOff => "ASC 326-20-35-8; IFRS 9.5.4.4",
            Self::Recovery => "ASC 326-20-30-1, 35-8; IFRS 9.5.5.8",
            Self::UnearnedWriteOff => "ASC 606-10-45-2, 326-20-35-8; IFRS 15.106, IFRS 9.5.4.4",
            Self::ClosingRate => "ASC 830-20-35-1..2; IAS 21.23(a), 28",
            Self::LateFact => "ASC 250-10-45-17, 45-27; IAS 8.36, 41",
            Self::EarlierYear => "ASC 250-10-45-23..24; IAS 8.41-42",
            Self::PrepaidExpense => "ASC 340-10-05-4, 210-10-45-1; IAS 38.69-70",
            Self::AccruedExpense => "FASB Concepts Statement 8, chapter 4 (liabilities); IAS 37.11(b)",
            Self::CostToObtain => "ASC 340-40-25-1..4; IFRS 15.91-94",
            Self::CostAmortised => "ASC 340-40-35-1; IFRS 15.99",
            Self::CostImpaired => "ASC 340-40-35-3; IFRS 15.101-104",
            Self::Consolidation => "ASC 810-10-45-1; IFRS 10.B86(c)",
            Self::GroupTranslation => "ASC 830-30-45-3; IAS 21.39",
            Self::Disclosure => "ASC 606-10-50-8, 50-13, 210-10-45; IFRS 15.116, 120, IAS 1.69",
        }
    }
}
