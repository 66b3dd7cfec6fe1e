//! The items of a contract.

use crate::error::StoreError;
use crate::item::{Item, Key, part};

use super::{Head, InvoiceRef, StoredEvent};

pub(super) fn head_key(contract: &str) -> Result<Key, StoreError> {
    Ok(Key::new(format!("CONTRACT#{}", part("contract", contract)?), "CONTRACT"))
}

pub(super) fn event_key(contract: &str, number: u64) -> Key {
    Key::new(format!("CONTRACT#{contract}"), format!("EVENT#{number:09}"))
}

pub(super) fn entity_pk(entity: &str) -> String {
    format!("ENTITY#{entity}")
}

pub(super) fn write_head(key: Key, head: &Head) -> Item {
    let invoice = head.invoice.as_ref();
    Item::at(key)
        .indexed(&entity_pk(&head.entity), &format!("CONTRACT#{}", head.contract))
        .with_text("contract", &head.contract)
        .with_text("entity", &head.entity)
        .with_text("currency", &head.currency)
        .with_text("customer", &head.customer)
        .with_text("source_record", &head.source_record)
        .with_text("fingerprint", &head.fingerprint)
        .with_text("system_modstamp", &head.system_modstamp)
        .with_number("version", head.version)
        .with_number("revision", head.revision)
        .with_number("config_version", head.config_version)
        .with_text("rule", &head.rule)
        .with_maybe("invoice_id", invoice.map(|invoice| invoice.ledger_id.as_str()))
        .with_maybe("invoice_number", invoice.map(|invoice| invoice.number.as_str()))
        .with_json("facts", &head.facts)
}

pub(super) fn read_head(item: &Item) -> Result<Head, StoreError> {
    let invoice = match item.maybe_owned("invoice_id")? {
        Some(ledger_id) => Some(InvoiceRef {
            ledger_id,
            number: item.owned("invoice_number")?,
        }),
        None => None,
    };
    Ok(Head {
        contract: item.owned("contract")?,
        entity: item.owned("entity")?,
        currency: item.owned("currency")?,
        customer: item.owned("customer")?,
        source_record: item.owned("source_record")?,
        fingerprint: item.owned("fingerprint")?,
        system_modstamp: item.owned("system_modstamp")?,
        version: item.number("version")?,
        revision: item.number("revision")?,
        config_version: item.number("config_version")?,
        rule: item.owned("rule")?,
        invoice,
        facts: item.json("facts")?,
    })
}

pub(super) fn write_event(key: Key, event: &StoredEvent) -> Item {
    Item::at(key)
        .with_date("on", event.on)
        .with_date("known_on", event.known_on)
        .with_instant("known_at", event.known_at)
        .with_text("cause", &event.cause)
        .with_number("config_version", event.config_version)
        .with_json("body", &event.body)
        .with_maybe("dedupe_key", event.dedupe_key.as_deref())
}

pub(super) fn read_event(item: &Item) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        on: item.date("on")?,
        known_on: item.date("known_on")?,
        known_at: item.instant("known_at")?,
        cause: item.owned("cause")?,
        config_version: item.number("config_version")?,
        body: item.json("body")?,
        dedupe_key: item.maybe_owned("dedupe_key")?,
    })
}
