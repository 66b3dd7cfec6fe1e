//! Reasons: what an auditor asks for, the rule, its paragraph and the arithmetic.

use serde::Serialize;

use super::Case;

/// Why a figure is what it is.
///
/// ```
/// let plan = tieout_accounting::example::annual_plan()?;
/// let reason = &plan.entries()[0].reason;
/// assert!(reason.words.contains("not yet billed") && reason.paragraph.contains("606-10-45-3"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// In words.
    pub words: std::borrow::Cow<'static, str>,
    /// Where the rule stands.
    pub paragraph: &'static str,
}

impl Reason {
    /// A reason with its own words.
    ///
    /// ```
    /// use tieout_accounting::journal::Reason;
    /// assert_eq!(Reason::new("three months free", "ASC 606-10-32-27").words, "three months free");
    /// ```
    pub fn new(words: impl Into<std::borrow::Cow<'static, str>>, paragraph: &'static str) -> Self {
        Self {
            words: words.into(),
            paragraph,
        }
    }

    /// The reason of a row of the journal table.
    ///
    /// ```
    /// use tieout_accounting::journal::{Case, Reason};
    /// assert!(Reason::of(Case::WriteOff).paragraph.contains("326-20"));
    /// ```
    pub fn of(case: Case) -> Self {
        let (words, paragraph) = match case {
            Case::Invoice => (
                "the right to the money is unconditional when the invoice is due or paid; what is not yet earned is owed as service",
                "ASC 606-10-45-1, 45-4; IFRS 15.105-108",
            ),
            Case::Payment => (
                "the receivable is settled; the difference between the rates of the two days is a realised exchange difference",
                "ASC 830-20-35-1; IAS 21.28",
            ),
            Case::CreditNote => ("a credit note mirrors its invoice, at the invoice's rate", "ASC 606-10-32-42..45"),
            Case::Refund => ("money goes back to the customer", "ASC 606-10-32-10; IFRS 15.55"),
            Case::WriteOff => (
                "a receivable that will not be paid is a credit loss, not less revenue",
                "ASC 326-20; IFRS 9 5.5",
            ),
            Case::ReceivableRevaluation | Case::Revaluation => (
                "a monetary item stands at the closing rate; reversed, then revalued anew each month",
                "ASC 830-20-35-1; IAS 21.23(a), 28",
            ),
            Case::Release => (
                "what was earned in the period leaves the contract liability",
                "ASC 606-10-25-31, 45-2; IFRS 15.39, 106",
            ),
            Case::Reclass => (
                "the ledger's invoice is coded to revenue; its unearned part belongs to the contract liability",
                "ASC 606-10-45-2; IFRS 15.106",
            ),
            Case::Accrual => (
                "earned and not yet billed; taken back on the next day and computed anew",
                "ASC 606-10-45-3..4; IFRS 15.107-108",
            ),
            Case::Presentation => (
                "an unpaid invoice of an unperformed contract that can be cancelled is neither a receivable nor a liability",
                "ASC 606-10-45-2, Example 38 case A",
            ),
            Case::RefundLiability => (
                "money that is expected to go back is a liability of its own",
                "ASC 606-10-32-10; IFRS 15.55",
            ),
            Case::Recovery => (
                "a receivable that was given up is paid after all: the loss is smaller",
                "ASC 326-20-35-8; IFRS 9.5.5.8",
            ),
            Case::UnearnedLoss => (
                "the unearned part of a receivable given up was never revenue: it leaves the contract liability",
                "ASC 326-20; ASC 606-10-45-2",
            ),
            Case::Financing => (
                "an advance carries interest from payment to transfer",
                "ASC 606-10-32-15..20; IFRS 15.60-65",
            ),
            Case::Reversal => ("mirror of the entry of the day before", "accounting.md 2.4"),
            Case::CatchUp => (
                "the fact became known after its period was closed; it is posted in the first open one",
                "accounting.md 2.6",
            ),
            Case::Bill | Case::CostRelease | Case::Commission | Case::Impairment | Case::Intercompany | Case::Elimination => beside(case),
        };
        Self::new(words, paragraph)
    }
}

/// The reasons of costs and of the group.
fn beside(case: Case) -> (&'static str, &'static str) {
    match case {
        Case::Bill => (
            "a bill for a service that is still to be received is a prepayment",
            "ASC 340-10-05-4; IAS 38.70",
        ),
        Case::CostRelease => (
            "the part of the cost whose service was received in the period",
            "ASC 340-40-35-1; IFRS 15.99",
        ),
        Case::Commission => (
            "a commission that would not have been paid without the contract is the cost of obtaining it",
            "ASC 340-40-25-1..4; IFRS 15.91-94",
        ),
        Case::Impairment => (
            "the cost of obtaining a contract is carried at most at what the contract still brings in",
            "ASC 340-40-35-3; IFRS 15.101-104",
        ),
        Case::Intercompany => (
            "who delivers gets the transfer price of what the other invoiced",
            "ASC 810-10-45-1; IFRS 10.B86",
        ),
        Case::Elimination => (
            "balances and margins between entities of a group are not the group's",
            "ASC 810-10-45-1; IFRS 10.B86(c)",
        ),
        _ => ("", ""),
    }
}
