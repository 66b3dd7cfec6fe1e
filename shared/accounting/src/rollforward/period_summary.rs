//! The period summary: what was billed, credited and earned, and what that did to the contract liability.
//!
//! Opening + billings + credit notes + revenue + change of contract asset + change of accrued receivable + other = closing, where
//! credit notes and revenue are below zero. A month of one contract is the part of the whole's: ask for one contract to drill down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::refuse_other_balance;
use crate::contract::Contract;
use crate::journal::{Case, Role};
use crate::{Period, Refusal};

/// A month, in minor units of the ledger's currency and without tax.
///
/// ```
/// use tieout_accounting::{rollforward, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let march = rollforward::period_summary(&[plan], Period::parse("2026-03")?)?[&Period::parse("2026-03")?];
/// assert_eq!((march.billings, march.revenue, march.change_of_contract_asset), (1_200_00, -100_00, -200_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SummaryRow {
    /// Contract liability at the start.
    pub opening: i64,
    pub billings: i64,
    /// Credit notes and discounts for early payment, below zero.
    pub credit_notes: i64,
    /// Below zero: it leaves the liability.
    pub revenue: i64,
    pub change_of_contract_asset: i64,
    pub change_of_accrued_receivable: i64,
    /// Refunds promised, losses, interest, exchange differences, presentation.
    pub other: i64,
    /// Contract liability at the end.
    pub closing: i64,
    pub contract_asset: i64,
    pub accrued_receivable: i64,
}

/// Summaries of each month from the first entry through a period.
///
/// # Errors
/// A sum beyond 64 bits, or a last closing that is not the contracts' balance.
///
/// ```
/// use tieout_accounting::{rollforward, Period};
/// let plan = tieout_accounting::example::annual_plan()?;
/// let rows = rollforward::period_summary(&[plan], Period::parse("2026-06")?)?;
/// assert_eq!((rows.len(), rows[&Period::parse("2026-06")?].closing), (6, 600_00));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn period_summary(contracts: &[Contract], through: Period) -> Result<BTreeMap<Period, SummaryRow>, Refusal> {
    let mut rows: BTreeMap<Period, SummaryRow> = BTreeMap::new();
    let entries = contracts.iter().flat_map(Contract::entries);
    for entry in entries.filter(|entry| entry.posting_period <= through) {
        let too_large = || Refusal::too_large("period summary", entry.posting_period);
        let add = |cell: &mut i64, amount: i64| {
            *cell = cell.checked_add(amount).ok_or_else(too_large)?;
            Ok::<(), Refusal>(())
        };
        let liability = -entry.sum(Role::ContractLiability);
        let (asset, accrued) = (entry.sum(Role::ContractAsset), entry.sum(Role::AccruedReceivable));
        let revenue = -entry.sum(Role::Revenue);
        let net = liability + revenue - asset - accrued;
        if [liability, asset, accrued, revenue] == [0; 4] {
            continue;
        }
        let row = rows.entry(entry.posting_period).or_default();
        add(&mut row.revenue, -revenue)?;
        add(&mut row.change_of_contract_asset, asset)?;
        add(&mut row.change_of_accrued_receivable, accrued)?;
        let column = match entry.case {
            Case::Invoice => &mut row.billings,
            Case::CreditNote | Case::Payment => &mut row.credit_notes,
            _ => &mut row.other,
        };
        add(column, net)?;
    }
    for (period, balances) in contracts
        .iter()
        .filter_map(Contract::taken_over)
        .filter(|(period, _)| *period <= through)
    {
        let row = rows.entry(period).or_default();
        let (asset, accrued) = (balances.contract_asset, balances.accrued_receivable);
        let net = i128::from(balances.contract_liability) - i128::from(asset) - i128::from(accrued);
        let add = |cell: &mut i64, amount: i128| {
            let sum = i128::from(*cell) + amount;
            *cell = sum.try_into().map_err(|_| Refusal::too_large("period summary", period))?;
            Ok::<(), Refusal>(())
        };
        add(&mut row.change_of_contract_asset, asset.into())?;
        add(&mut row.change_of_accrued_receivable, accrued.into())?;
        add(&mut row.other, net)?;
    }
    carry(contracts, rows, through)
}

/// Carries balances from month to month.
fn carry(contracts: &[Contract], mut rows: BTreeMap<Period, SummaryRow>, through: Period) -> Result<BTreeMap<Period, SummaryRow>, Refusal> {
    let first = rows.keys().next().copied().unwrap_or(through);
    let mut before = SummaryRow::default();
    let mut whole = BTreeMap::new();
    for period in first.to(through) {
        let mut row = rows.remove(&period).unwrap_or_default();
        let sum = |amounts: &[i64]| {
            let sum = amounts.iter().try_fold(0i64, |sum, amount| sum.checked_add(*amount));
            sum.ok_or_else(|| Refusal::too_large("period summary", period))
        };
        row.opening = before.closing;
        row.closing = sum(&[
            row.opening,
            row.billings,
            row.credit_notes,
            row.revenue,
            row.change_of_contract_asset,
            row.change_of_accrued_receivable,
            row.other,
        ])?;
        row.contract_asset = sum(&[before.contract_asset, row.change_of_contract_asset])?;
        row.accrued_receivable = sum(&[before.accrued_receivable, row.change_of_accrued_receivable])?;
        whole.insert(period, row);
        before = row;
    }
    refuse_other_balance(contracts, through, before.closing, |balances| {
        i128::from(balances.contract_liability)
    })?;
    Ok(whole)
}
