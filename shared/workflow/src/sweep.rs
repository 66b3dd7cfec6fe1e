//! What no message reported: both sides are asked what changed since the last look, and each is queued like a message.

mod unfinished;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tieout_crm::ChangedDeal;
use tieout_ledger::Ledger;
use tieout_platform::config::Entity;
use tieout_platform::telemetry::{Dimension, Metric};
use tieout_platform::vendor::Priority;
use tieout_queue::{Hint, Kind, Queue, QueueError, Source, Unreadable};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::ids::order_of;

/// How far before the last look the next one begins: clocks differ, and a transaction of theirs may take its time.
const OVERLAP_MIN: i64 = 10;
/// How long a deal that waits for a person is left alone.
const PARKED_AGAIN_H: i64 = 1;
/// Answers of the CRM that one sweep reads at most; the next one goes on from there.
const ANSWERS_MAX: usize = 20;
/// How far back the first look goes, in days.
const FIRST_LOOK_DAYS: i64 = 35;

/// Where a sweep puts what it finds.
pub struct Sweeper {
    /// What it stands on.
    pub deployment: Deployment,
    /// For deals.
    pub deals: Queue,
    /// For invoices and credit notes.
    pub invoices: Queue,
}

/// What a sweep found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Deals.
    pub deals: usize,
    /// Invoices and credit notes.
    pub documents: usize,
    /// Records that changed long ago and were not brought to their end: a message was lost, or lies among the dead letters.
    pub unfinished: usize,
}

impl Sweeper {
    /// Looks at both sides; what one side refuses does not keep the other from being looked at.
    ///
    /// # Errors
    /// The first side's that failed, after all were looked at; its cursor stays where it was.
    pub async fn sweep(&self) -> Result<Found, WorkflowError> {
        let mut found = Found::default();
        let mut failed = None;
        match self.sweep_crm().await {
            Ok(deals) => found.deals = deals,
            Err(error) => failed = Some(error),
        }
        for entity in &self.deployment.config.entities {
            match self.sweep_ledger(entity).await {
                Ok(documents) => found.documents += documents,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match self.look_for_unfinished().await {
            Ok(unfinished) => found.unfinished = unfinished,
            Err(error) => failed = failed.or(Some(error)),
        }
        let metrics = &self.deployment.metrics;
        metrics.add(
            Metric::SweepFound,
            found.unfinished.try_into().unwrap_or(u64::MAX),
            &[(Dimension::Kind, "unfinished")],
        );
        metrics.add(
            Metric::SweepFound,
            found.deals.try_into().unwrap_or(u64::MAX),
            &[(Dimension::Kind, "deal")],
        );
        metrics.add(
            Metric::SweepFound,
            found.documents.try_into().unwrap_or(u64::MAX),
            &[(Dimension::Kind, "document")],
        );
        failed.map_or(Ok(found), Err)
    }

    async fn sweep_crm(&self) -> Result<usize, WorkflowError> {
        const CURSOR: &str = "sweep/crm";
        let (mut since, now) = self.window(CURSOR).await?;
        let mut count = 0;
        for _ in 0..ANSWERS_MAX {
            let answer = self.deployment.crm.changed_since(since).await?;
            count += self.queue_deals(&answer.changed).await?;
            let seen_until = answer.more_since.unwrap_or(now);
            self.deployment.store.advance_cursor(CURSOR, seen_until).await?;
            if answer.more_since.is_none() {
                break;
            }
            since = seen_until;
        }
        self.look_at_parked(now).await?;
        Ok(count)
    }

    /// A deleted deal that was never booked is nobody's business; one that was booked is.
    async fn queue_deals(&self, changed: &[ChangedDeal]) -> Result<usize, WorkflowError> {
        let organisation = self.deployment.crm.organisation_id();
        let mut hints = Vec::new();
        for changed in changed {
            if changed.is_deleted && self.deployment.store.outline_of(&order_of(&changed.record)?).await?.is_none() {
                continue;
            }
            let reported = json!({ "swept": changed.system_modstamp });
            hints.push(Hint::new(
                Kind::Deal,
                Source::Crm,
                organisation,
                changed.record.as_str(),
                reported,
                None,
            ));
        }
        send(&self.deals, hints.into_iter()).await
    }

    /// Deals that wait for a person are looked at again each hour: what was corrected may be a rule or a contact, and not the deal.
    async fn look_at_parked(&self, now: DateTime<Utc>) -> Result<(), WorkflowError> {
        let organisation = self.deployment.crm.organisation_id();
        let before = now - TimeDelta::hours(PARKED_AGAIN_H);
        let parked = self.deployment.store.parked().await?;
        let hints = parked.iter().filter(|case| case.last_seen < before).filter_map(|case| {
            let id = case.key.strip_prefix("deal/")?;
            let reported = json!({ "parked": case.last_seen });
            Some(Hint::new(Kind::Deal, Source::Crm, organisation, id, reported, None))
        });
        send(&self.deals, hints).await.map(drop)
    }

    async fn sweep_ledger(&self, entity: &Entity) -> Result<usize, WorkflowError> {
        let cursor = format!("sweep/ledger/{}", entity.id);
        let (since, now) = self.window(&cursor).await?;
        let ledger = self.deployment.ledger(entity)?.with_priority(Priority::Background);
        let invoices = ledger.invoices_changed_since(since).await?;
        let notes = ledger.credit_notes_changed_since(since).await?;
        let invoices = invoices
            .iter()
            .map(|invoice| document(ledger.as_ref(), Kind::Invoice, invoice.id.as_str(), invoice.updated_at));
        let notes = notes
            .iter()
            .map(|note| document(ledger.as_ref(), Kind::CreditNote, note.id.as_str(), note.updated_at));
        let count = send(&self.invoices, invoices.chain(notes)).await?;
        self.deployment.store.advance_cursor(&cursor, now).await?;
        Ok(count)
    }

    async fn window(&self, cursor: &str) -> Result<(DateTime<Utc>, DateTime<Utc>), WorkflowError> {
        let now = self.deployment.clock.now();
        let last = self.deployment.store.cursor(cursor).await?;
        let since = last.map_or(now - TimeDelta::days(FIRST_LOOK_DAYS), |last| {
            last - TimeDelta::minutes(OVERLAP_MIN)
        });
        Ok((since, now))
    }
}

fn document(ledger: &dyn Ledger, kind: Kind, id: &str, updated_at: DateTime<Utc>) -> Result<Hint, Unreadable> {
    Hint::new(
        kind,
        Source::Ledger,
        ledger.organisation_id().as_str(),
        id,
        json!({ "swept": updated_at }),
        None,
    )
}

async fn send(queue: &Queue, hints: impl Iterator<Item = Result<Hint, Unreadable>>) -> Result<usize, WorkflowError> {
    let hints: Vec<Hint> = hints.collect::<Result<_, _>>().map_err(|error| WorkflowError::Unreadable {
        what: "a hint of the sweep".to_owned(),
        why: error.to_string(),
    })?;
    let sent: Result<(), QueueError> = queue.send_all(&hints).await;
    sent?;
    Ok(hints.len())
}
