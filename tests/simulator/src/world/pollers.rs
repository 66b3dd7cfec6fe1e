//! Lambda's pollers: a batch is received, brought to the function, and what it does not name as failed is deleted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tieout_local::event_source::sqs_event;
use tieout_local::sqs::{ReceiveRequest, Received};
use tieout_platform::clock::Clock;
use tieout_platform::runtime::Function;
use tokio::sync::Notify;

use super::{QUEUES, World};
use crate::auditor::facts::{Delivered, What};

/// The most messages of a batch.
const BATCH_SIZE_MAX: u64 = 10;
/// How long a poller looks away where nothing is due.
const LOOK_AWAY_S: u64 = 12 * 3_600;
/// A moment after the instant at which a message becomes visible.
const MOMENT_MS: u64 = 1;
/// The longest time between two deliveries of one batch.
const AGAIN_WITHIN_MS: u64 = 30_000;

fn function_of(queue: &str) -> Function {
    if queue == tieout::stack::DEALS_QUEUE {
        Function::DealWorker
    } else {
        Function::InvoiceWorker
    }
}

impl World {
    /// Two pollers behind each queue, until the world stops.
    pub async fn poll(self: &Arc<Self>) {
        let pollers = self.queue_bells.iter().enumerate().map(|(index, bell)| {
            let queue = QUEUES.get(index % QUEUES.len()).copied().unwrap_or_default();
            self.poller(queue, bell)
        });
        futures::future::join_all(pollers).await;
    }

    async fn poller(self: &Arc<Self>, queue: &'static str, bell: &Notify) {
        while !self.is_stopped() {
            let request = ReceiveRequest {
                max_messages: i64::try_from(self.dice().between(1, BATCH_SIZE_MAX)).unwrap_or(1),
                wait_s: Some(0),
                visibility_timeout_s: None,
            };
            let batch = self.sqs.receive_now(queue, &request).unwrap_or_default();
            if batch.is_empty() {
                self.wait_for(queue, bell).await;
            } else {
                self.bring(queue, batch).await;
            }
        }
    }

    async fn wait_for(&self, queue: &str, bell: &Notify) {
        let next = self.sqs.next_visible_at(queue).ok().flatten();
        let wait = next.map_or(Duration::from_secs(LOOK_AWAY_S), |next| {
            (next - self.clock.now()).to_std().unwrap_or_default() + Duration::from_millis(MOMENT_MS)
        });
        tokio::select! {
            biased;
            () = bell.notified() => {}
            () = self.clock.sleep(wait) => {}
        }
    }

    /// Brings a batch: once, twice in a row, or to two processes at the same time.
    async fn bring(self: &Arc<Self>, queue: &str, batch: Vec<Received>) {
        let mix = self.mix();
        let (again, twice, pause) = {
            let mut dice = self.dice();
            (
                dice.chance(mix.batch_again),
                dice.chance(mix.batch_twice),
                dice.wait(AGAIN_WITHIN_MS),
            )
        };
        let failed = if twice {
            let late = async {
                self.clock.sleep(pause).await;
                self.once(queue, &batch).await
            };
            futures::future::join(self.once(queue, &batch), late).await.0
        } else {
            self.once(queue, &batch).await
        };
        if again {
            self.clock.sleep(pause).await;
            self.once(queue, &batch).await;
        }
        let Some(failed) = failed else { return };
        for message in batch.iter().filter(|message| !failed.contains(&message.message_id)) {
            // A handle that has expired meanwhile means that the message comes again.
            let _ = self.sqs.delete(queue, &message.receipt_handle);
        }
        self.ring_queues();
    }

    /// One invocation with a batch; gives the messages that are to come again, none where all are.
    async fn once(self: &Arc<Self>, queue: &str, batch: &[Received]) -> Option<BTreeSet<String>> {
        let answer = self.invoke(function_of(queue), sqs_event(queue, batch)).await.ok();
        let messages = batch.iter().map(|message| Delivered {
            id: message.message_id.clone(),
            body: message.body.clone(),
        });
        self.show_logs();
        self.report(What::Batch {
            messages: messages.collect(),
            answer: answer.clone(),
        });
        let failed = failures(&answer?);
        self.step(queue, format_args!("{} brought, failed: {failed:?}", batch.len()));
        failed
    }
}

/// What an answer names as failed; none where it cannot be read, which fails the whole batch.
fn failures(answer: &Value) -> Option<BTreeSet<String>> {
    let items = answer.get("batchItemFailures")?.as_array()?;
    let names = items
        .iter()
        .map(|item| item.get("itemIdentifier").and_then(Value::as_str).map(str::to_owned));
    names.collect()
}
