//! What became of the invoice, told to the opportunity: number, status, due and paid amounts, link.

use serde_json::json;
use tieout_accounting::ids::ContractId;
use tieout_crm::deal::{InvoiceFacts, InvoiceStatus};
use tieout_crm::salesforce::ids::RecordId;
use tieout_crm::salesforce::{WriteBackEffect, write_back_body};
use tieout_ledger::{DocumentStatus, Invoice};
use tieout_platform::effect::{EffectError, Intent};
use tieout_platform::guard::Guard;
use tieout_store::Head;

use crate::appending::remember;
use crate::deployment::Deployment;
use crate::effects::perform;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::{parked_key, write_back_effect};
use crate::parking::{Reason, park, unpark};

/// Where a head remembers the version of the invoice that the CRM was told of, in milliseconds since 1970.
const TOLD: &str = "told_version_ms";

/// Whether the CRM was told of any version yet.
pub fn is_done(head: &Head) -> bool {
    told(head).is_some()
}

/// Tells the CRM, unless it was told of this version or a newer one.
///
/// # Errors
/// Transient ones of the CRM and the store. A refusal is parked: the books are right, only the CRM is not told.
pub async fn tell(deployment: &Deployment, contract: &ContractId, invoice: &Invoice) -> Result<(), WorkflowError> {
    let version_ms = invoice.updated_at.timestamp_millis();
    let head = deployment.store.head(contract.as_str()).await?;
    if head.as_ref().and_then(told).is_some_and(|told_ms| told_ms >= version_ms) && Guard::VersionCompare.stands() {
        return Ok(());
    }
    let record = RecordId::parse(contract.as_str()).map_err(|error| WorkflowError::Unreadable {
        what: format!("contract {contract}"),
        why: error.to_string(),
    })?;
    let facts = facts(invoice);
    let intent = Intent {
        key: write_back_effect(contract, version_ms),
        target: "salesforce".to_owned(),
        body: write_back_body(&record, &facts, &deployment.config.salesforce.write_back),
    };
    let key = parked_key("write-back", contract.as_str());
    match perform(deployment, &intent, &WriteBackEffect(&deployment.crm)).await {
        Ok(_) | Err(EffectError::DoneDifferently { .. }) => {}
        Err(EffectError::Refused { reason, .. }) => {
            let mend = "check the fields under [salesforce.write_back] in tieout.toml and our user's rights";
            let finding = Finding::new("write-back", contract, format!("is refused by the CRM: {reason}"), mend);
            return park(deployment, &key, Reason::RefusedByCrm, &[finding], json!({})).await;
        }
        Err(error) => return Err(error.into()),
    }
    unpark(deployment, &key, "told").await?;
    remember(deployment, contract, |head| {
        if told(head).is_none_or(|told_ms| told_ms < version_ms) {
            head.facts[TOLD] = json!(version_ms.to_string());
        }
    })
    .await
}

fn told(head: &Head) -> Option<i64> {
    head.facts.get(TOLD)?.as_str()?.parse().ok()
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
