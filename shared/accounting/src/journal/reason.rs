//! Reasons: what an auditor asks for, the rule, its paragraph and the arithmetic.

use std::borrow::Cow;

use serde::Serialize;

use super::{Case, Line, Role, Rule};
use crate::event::CreditReason;

/// Why a figure is what it is.
///
/// ```
/// let plan = tieout_accounting::example::annual_plan()?;
/// let reason = &plan.entries()[0].reason;
/// assert!(reason.words.contains("not yet billed") && reason.paragraph.contains("45-3"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// A sentence for a controller.
    pub words: Cow<'static, str>,
    /// Where the rule stands, US GAAP and IFRS, as [`Rule::paragraph`] writes it.
    pub paragraph: &'static str,
}

impl Reason {
    /// A reason with its own words.
    ///
    /// ```
    /// use tieout_accounting::journal::Reason;
    /// assert_eq!(Reason::new("three months free", "ASC 606-10-32-27").words, "three months free");
    /// ```
    pub fn new(words: impl Into<Cow<'static, str>>, paragraph: &'static str) -> Self {
        Self {
            words: words.into(),
            paragraph,
        }
    }

    const fn by(rule: Rule, words: &'static str) -> Self {
        Self {
            words: Cow::Borrowed(words),
            paragraph: rule.paragraph(),
        }
    }

    /// The reason of a case, where nothing more is known of the entry.
    ///
    /// ```
    /// use tieout_accounting::journal::{Case, Reason};
    /// assert!(Reason::of(Case::WriteOff).paragraph.contains("326-20-35-8"));
    /// ```
    pub fn of(case: Case) -> Self {
        let (rule, words) = match case {
            Case::Invoice => (
                Rule::Invoice,
                "billed: the right to payment is unconditional; what is not yet earned is a contract liability",
            ),
            Case::Payment => (Rule::Payment, "the customer paid: the receivable is settled"),
            Case::CreditNote => (
                Rule::LowerPrice,
                "a credit note reverses its invoice in part, at the invoice's rate",
            ),
            Case::Refund => (Rule::RefundLiability, "cash was returned to the customer"),
            Case::WriteOff => (
                Rule::WriteOff,
                "a receivable that will not be collected is a credit loss, not a reduction of revenue",
            ),
            Case::ReceivableRevaluation => (
                Rule::ClosingRate,
                "a receivable in a foreign currency is carried at the closing rate; the adjustment is reversed on the next day",
            ),
            Case::Revaluation => (
                Rule::ClosingRate,
                "a contract asset in a foreign currency is carried at the closing rate; the adjustment is reversed on the next day",
            ),
            Case::Release => (
                Rule::Release,
                "earned in the period: released from the contract liability to revenue",
            ),
            Case::Reclass => (
                Rule::Deferral,
                "the ledger codes its invoices to revenue: the unearned part is moved to the contract liability",
            ),
            Case::Accrual => (
                Rule::ContractAsset,
                "earned and not yet billed; reversed on the next day and computed anew at the next month-end",
            ),
            Case::Presentation => (
                Rule::CancellableInvoice,
                "an unpaid invoice of a contract that can be cancelled and is not performed is neither a receivable nor a contract liability",
            ),
            Case::RefundLiability => (Rule::RefundLiability, "money that is expected to be returned is a refund liability"),
            Case::Recovery => (
                Rule::Recovery,
                "a receivable that was written off was paid after all: the credit loss is reduced",
            ),
            Case::UnearnedLoss => (
                Rule::UnearnedWriteOff,
                "the unearned part of a receivable that was written off was never revenue: it leaves the contract liability",
            ),
            Case::Financing => (
                Rule::Financing,
                "an advance carries interest from payment until the service is transferred",
            ),
            Case::Reversal => (
                Rule::ContractAsset,
                "the accrual of the last month-end is reversed; what is earned and not billed is computed anew at each month-end",
            ),
            Case::CatchUp => (
                Rule::LateFact,
                "the fact became known after its period was closed; it is posted in the first open period",
            ),
            Case::Bill | Case::CostRelease | Case::Commission | Case::Impairment | Case::Intercompany | Case::Elimination => {
                of_cost_or_group(case)
            }
        };
        Self::by(rule, words)
    }

    /// The reason of an entry: the same case rests on another rule where its accounts are others.
    ///
    /// ```
    /// use tieout_accounting::journal::{Case, Line, Reason, Role};
    /// let line = |account, amount| Line { account, obligation: None, contract: "HOSTING".into(), amount, transaction: None };
    /// let prepaid = Reason::for_entry(Case::CostRelease, &[line(Role::Expense, 100_00), line(Role::Prepaid, -100_00)]);
    /// assert!(prepaid.paragraph.contains("340-10-05-4")); // a prepaid bill is not a cost of obtaining a contract (340-40)
    /// ```
    pub fn for_entry(case: Case, lines: &[Line]) -> Self {
        let touches = |role: Role| lines.iter().any(|line| line.account == role);
        match case {
            Case::Payment => payment(lines),
            Case::Accrual if touches(Role::AccruedReceivable) => Self::by(
                Rule::UnbilledReceivable,
                "used and not yet billed: only time has to pass before payment is due; reversed on the next day and computed anew",
            ),
            Case::Accrual if touches(Role::AccruedExpense) => Self::by(
                Rule::AccruedExpense,
                "a service was received and not yet billed; reversed on the next day and computed anew at the next month-end",
            ),
            Case::Reversal if touches(Role::AccruedExpense) => Self::by(
                Rule::AccruedExpense,
                "the accrued cost of the last month-end is reversed; it is computed anew at each month-end",
            ),
            Case::Release | Case::Reclass if touches(Role::Fx) && !touches(Role::Revenue) => Self::by(
                Rule::ExchangeDifference,
                "the exchange difference between the rate at which it was billed and the rate at which it is refunded or credited",
            ),
            Case::CostRelease if touches(Role::Prepaid) => Self::by(
                Rule::PrepaidExpense,
                "the service was received in the period: that part of the prepaid expense is an expense",
            ),
            _ => Self::of(case),
        }
    }

    /// The reason of a credit note, by what it was given for.
    ///
    /// ```
    /// use tieout_accounting::{event::CreditReason, journal::Reason};
    /// assert!(Reason::of_credit_note(CreditReason::Billing).paragraph.contains("45-3"));
    /// ```
    pub fn of_credit_note(reason: CreditReason) -> Self {
        match reason {
            CreditReason::Price => Self::by(
                Rule::LowerPrice,
                "the price is lower: the earned share reduces revenue, the rest the contract liability, at the invoice's rate",
            ),
            CreditReason::Billing => Self::by(
                Rule::BillingOnly,
                "only the billing changes and the price stays: the receivable falls, what is earned and not billed is a contract asset",
            ),
            CreditReason::Cancellation => Self::by(
                Rule::CancellationCredit,
                "the credit note documents the cancellation: what was billed and will not be delivered is no longer owed by the customer",
            ),
        }
    }

    /// The reason of the entry that reverses one of the last month-end. It rests on the same rule.
    ///
    /// ```
    /// use tieout_accounting::journal::{Case, Reason};
    /// let revaluation = Reason::of(Case::Revaluation);
    /// assert_eq!(Reason::reversing(Case::Revaluation, &revaluation).paragraph, revaluation.paragraph);
    /// ```
    pub fn reversing(case: Case, reversed: &Self) -> Self {
        let words = match case {
            Case::Revaluation => "the revaluation of the last month-end is reversed; it is computed anew at each month-end",
            Case::Presentation => "the presentation of the last month-end is reversed; it is computed anew at each month-end",
            Case::ReceivableRevaluation => {
                "the revaluation of the receivable at the last month-end is reversed; it is computed anew at each month-end"
            }
            _ => "the accrual of the last month-end is reversed; what is earned and not billed is computed anew at each month-end",
        };
        Self {
            words: Cow::Borrowed(words),
            paragraph: reversed.paragraph,
        }
    }
}

/// The reasons of supplier's bills, commissions and entries between entities.
const fn of_cost_or_group(case: Case) -> (Rule, &'static str) {
    match case {
        Case::Bill => (
            Rule::PrepaidExpense,
            "a bill for a service that is still to be received is a prepaid expense",
        ),
        Case::CostRelease => (
            Rule::CostAmortised,
            "the cost of obtaining the contract is amortised as the service is transferred",
        ),
        Case::Commission => (
            Rule::CostToObtain,
            "a commission that would not have been paid without the contract is a cost of obtaining it",
        ),
        Case::Impairment => (
            Rule::CostImpaired,
            "the cost of obtaining a contract is carried at no more than what the contract will still bring in",
        ),
        Case::Intercompany => (
            Rule::Consolidation,
            "the entity that delivers is owed the transfer price by the entity that invoices",
        ),
        _ => (
            Rule::Consolidation,
            "balances and margins between entities of a group are eliminated on consolidation",
        ),
    }
}

/// A payment rests on the rules for exchange differences only where there is a foreign currency, and on those for variable
/// consideration where a discount was taken.
fn payment(lines: &[Line]) -> Reason {
    let foreign = lines.iter().any(|line| line.transaction.is_some());
    let discount = lines
        .iter()
        .any(|line| matches!(line.account, Role::ContractLiability | Role::Revenue));
    match (foreign, discount) {
        (false, false) => Reason::of(Case::Payment),
        (false, true) => Reason::by(
            Rule::SettlementDiscount,
            "the customer paid and took a discount: the receivable is settled, the discount reduces the price",
        ),
        (true, false) => Reason::by(
            Rule::ExchangeDifference,
            "the customer paid: the receivable is settled, the difference between the two rates is a realised exchange difference",
        ),
        (true, true) => Reason::by(
            Rule::ExchangeDifference,
            "the customer paid and took a discount: the discount reduces the price (606-10-32-5..7; IFRS 15.50-52), the difference \
             between the two rates is a realised exchange difference",
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn lines(accounts: &[Role], foreign: bool) -> Vec<Line> {
        let line = |account: &Role| Line {
            account: *account,
            obligation: None,
            contract: "C1".into(),
            amount: 0,
            transaction: foreign.then_some(0),
        };
        accounts.iter().map(line).collect()
    }

    /// The paragraphs were looked up in the standards; a row is the case, its accounts, and where its rule stands.
    #[test]
    fn each_case_cites_its_paragraph() {
        use Role::*;
        #[rustfmt::skip]
        let rows: &[(Case, &[Role], bool, &str)] = &[
            (Case::Invoice, &[Receivable, ContractLiability], false, "ASC 606-10-45-1..2, 45-4; IFRS 15.105-106, 108"),
            (Case::Payment, &[Cash, Receivable], false, "ASC 606-10-45-4; IFRS 15.108, IFRS 9.3.2.3(a)"),
            (Case::Payment, &[Cash, Receivable, Fx], true, "ASC 830-20-35-1..2; IAS 21.28"),
            (Case::Payment, &[Cash, Receivable, ContractLiability], false, "ASC 606-10-32-5..7, 32-42..45; IFRS 15.50-52, 87-90"),
            (Case::CreditNote, &[Receivable, ContractLiability], false, "ASC 606-10-32-42..45; IFRS 15.87-90"),
            (Case::Refund, &[RefundLiability, Cash], false, "ASC 606-10-32-10; IFRS 15.55"),
            (Case::WriteOff, &[CreditLoss, Receivable], false, "ASC 326-20-35-8; IFRS 9.5.4.4"),
            (Case::Recovery, &[Receivable, CreditLoss], false, "ASC 326-20-30-1, 35-8; IFRS 9.5.5.8"),
            (Case::UnearnedLoss, &[ContractLiability, CreditLoss], false, "ASC 606-10-45-2, 326-20-35-8; IFRS 15.106, IFRS 9.5.4.4"),
            (Case::ReceivableRevaluation, &[Receivable, Fx], true, "ASC 830-20-35-1..2; IAS 21.23(a), 28"),
            (Case::Revaluation, &[ContractAsset, Fx], true, "ASC 830-20-35-1..2; IAS 21.23(a), 28"),
            (Case::Release, &[ContractLiability, Revenue], false, "ASC 606-10-25-23, 25-31, 45-2; IFRS 15.31, 39, 106"),
            (Case::Release, &[Fx, ContractLiability], true, "ASC 830-20-35-1..2; IAS 21.28"),
            (Case::Reclass, &[Revenue, ContractLiability], false, "ASC 606-10-45-2; IFRS 15.106"),
            (Case::Accrual, &[ContractAsset, Revenue], false, "ASC 606-10-45-1, 45-3; IFRS 15.105, 107"),
            (Case::Accrual, &[AccruedReceivable, Revenue], false, "ASC 606-10-45-4; IFRS 15.108"),
            (Case::Accrual, &[Expense, AccruedExpense], false, "FASB Concepts Statement 8, chapter 4 (liabilities); IAS 37.11(b)"),
            (Case::Reversal, &[Expense, AccruedExpense], false, "FASB Concepts Statement 8, chapter 4 (liabilities); IAS 37.11(b)"),
            (Case::Reversal, &[ContractAsset, Revenue], false, "ASC 606-10-45-1, 45-3; IFRS 15.105, 107"),
            (Case::Presentation, &[ContractLiability, Receivable], false, "ASC 606-10-45-2, 55-284; IFRS 15.106, IE198"),
            (Case::RefundLiability, &[ContractLiability, RefundLiability], false, "ASC 606-10-32-10; IFRS 15.55"),
            (Case::Financing, &[Expense, ContractLiability], false, "ASC 606-10-32-15..20; IFRS 15.60-65"),
            (Case::CatchUp, &[ContractLiability, Revenue], false, "ASC 250-10-45-17, 45-27; IAS 8.36, 41"),
            (Case::Bill, &[Prepaid, Clearing], false, "ASC 340-10-05-4, 210-10-45-1; IAS 38.69-70"),
            (Case::CostRelease, &[Expense, Prepaid], false, "ASC 340-10-05-4, 210-10-45-1; IAS 38.69-70"),
            (Case::CostRelease, &[Expense, CostToObtain], false, "ASC 340-40-35-1; IFRS 15.99"),
            (Case::Commission, &[CostToObtain, AccruedExpense], false, "ASC 340-40-25-1..4; IFRS 15.91-94"),
            (Case::Impairment, &[Expense, CostToObtain], false, "ASC 340-40-35-3; IFRS 15.101-104"),
            (Case::Intercompany, &[ContractLiability, IcPayable], false, "ASC 810-10-45-1; IFRS 10.B86(c)"),
            (Case::Elimination, &[IcPayable, IcReceivable], false, "ASC 810-10-45-1; IFRS 10.B86(c)"),
        ];
        for (case, accounts, foreign, expected) in rows {
            let reason = Reason::for_entry(*case, &lines(accounts, *foreign));
            assert_eq!(reason.paragraph, *expected, "{case:?} with {accounts:?}");
        }
    }

    #[test]
    fn a_credit_note_cites_what_it_was_given_for() {
        let rows = [
            (CreditReason::Price, "ASC 606-10-32-42..45; IFRS 15.87-90"),
            (CreditReason::Billing, "ASC 606-10-45-1, 45-3..4; IFRS 15.105, 107-108"),
            (CreditReason::Cancellation, "ASC 606-10-25-10, 25-13, 45-2; IFRS 15.18, 21, 106"),
        ];
        for (reason, expected) in rows {
            assert_eq!(Reason::of_credit_note(reason).paragraph, expected);
        }
    }

    #[test]
    fn a_reversal_rests_on_the_rule_of_what_it_reverses() {
        let rows = [
            (Case::Accrual, "ASC 606-10-45-1, 45-3; IFRS 15.105, 107"),
            (Case::Revaluation, "ASC 830-20-35-1..2; IAS 21.23(a), 28"),
            (Case::ReceivableRevaluation, "ASC 830-20-35-1..2; IAS 21.23(a), 28"),
            (Case::Presentation, "ASC 606-10-45-2, 55-284; IFRS 15.106, IE198"),
        ];
        for (case, expected) in rows {
            let reversal = Reason::reversing(case, &Reason::of(case));
            assert_eq!(reversal.paragraph, expected, "{case:?}");
            assert!(reversal.words.contains("reversed"), "{case:?}");
        }
    }
}
