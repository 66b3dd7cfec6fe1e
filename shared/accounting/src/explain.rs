//! Explaining a story in words that a controller can hand to an auditor: what happened, what was decided and by which
//! paragraph, the arithmetic of each figure, the schedule, the balances, the journals, the notes.

mod beside;
mod happened;
mod journals;
mod tables;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::contract::{Contract, Working};
use crate::event::Event;
use crate::ids::{ContractId, ObligationId};
use crate::money::major;
use crate::policy::Policy;
use crate::story::{Outcome, Story};

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
    let until = outcome.until.map(|until| until.to_string()).unwrap_or_default();
    line(
        &mut out,
        format!("Ledger currency {}, computed through {until}.", story.book.ledger_currency),
    );
    line(&mut out, policy(&story.book.policy));
    let events = story.events_by_contract().unwrap_or_default();
    let workings = story.workings().unwrap_or_default();
    for contract in &outcome.contracts {
        let of = |id: &ContractId| id == contract.id();
        let events = events.iter().find(|(id, _)| of(id)).map_or(&[][..], |(_, events)| events);
        let workings = workings.iter().find(|(id, _)| of(id)).map_or(&[][..], |(_, workings)| workings);
        contract_text(&mut out, contract, (events, workings), outcome);
    }
    beside::beside(&mut out, outcome);
    out
}

/// The choices of the entity, in a sentence.
fn policy(policy: &Policy) -> String {
    let written = serde_json::to_value(policy).unwrap_or_default();
    let of = |key: &str| {
        written
            .get(key)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .replace('_', " ")
    };
    format!(
        "Policy: method {}, rounding {} with a half {}, invoices coded to {}, currency layers {}, bills at the rate of the {}.",
        of("method"),
        of("rounding"),
        of("round_half"),
        of("revenue_coding"),
        of("fx_layers"),
        of("fx_rate")
    )
}

fn contract_text(out: &mut String, contract: &Contract, (events, workings): (&[Event], &[Working]), outcome: &Outcome) {
    let customer = contract.customer().map(|customer| format!(" with {customer}")).unwrap_or_default();
    line(out, format!("\nCONTRACT {}{customer}, in {}", contract.id(), contract.currency()));
    line(out, "\nWhat happened".to_owned());
    for event in events {
        line(out, format!("  {}", happened::happened(event)));
    }
    line(out, "\nWhat follows, and why".to_owned());
    for note in contract.notes() {
        let question = if note.question { "QUESTION: " } else { "" };
        line(
            out,
            format!("  {}  {question}{} [{}]", note.on, note.reason.words, note.reason.paragraph),
        );
    }
    let price = |amounts: &BTreeMap<ObligationId, i64>| {
        let one = |(id, amount): (&ObligationId, &i64)| format!("{id} {}", major(i128::from(*amount), contract.currency()));
        let sum: i128 = amounts.values().map(|amount| i128::from(*amount)).sum();
        let parts = amounts.iter().map(one).collect::<Vec<_>>().join(" + ");
        format!("{parts} = {} {}", major(sum, contract.currency()), contract.currency())
    };
    line(out, format!("\nTransaction price at signing: {}", price(contract.allocation())));
    if let Some(after) = contract.allocation_after() {
        line(out, format!("Transaction price after the last modification: {}", price(after)));
    }
    line(
        out,
        format!("\nRevenue by period in which it was earned, in {}", contract.ledger_currency()),
    );
    tables::schedule(out, contract, outcome);
    line(out, "\nHow each figure came about".to_owned());
    for working in workings
        .iter()
        .filter(|working| outcome.until.is_none_or(|until| working.period <= until))
    {
        let amount = major(working.amount, contract.ledger_currency());
        line(
            out,
            format!("  {}  {}: {amount} = {}", working.period, working.obligation, working.words),
        );
    }
    line(out, "\nBalances at month-ends, as posted".to_owned());
    tables::balances(out, contract, outcome);
    line(out, "\nJournals (debit, credit)".to_owned());
    journals::journals(out, contract.entries(), outcome);
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
