//! What became of a document, sent to its order in the CRM: number, status, due and paid amounts, link.

use serde_json::json;
use tieout_accounting::ids::ContractId;
use tieout_crm::deal::{InvoiceFacts, InvoiceStatus};
use tieout_crm::{RecordId, WriteBackEffect};
use tieout_ledger::Invoice;
use tieout_platform::effect::{EffectError, EffectKey, Intent, State};
use tieout_store::{Document, DocumentStatus, Head, InLedger, Stage};

use crate::deployment::Deployment;
use crate::documents::status_of;
use crate::effects::perform;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::{parked_document, write_back_again_effect, write_back_effect, write_back_instead_effect};
use crate::parking::{Reason, park, unpark};

/// How often the newest version is sent once more before somebody else has to: each time another act of finance has come between.
const AGAIN_MAX: u32 = 5;
/// Tries to write a document while others do.
const TRIES_MAX: u32 = 5;

/// Keeps the CRM in step with one document.
pub struct Pushing<'a> {
    deployment: &'a Deployment,
    head: &'a Head,
    ordinal: u32,
    record: RecordId,
}

impl<'a> Pushing<'a> {
    /// For a document of the contract of `head`: what became of it is pushed to the order that it follows from.
    ///
    /// # Errors
    /// Where that order has no id of the CRM.
    pub fn new(deployment: &'a Deployment, head: &'a Head, document: &Document) -> Result<Self, WorkflowError> {
        let record = deployment
            .crm
            .record_id(document.order.as_ref().unwrap_or(&head.origin).id())
            .map_err(|error| WorkflowError::Unreadable {
                what: format!("the order of contract {}", head.contract),
                why: error.to_string(),
            })?;
        Ok(Self {
            deployment,
            head,
            ordinal: document.ordinal,
            record,
        })
    }

    /// Sends what the invoice is now, unless the CRM has this version or a newer one.
    ///
    /// Two may send two versions at the same time, and the CRM keeps whatever comes last. So each claims its version before it sends: nobody
    /// sends an older one after a newer was claimed; and who sent one that was overtaken meanwhile sends the newest again. `document` is what
    /// was read or written last.
    ///
    /// # Errors
    /// Transient ones of the CRM and the store. A refusal is parked: the books are right, only the CRM is behind.
    pub async fn push(&self, document: Document, invoice: &Invoice) -> Result<(), WorkflowError> {
        let version_ms = invoice.updated_at.timestamp_millis();
        let key = write_back_effect(self.contract(), self.ordinal, version_ms);
        let found = in_ledger(&document)?;
        let document = if found.synced_ms == Some(version_ms) {
            document
        } else if newest_ms(found).is_none_or(|newest_ms| newest_ms <= version_ms) {
            let claimed = self.claim(document, version_ms).await?;
            self.send(claimed, key, invoice).await?
        } else if self.deployment.store.effect(&key).await?.is_none() {
            return Ok(());
        } else {
            document
        };
        let document = self.push_newest(document, invoice, version_ms).await?;
        self.push_over_overtaken(document, invoice).await
    }

    /// An older version that was about to be sent when this one was claimed may have reached the CRM after it. Its sender sends the newest once
    /// more; where it could not, whoever comes next does.
    async fn push_over_overtaken(&self, document: Document, invoice: &Invoice) -> Result<(), WorkflowError> {
        let version_ms = invoice.updated_at.timestamp_millis();
        let mut document = document;
        for overtaken_ms in in_ledger(&document)?.overtaken_ms.clone() {
            if newest_ms(in_ledger(&document)?) != Some(version_ms) {
                // Who sends the newest version sees to it.
                return Ok(());
            }
            let earlier = write_back_effect(self.contract(), self.ordinal, overtaken_ms);
            let state = self.deployment.store.effect(&earlier).await?.map(|effect| effect.record.state);
            match state {
                // Not begun: whoever begins it sees that it is overtaken, and if it dies then, its message comes again.
                None | Some(State::Intended) => {}
                Some(State::Attempted { until }) if until > self.deployment.clock.now() => {
                    let after = (until - self.deployment.clock.now()).to_std().unwrap_or_default();
                    return Err(EffectError::Busy { key: earlier, after }.into());
                }
                // Its sender died, or our clock is ahead of it: if it is alive, it sends the newest under a key of its own.
                Some(State::Attempted { .. }) => {
                    let instead = write_back_instead_effect(self.contract(), self.ordinal, version_ms, overtaken_ms);
                    document = self.send(document, instead, invoice).await?;
                }
                // It never reached the CRM.
                Some(State::Refused { .. }) => document = self.caught_up(document, overtaken_ms).await?,
                Some(State::Done { .. }) => {
                    let again = write_back_again_effect(self.contract(), self.ordinal, version_ms, overtaken_ms);
                    document = self.send(document, again, invoice).await?;
                    document = self.caught_up(document, overtaken_ms).await?;
                }
            }
        }
        Ok(())
    }

    /// Notes that a newer version was sent after the one that it had overtaken.
    async fn caught_up(&self, document: Document, overtaken_ms: i64) -> Result<Document, WorkflowError> {
        self.write(document, |found| {
            let mut next = found.clone();
            next.overtaken_ms.retain(|version_ms| *version_ms != overtaken_ms);
            (next != *found).then_some(next)
        })
        .await
    }

    /// As long as somebody claimed a newer version than was sent last, the newest is sent once more.
    async fn push_newest(&self, document: Document, invoice: &Invoice, sent_ms: i64) -> Result<Document, WorkflowError> {
        let (mut document, mut sent_ms) = (document, sent_ms);
        for _ in 0..AGAIN_MAX {
            if newest_ms(in_ledger(&document)?).is_none_or(|newest_ms| newest_ms <= sent_ms) {
                return Ok(document);
            }
            let entity = self.deployment.entity(self.head.entity.as_str())?;
            let Some(now) = self.deployment.ledger(entity)?.invoice(&invoice.id).await? else {
                return Ok(document);
            };
            let version_ms = now.updated_at.timestamp_millis();
            let key = write_back_again_effect(self.contract(), self.ordinal, version_ms, sent_ms);
            let claimed = self.claim(document, version_ms).await?;
            let sent = self.send(claimed, key, &now).await?;
            document = self.caught_up(sent, sent_ms).await?;
            sent_ms = version_ms;
        }
        Err(self.contended())
    }

    /// Notes that this version is about to be sent, unless that is noted already.
    async fn claim(&self, document: Document, version_ms: i64) -> Result<Document, WorkflowError> {
        self.write(document, |found| {
            let claimed = found.claimed(version_ms);
            (claimed != *found).then_some(claimed)
        })
        .await
    }

    /// Sends one version; gives the document as it is afterwards, with whatever others claimed meanwhile.
    async fn send(&self, document: Document, effect: EffectKey, invoice: &Invoice) -> Result<Document, WorkflowError> {
        let version_ms = invoice.updated_at.timestamp_millis();
        let crm = self.deployment.crm.as_ref();
        let intent = Intent {
            key: effect,
            target: crm.target(),
            body: crm.write_back_body(&self.record, &facts(invoice)),
        };
        let key = parked_document("write-back", self.contract(), self.ordinal);
        match perform(self.deployment, &intent, &WriteBackEffect(crm)).await {
            Ok(_) | Err(EffectError::DoneDifferently { .. }) => {}
            Err(EffectError::Refused { reason, .. }) => {
                let action = format!(
                    "check the fields under {} in tieout.toml and our user's rights",
                    crm.fields().write_back
                );
                let finding = Finding::new("write-back", self.contract(), format!("is refused by the CRM: {reason}"), action);
                park(self.deployment, &key, Reason::RefusedByCrm, &[finding], json!({})).await?;
                return Ok(document);
            }
            Err(error) => return Err(error.into()),
        }
        unpark(self.deployment, &key, "the CRM is in step").await?;
        self.write(document, |found| {
            let is_newer = found.synced_ms.is_none_or(|synced_ms| synced_ms < version_ms);
            is_newer.then(|| InLedger {
                synced_ms: Some(version_ms),
                ..found.clone()
            })
        })
        .await
    }

    /// Writes what `change` makes of the document; again on what somebody else wrote meanwhile. Nothing where it makes nothing of it.
    async fn write(&self, document: Document, change: impl Fn(&InLedger) -> Option<InLedger>) -> Result<Document, WorkflowError> {
        let mut document = document;
        for _ in 0..TRIES_MAX {
            let Some(changed) = change(in_ledger(&document)?) else {
                return Ok(document);
            };
            let changed = document.at(Stage::InLedger(changed));
            match self.deployment.store.write_document(self.contract(), &changed).await? {
                Some(written) => return Ok(written),
                None => document = self.read().await?,
            }
        }
        Err(self.contended())
    }

    async fn read(&self) -> Result<Document, WorkflowError> {
        let found = self.deployment.store.document(self.contract(), self.ordinal).await?;
        found.ok_or_else(|| WorkflowError::Unreadable {
            what: format!("document {} of contract {}", self.ordinal, self.contract()),
            why: "it is not there".to_owned(),
        })
    }

    fn contract(&self) -> &ContractId {
        &self.head.contract
    }

    fn contended(&self) -> WorkflowError {
        WorkflowError::contended(self.contract())
    }
}

/// The newest version that the CRM was sent, or is about to be.
fn newest_ms(found: &InLedger) -> Option<i64> {
    found.synced_ms.max(found.claimed_ms)
}

fn in_ledger(document: &Document) -> Result<&InLedger, WorkflowError> {
    document.in_ledger().ok_or_else(|| WorkflowError::Unreadable {
        what: format!("document {}", document.ordinal),
        why: "it is followed, and not in the ledger".to_owned(),
    })
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

/// The words for sales people.
fn status(invoice: &Invoice) -> InvoiceStatus {
    match status_of(invoice) {
        DocumentStatus::Drafted => InvoiceStatus::Draft,
        DocumentStatus::Authorised => InvoiceStatus::Authorised,
        DocumentStatus::PartPaid => InvoiceStatus::PartPaid,
        DocumentStatus::Paid => InvoiceStatus::Paid,
        DocumentStatus::Credited => InvoiceStatus::Credited,
        DocumentStatus::Voided | DocumentStatus::Deleted => InvoiceStatus::Voided,
    }
}
