//! What a contract remembers while its events are applied.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::Refusal;
use crate::arithmetic::{Ratio, mul_div};
use crate::ids::{InvoiceId, ObligationId};
use crate::journal::Reason;
use crate::money::Rounding;

/// What documents and month-ends have booked of an obligation, in the ledger's currency, debit positive.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Booked {
    pub(super) revenue: i128,
    pub(super) liability: i128,
    pub(super) loss: i128,
}

/// The same of a group.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GroupBooked {
    pub(super) refund: i128,
    pub(super) expense: i128,
}

/// The unearned part of a line that was written off, in the contract's currency and in the ledger's.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnearnedPart {
    pub(super) place: usize,
    pub(super) amount: i128,
    pub(super) base: i128,
}

/// What was written off of an invoice and has not come in after all.
#[derive(Debug, Clone, Default)]
pub(super) struct GivenUp {
    pub(super) amount: i128,
    /// What it was carried at in the ledger's currency.
    pub(super) relief: i128,
    /// How much of it was unearned, obligation by obligation.
    pub(super) unearned: Vec<UnearnedPart>,
    /// What came in after all since the last month's end.
    pub(super) recovered: i128,
}

/// An invoice that billed more of an obligation than the highest price that it had had by then.
#[derive(Debug, Clone)]
pub(super) struct AbovePrice {
    pub(super) on: NaiveDate,
    pub(super) invoice: InvoiceId,
    pub(super) place: usize,
    pub(super) most: i128,
}

/// A line of an invoice: the obligation, what is billed of it and what of that was credited.
#[derive(Debug, Clone, Copy)]
pub(super) struct InvoiceLine {
    pub(super) place: usize,
    pub(super) amount: i128,
    pub(super) credited: i128,
}

/// An invoice and what is open of it.
#[derive(Debug, Clone)]
pub(super) struct Invoice {
    pub(super) id: InvoiceId,
    pub(super) rate: Decimal,
    pub(super) lines: Vec<InvoiceLine>,
    pub(super) gross: i128,
    pub(super) net: i128,
    /// What of it belongs to suppliers.
    pub(super) suppliers: i128,
    pub(super) credited: i128,
    /// Discounts that were taken when paying.
    pub(super) discounted: i128,
    pub(super) open: i128,
    pub(super) open_base: i128,
    /// Received, less what was given back and is owed again.
    pub(super) paid: i128,
    /// Given back in cash and owed again: no credit note and no promise stands against it.
    pub(super) reopened: i128,
    pub(super) given_up: GivenUp,
    pub(super) conditional: bool,
    /// Net of each group, and how much of it counts as unconditional.
    pub(super) groups: Vec<(usize, i128, i128)>,
    /// What is paid of that, where advances may bear interest.
    pub(super) funded: Vec<(usize, i128)>,
}

impl Invoice {
    /// The part of an amount of the whole invoice, with tax, that belongs to some obligations, as far as they are still billed.
    pub(super) fn share(&self, amount: i128, places: &[usize], rounding: Rounding) -> Result<i128, Refusal> {
        let lines = self.lines.iter().filter(|line| places.contains(&line.place));
        let net: i128 = lines.map(|line| line.amount - line.credited).sum();
        let gross = self.gross - self.credited - self.discounted;
        if amount == 0 || net <= 0 || gross <= 0 {
            return Ok(0);
        }
        let share = mul_div(amount, net, gross, rounding).ok_or_else(|| Refusal::too_large("invoice", self.id.as_str()))?;
        Ok(share.min(net))
    }
}

/// What an obligation has of the last estimate of the whole contract.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct EstimateShare {
    pub(super) included: i128,
    /// Expected beyond that and not included yet.
    pub(super) beyond: i128,
}

/// The remaining obligations of a prospective modification.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub(super) on: NaiveDate,
    /// Each with its weight.
    pub(super) members: Vec<(usize, i128)>,
    /// What was still to be served of those that were there before, and their progress.
    pub(super) carried: BTreeMap<usize, (Ratio, Ratio)>,
}

/// Balances at the end of a day, in the ledger's currency, each as a positive amount of its natural side.
///
/// ```
/// use tieout_accounting::example::day;
/// let plan = tieout_accounting::example::annual_plan()?;
/// let march = plan.balances(day("2026-03-31"));
/// assert_eq!((march.receivable, march.contract_liability, march.contract_asset), (1_440_00, 900_00, 0));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balances {
    /// Owed as service.
    pub contract_liability: i64,
    /// Earned, not billed, conditional on more than time.
    pub contract_asset: i64,
    /// Billed, unpaid.
    pub receivable: i64,
    /// Money that is expected or promised to go back.
    pub refund_liability: i64,
    /// Metered, not billed.
    pub accrued_receivable: i64,
}

impl Balances {
    pub(super) fn plus(self, other: &Self) -> Self {
        Self {
            contract_liability: self.contract_liability + other.contract_liability,
            contract_asset: self.contract_asset + other.contract_asset,
            receivable: self.receivable + other.receivable,
            refund_liability: self.refund_liability + other.refund_liability,
            accrued_receivable: self.accrued_receivable + other.accrued_receivable,
        }
    }
}

/// What is due later than a year after a day; few contracts have that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LongTerm {
    /// Remaining obligations due after twelve, twenty-four and thirty-six months.
    pub(super) after: [i64; 3],
    pub(super) non_current_liability: i64,
}

/// The contract liability by obligation, in the ledger's currency and without interest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HeldFor(pub(super) Vec<(ObligationId, i64)>);

/// Where the contract stands at the end of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) on: NaiveDate,
    pub(super) balances: Balances,
    pub(super) rpo: i64,
    pub(super) rpo_current: i64,
    pub(super) long_term: Option<Box<LongTerm>>,
    /// Where there is more than one obligation: for which of them the contract liability is held.
    pub(super) held_for: Option<Box<HeldFor>>,
    pub(super) billed: i64,
    pub(super) recognised: i64,
    pub(super) price: i64,
}

/// A decision or a computation, for the auditor.
///
/// ```
/// use tieout_accounting::example::day;
/// let plan = tieout_accounting::example::annual_plan()?;
/// let note = &plan.notes()[0];
/// assert_eq!(note.on, day("2026-01-01"));
/// assert!(note.reason.words.contains("plan 1200.00"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The day on which it took effect.
    pub on: NaiveDate,
    /// The rule in words with its arithmetic, and the paragraph.
    pub reason: Reason,
    /// Whether a person must answer it.
    pub question: bool,
}
