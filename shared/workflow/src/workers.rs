//! The two workers behind the queues: one message at a time, each with its own end.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tieout_crm::Subject;
use tieout_ledger::{CreditNoteId, InvoiceId};
use tieout_platform::failure::{Class, Classified, chain};
use tieout_platform::telemetry::{Dimension, Metric};
use tieout_queue::batch::{self, BatchError};
use tieout_queue::{Hint, Kind, Queue, Record, Verdict};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::parked_key;
use crate::parking::{Reason, park};
use crate::{deal, invoice};

/// The wait before the second try; each later one is longer by [`RETRY_DELAY_FACTOR`], at most [`RETRY_DELAY_MAX_S`].
const RETRY_DELAY_S: u64 = 5;
/// So that a hiccup costs seconds, and an outage of an hour needs nobody.
const RETRY_DELAY_FACTOR: u64 = 12;
/// The longest wait between two tries.
const RETRY_DELAY_MAX_S: u64 = 3_600;

/// Works off a queue of hints.
pub struct Worker {
    /// What it stands on.
    pub deployment: Deployment,
    /// The queue that its messages come from.
    pub queue: Queue,
}

impl Worker {
    /// Handles a batch as Lambda brings it; gives the answer that names the failed messages.
    ///
    /// # Errors
    /// Where the event is no batch.
    pub async fn handle(&self, event: &Value, deadline: DateTime<Utc>) -> Result<Value, BatchError> {
        let clock = self.deployment.clock.as_ref();
        batch::handle(&self.queue, clock, deadline, event, |record| self.one(record)).await
    }

    async fn one(&self, record: Record) -> Verdict {
        let hint = match &record.hint {
            Ok(hint) => hint.clone(),
            Err(unreadable) => return self.failed(&record, unreadable).await,
        };
        match self.act(&hint).await {
            Ok(outcome) => {
                tracing::info!(kind = ?hint.kind(), record = hint.record(), outcome, "hint handled");
                Verdict::Done
            }
            Err(error) => self.failed(&record, &error).await,
        }
    }

    async fn act(&self, hint: &Hint) -> Result<String, WorkflowError> {
        match hint.kind() {
            Kind::Deal => self.deal(hint).await,
            Kind::Invoice | Kind::CreditNote => self.document(hint).await,
        }
    }

    async fn document(&self, hint: &Hint) -> Result<String, WorkflowError> {
        let Some(entity) = self.deployment.entity_of_organisation(hint.organisation()) else {
            return Ok("unknown organisation".to_owned());
        };
        let outcome = if hint.kind() == Kind::Invoice {
            let Ok(id) = InvoiceId::parse(hint.record()) else {
                return Ok("no id".to_owned());
            };
            invoice::handle(&self.deployment, entity, &id).await?
        } else {
            let Ok(id) = CreditNoteId::parse(hint.record()) else {
                return Ok("no id".to_owned());
            };
            invoice::handle_credit_note(&self.deployment, entity, &id).await?
        };
        Ok(format!("{outcome:?}"))
    }

    async fn deal(&self, hint: &Hint) -> Result<String, WorkflowError> {
        let crm = &self.deployment.crm;
        match crm.subject(hint.record(), hint.reported()) {
            Subject::Deal(record) => {
                let outcome = deal::handle(&self.deployment, &record).await?;
                Ok(format!("{outcome:?}"))
            }
            Subject::Other => Ok("not a deal".to_owned()),
            Subject::Deleted => {
                let finding = Finding::new(
                    "Notification",
                    hint.record(),
                    "names no deal: it was deleted before the message was sent",
                    format!(
                        "look into the recycle bin of {}; if it is meant to be gone, nothing has to be done",
                        crm.name()
                    ),
                );
                let key = parked_key("notification", hint.record());
                park(&self.deployment, &key, Reason::RecordDeleted, &[finding], json!({})).await?;
                Ok("parked".to_owned())
            }
        }
    }

    /// Notes the cause, so that a dead letter has it; the message comes again.
    async fn failed<E: Classified>(&self, record: &Record, error: &E) -> Verdict {
        let cause = chain(error);
        tracing::warn!(message = record.message_id, receptions = record.received, cause, "a hint failed");
        let at = self.deployment.clock.now();
        if let Err(error) = self.deployment.store.record_failure_cause(&record.message_id, &cause, at).await {
            tracing::error!(
                message = record.message_id,
                error = chain(&error),
                "the cause of a failure could not be stored"
            );
        }
        if record.is_last() {
            self.deployment.metrics.count(Metric::DeadLettered, &[(Dimension::Kind, "message")]);
        }
        let after = match error.class() {
            Class::Transient { after: Some(after) } => after.max(backoff(record.received)),
            _ => backoff(record.received),
        };
        Verdict::Retry { after: Some(after) }
    }
}

/// 5 s, 1 min, 12 min, 1 h.
fn backoff(receptions: u32) -> Duration {
    let factor = RETRY_DELAY_FACTOR.saturating_pow(receptions.saturating_sub(1));
    Duration::from_secs(RETRY_DELAY_S.saturating_mul(factor).min(RETRY_DELAY_MAX_S))
}
