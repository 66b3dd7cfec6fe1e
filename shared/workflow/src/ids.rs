//! The keys by which one thing is called in all systems.

use tieout_accounting::ids::ContractId;
use tieout_crm::RecordId;
use tieout_ledger::Ledger;
use tieout_platform::effect::EffectKey;

/// The contract of a deal: it is called by the deal's id.
pub fn contract_of(deal: &RecordId) -> ContractId {
    ContractId::new(deal.to_string())
}

/// The number of a contract's invoice: the same however often it is asked for, and unique without regard to case
/// where ids of the CRM are.
pub fn invoice_number(prefix: &str, contract: &ContractId) -> String {
    format!("{prefix}{contract}")
}

/// What a record that waits for a person is filed under.
pub fn parked_key(kind: &str, id: &str) -> String {
    format!("{kind}/{id}")
}

/// The one draft invoice of a contract.
pub fn invoice_effect(contract: &ContractId) -> EffectKey {
    EffectKey::new(&["ledger", "invoice", contract.as_str(), "1"])
}

/// The contact of a customer in one organisation.
pub fn contact_effect(ledger: &dyn Ledger, customer: &RecordId) -> EffectKey {
    EffectKey::new(&["ledger", "contact", ledger.organisation_id().as_str(), &customer.to_string()])
}

/// What one version of an invoice says in the CRM.
pub fn write_back_effect(contract: &ContractId, version_ms: i64) -> EffectKey {
    EffectKey::new(&["crm", "status", contract.as_str(), &version_ms.to_string()])
}

/// The newest version once more, because an older one, `after_ms`, may have come to the CRM after it.
pub fn write_back_again_effect(contract: &ContractId, version_ms: i64, after_ms: i64) -> EffectKey {
    let (version, after) = (version_ms.to_string(), after_ms.to_string());
    EffectKey::new(&["crm", "status", contract.as_str(), &version, "after", &after])
}

/// One journal of a close; its key begins with the entity.
pub fn journal_effect(journal_key: &str) -> EffectKey {
    EffectKey::new(&["ledger", "journal", journal_key])
}
