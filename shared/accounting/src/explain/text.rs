//! The explanation as text. The summary stands first: revenue and balances by month; then the detail, within the limits of
//! [`super`] unless a scope was chosen.

mod layout;
mod others;
mod tables;

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::happened::{Listed, happened};
use super::rates::{occasion, source};
use super::view::View;
use super::{Explanation, MAX_CONTRACTS, MAX_ENTRIES, MAX_ENTRY_LINES, MAX_PRODUCTS, MAX_ROWS};
use crate::contract::{Note, Translated};
use crate::event::{DocumentLine, Event, EventKind};
use crate::journal::{Case, Entry, Line, Role};
use crate::money::major;
use crate::policy::{FxLayers, FxRate, Policy, RevenueCoding};
use crate::story::Story;
use crate::{Currency, Period};
use layout::{cited, heading, line, sentence};

/// Longest sentence of a summary, in characters: the allocation of a contract of 300 products is one.
const MAX_SENTENCE: usize = 600;
/// Characters before the words of an event: its date and two spaces.
const FACT_INDENT: usize = 12;
/// How to see what a summary leaves out.
const CHOOSE: &str = "choose with --period, --obligation or --document, or take all with --json";

pub(super) fn title(story: &Story) -> String {
    match &story.title {
        Some(title) => format!("{}: {title}", story.id),
        None => story.id.clone(),
    }
}

pub(super) fn text(explanation: &Explanation<'_>) -> String {
    let mut out = String::new();
    let (story, outcome) = (explanation.story, explanation.outcome);
    line(&mut out, title(story));
    let until = outcome.until.map(|until| format!(", computed through {until}")).unwrap_or_default();
    line(&mut out, format!("Ledger currency {}{until}.", story.book.ledger_currency));
    sentence(&mut out, "", &policy(&story.book.policy));
    let chosen: Vec<String> = [
        explanation.scope.period.map(|span| format!("period {span}")),
        explanation.scope.obligation.as_ref().map(|id| format!("product {id}")),
        explanation.scope.document.as_ref().map(|number| format!("document {number}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !chosen.is_empty() {
        line(&mut out, format!("Shown: {}.", chosen.join(", ")));
    }
    let most = if explanation.scope.is_whole() { MAX_CONTRACTS } else { usize::MAX };
    for view in explanation.views.iter().take(most) {
        contract(&mut out, explanation, view);
    }
    if explanation.views.is_empty() {
        heading(&mut out, "Nothing of the story belongs to all of these.");
    }
    if let Some(more) = explanation.views.len().checked_sub(most).filter(|more| *more > 0) {
        heading(&mut out, format!("{more} more contracts: {CHOOSE}."));
    }
    if explanation.scope.has_balances() {
        others::others(&mut out, explanation);
    }
    out
}

/// The choices of the entity, in a sentence.
fn policy(policy: &Policy) -> String {
    let coding = match policy.revenue_coding {
        RevenueCoding::Liability => "contract liability",
        RevenueCoding::Revenue => "revenue",
    };
    let layers = match policy.fx_layers {
        FxLayers::Fifo => "first in, first out",
        FxLayers::Proportional => "in proportion",
    };
    let rate = match policy.fx_rate {
        FxRate::Contract => "rate of the signing",
        _ => "rate of their own day",
    };
    let written = serde_json::to_value(policy).unwrap_or_default();
    let of = |key: &str| {
        written
            .get(key)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .replace('_', " ")
    };
    format!(
        "Policy: revenue by the method {}; rounding {}, half {}; the ledger codes invoices to {coding}; foreign advances are consumed \
         {layers}; foreign documents are translated at the {rate}.",
        of("method"),
        of("rounding"),
        if of("round_half") == "even" { "to even" } else { "away from zero" },
    )
}

fn contract(out: &mut String, explanation: &Explanation<'_>, view: &View<'_>) {
    let contract = view.contract;
    let customer = contract.customer().map(|customer| format!(" with {customer}")).unwrap_or_default();
    heading(out, format!("CONTRACT {}{customer}, in {}", contract.id(), contract.currency()));
    let (questions, decisions): (Vec<&Note>, Vec<&Note>) = view.notes.iter().partition(|note| note.question);
    if !questions.is_empty() {
        heading(out, "Questions that a person has to answer");
        notes(out, explanation, &questions);
    } else if explanation.scope.is_whole() {
        line(out, "No question is open.");
    }
    if explanation.scope.document.is_none() {
        heading(
            out,
            format!(
                "Revenue by product and month in which it was earned, in {}",
                contract.ledger_currency()
            ),
        );
        tables::revenue(out, explanation, view);
    }
    if explanation.scope.has_balances() {
        tables::roll_forward(out, view, explanation.story.book.policy.revenue_coding);
        tables::balances(out, explanation, view);
    }
    if !view.events.is_empty() {
        heading(out, format!("What happened, in {}", contract.currency()));
        let most = if explanation.scope.document.is_some() {
            usize::MAX
        } else {
            MAX_PRODUCTS
        };
        let listed = Listed {
            only: explanation.scope.obligation.as_deref(),
            most,
            most_in_row: most,
        };
        let print = |out: &mut String, event: &Event| {
            for row in happened(event, listed).lines() {
                // The date, or as much space.
                let (first, words) = row.split_at(row.char_indices().nth(FACT_INDENT).map_or(row.len(), |(at, _)| at));
                sentence(out, &format!("  {first}"), words);
            }
        };
        limited(out, explanation, &view.events, MAX_ROWS, "events", print);
        if let Some(open) = explanation
            .scope
            .document
            .as_deref()
            .and_then(|number| open_amount(number, &view.events))
        {
            line(out, format!("  {:FACT_INDENT$}open: {open}", ""));
        }
    }
    if !decisions.is_empty() {
        heading(out, "What was decided, and why");
        notes(out, explanation, &decisions);
    }
    if explanation.scope.document.is_none() && explanation.scope.period.is_none() {
        tables::prices(out, explanation, view);
    }
    rates(out, explanation, view);
    workings(out, explanation, view);
    if !view.entries.is_empty() {
        heading(out, format!("Journal entries, debit and credit in {}", contract.ledger_currency()));
        if explanation.scope.obligation.is_some() {
            line(out, "  (only the lines of this product)");
        }
        entries(out, explanation, &view.entries, contract.currency());
    }
}

/// What is open of an invoice after all that happened to it; none for a credit note.
fn open_amount(number: &str, events: &[Event]) -> Option<Decimal> {
    let sum =
        |lines: &[DocumentLine], tax: Option<Decimal>| lines.iter().map(|line| line.amount).sum::<Decimal>() + tax.unwrap_or_default();
    let billed = events.iter().find_map(|event| match &event.kind {
        EventKind::Invoiced(of) if of.invoice.as_str() == number => Some(sum(&of.lines, of.tax)),
        _ => None,
    })?;
    let settled = events.iter().map(|event| match &event.kind {
        EventKind::Paid(of) => of.amount + of.discount.unwrap_or_default(),
        EventKind::Credited(of) => sum(&of.lines, of.tax),
        EventKind::WrittenOff(of) => of.amount,
        EventKind::Refunded(of) => -of.amount,
        _ => Decimal::ZERO,
    });
    Some(billed - settled.sum::<Decimal>())
}

/// Prints a list, or where a summary would be too long, how many there are.
fn limited<T>(out: &mut String, explanation: &Explanation<'_>, list: &[T], most: usize, what: &str, print: impl Fn(&mut String, &T)) {
    if explanation.scope.is_whole() && list.len() > most {
        line(out, format!("  {} {what}: {CHOOSE}.", list.len()));
        return;
    }
    list.iter().for_each(|one| print(out, one));
}

fn notes(out: &mut String, explanation: &Explanation<'_>, list: &[&Note]) {
    let whole = explanation.scope.is_whole();
    limited(out, explanation, list, MAX_ROWS, "decisions", |out, note| {
        let words: String = match note.reason.words.char_indices().nth(MAX_SENTENCE).filter(|_| whole) {
            Some((end, _)) => format!("{} ... (cut; {CHOOSE})", note.reason.words.get(..end).unwrap_or_default()),
            None => note.reason.words.to_string(),
        };
        cited(out, &format!("  {}  ", note.on), &words, note.reason.paragraph);
    });
}

/// Documents and closing balances with their rates.
fn rates(out: &mut String, explanation: &Explanation<'_>, view: &View<'_>) {
    if view.rates.is_empty() {
        return;
    }
    let (currency, ledger) = (view.contract.currency(), view.contract.ledger_currency());
    heading(out, format!("Exchange rates used: 1 {currency} in {ledger}"));
    if explanation.scope.is_whole() && view.rates.len() > MAX_ROWS {
        line(out, format!("  {} amounts were translated: {CHOOSE}.", view.rates.len()));
        return;
    }
    let what = view.rates.iter().map(|used| used.what.chars().count()).max().unwrap_or(0);
    let amounts: Vec<[String; 3]> = view
        .rates
        .iter()
        .map(|used| {
            let rate = used
                .translated
                .rate
                .as_ref()
                .map_or_else(|| "several".to_owned(), |rate| rate.rate.to_string());
            [major(used.translated.amount, currency), rate, major(used.translated.ledger, ledger)]
        })
        .collect();
    let width = |at: usize| {
        amounts
            .iter()
            .filter_map(|row| row.get(at))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let (first, second, third) = (width(0), width(1), width(2));
    for (used, [amount, rate, in_ledger]) in view.rates.iter().zip(&amounts) {
        let whose = used
            .translated
            .rate
            .as_ref()
            .map(|rate| source(rate, currency, &explanation.story.book.rates));
        line(
            out,
            format!(
                "  {}  {:<what$}  {amount:>first$} {currency} at {rate:<second$} = {in_ledger:>third$} {ledger}  {}",
                used.on,
                used.what,
                whose.unwrap_or_default()
            ),
        );
    }
}

/// How each figure of revenue came about.
fn workings(out: &mut String, explanation: &Explanation<'_>, view: &View<'_>) {
    if view.workings.is_empty() {
        return;
    }
    let (currency, ledger) = (view.contract.currency(), view.contract.ledger_currency());
    let foreign = currency != ledger;
    let unit = if foreign {
        format!(", worked out in {currency}")
    } else {
        String::new()
    };
    heading(out, format!("How each figure of revenue came about, in {ledger}{unit}"));
    let name = view
        .workings
        .iter()
        .map(|working| working.obligation.as_str().chars().count())
        .max()
        .unwrap_or(0);
    let amount = view
        .workings
        .iter()
        .map(|working| major(working.amount, ledger).len())
        .max()
        .unwrap_or(0);
    limited(out, explanation, &view.workings, MAX_ROWS, "figures", |out, working| {
        let figure = major(working.amount, ledger);
        let first = format!("  {}  {:<name$}  {figure:>amount$}  ", working.period, working.obligation.as_str());
        sentence(out, &first, &working.words);
        let indent = " ".repeat(first.chars().count());
        for part in &working.translated {
            sentence(out, &indent, &translated(part, currency, ledger));
        }
    });
}

fn translated(part: &Translated, currency: Currency, ledger: Currency) -> String {
    let in_ledger = format!("{} {ledger}", major(part.ledger, ledger));
    let amount = major(part.amount, currency);
    match &part.rate {
        Some(rate) => format!("{amount} {currency} at {} = {in_ledger} ({})", rate.rate, occasion(rate)),
        None if part.amount == 0 => format!("{in_ledger} at the rates at which the amounts were recognised or billed before"),
        None => format!("{amount} {currency} at the average of what is billed = {in_ledger}"),
    }
}

/// Entries with their ids; a reason that was given is not repeated.
pub(super) fn entries(out: &mut String, explanation: &Explanation<'_>, list: &[&Entry], currency: Currency) {
    if explanation.scope.is_whole() && list.len() > MAX_ENTRIES {
        line(out, format!("  {} entries: {CHOOSE}.", list.len()));
        return;
    }
    let mut given = BTreeSet::new();
    for entry in list {
        let new = given.insert((entry.case, entry.reason.words.clone()));
        self::entry(out, explanation, entry, new, currency);
    }
}

fn entry(out: &mut String, explanation: &Explanation<'_>, entry: &Entry, new: bool, currency: Currency) {
    line(out, format!("  {}  {}  {}", entry.on, case(entry.case), entry.id));
    // A late fact's own reason names both periods.
    let late = match entry.economic_period == entry.posting_period || entry.case == Case::CatchUp {
        true => String::new(),
        false => format!("for {}, posted in {}. ", entry.economic_period, entry.posting_period),
    };
    if new {
        cited(out, "      ", &format!("{late}{}", entry.reason.words), entry.reason.paragraph);
    } else if !late.is_empty() {
        sentence(out, "      ", &late);
    }
    let only = explanation.scope.obligation.as_deref();
    let chosen = |line: &&Line| only.is_none_or(|only| line.obligation.as_ref().is_some_and(|id| id.as_str() == only));
    let lines: Vec<&Line> = entry.lines.iter().filter(chosen).collect();
    let sums = explanation.scope.is_whole() && lines.len() > MAX_ENTRY_LINES;
    let rows: Vec<(String, i64, Option<i64>)> = if sums {
        by_account(&lines)
    } else {
        lines.iter().map(|line| row(line)).collect()
    };
    let (debits, credits): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, amount, _)| *amount >= 0);
    for (name, amount, transaction) in debits.into_iter().chain(credits) {
        let figure = explanation.outcome.major(amount.abs());
        let (debit, credit) = if amount >= 0 {
            (figure.as_str(), "")
        } else {
            ("", figure.as_str())
        };
        let foreign = transaction.map(|amount| format!("  {} {currency}", major(i128::from(amount).abs(), currency)));
        line(
            out,
            format!("      {name:<44} {debit:>14} {credit:>14}{}", foreign.unwrap_or_default()),
        );
    }
}

fn row(line: &Line) -> (String, i64, Option<i64>) {
    let obligation = line.obligation.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    (format!("{}{obligation}", account(line.account)), line.amount, line.transaction)
}

/// One row for each account and side.
fn by_account(lines: &[&Line]) -> Vec<(String, i64, Option<i64>)> {
    let mut sums: std::collections::BTreeMap<(bool, Role), (usize, i64, Option<i64>)> = std::collections::BTreeMap::new();
    for line in lines {
        let (count, amount, transaction) = sums.entry((line.amount < 0, line.account)).or_default();
        *count += 1;
        *amount += line.amount;
        *transaction = line
            .transaction
            .map(|more| transaction.map_or(more, |sum| sum + more))
            .or(*transaction);
    }
    let of = |((_, role), (count, amount, transaction)): ((bool, Role), (usize, i64, Option<i64>))| {
        let lines = if count > 1 { format!(" ({count} lines)") } else { String::new() };
        (format!("{}{lines}", account(role)), amount, transaction)
    };
    sums.into_iter().map(of).collect()
}

/// The case, in the words of a ledger.
fn case(case: Case) -> &'static str {
    match case {
        Case::Reclass => "deferral of invoices coded to revenue",
        Case::UnearnedLoss => "unearned part of a write-off",
        Case::Bill => "supplier's bill",
        Case::CostRelease => "cost of the period",
        Case::CatchUp => "late fact",
        other => other.words(),
    }
}

/// An account, in words.
pub(super) fn account(role: Role) -> String {
    match role {
        Role::Fx => "exchange gain or loss".to_owned(),
        Role::IcReceivable => "intercompany receivable".to_owned(),
        Role::IcPayable => "intercompany payable".to_owned(),
        Role::IcContractLiability => "intercompany contract liability".to_owned(),
        Role::IcRevenue => "intercompany revenue".to_owned(),
        other => other.name().replace('_', " "),
    }
}

/// The months of a scope, for what is not kept by contract.
pub(super) fn within(explanation: &Explanation<'_>, period: Period) -> bool {
    explanation.outcome.until.is_none_or(|until| period <= until) && explanation.scope.has_period(period)
}
