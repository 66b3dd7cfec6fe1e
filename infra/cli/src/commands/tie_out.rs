//! `tieout tie-out`.

use std::io::Write;

use tieout_accounting::Period;
use tieout_workflow::tie_out::{TieOut, tie_out};

use crate::arguments::Target;
use crate::error::CliError;
use crate::target;

pub async fn run(entity: Option<&str>, period: &str, which: &Target, out: &mut impl Write) -> Result<bool, CliError> {
    let through = Period::parse(period)?;
    let deployment = target::deployment(which).await?;
    let all = deployment.config.entities.iter().map(|entity| entity.id.clone());
    let entities: Vec<String> = entity.map_or_else(|| all.collect(), |entity| vec![entity.to_owned()]);
    let mut ties = true;
    for entity in &entities {
        let result = tie_out(&deployment, entity, through).await?;
        print(&result, out)?;
        ties &= result.ties();
    }
    writeln!(out, "{}", if ties { "tied out" } else { "NOT tied out" })?;
    Ok(ties)
}

/// One entity's comparisons.
pub fn print(result: &TieOut, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{} through {}", result.entity, result.through)?;
    for line in &result.lines {
        let mark = if line.ties() { "ties" } else { "DIFFERS" };
        writeln!(
            out,
            "  {mark:<8}{:<28}{:>16} {} {}  =  {:>16} {}",
            line.name, line.left.1, line.currency, line.left.0, line.right.1, line.right.0
        )?;
        for (what, owner, amount) in &line.owners {
            writeln!(out, "          {amount:>16} {what} ({owner})")?;
        }
    }
    Ok(())
}
