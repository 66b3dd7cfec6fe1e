//! Contracts: a head, its orders and documents, and an append-only list of events, under one partition.
//!
//! | sort key | what |
//! |---|---|
//! | `1#HEAD` | the head: what every function needs first, and the version under which all others are written |
//! | `2#ORDER#key` | an order of the CRM: what was booked of it, by which rule |
//! | `2#ORDER#key#0002` | a later version of it, which a person accepted |
//! | `3#DOCUMENT#000001` | an invoice or credit note: planned, numbered, or in the ledger |
//! | `4#EVENT#000000001` | an event; never changed |
//!
//! Beside them, under `ORDER#key` and `CUSTOMER#id`, stands which contract an order changed and which ones a customer has.
//!
//! A planned document that is due on a day of its own is in the index under `DUE#entity`, by that day, until it has a number.
//!
//! The digits put small things first: one query reads the head, orders and documents, another one all of it.

mod append;
mod document;
mod due;
#[cfg(test)]
mod earlier_forms;
mod form;
mod identity;
mod lookup;
mod order;

use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use tieout_accounting::Event;
use tieout_accounting::ids::{ContractId, EntityId};

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, part};
use crate::record::Hash;

pub use append::{Appended, Change, Created, NewContract};
pub(crate) use document::written_over;
pub use document::{Answers, Document, DocumentKind, DocumentStatus, Due, InLedger, LineMap, PlannedLine, Rate, Stage};
pub use due::DueDocument;
pub use identity::OrderKey;
pub use order::{Order, OrderKind, OrderLine, OrderVersion};

/// Contracts read side by side.
const CONTRACTS_AT_ONCE: usize = 8;
/// Tries to read a head and all of its events while somebody appends.
const READ_TRIES_MAX: u32 = 3;

/// What a function needs to know of a contract before its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The contract.
    pub contract: ContractId,
    /// The order that began it, from which its id is derived.
    pub origin: OrderKey,
    /// The legal entity that bills it.
    pub entity: EntityId,
    /// The customer, by the CRM's id.
    pub customer: String,
    /// ISO 4217; that of its documents.
    pub currency: String,
    /// How many events there are.
    pub version: u64,
    /// How often the head was written: it is written only over the revision that was read.
    pub revision: u64,
    /// The hash of the newest event, which the next one bears.
    pub(crate) last_event: Hash,
    /// The hash of this record, which the one written over it bears.
    pub(crate) hash: Hash,
}

/// An event to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened.
    pub event: Event,
    /// Who or what caused it.
    pub cause: String,
    /// The fact behind the event, stored at most once in a contract; unique in it, at most 512 bytes.
    pub fact: Option<String>,
}

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// What happened.
    pub event: Event,
    /// Who or what caused it.
    pub cause: String,
    /// The fact behind the event.
    pub fact: Option<String>,
    /// The instant at which it became known: when it was stored.
    pub known_at: DateTime<Utc>,
    /// The version of the configuration in force then.
    pub config_version: u64,
}

/// A contract without its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The head.
    pub head: Head,
    /// In the order of their keys, each in the version that holds.
    pub orders: Vec<Order>,
    /// Versions of orders that a later one replaced, which a person accepted; the oldest first.
    pub superseded: Vec<Order>,
    /// In the order in which they were planned.
    pub documents: Vec<Document>,
}

impl Outline {
    /// The order of that key.
    pub fn order(&self, key: &OrderKey) -> Option<&Order> {
        self.orders.iter().find(|order| order.key == *key)
    }

    /// The order that a document follows from.
    pub fn order_of<'a>(&'a self, document: &'a Document) -> &'a OrderKey {
        document.order.as_ref().unwrap_or(&self.head.origin)
    }

    /// The documents that follow from an order, in the order in which they were planned.
    pub fn documents_of<'a>(&'a self, order: &'a OrderKey) -> impl Iterator<Item = &'a Document> {
        self.documents.iter().filter(move |document| self.order_of(document) == order)
    }

    /// The document of that ordinal.
    pub fn document(&self, ordinal: u32) -> Option<&Document> {
        self.documents.iter().find(|document| document.ordinal == ordinal)
    }

    /// The ordinal of the newest document; 0 where there is none.
    pub fn last_ordinal(&self) -> u32 {
        self.documents.iter().map(|document| document.ordinal).max().unwrap_or(0)
    }

    /// The document that the ledger knows under `ledger_id`.
    pub fn document_of(&self, ledger_id: &str) -> Option<&Document> {
        let known = |document: &&Document| document.in_ledger().is_some_and(|found| found.ledger_id == ledger_id);
        self.documents.iter().find(known)
    }
}

/// A contract, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContract {
    /// Head, orders and documents.
    pub outline: Outline,
    /// As many as the head counts, the oldest first.
    pub events: Vec<StoredEvent>,
}

impl StoredContract {
    /// The day from which on there is a contract; `None` of one without events.
    pub fn signed_on(&self) -> Option<NaiveDate> {
        self.events.first().map(|signed| signed.event.on)
    }

    /// Whether the fact is stored.
    pub fn has_fact(&self, fact: &str) -> bool {
        self.events.iter().any(|event| event.fact.as_deref() == Some(fact))
    }
}

impl Store {
    /// The head, orders and documents of `contract`: one query, strongly consistent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn outline(&self, contract: &ContractId) -> Result<Option<Outline>, StoreError> {
        let pk = form::contract_pk(part("contract", contract.as_str())?);
        let items = self.table.query_before(&pk, form::EVENTS).await?;
        read_outline(&items)
    }

    /// The outline of the contract that `order` began.
    ///
    /// # Errors
    /// [`StoreError::IdentityTaken`] where another order began the contract of that id; those of the store.
    pub async fn outline_of(&self, order: &OrderKey) -> Result<Option<Outline>, StoreError> {
        let outline = self.outline(&order.contract()).await?;
        match outline {
            Some(outline) if outline.head.origin != *order => Err(append::identity_taken(&outline.head, order)),
            outline => Ok(outline),
        }
    }

    /// The whole of `contract`, as of one version: one query, all its pages, strongly consistent.
    ///
    /// # Errors
    /// Those of the store; [`StoreError::Contended`] where appends kept it from being read whole.
    pub async fn contract(&self, contract: &ContractId) -> Result<Option<StoredContract>, StoreError> {
        let pk = form::contract_pk(part("contract", contract.as_str())?);
        for _ in 0..READ_TRIES_MAX {
            let items = self.table.query(&pk, "").await?;
            let events_at = items.partition_point(|item| item.key.sk.as_str() < form::EVENTS);
            let (small, events) = items.split_at(events_at);
            let Some(outline) = read_outline(small)? else {
                return Ok(None);
            };
            // The head comes before the events: what was appended while pages were read is cut off.
            let count = usize::try_from(outline.head.version).unwrap_or(usize::MAX);
            if let Some(events) = events.get(..count) {
                let events = events.iter().map(form::read_event).collect::<Result<_, _>>()?;
                return Ok(Some(StoredContract { outline, events }));
            }
        }
        Err(StoreError::Contended { key: pk })
    }

    /// The heads of all contracts of `entity`, by contract. Through the index: a contract of the last second may be missing.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn heads_of(&self, entity: &EntityId) -> Result<Vec<Head>, StoreError> {
        let pk = form::entity_pk(part("entity", entity.as_str())?);
        let items = self.table.query_index(&pk, usize::MAX).await?;
        items.iter().map(form::read_head).collect()
    }

    /// All contracts of `entity`, by contract. Which contracts there are comes from the index, where a contract of the last second may be
    /// missing; each contract itself is read strongly consistent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn contracts_of(&self, entity: &EntityId) -> Result<Vec<StoredContract>, StoreError> {
        let heads = self.heads_of(entity).await?;
        let contracts: Vec<_> = futures::stream::iter(heads)
            .map(|head| async move { self.contract(&head.contract).await })
            .buffered(CONTRACTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(contracts.into_iter().flatten().collect())
    }
}

/// From the items before the events, in the order of their sort keys.
fn read_outline(items: &[Item]) -> Result<Option<Outline>, StoreError> {
    let Some((head, others)) = items.split_first() else {
        return Ok(None);
    };
    let mut outline = Outline {
        head: form::read_head(head)?,
        orders: Vec::new(),
        superseded: Vec::new(),
        documents: Vec::new(),
    };
    for item in others {
        if item.key.sk.starts_with(form::ORDERS) {
            let order = order::read(item)?;
            // A later version comes right after the one that it replaces.
            let replaced = outline.orders.pop_if(|before| before.key == order.key);
            outline.superseded.extend(replaced);
            outline.orders.push(order);
        } else {
            outline.documents.push(document::read(item)?);
        }
    }
    Ok(Some(outline))
}
