//! `tieout tie-out`.

use std::io::Write;

use rust_decimal::Decimal;
use tieout_accounting::Period;
use tieout_workflow::tie_out::{Line, TieOut, Verdict, tie_out};

use crate::arguments::Target;
use crate::error::CliError;
use crate::target;
use crate::words::{counted, grouped};

pub async fn run(entity: Option<&str>, period: &str, which: &Target, out: &mut impl Write) -> Result<bool, CliError> {
    let through = Period::parse(period)?;
    let deployment = target::deployment(which).await?;
    let all = deployment.config.entities.iter().map(|entity| entity.id.clone());
    let entities: Vec<String> = entity.map_or_else(|| all.collect(), |entity| vec![entity.to_owned()]);
    let mut results = Vec::new();
    for entity in &entities {
        let result = tie_out(&deployment, entity, through).await?;
        writeln!(out, "{} through {}", result.entity, result.through)?;
        result.lines.iter().try_for_each(|line| print(line, out))?;
        results.push(result);
    }
    let (ties, words) = summary(&results);
    writeln!(out, "{words}")?;
    Ok(ties)
}

/// A comparison: both sides, and what is known of their difference.
pub fn print(line: &Line, out: &mut impl Write) -> std::io::Result<()> {
    let (verdict, name, currency) = (line.verdict().name(), &line.name, &line.currency);
    let (left, right) = (shown(line.left.1), shown(line.right.1));
    writeln!(out, "  {verdict:<10}{name}")?;
    writeln!(out, "      {left:>16} {currency}  {}", line.left.0)?;
    writeln!(out, "      {right:>16} {currency}  {}", line.right.0)?;
    if line.verdict() == Verdict::Ties && line.owners.is_empty() {
        return Ok(());
    }
    writeln!(out, "      {:>16} {currency}  difference, of which", shown(line.difference))?;
    for (what, owner, amount) in &line.owners {
        writeln!(out, "        {:>16} {currency}  {what} (for {owner})", shown(*amount))?;
    }
    if line.verdict() == Verdict::Differs {
        writeln!(
            out,
            "        {:>16} {currency}  not explained: compare both sides document by document, and see `tieout worklist list`",
            shown(line.unexplained())
        )?;
    }
    Ok(())
}

/// Whether all ties, and the last line that says so.
fn summary(results: &[TieOut]) -> (bool, String) {
    let lines = || results.iter().flat_map(|result| &result.lines);
    let count = |verdict: Verdict| lines().filter(|line| line.verdict() == verdict).count();
    match (count(Verdict::Differs), count(Verdict::Explained)) {
        (0, 0) => (true, "tied out".to_owned()),
        (0, explained) => {
            let differences = counted(explained, "difference is", "differences are");
            (true, format!("tied out; {differences} explained, each part with its owner"))
        }
        (differs, _) => {
            let comparisons = counted(differs, "comparison differs", "comparisons differ");
            (false, format!("NOT tied out: {comparisons} by what nobody has explained"))
        }
    }
}

/// With two decimals at least, in groups of three digits.
pub fn shown(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    grouped(&amount.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(left: i64, right: i64, owners: &[i64]) -> Line {
        let (left, right) = (Decimal::from(left), Decimal::from(right));
        Line {
            name: "sold = contracted".to_owned(),
            currency: "GBP".to_owned(),
            left: ("won deals".to_owned(), left),
            right: ("contracts".to_owned(), right),
            difference: left - right,
            owners: owners
                .iter()
                .map(|amount| ("a deal is not booked".to_owned(), "sales".to_owned(), Decimal::from(*amount)))
                .collect(),
        }
    }

    /// What is printed below both sides, and the last line.
    fn check(line: Line, first: &str, below: &str, ties: bool, last: &str) {
        let mut out = Vec::new();
        print(&line, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows[0].trim_end(), first);
        let below_found: Vec<String> = rows[3..]
            .iter()
            .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(below_found.join(" | "), below);
        let result = TieOut {
            entity: "uk".to_owned(),
            through: Period::parse("2026-01").unwrap(),
            lines: vec![line],
        };
        assert_eq!(summary(&[result]), (ties, last.to_owned()));
    }

    #[test]
    fn each_verdict_shows_what_is_known_of_the_difference() {
        check(line(100, 100, &[]), "  ties      sold = contracted", "", true, "tied out");
        check(
            line(1_100, 60, &[1_000, 40]),
            "  explained sold = contracted",
            "1,040.00 GBP difference, of which | 1,000.00 GBP a deal is not booked (for sales) | \
             40.00 GBP a deal is not booked (for sales)",
            true,
            "tied out; 1 difference is explained, each part with its owner",
        );
        check(
            line(100, 60, &[30]),
            "  DIFFERS   sold = contracted",
            "40.00 GBP difference, of which | 30.00 GBP a deal is not booked (for sales) | \
             10.00 GBP not explained: compare both sides document by document, and see `tieout worklist list`",
            false,
            "NOT tied out: 1 comparison differs by what nobody has explained",
        );
    }
}
