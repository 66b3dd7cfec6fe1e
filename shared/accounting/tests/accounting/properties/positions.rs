//! Positions: what is owed as service, what is earned and not billed, what remains to be earned.

use tieout_accounting::contract::Contract;
use tieout_accounting::rollforward;

use super::{problem, same};
use crate::history::History;

/// 606-10-45-1: opening, billed and recognised make the closing position; promised and expected refunds stand beside it.
pub fn billed_less_recognised_is_the_position(history: &History, contract: &Contract) -> Result<(), String> {
    if history.conditional() || history.financed() {
        return Ok(());
    }
    let balances = contract.balances(contract.through().last_day());
    let recognised: i64 = contract.recognised_by_period().values().sum();
    let position = balances.contract_liability - balances.contract_asset - balances.accrued_receivable;
    let refunds = contract.billed().minor - recognised - position;
    let most = if history.has_kind("estimated") {
        balances.refund_liability
    } else {
        0
    };
    if (0..=most).contains(&refunds) {
        return Ok(());
    }
    Err(format!(
        "billed {} less recognised {recognised} is not {position}: {refunds} is left, refunds are {most}",
        contract.billed().minor
    ))
}

/// Without closes the books say at each month's end what the facts say.
pub fn entries_say_what_positions_say(_: &History, contract: &Contract) -> Result<(), String> {
    for period in contract.first_period().to(contract.through()) {
        let day = period.last_day();
        same(&day.to_string(), contract.balances(day), contract.economic_balances(day))?;
        let balances = contract.balances(day);
        let net = balances.contract_asset + balances.accrued_receivable - balances.contract_liability;
        same(&day.to_string(), contract.position(day).minor, net)?;
    }
    Ok(())
}

/// 606-10-50-8: opening + billed + recognised + other = closing, month by month.
pub fn rolls_forward(_: &History, contract: &Contract) -> Result<(), String> {
    let (contracts, through) = (std::slice::from_ref(contract), contract.through());
    let liability = rollforward::contract_liability(contracts, through).map_err(problem)?;
    let asset = rollforward::contract_asset(contracts, through).map_err(problem)?;
    for rows in [&liability, &asset] {
        same("the last period has a row", rows.contains_key(&through), true)?;
        let mut opening = 0;
        for (period, row) in rows {
            same(&period.to_string(), row.opening, opening)?;
            same(
                &period.to_string(),
                row.opening + row.billed + row.recognised + row.other,
                row.closing,
            )?;
            opening = row.closing;
        }
    }
    for (period, row) in &liability {
        same(
            &period.to_string(),
            row.closing,
            contract.balances(period.last_day()).contract_liability,
        )?;
    }
    Ok(())
}

/// 606-10-50-13: RPO = contract liability + signed unbilled - contract asset.
pub fn remaining_is_liability_and_unbilled_less_asset(history: &History, contract: &Contract) -> Result<(), String> {
    if history.conditional() || history.has_kind("estimated") || history.financed() {
        return Ok(());
    }
    let last = contract.through().last_day();
    let balances = contract.balances(last);
    let unbilled = contract.price().minor - contract.billed().minor;
    same(
        "RPO",
        contract.rpo(last).minor,
        balances.contract_liability + unbilled - balances.contract_asset,
    )
}
