//! The items of the table that the auditor looks at, read with its own eyes.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::Books;
use crate::auditor::json::{day, inner, instant, list, number, text, to_cents};
use crate::auditor::month::Month;

/// A contract: its head and its events.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    /// Its id.
    pub id: String,
    /// The entity that bills it.
    pub entity: String,
    /// ISO 4217.
    pub currency: String,
    /// The ledger's id of its invoice.
    pub invoice: Option<String>,
    /// Changes of the head.
    pub revision: i64,
    /// Number of events that the head counts.
    pub version: i64,
    /// The newest version of the invoice that the CRM was told of.
    pub told_ms: i64,
    /// The newest version of the invoice whose facts are stored.
    pub followed_ms: i64,
    /// Its events, in the order in which they became known.
    pub events: Vec<Event>,
}

/// An event of a contract, in the format of stories.
#[derive(Debug, Clone, Default)]
pub struct Event {
    /// Its place.
    pub place: i64,
    /// When it was stored, by the clock of who stored it.
    pub known_at: DateTime<Utc>,
    /// The story's event.
    pub body: Value,
}

/// A journal that Tieout holds for posted.
#[derive(Debug, Clone, Default)]
pub struct Posting {
    /// The entity.
    pub entity: String,
    /// Its key: the mark in the ledger.
    pub key: String,
    /// The ledger's id.
    pub ledger_id: String,
    /// `posted`, `voided`, `missing`.
    pub state: String,
    /// The month in which it stands.
    pub month: Option<Month>,
    /// Its parts.
    pub lines: Vec<PostingLine>,
}

/// A part of a posted journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostingLine {
    /// Whose contract.
    pub contract: String,
    /// Which obligation.
    pub obligation: String,
    /// `revenue`, `contract_liability`, …
    pub role: String,
    /// The month that it belongs to by its cause.
    pub economic: String,
    /// Debit positive.
    pub cents: i64,
}

/// A period of an entity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Period {
    /// The entity.
    pub entity: String,
    /// `2026-01`.
    pub month: String,
    /// `open`, `proposed`, `approved`, `posting`, `closed`.
    pub state: String,
    /// The proposal's JSON.
    pub proposal: String,
    /// The hash that it bears in its state.
    pub hash: String,
}

/// An effect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// `intended`, `attempted`, `done`, `refused`.
    pub state: String,
    /// What the other side calls the result.
    pub reference: String,
    /// The hash of its body.
    pub body_hash: String,
}

/// Which contract an invoice belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The contract.
    pub contract: String,
    /// The newest version that was acted on.
    pub version_ms: i64,
}

/// Reads all items into `books`.
pub(super) fn read(items: &[Value], books: &mut Books) {
    for item in items {
        let (pk, sk) = (text(item, "pk"), text(item, "sk"));
        let (kind, id) = pk.split_once('#').unwrap_or((pk, ""));
        match (kind, sk) {
            ("CONTRACT", "CONTRACT") => head(item, books.contracts.entry(id.to_owned()).or_default()),
            ("CONTRACT", _) => books.contracts.entry(id.to_owned()).or_default().events.push(event(item)),
            ("POSTINGS", _) => books.postings.push(posting(item, id)),
            ("PERIODS", _) => {
                let period = period(item);
                books.periods.insert((period.entity.clone(), period.month.clone()), period);
            }
            ("PARKED", "PARKED") => {
                books.parked.insert(id.to_owned());
            }
            ("EFFECT", _) => {
                books.effects.insert(id.to_owned(), effect(item));
            }
            ("LINK", _) => {
                // `invoice#ORGANISATION/ID`
                let invoice = id.rsplit(['#', '/']).next().unwrap_or(id);
                let version_ms = instant(item, "updated_at").map_or(0, |at| at.timestamp_millis());
                let contract = text(item, "contract").to_owned();
                books.links.insert(invoice.to_owned(), Link { contract, version_ms });
            }
            _ => {}
        }
    }
    for contract in books.contracts.values_mut() {
        contract.events.sort_by_key(|event| event.place);
    }
}

fn head(item: &Value, contract: &mut Contract) {
    let facts = inner(item, "facts");
    text(item, "contract").clone_into(&mut contract.id);
    text(item, "entity").clone_into(&mut contract.entity);
    text(item, "currency").clone_into(&mut contract.currency);
    contract.invoice = item.get("invoice_id").and_then(Value::as_str).map(str::to_owned);
    contract.revision = number(item, "revision");
    contract.version = number(item, "version");
    contract.told_ms = number(&facts, "told_version_ms");
    contract.followed_ms = number(&facts, "ledger_version_ms");
}

fn event(item: &Value) -> Event {
    Event {
        place: text(item, "sk")
            .rsplit('#')
            .next()
            .and_then(|place| place.parse().ok())
            .unwrap_or(0),
        known_at: instant(item, "known_at").unwrap_or_default(),
        body: inner(item, "body"),
    }
}

fn posting(item: &Value, entity: &str) -> Posting {
    let lines = inner(item, "lines");
    let lines = lines.as_array().map(Vec::as_slice).unwrap_or_default();
    Posting {
        entity: entity.to_owned(),
        key: text(item, "journal_key").to_owned(),
        ledger_id: text(item, "ledger_id").to_owned(),
        state: text(item, "state").to_owned(),
        month: Month::parse(text(item, "posting_period")),
        lines: lines.iter().map(line).collect(),
    }
}

fn line(line: &Value) -> PostingLine {
    PostingLine {
        contract: text(line, "contract").to_owned(),
        obligation: text(line, "obligation").to_owned(),
        role: text(line, "role").to_owned(),
        economic: text(line, "economic_period").to_owned(),
        cents: number(line, "amount_minor"),
    }
}

fn period(item: &Value) -> Period {
    Period {
        entity: text(item, "entity").to_owned(),
        month: text(item, "period").to_owned(),
        state: text(item, "state").to_owned(),
        proposal: text(item, "proposal").to_owned(),
        hash: text(item, "hash").to_owned(),
    }
}

fn effect(item: &Value) -> Effect {
    Effect {
        state: text(item, "state").to_owned(),
        reference: text(item, "reference").to_owned(),
        body_hash: text(item, "body_hash").to_owned(),
    }
}

impl Event {
    /// The story's type.
    pub fn kind(&self) -> &str {
        text(&self.body, "type")
    }

    /// The date on which it takes effect.
    pub fn on(&self) -> NaiveDate {
        day(&self.body, "on").unwrap_or_default()
    }

    /// Amounts of its lines, by obligation, in cents.
    pub fn amounts(&self) -> impl Iterator<Item = (&str, i64)> {
        list(&self.body, "lines").iter().map(|line| {
            let amount = crate::auditor::json::decimal(line, "amount");
            (text(line, "obligation"), amount.map_or(0, to_cents))
        })
    }
}
