//! What goes on when the clock gets to an instant: messages on the queues, what the sandbox is going to send, timers.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tieout_local::scheduler::Scheduler;
use tieout_local::sqs::Sqs;

use super::{Sandbox, StackError};

/// Where work of a stack waits.
#[derive(Debug, Clone)]
pub struct PendingWork {
    pub sqs: Sqs,
    pub sandbox: Sandbox,
    pub scheduler: Arc<Scheduler>,
}

/// Work that waits for an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// In words for a person.
    pub what: String,
    /// Messages.
    pub count: u64,
    /// When the first of them goes on; not before now only where it cannot.
    pub due: DateTime<Utc>,
}

impl PendingWork {
    /// Messages that wait, dead letters aside.
    ///
    /// # Errors
    /// Where the queues cannot be read.
    pub fn messages(&self) -> Result<Vec<Pending>, StackError> {
        let mut pending = Vec::new();
        let mut add = |what: &str, count: u64, due: Option<DateTime<Utc>>| {
            let what = what.to_owned();
            pending.extend(due.map(|due| Pending { what, count, due }));
        };
        for queue in self.sqs.depth().map_err(StackError::embedded)? {
            if !queue.is_dead_letter {
                add(&queue.queue, queue.total(), queue.next_visible_at);
            }
        }
        if let Some(salesforce) = &self.sandbox.salesforce {
            add(
                "Salesforce's messages",
                count(salesforce.waiting_notifications()),
                salesforce.next_delivery_at(),
            );
        }
        if let Some(xero) = self.sandbox.xero.as_ref().filter(|xero| xero.webhooks_waiting() > 0) {
            add("Xero's webhooks", count(xero.webhooks_waiting()), xero.next_webhook_at());
        }
        Ok(pending)
    }

    /// When the next timer fires, also one that has fallen due.
    ///
    /// # Errors
    /// Where the timers' memory cannot be read.
    pub fn next_timer(&self) -> Result<Option<DateTime<Utc>>, StackError> {
        self.scheduler.next_at().map_err(StackError::embedded)
    }

    /// The instants of [`PendingWork::messages`].
    ///
    /// # Errors
    /// The same.
    pub fn messages_due(&self) -> Result<Vec<DateTime<Utc>>, StackError> {
        Ok(self.messages()?.into_iter().map(|pending| pending.due).collect())
    }
}

fn count(messages: usize) -> u64 {
    u64::try_from(messages).unwrap_or(u64::MAX)
}
