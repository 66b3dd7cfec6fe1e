//! The cases of journal entries (docs/accounting.md, "Journals").

use serde::{Deserialize, Serialize};

/// Why an entry is made.
///
/// ```
/// use tieout_accounting::journal::Case;
/// let plan = tieout_accounting::example::annual_plan()?;
/// let cases: Vec<Case> = plan.entries().iter().take(3).map(|entry| entry.case).collect();
/// assert_eq!(cases, [Case::Accrual, Case::Reversal, Case::Accrual]); // January, reversed on 1 February, February
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// An invoice: Dr receivable / Cr contract liability (or revenue, by the policy's coding) / Cr tax.
    Invoice,
    /// A payment: Dr cash / Cr receivable, the difference of rates to FX.
    Payment,
    /// A credit note: an invoice reversed, in whole or in part, at the invoice's rate.
    CreditNote,
    /// Cash returned: Dr refund liability or receivable / Cr cash.
    Refund,
    /// A receivable that will not be collected: Dr credit loss / Cr receivable.
    WriteOff,
    /// A receivable at the closing rate, reversed on the next day.
    ReceivableRevaluation,
    /// Month-end release: Dr contract liability / Cr revenue.
    Release,
    /// Invoices coded to revenue: Dr revenue / Cr contract liability for the unearned part, and back as it is earned.
    Reclass,
    /// Service before invoice: Dr contract asset or accrued receivable / Cr revenue, reversed on the next day.
    Accrual,
    /// Contract asset at the closing rate, reversed on the next day.
    Revaluation,
    /// Unpaid invoice, cancellable and unperformed: Dr contract liability / Cr receivable, reversed on the next day.
    Presentation,
    /// Money that is expected or promised to be returned: Dr contract liability / Cr refund liability.
    RefundLiability,
    /// The unearned part of a receivable that was written off: Dr contract liability / Cr credit loss.
    UnearnedLoss,
    /// Cash for a receivable that was written off: Dr receivable / Cr credit loss.
    Recovery,
    /// Interest on an advance: Dr expense / Cr contract liability.
    Financing,
    /// A supplier's bill: Dr prepaid / Cr clearing.
    Bill,
    /// The served part of a cost: Dr expense / Cr prepaid or cost to obtain.
    CostRelease,
    /// A commission: Dr cost to obtain (or expense) / Cr accrued expense.
    Commission,
    /// Less of a commission can be recovered than is carried: Dr expense / Cr cost to obtain.
    Impairment,
    /// One entity invoices, another delivers: Dr contract liability / Cr intercompany payable, and the same with the sides exchanged in the other's books.
    Intercompany,
    /// The pair between two entities, on consolidation.
    Elimination,
    /// The reversal of an accrual, revaluation or presentation, on the first day of the next period.
    Reversal,
    /// A late fact about a closed period: same accounts, posted in the first open period.
    CatchUp,
}

impl Case {
    /// Made by the ledger itself when the invoice, credit note, payment or write-off is entered there; the others are ours, at month-end.
    ///
    /// ```
    /// use tieout_accounting::journal::Case;
    /// assert!(Case::Invoice.is_document() && !Case::Release.is_document());
    /// ```
    pub fn is_document(self) -> bool {
        matches!(
            self,
            Self::Invoice | Self::Payment | Self::CreditNote | Self::Refund | Self::WriteOff | Self::Bill | Self::ReceivableRevaluation
        )
    }

    /// The name, in words.
    ///
    /// ```
    /// use tieout_accounting::journal::Case;
    /// assert_eq!(Case::CatchUp.words(), "catch-up");
    /// ```
    pub fn words(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Payment => "payment",
            Self::CreditNote => "credit note",
            Self::Refund => "refund",
            Self::WriteOff => "write-off",
            Self::ReceivableRevaluation => "receivable revaluation",
            Self::Release => "release",
            Self::Reclass => "reclass",
            Self::Accrual => "accrual",
            Self::Revaluation => "revaluation",
            Self::Presentation => "presentation",
            Self::RefundLiability => "refund liability",
            Self::UnearnedLoss => "unearned loss",
            Self::Recovery => "recovery",
            Self::Financing => "financing",
            Self::Bill => "bill",
            Self::CostRelease => "cost release",
            Self::Commission => "commission",
            Self::Impairment => "impairment",
            Self::Intercompany => "intercompany",
            Self::Elimination => "elimination",
            Self::Reversal => "reversal",
            Self::CatchUp => "catch-up",
        }
    }
}
