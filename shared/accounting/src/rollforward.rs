//! Roll-forward: opening, billed, recognised, other, closing, period by period, with its identity checked (606-10-50-8).
//!
//! Example: opening 1,100.00, billed 0.00, recognised -100.00, closing 1,000.00.

mod period_summary;
mod waterfall;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use period_summary::{SummaryRow, period_summary};
pub use waterfall::{Booked, Waterfall, WaterfallPart, WaterfallRow, waterfall};

use crate::contract::{Balances, Contract};
use crate::journal::{Case, Entry, Role};
use crate::{Period, Refusal};

/// Movements of a balance in one posting period, in minor units of the ledger's currency.
///
/// For the contract liability all figures are on its natural side: credit positive. For assets, debit positive.
///
/// ```
/// use tieout_accounting::{rollforward, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let march = rollforward::contract_liability(&[plan], Period::parse("2026-03")?)?[&Period::parse("2026-03")?];
/// assert_eq!((march.opening, march.billed, march.closing), (0, 1_200_00, 900_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Balance at the start.
    pub opening: i64,
    /// Invoiced, less credit notes.
    pub billed: i64,
    /// Taken to revenue from the liability (negative), or accrued to the asset net of reversals (positive).
    pub recognised: i64,
    /// Everything else: refunds promised, losses, interest, exchange differences, presentation.
    pub other: i64,
    /// Balance at the end.
    pub closing: i64,
}

/// A roll-forward by posting period; every period between the first and the last has a row.
///
/// ```
/// use tieout_accounting::{rollforward, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let rows: rollforward::RollForward = rollforward::contract_liability(&[plan], Period::parse("2026-12")?)?;
/// assert_eq!(rows[&Period::parse("2026-12")?].closing, 0); // all earned
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type RollForward = BTreeMap<Period, Row>;

/// Rolls the contract liability of contracts of one ledger forward, through a period.
///
/// ```
/// use tieout_accounting::{contract::Contract, rollforward, Book, Currency, Event, Period};
/// let events = [
///     serde_json::json!({"type": "signed", "on": "2026-01-01", "obligations":
///         [{"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31", "method": "equal_touched"}]}),
///     serde_json::json!({"type": "invoiced", "on": "2026-01-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "1200.00"}]}),
/// ];
/// let events = events.into_iter().map(Event::from_value).collect::<Result<Vec<_>, _>>()?;
/// let contract = Contract::from_events(&"C1".into(), &events, &Book::new(Currency::parse("GBP")?))?;
/// let rows = rollforward::contract_liability(&[contract], Period::parse("2026-02")?)?;
/// let february = &rows[&Period::parse("2026-02")?];
/// assert_eq!((february.opening, february.recognised, february.closing), (110_000, -10_000, 100_000));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
///
/// # Errors
/// A sum beyond 64 bits, or a row that does not add up.
pub fn contract_liability(contracts: &[Contract], through: Period) -> Result<RollForward, Refusal> {
    roll(contracts, through, &[Role::ContractLiability], -1)
}

/// Rolls the contract asset and accrued receivable forward.
///
/// # Errors
/// As [`contract_liability`].
///
/// ```
/// use tieout_accounting::{rollforward, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let rows = rollforward::contract_asset(&[plan], Period::parse("2026-03")?)?;
/// assert_eq!(rows[&Period::parse("2026-02")?].closing, 200_00);
/// assert_eq!(rows[&Period::parse("2026-03")?].closing, 0); // billed
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn contract_asset(contracts: &[Contract], through: Period) -> Result<RollForward, Refusal> {
    roll(contracts, through, &[Role::ContractAsset, Role::AccruedReceivable], 1)
}

/// What an entry moves of a balance, debit positive.
#[derive(Default)]
struct Moved {
    billed: i64,
    recognised: i64,
    other: i64,
}

impl Moved {
    /// A month-end takes to revenue what its revenue lines say, and what is beside them is an exchange difference. A late fact has
    /// everything in one entry: no more of it is revenue than the balance moved.
    fn of(entry: &Entry, sum: i64) -> Self {
        let to_revenue = -entry.sum(Role::Revenue);
        let recognised = match entry.case {
            Case::Invoice | Case::CreditNote | Case::Payment => {
                return Self {
                    billed: sum,
                    ..Self::default()
                };
            }
            Case::Release | Case::Reclass | Case::Accrual | Case::Reversal => to_revenue,
            Case::CatchUp => to_revenue.clamp(sum.min(0), sum.max(0)),
            _ => 0,
        };
        Self {
            recognised,
            other: sum - recognised,
            ..Self::default()
        }
    }
}

fn roll(contracts: &[Contract], through: Period, roles: &[Role], sign: i64) -> Result<RollForward, Refusal> {
    let mut rows = RollForward::new();
    let too_large = |period: Period| Refusal::too_large("roll-forward", period);
    let entries = contracts.iter().flat_map(Contract::entries);
    for entry in entries.filter(|entry| entry.posting_period <= through) {
        let sum: i64 = roles.iter().map(|role| entry.sum(*role)).sum();
        if sum == 0 {
            continue;
        }
        let row = rows.entry(entry.posting_period).or_default();
        let moved = Moved::of(entry, sum);
        for (cell, amount) in [
            (&mut row.billed, moved.billed),
            (&mut row.recognised, moved.recognised),
            (&mut row.other, moved.other),
        ] {
            *cell = cell.checked_add(sign * amount).ok_or_else(|| too_large(entry.posting_period))?;
        }
    }
    for (period, balances) in contracts
        .iter()
        .filter_map(Contract::taken_over)
        .filter(|(period, _)| *period <= through)
    {
        let other = &mut rows.entry(period).or_default().other;
        let sum = i128::from(*other) + of_roles(roles, &balances);
        *other = sum.try_into().map_err(|_| too_large(period))?;
    }
    let first = rows.keys().next().copied().unwrap_or(through);
    let mut opening = 0i64;
    let mut whole = RollForward::new();
    for period in first.to(through) {
        let mut row = rows.get(&period).copied().unwrap_or_default();
        row.opening = opening;
        let moved = row.billed.checked_add(row.recognised).and_then(|sum| sum.checked_add(row.other));
        row.closing = moved
            .and_then(|moved| moved.checked_add(opening))
            .ok_or_else(|| too_large(period))?;
        opening = row.closing;
        whole.insert(period, row);
    }
    refuse_other_balance(contracts, through, opening, |balances| of_roles(roles, &balances))?;
    Ok(whole)
}

/// The contract liability, or what is earned and not billed.
fn of_roles(roles: &[Role], balances: &Balances) -> i128 {
    if roles.contains(&Role::ContractLiability) {
        i128::from(balances.contract_liability)
    } else {
        i128::from(balances.contract_asset) + i128::from(balances.accrued_receivable)
    }
}

/// Refuses a closing balance of a period that is not what the contracts say.
fn refuse_other_balance(contracts: &[Contract], period: Period, closing: i64, of: impl Fn(Balances) -> i128) -> Result<(), Refusal> {
    let sum: i128 = contracts.iter().map(|contract| of(contract.balances(period.last_day()))).sum();
    if sum == i128::from(closing) {
        return Ok(());
    }
    let problem = format!("is the closing balance of {period}, the contracts say {sum}");
    Err(Refusal::new(
        "roll-forward",
        closing,
        problem,
        "report this as a defect of the engine",
    ))
}
