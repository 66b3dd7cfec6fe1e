//! The keys of a contract's records, and the items of its head and events.

use tieout_accounting::Event;
use tieout_accounting::ids::{ContractId, EntityId};

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, Key, part};
use crate::record::Hash;

use super::{Head, NewEvent, OrderKey, StoredEvent};

/// The newest form of a head that this code reads and writes.
const HEAD_FORM: u64 = 1;
/// The newest form of an event that this code reads and writes.
const EVENT_FORM: u64 = 1;

const CONTRACT: &str = "CONTRACT#";
const HEAD: &str = "1#HEAD";
/// What the sort keys of orders begin with.
pub(super) const ORDERS: &str = "2#ORDER#";
const DOCUMENTS: &str = "3#DOCUMENT#";
/// What the sort keys of events begin with; all else of a contract comes before it.
pub(super) const EVENTS: &str = "4#EVENT#";

pub(super) fn contract_pk(contract: &str) -> String {
    format!("{CONTRACT}{contract}")
}

/// The contract whose record is under `key`.
pub(super) fn contract_of(key: &Key) -> Option<ContractId> {
    key.pk.strip_prefix(CONTRACT).map(ContractId::new)
}

pub(super) fn entity_pk(entity: &str) -> String {
    format!("ENTITY#{entity}")
}

fn key(contract: &ContractId, sk: String) -> Result<Key, StoreError> {
    Ok(Key::new(contract_pk(part("contract", contract.as_str())?), sk))
}

pub(super) fn order_key(contract: &ContractId, order: &OrderKey) -> Result<Key, StoreError> {
    key(contract, format!("{ORDERS}{order}"))
}

/// Where a later version of an order lies: right after the first one.
pub(super) fn order_version_key(contract: &ContractId, order: &OrderKey, version: usize) -> Result<Key, StoreError> {
    key(contract, format!("{ORDERS}{order}#{version:04}"))
}

pub(super) fn document_key(contract: &ContractId, ordinal: u32) -> Result<Key, StoreError> {
    key(contract, format!("{DOCUMENTS}{ordinal:06}"))
}

pub(super) fn event_key(contract: &ContractId, number: u64) -> Result<Key, StoreError> {
    key(contract, format!("{EVENTS}{number:09}"))
}

impl Store {
    /// The item of `head`, and the head as it is once that is stored.
    pub(super) fn head_item(&self, head: &Head) -> Result<(Item, Head), StoreError> {
        let revision = head.revision.saturating_add(1);
        part("entity", head.entity.as_str())?;
        let item = Item::at(key(&head.contract, HEAD.to_owned())?)
            .indexed(&entity_pk(head.entity.as_str()), &format!("CONTRACT#{}", head.contract))
            .with_text("contract", head.contract.as_str())
            .with_text("origin", head.origin.as_str())
            .with_text("entity", head.entity.as_str())
            .with_text("customer", &head.customer)
            .with_text("currency", &head.currency)
            .with_number("version", head.version)
            .with_number("revision", revision)
            .with_text("last_event", &head.last_event.to_string());
        let item = self.seal(item, HEAD_FORM, head.hash);
        let written = Head {
            revision,
            hash: item.seal_hash()?,
            ..head.clone()
        };
        Ok((item, written))
    }

    /// The item of event `number`, which bears the hash of the one before it.
    pub(super) fn event_item(&self, contract: &ContractId, number: u64, event: &NewEvent, before: Hash) -> Result<Item, StoreError> {
        let item = Item::at(event_key(contract, number)?)
            .with_text("cause", &event.cause)
            .with_json("event", &event.event.to_value())
            .with_maybe("fact", event.fact.as_deref());
        Ok(self.seal(item, EVENT_FORM, before))
    }
}

pub(super) fn read_head(item: &Item) -> Result<Head, StoreError> {
    Ok(Head {
        hash: item.sealed(HEAD_FORM)?,
        contract: ContractId::new(item.text("contract")?),
        origin: OrderKey::stored(item.owned("origin")?),
        entity: EntityId::new(item.text("entity")?),
        customer: item.owned("customer")?,
        currency: item.owned("currency")?,
        version: item.number("version")?,
        revision: item.number("revision")?,
        last_event: Hash::read(item, "last_event")?,
    })
}

pub(super) fn read_event(item: &Item) -> Result<StoredEvent, StoreError> {
    item.sealed(EVENT_FORM)?;
    let event = Event::from_value(item.json("event")?).map_err(|_| item.broken("event", "an event of a contract"))?;
    Ok(StoredEvent {
        event,
        known_at: item.written_at()?,
        cause: item.owned("cause")?,
        config_version: item.config_version()?,
        fact: item.maybe_owned("fact")?,
    })
}
