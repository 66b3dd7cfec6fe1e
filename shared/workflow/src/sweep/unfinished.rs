//! What fell through. A message that failed for good lies among the dead letters for a fortnight, and then it is gone. So once a day all that
//! changed in the last weeks is compared with what we know of it, and what was not brought to its end is queued once more.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::try_join_all;
use serde_json::json;
use tieout_crm::ChangedDeal;
use tieout_ledger::{InvoiceSummary, Ledger};
use tieout_platform::config::Entity;
use tieout_platform::vendor::Priority;
use tieout_queue::{Hint, Kind, Source};
use tieout_store::{Document, DocumentKind};

use super::{ANSWERS_MAX, FIRST_LOOK_DAYS, Sweeper, document, send};
use crate::error::WorkflowError;
use crate::facts::local_day;
use crate::ids::{order_of, parked_key};
use crate::ledger::{INVOICE_LINK, invoice_key};

/// Where it is noted when this was done last.
const CURSOR: &str = "sweep/unfinished";
/// How often it is done.
const EVERY_H: i64 = 24;
/// How far back: a message lives for a fortnight on its queue, and another one among the dead letters.
const BACK_DAYS: i64 = FIRST_LOOK_DAYS;
/// Records compared side by side.
const AT_ONCE: usize = 8;

impl Sweeper {
    /// Queues what changed in the last weeks and was not brought to its end; gives the number of records, 0 where it was done within a day.
    ///
    /// # Errors
    /// Those of both sides and of the store; then it is begun anew by the next sweep.
    pub(super) async fn look_for_unfinished(&self) -> Result<usize, WorkflowError> {
        let now = self.deployment.clock.now();
        let store = &self.deployment.store;
        match store.cursor(CURSOR).await? {
            Some(last) if last > now - TimeDelta::hours(EVERY_H) => return Ok(0),
            Some(_) => {}
            // The first sweep has just queued all of these weeks.
            None => return Ok(store.advance_cursor(CURSOR, now).await.map(|_| 0)?),
        }
        let since = now - TimeDelta::days(BACK_DAYS);
        let mut count = self.unfinished_deals(since, now).await?;
        for entity in &self.deployment.config.entities {
            count += self.unfinished_invoices(entity, since).await?;
        }
        store.advance_cursor(CURSOR, now).await?;
        Ok(count)
    }

    async fn unfinished_deals(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<usize, WorkflowError> {
        let parked: BTreeSet<String> = self.deployment.store.parked().await?.into_iter().map(|case| case.key).collect();
        let organisation = self.deployment.crm.organisation_id();
        let (mut since, mut count) = (since, 0);
        for answers in 1..=ANSWERS_MAX {
            let answer = self.deployment.crm.changed_since(since).await?;
            let mut hints = Vec::new();
            for deals in answer.changed.chunks(AT_ONCE) {
                let looks: Vec<_> = deals.iter().map(|deal| self.is_unfinished(deal, &parked)).collect();
                let unfinished = try_join_all(looks).await?;
                let left = deals.iter().zip(unfinished).filter(|(_, unfinished)| *unfinished);
                hints.extend(left.map(|(deal, _)| {
                    let reported = json!({ "unfinished": now });
                    Hint::new(Kind::Deal, Source::Crm, organisation, deal.record.as_str(), reported, None)
                }));
            }
            count += send(&self.deals, hints.into_iter()).await?;
            let Some(more_since) = answer.more_since else { break };
            if answers == ANSWERS_MAX {
                tracing::warn!(%more_since, "too many deals changed in five weeks: the newest were not compared with what is booked");
            }
            since = more_since;
        }
        Ok(count)
    }

    /// A deal that is won has a contract whose documents are in the ledger, with the CRM in step, or it waits for a person.
    async fn is_unfinished(&self, deal: &ChangedDeal, parked: &BTreeSet<String>) -> Result<bool, WorkflowError> {
        if parked.contains(&parked_key("deal", deal.record.as_str())) {
            return Ok(false);
        }
        let order = order_of(&deal.record)?;
        let outline = self.deployment.store.outline_with(&order).await?;
        let today = match &outline {
            Some(outline) => local_day(self.deployment.entity(outline.head.entity.as_str())?, self.deployment.clock.now()),
            None => self.deployment.clock.now().date_naive(),
        };
        // A credit note is not pushed to the CRM by itself.
        let is_open = |document: &Document| match document.kind {
            DocumentKind::Invoice => document.in_ledger().is_none_or(|found| found.synced_ms.is_none()),
            DocumentKind::CreditNote => document.in_ledger().is_none_or(|found| found.followed_ms.is_none()),
        };
        Ok(match outline {
            None => deal.is_won && !deal.is_deleted,
            Some(outline) => outline
                .documents_of(&order)
                .any(|document| !document.is_for_later(today) && is_open(document)),
        })
    }

    async fn unfinished_invoices(&self, entity: &Entity, since: DateTime<Utc>) -> Result<usize, WorkflowError> {
        let ledger = self.deployment.ledger(entity)?.with_priority(Priority::Background);
        let invoices = ledger.invoices_changed_since(since).await?;
        let mut hints = Vec::new();
        for invoices in invoices.chunks(AT_ONCE) {
            let looks: Vec<_> = invoices
                .iter()
                .map(|invoice| self.is_unfollowed(ledger.as_ref(), invoice))
                .collect();
            let unfollowed = try_join_all(looks).await?;
            let left = invoices.iter().zip(unfollowed).filter(|(_, unfollowed)| *unfollowed);
            hints.extend(left.map(|(invoice, _)| document(ledger.as_ref(), Kind::Invoice, invoice.id.as_str(), invoice.updated_at)));
        }
        send(&self.invoices, hints.into_iter()).await
    }

    /// An invoice of ours is followed up to its newest version, and the CRM has that.
    async fn is_unfollowed(&self, ledger: &dyn Ledger, invoice: &InvoiceSummary) -> Result<bool, WorkflowError> {
        let store = &self.deployment.store;
        let Some(link) = store.linked(INVOICE_LINK, &invoice_key(ledger, &invoice.id)).await? else {
            return Ok(false);
        };
        let document = store.document(&link.contract, link.ordinal).await?;
        let found = document.as_ref().and_then(Document::in_ledger);
        Ok(!found.is_some_and(|found| found.is_settled(invoice.updated_at.timestamp_millis())))
    }
}
