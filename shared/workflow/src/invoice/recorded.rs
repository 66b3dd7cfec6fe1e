//! What the contract's events already say about one invoice.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use tieout_accounting::event::{Event, EventKind};
use tieout_ledger::Invoice;
use tieout_store::{Head, StoredEvent};

use crate::error::WorkflowError;
use crate::facts::event;

use super::change::{EDIT, VOID};

/// A line of the draft as it was made, and the obligation that it bills.
#[derive(Debug, Clone)]
pub struct KnownLine {
    /// The ledger's id of the line; stays when the line is edited.
    pub line: Option<String>,
    /// The obligation.
    pub obligation: String,
    /// What it said.
    pub description: String,
}

/// The lines that the head remembers.
pub fn lines_of(head: &Head) -> Vec<KnownLine> {
    let text = |value: &serde_json::Value, key: &str| value.get(key).and_then(|text| text.as_str()).map(str::to_owned);
    let lines = head.facts.get("lines").and_then(|lines| lines.as_array());
    let known = lines.into_iter().flatten().filter_map(|line| {
        Some(KnownLine {
            line: text(line, "line"),
            obligation: text(line, "obligation")?,
            description: text(line, "description").unwrap_or_default(),
        })
    });
    known.collect()
}

/// What was stored of the invoice.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// What is billed by obligation: invoiced, corrected by edits and by voiding; credit notes are not in it.
    pub billed: BTreeMap<String, Decimal>,
    /// Whether it was ever in the books.
    pub invoiced: bool,
    /// The tax that is billed.
    pub tax: Decimal,
    /// The keys of the facts that are stored.
    pub keys: BTreeSet<String>,
}

impl Recorded {
    /// Reads them from the contract's events.
    ///
    /// # Errors
    /// Where an event was written by newer code.
    pub fn read(invoice: &Invoice, events: &[StoredEvent]) -> Result<Self, WorkflowError> {
        let mut recorded = Self::default();
        for stored in events {
            recorded.keys.extend(stored.dedupe_key.clone());
            // By the fact's key, which begins with the ledger's id: people may change the number.
            let prefix = format!("{}/", invoice.id);
            if stored.dedupe_key.as_ref().is_some_and(|key| key.starts_with(&prefix)) {
                recorded.count(&event(stored.body.clone())?);
            }
        }
        Ok(recorded)
    }

    fn count(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Invoiced(invoiced) => {
                self.invoiced = true;
                self.tax += invoiced.tax.unwrap_or_default();
                for line in &invoiced.lines {
                    *self.billed.entry(line.obligation.to_string()).or_default() += line.amount;
                }
            }
            EventKind::Credited(credited) if [EDIT, VOID].iter().any(|prefix| credited.credit_note.as_str().starts_with(prefix)) => {
                self.tax -= credited.tax.unwrap_or_default();
                for line in &credited.lines {
                    *self.billed.entry(line.obligation.to_string()).or_default() -= line.amount;
                }
            }
            _ => {}
        }
    }
}
