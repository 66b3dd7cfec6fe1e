//! What falls due: planned invoices whose day has come are queued as their deals, and the deals' worker makes them, each once, on the way on which
//! it makes the first.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tieout_accounting::ids::EntityId;
use tieout_platform::clock::SharedClock;
use tieout_platform::config::{Config, Entity};
use tieout_queue::{Hint, Kind, Queue, Source};
use tieout_store::{DueDocument, Store};

use crate::error::WorkflowError;
use crate::facts::local_day;

/// Documents of an entity that one run looks at, those that are due the longest first; more than waits for persons at any time.
const DUE_MAX: usize = 20_000;

/// Where what is due is put.
pub struct Biller {
    /// Which entities there are.
    pub config: Arc<Config>,
    /// Where planned documents are.
    pub store: Store,
    /// The CRM's organisation, as hints name it.
    pub organisation: String,
    /// For deals.
    pub deals: Queue,
    /// The time.
    pub clock: SharedClock,
}

/// What is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Billed {
    /// Planned invoices whose day has come.
    pub documents: usize,
    /// Deals that were queued for them.
    pub deals: usize,
}

impl Biller {
    /// Queues the deals of what is due where each entity is; what fails for one does not keep the others from being billed.
    ///
    /// # Errors
    /// The first entity's that failed, after all were looked at.
    pub async fn bill(&self) -> Result<Billed, WorkflowError> {
        let mut billed = Billed::default();
        let mut failed = None;
        for entity in &self.config.entities {
            match self.bill_entity(entity).await {
                Ok(of_entity) => {
                    billed.documents += of_entity.documents;
                    billed.deals += of_entity.deals;
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(billed), Err)
    }

    async fn bill_entity(&self, entity: &Entity) -> Result<Billed, WorkflowError> {
        let today = local_day(entity, self.clock.now());
        let due = self.store.due(&EntityId::new(entity.id.as_str()), today, DUE_MAX).await?;
        if due.len() == DUE_MAX {
            tracing::warn!(
                entity = entity.id.as_str(),
                "more is due than one run looks at: the newest wait until others are made"
            );
        }
        let deals: BTreeSet<String> = due.iter().map(deal_of).collect::<Result<_, _>>()?;
        let reported = json!({ "due": today });
        let hints = deals.iter().map(|deal| {
            let hint = Hint::new(Kind::Deal, Source::Crm, &self.organisation, deal, reported.clone(), None);
            hint.map_err(|error| unreadable(deal, &error.to_string()))
        });
        let hints: Vec<Hint> = hints.collect::<Result<_, _>>()?;
        self.deals.send_all(&hints).await?;
        Ok(Billed {
            documents: due.len(),
            deals: hints.len(),
        })
    }
}

/// The deal that a document follows from: what a billing plan has names it.
fn deal_of(due: &DueDocument) -> Result<String, WorkflowError> {
    match &due.document.order {
        Some(order) => Ok(order.id().to_owned()),
        None => Err(unreadable(due.contract.as_str(), "a planned invoice names no order")),
    }
}

fn unreadable(of: &str, why: &str) -> WorkflowError {
    WorkflowError::Unreadable {
        what: format!("what is due of {of}"),
        why: why.to_owned(),
    }
}
