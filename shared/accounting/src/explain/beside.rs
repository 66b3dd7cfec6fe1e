//! What stands beside the contracts: costs, deliveries by another entity, the group's currency, the notes to the accounts.

use serde_json::Value;

use super::journals::journals;
use super::{line, table};
use crate::story::Outcome;

pub(super) fn beside(out: &mut String, outcome: &Outcome) {
    if !outcome.extra.costs.is_empty() {
        line(out, "\nCOSTS: journals (debit, credit)".to_owned());
        journals(out, &outcome.extra.costs, outcome);
    }
    for chain in &outcome.extra.chains {
        let books = [
            ("INTERCOMPANY: the seller's books, beside the contract's journals", &chain.seller),
            ("INTERCOMPANY: the performer's books", &chain.performer),
            ("INTERCOMPANY: eliminated on consolidation", &chain.elimination),
        ];
        for (title, entries) in books {
            line(out, format!("\n{title}"));
            journals(out, entries, outcome);
        }
    }
    let all = outcome.to_json();
    if !outcome.extra.translated.is_empty() {
        line(out, "\nTRANSLATED FOR THE GROUP: balances at the closing rate, revenue at the average rate, the difference to the translation adjustment [ASC 830-30-45-3; IAS 21.39]".to_owned());
        figures(out, all.get("translated"));
    }
    line(
        out,
        "\nNOTES TO THE ACCOUNTS [ASC 606-10-50-8, 50-13; IFRS 15.116, 120; ASC 210-10-45]".to_owned(),
    );
    figures(out, all.get("disclosure"));
}

/// Figures by period: a column for each period, a row for each figure.
fn figures(out: &mut String, value: Option<&Value>) {
    let Some(periods) = value.and_then(Value::as_object).filter(|periods| !periods.is_empty()) else {
        return;
    };
    let mut names: Vec<&String> = Vec::new();
    for figures in periods.values().filter_map(Value::as_object) {
        for name in figures.keys() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let mut rows = vec![(String::new(), periods.keys().cloned().collect::<Vec<_>>())];
    for name in names {
        let cell = |figures: &Value| figures.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        rows.push((name.replace('_', " "), periods.values().map(cell).collect()));
    }
    table(out, &rows);
}
