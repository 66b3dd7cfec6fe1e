//! Journals of an explanation, each with its rule; what was said before is not said again.

use std::collections::BTreeSet;

use super::line;
use crate::Period;
use crate::journal::Entry;
use crate::story::Outcome;

/// Prints entries through the last period that is reported.
pub(super) fn journals<'e>(out: &mut String, entries: impl IntoIterator<Item = &'e Entry>, outcome: &Outcome) {
    let mut said = BTreeSet::new();
    let within = |period: Period| outcome.until.is_none_or(|until| period <= until);
    for entry in entries.into_iter().filter(|entry| within(entry.posting_period)) {
        let new = said.insert((entry.case, entry.reason.words.clone()));
        journal(out, entry, new, outcome);
    }
}

fn journal(out: &mut String, entry: &Entry, new: bool, outcome: &Outcome) {
    let late = if entry.economic_period == entry.posting_period {
        String::new()
    } else {
        format!(", for {} posted in {}", entry.economic_period, entry.posting_period)
    };
    let reason = match new {
        true => format!(": {} [{}]", entry.reason.words, entry.reason.paragraph),
        false => String::new(),
    };
    line(out, format!("  {}  {}{late}{reason}", entry.on, entry.case.words()));
    let (debits, credits): (Vec<_>, Vec<_>) = entry.lines.iter().partition(|line| line.amount >= 0);
    for of in debits.into_iter().chain(credits) {
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
