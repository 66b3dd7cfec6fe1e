//! The keys by which one thing is called in all systems.

use tieout_accounting::ids::ContractId;
use tieout_crm::RecordId;
use tieout_ledger::Ledger;
use tieout_platform::effect::EffectKey;
use tieout_store::{OrderKey, StoreError};

/// How the orders of the CRM are called in the store; a deployment has one CRM.
const ORDERS: &str = "crm";

/// The order that a deal is.
///
/// # Errors
/// Never for an id that the CRM gave: it is short and not empty.
pub fn order_of(deal: &RecordId) -> Result<OrderKey, StoreError> {
    OrderKey::new(ORDERS, deal.as_str())
}

/// Stands between a line of an order and the count of what was added to it later.
const PART: char = '~';

/// The line of an order that an obligation came from.
pub fn line_of(obligation: &str) -> &str {
    obligation.split_once(PART).map_or(obligation, |(line, _)| line)
}

/// The obligation of what is added to a line, counted from 2.
pub fn part_of(line: &str, count: usize) -> String {
    format!("{line}{PART}{count}")
}

/// Our key of a document, which the ledger keeps with it: the contract and the document's ordinal in it.
pub fn document_key(contract: &ContractId, ordinal: u32) -> String {
    format!("{contract}/{ordinal}")
}

/// What is stored at most once of a credit note of ours: that it was given.
pub fn credited_fact(ledger_id: &str) -> String {
    format!("{ledger_id}/credited")
}

/// The setting of a credit note against the invoice that it corrects.
pub fn allocation_effect(contract: &ContractId, ordinal: u32) -> EffectKey {
    EffectKey::new(&["ledger", "allocation", contract.as_str(), &ordinal.to_string()])
}

/// What a record that waits for a person is filed under.
pub fn parked_key(kind: &str, id: &str) -> String {
    format!("{kind}/{id}")
}

/// What a document that waits for a person is filed under.
pub fn parked_document(kind: &str, contract: &ContractId, ordinal: u32) -> String {
    parked_key(kind, &document_key(contract, ordinal))
}

/// The making of a document.
pub fn document_effect(contract: &ContractId, ordinal: u32) -> EffectKey {
    EffectKey::new(&["ledger", "document", contract.as_str(), &ordinal.to_string()])
}

/// The contact of a customer in one organisation.
pub fn contact_effect(ledger: &dyn Ledger, customer: &RecordId) -> EffectKey {
    EffectKey::new(&["ledger", "contact", ledger.organisation_id().as_str(), &customer.to_string()])
}

/// What one version of a document says in the CRM.
pub fn write_back_effect(contract: &ContractId, ordinal: u32, version_ms: i64) -> EffectKey {
    EffectKey::new(&["crm", "status", contract.as_str(), &ordinal.to_string(), &version_ms.to_string()])
}

/// The newest version once more, because an older one, `after_ms`, may have come to the CRM after it.
pub fn write_back_again_effect(contract: &ContractId, ordinal: u32, version_ms: i64, after_ms: i64) -> EffectKey {
    let (ordinal, version, after) = (ordinal.to_string(), version_ms.to_string(), after_ms.to_string());
    EffectKey::new(&["crm", "status", contract.as_str(), &ordinal, &version, "after", &after])
}

/// The newest version in place of whoever was sending `of_ms` and seems to have died over it.
pub fn write_back_instead_effect(contract: &ContractId, ordinal: u32, version_ms: i64, of_ms: i64) -> EffectKey {
    let (ordinal, version, of) = (ordinal.to_string(), version_ms.to_string(), of_ms.to_string());
    EffectKey::new(&["crm", "status", contract.as_str(), &ordinal, &version, "instead", &of])
}

/// One journal of a close; its key begins with the entity.
pub fn journal_effect(journal_key: &str) -> EffectKey {
    EffectKey::new(&["ledger", "journal", journal_key])
}
