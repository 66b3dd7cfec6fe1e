//! Journal entries: one for each case of docs/accounting.md, "Journals", accounts by role, each balanced.
//!
//! Example: the release of January: Dr contract liability 100.00 / Cr revenue 100.00, with its rule and its paragraph.

mod case;
mod reason;
mod role;
mod rule;

use chrono::NaiveDate;
use serde::Serialize;

pub use case::Case;
pub use reason::Reason;
pub use role::Role;
pub use rule::Rule;

use crate::ids::{ContractId, EntryId, ObligationId};
use crate::{Period, Refusal};

/// One line of an entry.
///
/// ```
/// let plan = tieout_accounting::example::annual_plan()?;
/// let line = &plan.entries()[0].lines[0]; // January's accrual
/// assert_eq!((line.account.name(), line.amount), ("contract_asset", 100_00));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The account, by its role.
    pub account: Role,
    /// The obligation that the amount belongs to, where it belongs to one.
    pub obligation: Option<ObligationId>,
    /// The contract.
    pub contract: ContractId,
    /// Minor units of the ledger's currency; debit positive.
    pub amount: i64,
    /// The same in minor units of the contract's currency, where that is another and the line has such an amount.
    pub transaction: Option<i64>,
}

/// A journal entry of a contract, in the ledger's currency.
///
/// ```
/// use tieout_accounting::example::day;
/// let plan = tieout_accounting::example::annual_plan()?;
/// let accrual = &plan.entries()[0];
/// assert_eq!((accrual.on, accrual.reversed_on), (day("2026-01-31"), Some(day("2026-02-01"))));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Stable and deterministic: the same events give the same id.
    pub id: EntryId,
    /// The date on which it is posted.
    pub on: NaiveDate,
    /// The period to which it belongs by its cause.
    pub economic_period: Period,
    /// The period in which it stands in the books: the first open one at or after the economic one when it became known.
    pub posting_period: Period,
    /// Which row of the table.
    pub case: Case,
    /// Its lines; they sum to zero.
    pub lines: Vec<Line>,
    /// The entry that it reverses.
    pub reverses: Option<EntryId>,
    /// The day on which it is reversed.
    pub reversed_on: Option<NaiveDate>,
    /// Why: the rule and its paragraph.
    pub reason: Reason,
}

impl Entry {
    /// Checks that the lines sum to zero.
    ///
    /// # Errors
    /// They do not; the entry and the difference are named. This is a defect of the engine, never of the input. Or its lines together
    /// leave 64 bits, so that a sum of some of them might.
    ///
    /// ```
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// let mut entry = plan.entries()[0].clone();
    /// assert!(entry.clone().balanced().is_ok());
    /// entry.lines[0].amount += 1;
    /// assert!(entry.balanced().is_err());
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn balanced(self) -> Result<Self, Refusal> {
        let sum: i128 = self.lines.iter().map(|line| i128::from(line.amount)).sum();
        if sum == 0 {
            let foreign = self.lines.iter().filter_map(|line| line.transaction);
            let turnover = self.turnover().max(foreign.map(|amount| i128::from(amount).abs()).sum());
            return match i64::try_from(turnover) {
                Ok(_) => Ok(self),
                Err(_) => Err(Refusal::too_large(self.id.as_str(), turnover)),
            };
        }
        Err(Refusal::new(
            self.id.as_str(),
            sum,
            "is the difference between debits and credits",
            "report this as a defect of the engine",
        ))
    }

    /// The amounts of all lines without their signs: no sum of some of them is larger.
    pub(crate) fn turnover(&self) -> i128 {
        self.lines.iter().map(|line| i128::from(line.amount).abs()).sum()
    }

    /// Sum of an account's lines; debit positive. It fits, as that of all lines of a balanced entry does.
    ///
    /// ```
    /// use tieout_accounting::journal::Role;
    /// let plan = tieout_accounting::example::annual_plan()?;
    /// assert_eq!(plan.entries()[0].sum(Role::Revenue), -100_00); // a credit
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn sum(&self, account: Role) -> i64 {
        self.lines
            .iter()
            .filter(|line| line.account == account)
            .map(|line| line.amount)
            .sum()
    }
}
