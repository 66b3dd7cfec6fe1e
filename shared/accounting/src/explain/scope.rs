//! What is to be explained: all of a story, or a period, a product, a document of it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contract::{Contract, Note};
use crate::event::{Event, EventKind};
use crate::journal::{Case, Entry};
use crate::story::{Outcome, Story};
use crate::{Period, Refusal};

/// Most names that a refused choice lists.
const MAX_NAMES: usize = 12;

/// A month, or the months of a year.
///
/// ```
/// use tieout_accounting::explain::Span;
/// assert_eq!(Span::parse("2026")?.to_string(), "2026");
/// assert!(Span::parse("2026-3").is_err());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    first: Period,
    last: Period,
}

impl Span {
    /// Reads "2026-03" or "2026".
    ///
    /// # Errors
    /// Anything else.
    ///
    /// ```
    /// use tieout_accounting::{explain::Span, Period};
    /// assert!(Span::parse("2026-03")?.contains(Period::parse("2026-03")?));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let year = |month: &str| Period::parse(&format!("{text}-{month}"));
        let found = match Period::parse(text) {
            Ok(period) => Ok((period, period)),
            Err(_) => year("01").and_then(|first| Ok((first, year("12")?))),
        };
        let (first, last) = found.map_err(|_| {
            let action = "write a month as YYYY-MM, for example 2026-03, or a year as YYYY";
            Refusal::new("period", text, "is neither a month nor a year", action)
        })?;
        Ok(Self { first, last })
    }

    /// Whether a month lies within.
    ///
    /// ```
    /// use tieout_accounting::{explain::Span, Period};
    /// assert!(!Span::parse("2026")?.contains(Period::parse("2027-01")?));
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn contains(self, period: Period) -> bool {
        self.first <= period && period <= self.last
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last {
            return self.first.fmt(out);
        }
        write!(out, "{}", self.first.year())
    }
}

impl std::str::FromStr for Span {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        Self::parse(text)
    }
}

/// What is to be explained; each choice that is left out takes all. Choices narrow each other.
///
/// ```
/// use tieout_accounting::explain::{Scope, Span};
/// let march = Scope { period: Some(Span::parse("2026-03")?), ..Scope::default() };
/// assert!(!march.is_whole() && Scope::default().is_whole());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// A month or a year: what took effect, became known or was posted in it.
    pub period: Option<Span>,
    /// A product: an obligation's id.
    pub obligation: Option<String>,
    /// An invoice, with its payments, credit notes and write-offs; or a credit note.
    pub document: Option<String>,
}

/// A choice that the story does not have.
///
/// ```
/// use tieout_accounting::explain::ScopeError;
/// let error = ScopeError::Obligation { found: "plna".into(), known: vec!["plan".into()] };
/// assert_eq!(error.to_string(), "no product of the story has the id plna; write one of: plan");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// No obligation has this id.
    #[error("no product of the story has the id {found}; write one of: {}", names(.known))]
    Obligation {
        /// As written.
        found: String,
        /// All there are.
        known: Vec<String>,
    },
    /// No invoice or credit note has this number.
    #[error("no invoice or credit note of the story has the number {found}; write one of: {}", names(.known))]
    Document {
        /// As written.
        found: String,
        /// All there are.
        known: Vec<String>,
    },
    /// The story has nothing in the period.
    #[error("the story has nothing in {found}; it covers {first} to {last}, write a month or a year of these")]
    Period {
        /// As written.
        found: Span,
        /// First month of the story.
        first: Period,
        /// Last month of the story.
        last: Period,
    },
}

fn names(known: &[String]) -> String {
    if known.is_empty() {
        return "(there is none)".to_owned();
    }
    let listed = known.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join(", ");
    match known.len().checked_sub(MAX_NAMES).filter(|more| *more > 0) {
        Some(more) => format!("{listed} and {more} more"),
        None => listed,
    }
}

impl Scope {
    /// Whether nothing was chosen.
    ///
    /// ```
    /// assert!(tieout_accounting::explain::Scope::default().is_whole());
    /// ```
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }

    /// Whether figures of the whole contract belong to it: balances are not kept by product or document.
    pub(super) fn has_balances(&self) -> bool {
        self.obligation.is_none() && self.document.is_none()
    }

    pub(super) fn has_period(&self, period: Period) -> bool {
        self.period.is_none_or(|span| span.contains(period))
    }

    /// # Errors
    /// A choice that the story does not have, with those that it has.
    pub(super) fn check(&self, story: &Story, outcome: &Outcome) -> Result<(), ScopeError> {
        if let Some(found) = &self.obligation {
            let ids = outcome.contracts.iter().flat_map(|contract| contract.dimensions().keys());
            let known: BTreeSet<String> = ids.map(ToString::to_string).collect();
            if !known.contains(found) {
                let (found, known) = (found.clone(), known.into_iter().collect());
                return Err(ScopeError::Obligation { found, known });
            }
        }
        if let Some(found) = &self.document {
            let known: BTreeSet<String> = story.events.iter().flat_map(documents).collect();
            if !known.contains(found) {
                let (found, known) = (found.clone(), known.into_iter().collect());
                return Err(ScopeError::Document { found, known });
            }
        }
        let first = outcome.contracts.iter().map(Contract::first_period).min();
        if let Some(((found, first), last)) = self.period.zip(first).zip(outcome.until)
            && (found.last < first || found.first > last)
        {
            return Err(ScopeError::Period { found, first, last });
        }
        Ok(())
    }

    /// The events of a contract that belong to it.
    pub(super) fn events<'e>(&self, events: &'e [Event]) -> Vec<&'e Event> {
        let bills = |event: &&Event, id: &str| names_obligation(event, id);
        let invoices: BTreeSet<String> = match &self.obligation {
            Some(id) => events.iter().filter(|event| bills(event, id)).flat_map(documents).collect(),
            None => BTreeSet::new(),
        };
        let of_obligation = |event: &Event, id: &str| {
            let of_documents = documents(event);
            let period_act = matches!(event.kind, EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_));
            let whole_contract = of_documents.is_empty() && !period_act && obligations(event).is_empty();
            names_obligation(event, id) || whole_contract || of_documents.iter().any(|document| invoices.contains(document))
        };
        let within = |event: &&Event| self.has_period(Period::of(event.on)) || self.has_period(Period::of(event.known()));
        events
            .iter()
            .filter(within)
            .filter(|event| self.obligation.as_deref().is_none_or(|id| of_obligation(event, id)))
            .filter(|event| self.document.as_ref().is_none_or(|number| documents(event).contains(number)))
            .collect()
    }

    pub(super) fn has_note(&self, note: &Note) -> bool {
        let says = |name: &Option<String>| name.as_deref().is_none_or(|name| says(&note.reason.words, name));
        self.has_period(Period::of(note.on)) && says(&self.obligation) && says(&self.document)
    }

    /// Whether an entry belongs to it; `events` are those of the contract.
    pub(super) fn has_entry(&self, entry: &Entry, events: &[Event]) -> bool {
        let of_obligation = |id: &String| {
            let named = entry.lines.iter().filter_map(|line| line.obligation.as_ref());
            named.into_iter().any(|obligation| obligation.as_str() == id)
        };
        (self.has_period(entry.posting_period) || self.has_period(entry.economic_period))
            && self.obligation.as_ref().is_none_or(of_obligation)
            && self.document.as_ref().is_none_or(|number| of_document(entry, number, events))
    }
}

/// Whether an entry was made for a document, or for a credit note on it.
fn of_document(entry: &Entry, number: &str, events: &[Event]) -> bool {
    if !entry.case.is_document() {
        return false;
    }
    let name = entry_name(entry);
    let about = |event: &&Event| documents(event).iter().any(|document| document == number);
    events.iter().filter(about).any(|event| match (&event.kind, entry.case) {
        (EventKind::Invoiced(of), Case::Invoice) => name == of.invoice.as_str(),
        (EventKind::Credited(of), Case::CreditNote) => name == of.credit_note.as_str(),
        (EventKind::Paid(of), Case::Payment) => starts(name, of.invoice.as_str()),
        (EventKind::WrittenOff(of), Case::WriteOff) => starts(name, of.invoice.as_str()),
        (EventKind::Refunded(_), Case::Refund) => event.on == entry.on,
        _ => false,
    })
}

/// Whether an entry's name is that of a document, or begins with it.
pub(super) fn starts(name: &str, document: &str) -> bool {
    name.strip_prefix(document)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The last part of an entry's id: `C1/2026-03-01/payment/INV-1/120000/1` has `INV-1/120000/1`.
pub(super) fn entry_name(entry: &Entry) -> &str {
    let contract = entry.lines.first().map_or("", |line| line.contract.as_str());
    let rest = entry.id.as_str().strip_prefix(contract).unwrap_or_default();
    rest.splitn(4, '/').nth(3).unwrap_or_default()
}

/// Numbers of the documents that an event is about.
pub(super) fn documents(event: &Event) -> Vec<String> {
    let value = event.to_value();
    let of = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    [of("invoice"), of("credit_note")].into_iter().flatten().collect()
}

fn names_obligation(event: &Event, id: &str) -> bool {
    obligations(event).iter().any(|named| named == id)
}

/// Ids of the obligations that an event names.
fn obligations(event: &Event) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(keys) => {
                for (key, value) in keys {
                    match (key.as_str(), value) {
                        ("obligation" | "id", Value::String(id)) => found.push(id.clone()),
                        ("obligations" | "remove", Value::Array(ids)) => {
                            found.extend(ids.iter().filter_map(Value::as_str).map(str::to_owned));
                            ids.iter().for_each(|value| collect(value, found));
                        }
                        (_, value) => collect(value, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&event.to_value(), &mut found);
    found
}

/// Whether words name something: as a word of its own, so that `plan` is not found in `planning`.
fn says(words: &str, name: &str) -> bool {
    let part_of_word = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
    words.match_indices(name).any(|(at, _)| {
        let before = words.get(..at).and_then(|text| text.chars().next_back());
        let after = words.get(at + name.len()..).and_then(|text| text.chars().next());
        !part_of_word(before) && !part_of_word(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_word() {
        let rows = [
            ("plan 1200.00", "plan", true),
            ("the price of plan: 10.00", "plan", true),
            ("planning 1200.00", "plan", false),
            ("my-plan 1200.00", "plan", false),
            ("plan-2 1200.00", "plan", false),
        ];
        for (words, name, expected) in rows {
            assert_eq!(says(words, name), expected, "{name} in {words}");
        }
    }
}
