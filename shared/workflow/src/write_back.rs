//! What became of the invoice, told to the deal: number, status, due and paid amounts, link.

use serde_json::json;
use tieout_accounting::ids::ContractId;
use tieout_crm::WriteBackEffect;
use tieout_crm::deal::{InvoiceFacts, InvoiceStatus};
use tieout_ledger::{DocumentStatus, Invoice};
use tieout_platform::effect::{EffectError, EffectKey, Intent};
use tieout_store::Head;

use crate::appending::remember;
use crate::deployment::Deployment;
use crate::effects::perform;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::{parked_key, write_back_again_effect, write_back_effect};
use crate::parking::{Reason, park, unpark};
use crate::told::{claimed_ms, newest_ms, note_claimed, note_told, told_ms};

/// How often the newest is told once more before somebody else has to: each time another act of finance has come between.
const AGAIN_MAX: u32 = 5;

/// Tells the CRM, unless it was told of this version or a newer one.
///
/// Two may tell of two versions at the same time, and the CRM takes whatever comes last. So each claims its version before it sends: nobody
/// sends an older one after a newer was claimed; and who sent one that was overtaken meanwhile tells the newest again.
///
/// # Errors
/// Transient ones of the CRM and the store. A refusal is parked: the books are right, only the CRM is not told.
pub async fn tell(deployment: &Deployment, contract: &ContractId, invoice: &Invoice) -> Result<(), WorkflowError> {
    let version_ms = invoice.updated_at.timestamp_millis();
    let key = write_back_effect(contract, version_ms);
    let head = deployment.store.head(contract.as_str()).await?;
    let newest_ms = head.as_ref().and_then(newest_ms);
    if newest_ms.is_none_or(|newest_ms| newest_ms <= version_ms) {
        if head.as_ref().and_then(told_ms) == Some(version_ms) {
            return Ok(());
        }
        claim(deployment, contract, head.as_ref(), version_ms).await?;
        send(deployment, contract, key, invoice).await?;
    } else if deployment.store.effect(&key).await?.is_none() {
        return Ok(());
    }
    tell_again(deployment, contract, invoice, version_ms).await
}

/// As long as somebody claimed a newer version than was sent last, the newest is told once more.
async fn tell_again(deployment: &Deployment, contract: &ContractId, invoice: &Invoice, sent_ms: i64) -> Result<(), WorkflowError> {
    let mut sent_ms = sent_ms;
    for _ in 0..AGAIN_MAX {
        let Some(head) = deployment.store.head(contract.as_str()).await? else {
            return Ok(());
        };
        if newest_ms(&head).is_none_or(|newest_ms| newest_ms <= sent_ms) {
            return Ok(());
        }
        let ledger = deployment.ledger(deployment.entity(&head.entity)?)?;
        let Some(now) = ledger.invoice(&invoice.id).await? else {
            return Ok(());
        };
        let version_ms = now.updated_at.timestamp_millis();
        claim(deployment, contract, Some(&head), version_ms).await?;
        send(deployment, contract, write_back_again_effect(contract, version_ms, sent_ms), &now).await?;
        sent_ms = version_ms;
    }
    Err(WorkflowError::Contended {
        contract: contract.to_string(),
    })
}

/// Notes that this version is about to be told, unless that is noted already.
async fn claim(deployment: &Deployment, contract: &ContractId, head: Option<&Head>, version_ms: i64) -> Result<(), WorkflowError> {
    if head.and_then(claimed_ms).is_some_and(|claimed_ms| claimed_ms >= version_ms) {
        return Ok(());
    }
    remember(deployment, contract, |head| note_claimed(head, version_ms)).await
}

async fn send(deployment: &Deployment, contract: &ContractId, effect: EffectKey, invoice: &Invoice) -> Result<(), WorkflowError> {
    let version_ms = invoice.updated_at.timestamp_millis();
    let crm = deployment.crm.as_ref();
    let record = crm.record_id(contract.as_str()).map_err(|error| WorkflowError::Unreadable {
        what: format!("contract {contract}"),
        why: error.to_string(),
    })?;
    let facts = facts(invoice);
    let intent = Intent {
        key: effect,
        target: crm.target(),
        body: crm.write_back_body(&record, &facts),
    };
    let key = parked_key("write-back", contract.as_str());
    match perform(deployment, &intent, &WriteBackEffect(crm)).await {
        Ok(_) | Err(EffectError::DoneDifferently { .. }) => {}
        Err(EffectError::Refused { reason, .. }) => {
            let mend = format!(
                "check the fields under {} in tieout.toml and our user's rights",
                crm.fields().write_back
            );
            let finding = Finding::new("write-back", contract, format!("is refused by the CRM: {reason}"), mend);
            return park(deployment, &key, Reason::RefusedByCrm, &[finding], json!({})).await;
        }
        Err(error) => return Err(error.into()),
    }
    unpark(deployment, &key, "told").await?;
    remember(deployment, contract, |head| note_told(head, version_ms)).await
}

fn facts(invoice: &Invoice) -> InvoiceFacts {
    InvoiceFacts {
        number: invoice.number.clone(),
        status: status(invoice).as_str().to_owned(),
        amount_due: invoice.amount_due,
        amount_paid: invoice.amount_paid,
        currency: invoice.currency.as_str().to_owned(),
        link: invoice.link.clone(),
    }
}

/// The words for sales people: the ledger's status, and how far it is paid.
fn status(invoice: &Invoice) -> InvoiceStatus {
    match invoice.status {
        DocumentStatus::Draft | DocumentStatus::Submitted => InvoiceStatus::Draft,
        DocumentStatus::Voided | DocumentStatus::Deleted => InvoiceStatus::Voided,
        DocumentStatus::Paid if invoice.amount_paid.is_zero() && !invoice.amount_credited.is_zero() => InvoiceStatus::Credited,
        DocumentStatus::Paid => InvoiceStatus::Paid,
        DocumentStatus::Authorised if invoice.amount_paid.is_zero() => InvoiceStatus::Authorised,
        DocumentStatus::Authorised => InvoiceStatus::PartPaid,
    }
}
