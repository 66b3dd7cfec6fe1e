//! Explaining a story in words that a controller can hand to an auditor: schedule, journals, reasons.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Period;
use crate::contract::Contract;
use crate::ids::ObligationId;
use crate::journal::Entry;
use crate::money::major;
use crate::story::{Outcome, Story};

/// Columns of periods that stand side by side.
const PERIODS_PER_TABLE: usize = 12;

/// The schedule as a table, the journals, the balances and the reasons, as plain text.
///
/// ```
/// use tieout_accounting::{explain::explain, story::Story};
/// let story = Story::parse(r#"{"story": "s", "ledger": {"currency": "EUR"}, "events": [{"type": "signed", "on": "2026-05-04",
///     "obligations": [{"id": "workshop", "price": "950.00", "satisfied": "over_time", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#)?;
/// let text = explain(&story, &story.play()?);
/// assert!(text.contains("workshop") && text.contains("950.00"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn explain(story: &Story, outcome: &Outcome) -> String {
    let mut out = String::new();
    let title = story.title.as_deref().unwrap_or("");
    line(&mut out, format!("{}: {title}", story.id));
    if let Some(error) = &outcome.error {
        line(&mut out, format!("Refused. {error}"));
        return out;
    }
    let policy = story.book.policy;
    let until = outcome.until.map(|until| until.to_string()).unwrap_or_default();
    line(
        &mut out,
        format!(
            "Ledger currency {}, default method {}, computed through {until}.",
            story.book.ledger_currency,
            policy.method.name()
        ),
    );
    for contract in &outcome.contracts {
        line(&mut out, String::new());
        contract_text(&mut out, contract, outcome);
    }
    out
}

fn contract_text(out: &mut String, contract: &Contract, outcome: &Outcome) {
    let customer = contract.customer().map(|customer| format!(" with {customer}")).unwrap_or_default();
    line(out, format!("CONTRACT {}{customer}, in {}", contract.id(), contract.currency()));
    let price = |amounts: &BTreeMap<ObligationId, i64>| {
        let one = |(id, amount): (&ObligationId, &i64)| format!("{id} {}", major(i128::from(*amount), contract.currency()));
        amounts.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    line(out, format!("Transaction price at signing: {}", price(contract.allocation())));
    if let Some(after) = contract.allocation_after() {
        line(out, format!("Transaction price after the last modification: {}", price(after)));
    }
    line(out, String::new());
    line(out, "Revenue by period in which it was earned".to_owned());
    schedule(out, contract, outcome);
    line(out, String::new());
    line(out, "Balances at month-ends".to_owned());
    balances(out, contract, outcome);
    line(out, String::new());
    line(out, "Journals (debit, credit)".to_owned());
    contract
        .entries()
        .iter()
        .filter(|entry| outcome.until.is_none_or(|until| entry.posting_period <= until))
        .for_each(|entry| journal(out, entry, outcome));
    line(out, String::new());
    line(out, "Reasons".to_owned());
    for note in contract.notes() {
        line(out, format!("  {}  {} [{}]", note.on, note.reason.words, note.reason.paragraph));
    }
}

/// Obligations by periods, twelve periods a table.
fn schedule(out: &mut String, contract: &Contract, outcome: &Outcome) {
    let mut periods: Vec<Period> = contract.recognised_by_period().keys().copied().collect();
    periods.retain(|period| outcome.until.is_none_or(|until| *period <= until));
    for chunk in periods.chunks(PERIODS_PER_TABLE) {
        let mut rows = vec![("".to_owned(), chunk.iter().map(Period::to_string).collect::<Vec<_>>())];
        for (id, amounts) in contract.recognised_by_obligation() {
            let cell = |period: &Period| amounts.get(period).map_or_else(|| "-".to_owned(), |amount| outcome.major(*amount));
            rows.push((id.to_string(), chunk.iter().map(cell).collect()));
        }
        rows.push((
            "all".to_owned(),
            chunk
                .iter()
                .map(|period| outcome.major(contract.recognised(*period).minor))
                .collect(),
        ));
        table(out, &rows);
    }
}

fn balances(out: &mut String, contract: &Contract, outcome: &Outcome) {
    let head = [
        "contract liability",
        "contract asset",
        "accrued receivable",
        "receivable",
        "refund liability",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut rows = vec![("".to_owned(), head)];
    let until = outcome.until.unwrap_or(contract.through());
    for day in contract.first_period().to(until).map(Period::last_day) {
        let of = contract.balances(day);
        let cells = [
            of.contract_liability,
            of.contract_asset,
            of.accrued_receivable,
            of.receivable,
            of.refund_liability,
        ];
        rows.push((day.to_string(), cells.into_iter().map(|amount| outcome.major(amount)).collect()));
    }
    table(out, &rows);
}

fn journal(out: &mut String, entry: &Entry, outcome: &Outcome) {
    let late = if entry.economic_period == entry.posting_period {
        String::new()
    } else {
        format!(", for {} posted in {}", entry.economic_period, entry.posting_period)
    };
    line(
        out,
        format!(
            "  {}  {}{late}: {} [{}]",
            entry.on,
            entry.case.words(),
            entry.reason.words,
            entry.reason.paragraph
        ),
    );
    for of in &entry.lines {
        let amount = outcome.major(of.amount.saturating_abs());
        let (debit, credit) = if of.amount >= 0 {
            (amount.as_str(), "")
        } else {
            ("", amount.as_str())
        };
        let obligation = of.obligation.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        line(
            out,
            format!("      {:<40} {debit:>16} {credit:>16}", format!("{}{obligation}", of.account)),
        );
    }
}

fn table(out: &mut String, rows: &[(String, Vec<String>)]) {
    let first = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let columns = rows.first().map_or(0, |(_, cells)| cells.len());
    let width = |column: usize| {
        rows.iter()
            .filter_map(|(_, cells)| cells.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (name, cells) in rows {
        let cells: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        line(out, format!("  {name:<first$}  {}", cells.join("  ")));
    }
}

fn line(out: &mut String, text: String) {
    let _ = writeln!(out, "{}", text.trim_end());
}
