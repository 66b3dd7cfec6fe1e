//! The items of the table that the auditor looks at, read with its own eyes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Books;
use crate::auditor::json::{day, inner, instant, list, number, text, to_cents};
use crate::auditor::month::Month;

/// The sort key of a contract's head.
const HEAD: &str = "1#HEAD";

/// A contract: its head, its document and its events.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    /// The deal that began it, by which it is called here.
    pub id: String,
    /// The entity that bills it.
    pub entity: String,
    /// ISO 4217.
    pub currency: String,
    /// The number that its invoice got.
    pub number: Option<String>,
    /// The ledger's id of its invoice.
    pub invoice: Option<String>,
    /// Changes of the head.
    pub revision: i64,
    /// Number of events that the head counts.
    pub version: i64,
    /// The newest version of the invoice that was synced to the CRM.
    pub synced_ms: i64,
    /// The newest version of the invoice whose facts are stored.
    pub followed_ms: i64,
    /// Its events, in the order in which they became known.
    pub events: Vec<Event>,
}

/// An event of a contract, in the format of stories.
#[derive(Debug, Clone, Default)]
pub struct Event {
    /// Its number, from 1.
    pub number: i64,
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
    /// The contract, by its deal.
    pub contract: String,
}

/// The contract that a deal begins: the first 80 bits of the SHA-256 of `crm/` and its id, in Crockford's base 32.
pub fn contract_of(deal: &str) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = Sha256::digest(format!("crm/{deal}"));
    let bits = digest.iter().take(10).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let letters = (0..16)
        .rev()
        .filter_map(|place| LETTERS.get(usize::try_from(bits >> (5 * place) & 31).ok()?));
    letters.fold("C-".to_owned(), |id, letter| id + &char::from(*letter).to_string())
}

/// Reads all items into `books`; contracts are called by their deals.
pub(super) fn read(items: &[Value], books: &mut Books) {
    let heads = items.iter().filter(|item| text(item, "sk") == HEAD);
    let deals: BTreeMap<String, String> = heads.map(|head| (text(head, "contract").to_owned(), deal_of(head))).collect();
    let deal = |contract: &str| deals.get(contract).cloned().unwrap_or_else(|| contract.to_owned());
    for item in items {
        let (pk, sk) = (text(item, "pk"), text(item, "sk"));
        let (kind, id) = pk.split_once('#').unwrap_or((pk, ""));
        match (kind, sk.split('#').nth(1).unwrap_or(sk)) {
            ("CONTRACT", what) => {
                let contract = books.contracts.entry(deal(id)).or_default();
                match what {
                    "HEAD" => head(item, contract),
                    "DOCUMENT" => document(item, contract),
                    "EVENT" => contract.events.push(event(item)),
                    _ => {}
                }
            }
            ("POSTINGS", _) => books.postings.push(posting(item, id, &deal)),
            ("PERIODS", _) => {
                let period = period(item);
                books.periods.insert((period.entity.clone(), period.month.clone()), period);
            }
            ("PARKED", _) if sk == "PARKED" => {
                // One of the parts names a contract, where the case is about one.
                let parts: Vec<String> = id.split('/').map(&deal).collect();
                books.parked.insert(parts.join("/"));
            }
            ("EFFECT", _) => {
                // The third part names the contract.
                let parts: Vec<String> = id.split('/').map(&deal).collect();
                books.effects.insert(parts.join("/"), effect(item));
            }
            ("LINK", _) => {
                let (_, invoice) = id.split_once('/').unwrap_or(("", id));
                let contract = deal(text(item, "contract"));
                books.links.insert(invoice.to_owned(), Link { contract });
            }
            _ => {}
        }
    }
    for contract in books.contracts.values_mut() {
        contract.events.sort_by_key(|event| event.number);
    }
}

fn deal_of(head: &Value) -> String {
    text(head, "origin").rsplit('/').next().unwrap_or_default().to_owned()
}

fn head(item: &Value, contract: &mut Contract) {
    contract.id = deal_of(item);
    text(item, "entity").clone_into(&mut contract.entity);
    text(item, "currency").clone_into(&mut contract.currency);
    contract.revision = number(item, "revision");
    contract.version = number(item, "version");
}

fn document(item: &Value, contract: &mut Contract) {
    let stage = inner(item, "stage");
    let numbered = stage.get("numbered").or(stage.get("in_ledger"));
    contract.number = numbered.map(|numbered| text(numbered, "number").to_owned());
    let Some(found) = stage.get("in_ledger") else { return };
    contract.invoice = Some(text(found, "ledger_id").to_owned());
    contract.synced_ms = number(found, "synced_ms");
    contract.followed_ms = number(found, "followed_ms");
}

fn event(item: &Value) -> Event {
    Event {
        number: text(item, "sk")
            .rsplit('#')
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0),
        known_at: instant(item, "written_at").unwrap_or_default(),
        body: inner(item, "event"),
    }
}

fn posting(item: &Value, entity: &str, deal: &dyn Fn(&str) -> String) -> Posting {
    let lines = inner(item, "lines");
    let lines = lines.as_array().map(Vec::as_slice).unwrap_or_default();
    Posting {
        entity: entity.to_owned(),
        key: text(item, "journal_key").to_owned(),
        ledger_id: text(item, "ledger_id").to_owned(),
        state: text(item, "state").to_owned(),
        month: Month::parse(text(item, "posting_period")),
        lines: lines.iter().map(|part| line(part, deal)).collect(),
    }
}

fn line(line: &Value, deal: &dyn Fn(&str) -> String) -> PostingLine {
    PostingLine {
        contract: deal(text(line, "contract")),
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
