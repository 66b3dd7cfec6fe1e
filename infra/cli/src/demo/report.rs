//! What the quarter came to: roll-forward, journals, what waits for a person, and the tie-out, as aligned text.

use std::io::Write;

use tieout_accounting::rollforward::{self, RollForward};
use tieout_accounting::{Contract, Currency, Money, Period};
use tieout_platform::config::{Config, Entity};
use tieout_sandbox::xero::Xero;
use tieout_workflow::close::read_books;
use tieout_workflow::tie_out::tie_out;

use super::error::DemoError;
use super::progress::dead_letters;
use crate::commands::tie_out as tied;
use crate::stack::Stack;
use crate::words::{counted, grouped};

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
        writeln!(out, "{}", entity.name)?;
        result.lines.iter().try_for_each(|line| tied::print(line, out))?;
        failing.extend(
            result
                .lines
                .iter()
                .filter(|line| !line.ties())
                .map(|line| format!("{} {}", entity.id, line.name)),
        );
    }
    let letters = dead_letters(stack)?;
    failing.extend((waiting > 0).then(|| counted(waiting, "open case", "open cases")));
    failing.extend((letters > 0).then(|| counted(letters, "dead letter", "dead letters")));
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
            writeln!(out, "      {account:<8}{side:<8}{:>16}", tied::shown(amount.abs()))?;
        }
    }
    Ok(())
}

async fn waiting(stack: &Stack, out: &mut impl Write) -> Result<usize, DemoError> {
    let parked = stack.deployment.store.parked().await?;
    writeln!(out, "\nWork list: {}", if parked.is_empty() { "empty" } else { "" })?;
    for case in &parked {
        for message in std::iter::once(&case.message).chain(&case.others) {
            writeln!(
                out,
                "  {}  {} {} {}; {}",
                case.key, message.field, message.value, message.what, message.remedy
            )?;
        }
    }
    Ok(parked.len())
}
