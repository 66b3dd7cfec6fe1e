//! What the quarter came to: roll-forward, journals, what waits for a person, and the tie-out, as aligned text.

use std::io::Write;

use rust_decimal::Decimal;
use tieout_accounting::rollforward::{self, RollForward};
use tieout_accounting::{Contract, Currency, Money, Period};
use tieout_platform::config::{Config, Entity};
use tieout_sandbox::xero::Xero;
use tieout_workflow::close::read_books;
use tieout_workflow::tie_out::{TieOut, tie_out};

use super::error::DemoError;
use super::progress::dead_letters;
use crate::stack::Stack;

/// Digits between two separators.
const GROUP: usize = 3;

/// Prints everything; whether it all ties and nothing waits.
pub async fn print(stack: &Stack, xero: &Xero, config: &Config, through: Period, out: &mut impl Write) -> Result<bool, DemoError> {
    for entity in &config.entities {
        let books = read_books(&stack.deployment, entity, through).await?;
        let contracts: Vec<Contract> = books.contracts.into_iter().map(|(_, contract)| contract).collect();
        let deferred = rollforward::contract_liability(&contracts, through)?;
        roll_forward(entity, "deferred revenue", "released", &deferred, out)?;
        let accrued = rollforward::contract_asset(&contracts, through)?;
        if accrued.values().any(|row| row.recognised != 0 || row.other != 0) {
            roll_forward(entity, "accrued revenue", "accrued", &accrued, out)?;
        }
    }
    for entity in &config.entities {
        journals(xero, entity, out)?;
    }
    let waiting = waiting(stack, out).await?;
    let mut failing = Vec::new();
    writeln!(out, "\nTie-out through {through}")?;
    for entity in &config.entities {
        let result = tie_out(&stack.deployment, &entity.id, through).await?;
        tied(entity, &result, out)?;
        failing.extend(
            result
                .lines
                .iter()
                .filter(|line| !line.ties())
                .map(|line| format!("{} {}", entity.id, line.name)),
        );
    }
    let letters = dead_letters(stack)?;
    failing.extend((waiting > 0).then(|| format!("{waiting} open cases")));
    failing.extend((letters > 0).then(|| format!("{letters} dead letters")));
    match failing.is_empty() {
        true => writeln!(out, "\ntied out")?,
        false => writeln!(out, "\nNOT tied out: {}", failing.join("; "))?,
    }
    Ok(failing.is_empty())
}

fn roll_forward(entity: &Entity, name: &str, recognised: &str, rows: &RollForward, out: &mut impl Write) -> Result<(), DemoError> {
    let currency = Currency::parse(&entity.currency)?;
    writeln!(out, "\n{}, {name} in {}", entity.name, entity.currency)?;
    let columns = ["opening", "billed", recognised, "other", "closing"];
    write!(out, "  {:<8}", "month")?;
    columns.iter().try_for_each(|column| write!(out, "{column:>16}"))?;
    writeln!(out)?;
    for (period, row) in rows {
        write!(out, "  {:<8}", period.to_string())?;
        for minor in [row.opening, row.billed, row.recognised, row.other, row.closing] {
            write!(out, "{:>16}", grouped(&Money::new(minor, currency).to_major_string()))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn journals(xero: &Xero, entity: &Entity, out: &mut impl Write) -> Result<(), DemoError> {
    writeln!(out, "\n{}, journals in Xero", entity.name)?;
    for journal in xero.list_journals(&entity.xero_tenant) {
        writeln!(out, "  {}  {}  {}", journal.date, journal.status.to_lowercase(), journal.narration)?;
        for (account, amount) in &journal.lines {
            let side = if amount.is_sign_negative() { "credit" } else { "debit" };
            writeln!(out, "      {account:<8}{side:<8}{:>16}", grouped(&shown(amount.abs())))?;
        }
    }
    Ok(())
}

async fn waiting(stack: &Stack, out: &mut impl Write) -> Result<usize, DemoError> {
    let parked = stack.deployment.store.parked().await?;
    writeln!(out, "\nWork list: {}", if parked.is_empty() { "empty" } else { "" })?;
    for case in &parked {
        let message = &case.message;
        writeln!(
            out,
            "  {}  {} {} {}; {}",
            case.key, message.field, message.value, message.what, message.remedy
        )?;
    }
    Ok(parked.len())
}

fn tied(entity: &Entity, result: &TieOut, out: &mut impl Write) -> Result<(), DemoError> {
    writeln!(out, "  {}", entity.name)?;
    for line in &result.lines {
        let mark = if line.ties() { "ties" } else { "DIFFERS" };
        let (left, right) = (grouped(&shown(line.left.1)), grouped(&shown(line.right.1)));
        writeln!(
            out,
            "    {mark:<8}{:<30}{left:>16} = {right:>16} {}  {}, {}",
            line.name, line.currency, line.left.0, line.right.0
        )?;
        for (what, owner, amount) in &line.owners {
            writeln!(out, "            {:>16} {what} ({owner})", grouped(&shown(*amount)))?;
        }
    }
    Ok(())
}

/// With two decimals at least.
fn shown(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount.to_string()
}

/// `-1234567.00` as `-1,234,567.00`.
fn grouped(amount: &str) -> String {
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("-", digits));
    let (whole, decimals) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, decimals)| (whole, Some(decimals)));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(GROUP) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(decimals) = decimals {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped() {
        for (given, wanted) in [
            ("0.00", "0.00"),
            ("-5.10", "-5.10"),
            ("999.00", "999.00"),
            ("1000", "1,000"),
            ("-1234567.89", "-1,234,567.89"),
        ] {
            assert_eq!(grouped(given), wanted);
        }
    }
}
