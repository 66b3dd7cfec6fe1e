//! The explanation as JSON: the keys of `expect`, and beside them what a controller reads in the text (FORMAT.md, "Explained").

use serde_json::{Map, Value, json};

use super::movements::Movement;
use super::rates::{self, RateUsed};
use super::view::View;
use super::{Explanation, Scope};
use crate::contract::{Note, Translated, Working};
use crate::journal::{Entry, Line};
use crate::money::major;
use crate::{Currency, Period};

/// Figures that are kept by product.
const BY_OBLIGATION: [&str; 3] = ["allocation", "allocation_after", "recognised_by_obligation"];
/// Figures that are kept by contract and not by period.
const WITHOUT_PERIOD: [&str; 3] = ["allocation", "allocation_after", "treatment"];

pub(super) fn json(explanation: &Explanation<'_>) -> Value {
    let mut out = match explanation.outcome.to_json() {
        Value::Object(figures) => figures,
        _ => Map::new(),
    };
    narrow(&mut out, &explanation.scope);
    let mut lists: [Vec<Value>; 5] = Default::default();
    let [questions, reasons, entries, workings, used] = &mut lists;
    let mut roll_forward = Map::new();
    for view in &explanation.views {
        let contract = view.contract.id().as_str();
        for note in &view.notes {
            (if note.question { &mut *questions } else { &mut *reasons }).push(of_note(contract, note));
        }
        let currency = view.contract.ledger_currency();
        entries.extend(
            view.entries
                .iter()
                .map(|entry| of_entry("contract", entry, currency, view.contract.currency())),
        );
        workings.extend(view.workings.iter().map(|working| of_working(view, working, explanation)));
        used.extend(view.rates.iter().map(|rate| of_rate(view, rate, explanation)));
        if explanation.scope.has_balances() {
            roll_forward.insert(contract.to_owned(), of_movements(view));
        }
    }
    if explanation.scope.has_balances() {
        entries.extend(others(explanation));
    }
    let [questions, reasons, entries, workings, used] = lists;
    out.insert("questions".to_owned(), Value::Array(questions));
    out.insert("reasons".to_owned(), Value::Array(reasons));
    out.insert("entries".to_owned(), Value::Array(entries));
    out.insert("workings".to_owned(), Value::Array(workings));
    out.insert("rates".to_owned(), Value::Array(used));
    if !roll_forward.is_empty() {
        out.insert("roll_forward".to_owned(), Value::Object(roll_forward));
    }
    if !explanation.scope.is_whole() {
        let scope = &explanation.scope;
        let period = scope.period.map(|span| span.to_string());
        let chosen = json!({"period": period, "obligation": scope.obligation, "document": scope.document});
        out.insert("scope".to_owned(), chosen);
    }
    Value::Object(out)
}

/// Takes out the figures that a scope does not choose.
fn narrow(figures: &mut Map<String, Value>, scope: &Scope) {
    if scope.document.is_some() {
        figures.clear();
    }
    if let Some(id) = &scope.obligation {
        figures.retain(|key, _| BY_OBLIGATION.contains(&key.as_str()));
        for figure in figures.values_mut().filter_map(Value::as_object_mut) {
            figure.retain(|key, _| key == id);
        }
    }
    if let Some(span) = scope.period {
        // "2026-03", "2026-03-31" or "2026": the month of a key, or a whole year.
        let within = |key: &str| match Period::parse(key.get(..7).unwrap_or(key)) {
            Ok(period) => Some(span.contains(period)),
            Err(_) => super::Span::parse(key).ok().map(|year| year == span),
        };
        for (_, figure) in figures.iter_mut().filter(|(key, _)| !WITHOUT_PERIOD.contains(&key.as_str())) {
            keep_periods(figure, &within);
        }
    }
}

fn keep_periods(value: &mut Value, within: &impl Fn(&str) -> Option<bool>) {
    if let Value::Object(keys) = value {
        keys.retain(|key, _| within(key).unwrap_or(true));
        keys.values_mut().for_each(|value| keep_periods(value, within));
    }
}

fn of_note(contract: &str, note: &Note) -> Value {
    json!({"contract": contract, "on": note.on.to_string(), "words": note.reason.words, "paragraph": note.reason.paragraph})
}

fn of_entry(book: &str, entry: &Entry, ledger: Currency, currency: Currency) -> Value {
    let line = |line: &Line| {
        let side = if line.amount >= 0 { "debit" } else { "credit" };
        let mut out = Map::new();
        out.insert("account".to_owned(), json!(line.account.name()));
        out.extend(line.obligation.iter().map(|id| ("obligation".to_owned(), json!(id))));
        out.insert(side.to_owned(), json!(major(i128::from(line.amount).abs(), ledger)));
        let foreign = line.transaction.map(|amount| json!(major(i128::from(amount).abs(), currency)));
        out.extend(foreign.map(|amount| ("in_contract_currency".to_owned(), amount)));
        Value::Object(out)
    };
    let contract = entry.lines.first().map(|line| line.contract.as_str());
    let mut out = json!({
        "id": entry.id,
        "book": book,
        "contract": contract,
        "on": entry.on.to_string(),
        "economic_period": entry.economic_period.to_string(),
        "posting_period": entry.posting_period.to_string(),
        "case": entry.case,
        "words": entry.reason.words,
        "paragraph": entry.reason.paragraph,
        "lines": entry.lines.iter().map(line).collect::<Vec<_>>(),
    });
    if let (Some(out), Some(reversed)) = (out.as_object_mut(), &entry.reverses) {
        out.insert("reverses".to_owned(), json!(reversed));
    }
    out
}

/// Entries of costs and of deliveries by another entity.
fn others(explanation: &Explanation<'_>) -> Vec<Value> {
    let Some(ledger) = explanation.outcome.currency else {
        return Vec::new();
    };
    let extra = &explanation.outcome.extra;
    let chains = extra.chains.iter().flat_map(|chain| {
        let books = [
            ("seller", &chain.seller),
            ("performer", &chain.performer),
            ("elimination", &chain.elimination),
        ];
        books
            .into_iter()
            .flat_map(|(book, entries)| entries.iter().map(move |entry| (book, entry)))
    });
    let costs = extra.costs.iter().map(|entry| ("costs", entry));
    let chosen = costs.chain(chains).filter(|(_, entry)| explanation.has_other(entry));
    chosen.map(|(book, entry)| of_entry(book, entry, ledger, ledger)).collect()
}

fn of_working(view: &View<'_>, working: &Working, explanation: &Explanation<'_>) -> Value {
    let parts = working.translated.iter().map(|part| translated(view, part, explanation));
    json!({
        "contract": view.contract.id(),
        "obligation": working.obligation,
        "period": working.period.to_string(),
        "amount": major(working.amount, view.contract.ledger_currency()),
        "words": working.words,
        "translated": parts.collect::<Vec<_>>(),
    })
}

fn of_rate(view: &View<'_>, used: &RateUsed, explanation: &Explanation<'_>) -> Value {
    let mut out = translated(view, &used.translated, explanation);
    if let Some(out) = out.as_object_mut() {
        out.insert("contract".to_owned(), json!(view.contract.id()));
        out.insert("date".to_owned(), json!(used.on.to_string()));
        out.insert("for".to_owned(), json!(used.what));
    }
    out
}

/// An amount with its rate; `rate` is null where several were averaged.
fn translated(view: &View<'_>, part: &Translated, explanation: &Explanation<'_>) -> Value {
    let currency = view.contract.currency();
    let source = |rate| rates::source(rate, currency, &explanation.story.book.rates);
    json!({
        "amount": major(part.amount, currency),
        "ledger": major(part.ledger, view.contract.ledger_currency()),
        "rate": part.rate.as_ref().map(|rate| rate.rate.to_string()),
        "rate_on": part.rate.as_ref().map(|rate| rate.on.to_string()),
        "source": part.rate.as_ref().map(source),
        "occasion": part.rate.as_ref().map(rates::occasion),
    })
}

fn of_movements(view: &View<'_>) -> Value {
    let currency = view.contract.ledger_currency();
    let amount = |minor: i64| json!(major(i128::from(minor), currency));
    let of = |movement: &Movement, revenue: &str| {
        json!({
            "opening": amount(movement.opening),
            "billed": amount(movement.billed),
            "settled_by_billing": amount(movement.settled),
            revenue: amount(movement.revenue),
            "other": amount(movement.other),
            "closing": amount(movement.closing),
        })
    };
    let (mut liability, mut asset) = (Map::new(), Map::new());
    for (period, of_liability, of_asset) in view.months() {
        liability.insert(period.to_string(), of(&of_liability, "to_revenue"));
        asset.insert(period.to_string(), of(&of_asset, "earned"));
    }
    json!({"contract_liability": liability, "contract_asset": asset})
}
