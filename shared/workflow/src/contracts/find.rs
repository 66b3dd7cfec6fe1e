//! Finding contracts by what a person has in hand.

use std::collections::BTreeSet;

use tieout_accounting::ids::{ContractId, EntityId};
use tieout_ledger::{Ledger, LedgerError};
use tieout_store::DocumentKind;

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::ids::order_of;
use crate::ledger::{CREDIT_NOTE_LINK, INVOICE_LINK, document_link, invoice_key};

/// Longer than any id or number; nothing is asked for that.
const NAME_LENGTH_MAX: usize = 200;

/// The contracts that `name` may mean: a contract's id, the CRM's id of a customer or a deal, or the number of an invoice or credit note, ours
/// or the one that it has in the ledger.
///
/// # Errors
/// [`WorkflowError::NotFound`] where it means none; those of the store and of the ledgers.
pub async fn find(deployment: &Deployment, name: &str) -> Result<Vec<ContractId>, WorkflowError> {
    if name.is_empty() || name.len() > NAME_LENGTH_MAX {
        return Err(not_found(name));
    }
    let contract = ContractId::new(name);
    if deployment.store.outline(&contract).await?.is_some() {
        return Ok(vec![contract]);
    }
    let mut found = of_record(deployment, name).await?;
    if found.is_empty() {
        found = by_number(deployment, name).await?;
    }
    if found.is_empty() {
        found = by_ledger(deployment, name).await?;
    }
    if found.is_empty() {
        return Err(not_found(name));
    }
    Ok(found.into_iter().collect())
}

pub(super) fn not_found(name: &str) -> WorkflowError {
    WorkflowError::NotFound {
        what: "contract",
        name: name.to_owned(),
        known: "`tieout contract list` shows all; what waits for a person is in `tieout worklist list`".to_owned(),
    }
}

/// Of a customer, or of a deal.
async fn of_record(deployment: &Deployment, name: &str) -> Result<BTreeSet<ContractId>, WorkflowError> {
    let Ok(record) = deployment.crm.record_id(name) else {
        return Ok(BTreeSet::new());
    };
    let of_customer = deployment.store.contracts_of_customer(record.as_str()).await?;
    let of_deal = deployment.store.outline_with(&order_of(&record)?).await?;
    let of_deal = of_deal.map(|outline| outline.head.contract);
    Ok(of_customer.into_iter().chain(of_deal).collect())
}

/// By the register of numbers.
async fn by_number(deployment: &Deployment, number: &str) -> Result<BTreeSet<ContractId>, WorkflowError> {
    let mut found = BTreeSet::new();
    for entity in &deployment.config.entities {
        for kind in [DocumentKind::Invoice, DocumentKind::CreditNote] {
            let entity = EntityId::new(entity.id.as_str());
            let registered = deployment.store.registered_number(&entity, kind, number).await?;
            found.extend(registered.map(|registered| registered.contract));
        }
    }
    Ok(found)
}

/// By the document that has the number in a ledger: people renumber ours, and make credit notes themselves.
async fn by_ledger(deployment: &Deployment, number: &str) -> Result<BTreeSet<ContractId>, WorkflowError> {
    let mut found = BTreeSet::new();
    for entity in &deployment.config.entities {
        let ledger = deployment.ledger(entity)?.as_ref();
        for (kind, id) in documents(ledger, number).await? {
            let link = deployment.store.linked(kind, &id).await?;
            found.extend(link.map(|link| link.contract));
        }
    }
    Ok(found)
}

/// The links to look for: the document's own, and those of the invoices that a credit note was set against.
async fn documents(ledger: &dyn Ledger, number: &str) -> Result<Vec<(&'static str, String)>, WorkflowError> {
    let mut links = Vec::new();
    if let Some(invoice) = asked(ledger.invoice_by_number(number).await)? {
        links.push((INVOICE_LINK, invoice_key(ledger, &invoice.id)));
    }
    if let Some(note) = asked(ledger.credit_note_by_number(number).await)? {
        links.push((CREDIT_NOTE_LINK, document_link(ledger, note.id.as_str())));
        let invoices = note.allocations.iter();
        links.extend(invoices.map(|allocation| (INVOICE_LINK, invoice_key(ledger, &allocation.invoice))));
    }
    Ok(links)
}

/// A text that the ledger cannot be asked for is the number of nothing.
fn asked<T>(answer: Result<Option<T>, LedgerError>) -> Result<Option<T>, LedgerError> {
    match answer {
        Err(LedgerError::Unsendable { .. }) => Ok(None),
        answer => answer,
    }
}
