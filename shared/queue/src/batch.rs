//! A batch of messages from Lambda, and the answer that names the failed ones.

mod record;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tieout_platform::clock::Clock;
use tieout_platform::failure::{Class, Classified, chain};

use crate::send::Queue;

pub use record::Record;

/// How often a message is received before it goes to the dead letters; the queues' `maxReceiveCount`.
pub const RECEPTIONS_MAX: u32 = 5;
/// Groups handled concurrently; a ledger may allow five calls at once.
const GROUPS_AT_ONCE: usize = 5;
/// The batch is answered so long before the function's deadline, so that finished messages are not delivered again.
const DEADLINE_MARGIN_MS: i64 = 1_000;

/// The result of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Durably handled, or parked for a person: the message is deleted.
    Done,
    /// The message is delivered again, not before `after`; after [`RECEPTIONS_MAX`] receptions it is a dead letter.
    Retry {
        /// How long to hide it, at most 11 hours and 45 minutes, so that a rate limit does not use up receptions.
        after: Option<Duration>,
    },
}

/// A batch that cannot be answered message by message. As the function's error it has all messages delivered again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    #[error("the event has no Records; check that the function's event source is a queue")]
    NotABatch,
    /// A message that could not be named in the answer.
    #[error("record {index} of the batch has no messageId; none is handled, all are delivered again")]
    NoMessageId {
        /// From 0.
        index: usize,
    },
}

impl Classified for BatchError {
    fn class(&self) -> Class {
        Class::Transient { after: None }
    }
}

/// Handles the messages of an SQS `event` and gives the answer of a function with `ReportBatchItemFailures`.
///
/// Messages of one group are handled in order, groups concurrently. A panic of the handler fails its message alone. After a failed message
/// the rest of its group is returned unhandled. Shortly before `deadline`, by `clock`, all unfinished messages are returned; the handler is
/// dropped at its next await, as in a crash.
///
/// # Errors
/// See [`BatchError`].
pub async fn handle<F, Fut>(
    queue: &Queue,
    clock: &dyn Clock,
    deadline: DateTime<Utc>,
    event: &Value,
    handler: F,
) -> Result<Value, BatchError>
where
    F: Fn(Record) -> Fut,
    Fut: Future<Output = Verdict>,
{
    let records = record::read_all(event)?;
    let order: Vec<String> = records.iter().map(|record| record.message_id.clone()).collect();
    let batch = Batch {
        queue,
        clock,
        end: deadline - TimeDelta::milliseconds(DEADLINE_MARGIN_MS),
        handler,
    };
    let failed: Vec<Vec<String>> = futures::stream::iter(record::by_group(records))
        .map(|group| batch.handle_group(group))
        .buffer_unordered(GROUPS_AT_ONCE)
        .collect()
        .await;
    let failed = failed.concat();
    let failures: Vec<Value> = order
        .iter()
        .filter(|id| failed.contains(id))
        .map(|id| json!({"itemIdentifier": id}))
        .collect();
    Ok(json!({"batchItemFailures": failures}))
}

struct Batch<'a, F> {
    queue: &'a Queue,
    clock: &'a dyn Clock,
    end: DateTime<Utc>,
    handler: F,
}

impl<F, Fut> Batch<'_, F>
where
    F: Fn(Record) -> Fut,
    Fut: Future<Output = Verdict>,
{
    /// The ids of the failed messages.
    async fn handle_group(&self, group: Vec<Record>) -> Vec<String> {
        let mut failed = Vec::new();
        for record in group {
            if !failed.is_empty() {
                failed.push(record.message_id);
                continue;
            }
            let (id, receipt_handle) = (record.message_id.clone(), record.receipt_handle.clone());
            let Verdict::Retry { after } = self.handle_one(record).await else {
                continue;
            };
            if let Some(after) = after
                && let Err(error) = self.queue.hide(&receipt_handle, after).await
            {
                // It is delivered again anyway, only sooner.
                tracing::warn!(message_id = id, error = chain(&error), "a message could not be hidden");
            }
            failed.push(id);
        }
        failed
    }

    async fn handle_one(&self, record: Record) -> Verdict {
        const RETRY: Verdict = Verdict::Retry { after: None };
        let id = record.message_id.clone();
        let left = match (self.end - self.clock.now()).to_std() {
            Ok(left) if !left.is_zero() => left,
            _ => return RETRY,
        };
        let handled = AssertUnwindSafe(async { (self.handler)(record).await }).catch_unwind();
        match select(std::pin::pin!(handled), self.clock.sleep(left)).await {
            Either::Left((Ok(verdict), _)) => verdict,
            Either::Left((Err(_), _)) => {
                // A panic's text may repeat the message's content, so it is not logged.
                tracing::error!(message_id = id, "the handler of a message panicked");
                RETRY
            }
            Either::Right(_) => {
                tracing::warn!(message_id = id, "a message was not finished before the function's deadline");
                RETRY
            }
        }
    }
}
