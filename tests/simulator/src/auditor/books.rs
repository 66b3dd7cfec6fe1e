//! The world of a full look, read once into plain types.

mod ledger;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::seen::{Message, Seen};

pub use ledger::{Document, Journal, document, journal};
pub use table::{Contract, Effect, Event, Link, Period, Posting, PostingLine, contract_of};

/// A full look, read.
#[derive(Debug, Default)]
pub struct Books {
    /// When.
    pub at: DateTime<Utc>,
    /// Invoices and credit notes of each organisation, by id.
    pub documents: BTreeMap<String, BTreeMap<String, Document>>,
    /// Manual journals of each organisation.
    pub journals: BTreeMap<String, Vec<Journal>>,
    /// Contacts of each organisation.
    pub contacts: BTreeMap<String, Vec<Value>>,
    /// Live opportunities by id.
    pub opportunities: BTreeMap<String, Map<String, Value>>,
    /// Contracts by the deal that began them.
    pub contracts: BTreeMap<String, Contract>,
    /// What Tieout holds for posted.
    pub postings: Vec<Posting>,
    /// Periods by entity and month.
    pub periods: BTreeMap<(String, String), Period>,
    /// The keys of open cases.
    pub parked: BTreeSet<String>,
    /// Effects by key.
    pub effects: BTreeMap<String, Effect>,
    /// Links by the invoice's id.
    pub links: BTreeMap<String, Link>,
    /// Queues by name.
    pub queues: BTreeMap<String, Vec<Message>>,
}

impl Books {
    /// Reads a look.
    pub fn read(seen: &Seen) -> Self {
        let mut books = Self {
            at: seen.at,
            opportunities: seen.opportunities.clone(),
            queues: seen.queues.clone(),
            ..Self::default()
        };
        for (tenant, organisation) in &seen.organisations {
            let documents = organisation.documents.iter().map(document);
            let documents = documents.map(|document| (document.id.clone(), document)).collect();
            books.documents.insert(tenant.clone(), documents);
            books
                .journals
                .insert(tenant.clone(), organisation.journals.iter().map(journal).collect());
            books.contacts.insert(tenant.clone(), organisation.contacts.clone());
        }
        table::read(&seen.table, &mut books);
        books
    }

    /// Whether a case is open under this key.
    pub fn is_parked(&self, kind: &str, id: &str) -> bool {
        self.parked.contains(&format!("{kind}/{id}"))
    }

    /// Whether a case about the contract's first document is open.
    pub fn document_waits(&self, kind: &str, contract: &str) -> bool {
        self.is_parked(kind, &format!("{contract}/1"))
    }

    /// The last closed month of an entity.
    pub fn last_closed(&self, entity: &str) -> Option<&Period> {
        let of_entity = self
            .periods
            .values()
            .filter(|period| period.entity == entity && period.state == "closed");
        of_entity.max_by(|one, other| one.month.cmp(&other.month))
    }
}
