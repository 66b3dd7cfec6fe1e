//! Contracts: a head and an append-only list of events, written together.

mod append;
mod form;

use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;

use crate::Store;
use crate::error::StoreError;
use crate::item::{Key, part};

/// Contracts read side by side.
const CONTRACTS_AT_ONCE: usize = 8;
/// Tries to read a head and all of its events while somebody appends.
const READ_TRIES_MAX: u32 = 3;

/// The invoice of a contract, as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceRef {
    /// The ledger's id.
    pub ledger_id: String,
    /// Our own number.
    pub number: String,
}

/// What a function needs to know of a contract before its events.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The contract.
    pub contract: String,
    /// The legal entity that bills it.
    pub entity: String,
    /// ISO 4217.
    pub currency: String,
    /// The customer, by the CRM's id.
    pub customer: String,
    /// The record in the CRM that it was made from.
    pub source_record: String,
    /// A hash of what the record said when it was last booked.
    pub fingerprint: String,
    /// The CRM's version stamp of the record when it was last read, as the CRM wrote it.
    pub system_modstamp: String,
    /// How many events there are. Written by the store, which ignores what is given.
    pub version: u64,
    /// How often the head was written, 0 for a new one. Give back what was read: the store writes only over that.
    pub revision: u64,
    /// The version of the configuration under which it was booked.
    pub config_version: u64,
    /// The name of the rule that chose the entity.
    pub rule: String,
    /// The invoice, once there is one.
    pub invoice: Option<InvoiceRef>,
    /// Whatever else the callers keep at hand.
    pub facts: Value,
}

/// An event as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The date on which it takes effect.
    pub on: NaiveDate,
    /// The accounting date on which it became known.
    pub known_on: NaiveDate,
    /// The instant at which it became known.
    pub known_at: DateTime<Utc>,
    /// Who or what caused it.
    pub cause: String,
    /// The version of the configuration in force.
    pub config_version: u64,
    /// The event itself, in the form of stories.
    pub body: Value,
    /// Where given: the fact behind the event, stored at most once in a contract. At most 512 bytes.
    pub dedupe_key: Option<String>,
}

/// What became of an append.
#[derive(Debug, Clone, PartialEq)]
pub enum Appended {
    /// Stored; the new version.
    Done(u64),
    /// The contract is not as it was when it was read; its head now, `None` where there is no such contract.
    Conflict(Option<Box<Head>>),
    /// Facts that are stored already, by their keys; nothing was written. Read the contract again, drop these events, append the rest.
    AlreadyThere {
        /// The keys.
        dedupe_keys: Vec<String>,
    },
}

impl Store {
    /// The head of `contract`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn head(&self, contract: &str) -> Result<Option<Head>, StoreError> {
        let item = self.table.get(&form::head_key(contract)?).await?;
        item.as_ref().map(form::read_head).transpose()
    }

    /// The head and all events of `contract`, as of one version; one query, all its pages, strongly consistent.
    ///
    /// # Errors
    /// Those of the store; [`StoreError::Contended`] where appends kept it from being read whole.
    pub async fn contract(&self, contract: &str) -> Result<Option<(Head, Vec<StoredEvent>)>, StoreError> {
        let key = form::head_key(contract)?;
        for _ in 0..READ_TRIES_MAX {
            let items = self.table.query(&key.pk, "").await?;
            // The head's sort key comes before those of the events: what was appended while pages were read is cut off.
            let Some((head, events)) = items.split_first() else {
                return Ok(None);
            };
            let head = form::read_head(head)?;
            let count = usize::try_from(head.version).unwrap_or(usize::MAX);
            if let Some(events) = events.get(..count) {
                let events = events.iter().map(form::read_event).collect::<Result<_, _>>()?;
                return Ok(Some((head, events)));
            }
        }
        Err(StoreError::Contended { key: key.to_string() })
    }

    /// The heads of all contracts of `entity`, by contract. Through the index: a contract of the last second may be missing.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn heads_of(&self, entity: &str) -> Result<Vec<Head>, StoreError> {
        let pk = form::entity_pk(part("entity", entity)?);
        let items = self.table.query_index(&pk, usize::MAX).await?;
        items.iter().map(form::read_head).collect()
    }

    /// All contracts of `entity` with their events, by contract. Which contracts there are comes from the index, where a contract of the
    /// last second may be missing; each contract itself is read strongly consistent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn contracts_of(&self, entity: &str) -> Result<Vec<(Head, Vec<StoredEvent>)>, StoreError> {
        let heads = self.heads_of(entity).await?;
        let contracts: Vec<_> = futures::stream::iter(heads)
            .map(|head| async move { self.contract(&head.contract).await })
            .buffered(CONTRACTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(contracts.into_iter().flatten().collect())
    }
}

fn facts_key(contract: &str, dedupe_key: &str) -> Result<Key, StoreError> {
    Ok(Key::new(
        format!("FACTS#{contract}"),
        format!("FACT#{}", part("dedupe key", dedupe_key)?),
    ))
}
