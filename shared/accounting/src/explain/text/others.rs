//! What does not belong to one contract: costs, deliveries by another entity, the group's currency, the notes to the accounts.

use serde_json::Value;

use super::super::Explanation;
use super::layout::{Row, heading, line, table};
use super::{entries, within};
use crate::Period;
use crate::journal::{Entry, Rule};

/// The figures of the notes, in the order of a disclosure.
const DISCLOSED: [(&str, &str); 15] = [
    ("opening_receivable", "receivable, opening"),
    ("closing_receivable", "receivable, closing"),
    ("opening_contract_asset", "contract asset, opening"),
    ("closing_contract_asset", "contract asset, closing"),
    ("opening_contract_liability", "contract liability, opening"),
    ("closing_contract_liability", "contract liability, closing"),
    ("liability_current", "of the closing liability, due within a year"),
    ("liability_non_current", "of the closing liability, due later"),
    ("revenue", "revenue"),
    ("revenue_from_opening", "of the revenue, from the opening contract liability"),
    ("rpo", "remaining performance obligations"),
    ("rpo_first_year", "of these, within a year"),
    ("rpo_second_year", "in the second year"),
    ("rpo_third_year", "in the third year"),
    ("rpo_later", "later"),
];

/// Figures that stand only where there are any.
const LATER: [&str; 4] = ["liability_non_current", "rpo_second_year", "rpo_third_year", "rpo_later"];

pub(super) fn others(out: &mut String, explanation: &Explanation<'_>) {
    let outcome = explanation.outcome;
    journals(out, explanation, "COSTS", &outcome.extra.costs);
    for chain in &outcome.extra.chains {
        journals(
            out,
            explanation,
            "INTERCOMPANY: the seller's books, in addition to the contract's entries",
            &chain.seller,
        );
        journals(out, explanation, "INTERCOMPANY: the performer's books", &chain.performer);
        journals(out, explanation, "INTERCOMPANY: eliminated on consolidation", &chain.elimination);
    }
    let all = outcome.to_json();
    if !outcome.extra.translated.is_empty() {
        translated(out, explanation, all.get("translated"));
    }
    let notes = all.get("disclosure").and_then(Value::as_object);
    let chosen = |name: &&String| explanation.scope.period.is_none_or(|span| span.to_string() == **name);
    let names: Vec<&String> = notes.into_iter().flat_map(serde_json::Map::keys).filter(chosen).collect();
    if names.is_empty() {
        return;
    }
    let currency = explanation.story.book.ledger_currency;
    heading(
        out,
        format!("NOTES TO THE ACCOUNTS, in {currency} [{}]", Rule::Disclosure.paragraph()),
    );
    let cell = |name: &str, key: &str| {
        all.pointer(&format!("/disclosure/{name}/{key}"))
            .and_then(Value::as_str)
            .unwrap_or("-")
            .to_owned()
    };
    let mut rows: Vec<Row> = vec![(String::new(), names.iter().map(ToString::to_string).collect())];
    for (key, words) in DISCLOSED {
        let cells: Vec<String> = names.iter().map(|name| cell(name, key)).collect();
        if !LATER.contains(&key) || cells.iter().any(|cell| *cell != outcome.major(0)) {
            rows.push((words.to_owned(), cells));
        }
    }
    table(out, &rows);
}

fn journals(out: &mut String, explanation: &Explanation<'_>, title: &str, list: &[Entry]) {
    let chosen: Vec<&Entry> = list.iter().filter(|entry| explanation.has_other(entry)).collect();
    if chosen.is_empty() {
        return;
    }
    let currency = explanation.story.book.ledger_currency;
    heading(out, format!("{title}: journal entries, debit and credit in {currency}"));
    entries(out, explanation, &chosen, currency);
}

/// The books in the group's currency, with the two rates of each month.
fn translated(out: &mut String, explanation: &Explanation<'_>, value: Option<&Value>) {
    let Some(group) = &explanation.story.extras.group else {
        return;
    };
    let chosen = |name: &&String| Period::parse(name).is_ok_and(|period| within(explanation, period));
    let periods: Vec<&String> = value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .filter(chosen)
        .collect();
    if periods.is_empty() {
        return;
    }
    heading(
        out,
        format!(
            "TRANSLATED FOR THE GROUP, in {} [{}]",
            group.currency,
            Rule::GroupTranslation.paragraph()
        ),
    );
    line(
        out,
        "  Balances are at the closing rate, revenue and expense at the average rate; the difference is the cumulative translation adjustment.",
    );
    let mut rows: Vec<Row> = vec![(String::new(), periods.iter().map(ToString::to_string).collect())];
    let rate = |closing: bool| {
        let of = |name: &&String| {
            let rates = Period::parse(name).ok().and_then(|period| group.rates.get(&period));
            rates.map_or_else(
                || "-".to_owned(),
                |rates| if closing { rates.closing } else { rates.average }.to_string(),
            )
        };
        periods.iter().map(of).collect::<Vec<_>>()
    };
    rows.push(("closing rate".to_owned(), rate(true)));
    rows.push(("average rate".to_owned(), rate(false)));
    let figures = |name: &str| value.and_then(|value| value.get(name)).and_then(Value::as_object);
    let mut keys: Vec<&String> = Vec::new();
    for key in periods.iter().filter_map(|name| figures(name)).flat_map(serde_json::Map::keys) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    for key in keys {
        let words = match key.as_str() {
            "cta" => "cumulative translation adjustment".to_owned(),
            "fx" => "exchange gain or loss".to_owned(),
            other => other.replace('_', " "),
        };
        let cell = |name: &&String| {
            figures(name)
                .and_then(|of| of.get(key))
                .and_then(Value::as_str)
                .unwrap_or("-")
                .to_owned()
        };
        rows.push((words, periods.iter().map(cell).collect()));
    }
    table(out, &rows);
}
