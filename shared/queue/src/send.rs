//! Sending: either all messages are on the queue, or it is an error.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use futures::FutureExt as _;
use tieout_platform::aws::AwsSettings;

use crate::client::{client, failure};
use crate::error::QueueError;
use crate::hint::Hint;

/// Messages in one call.
const BATCH_MESSAGES_MAX: usize = 10;
/// Tries of a message that SQS refuses out of a batch; the SDK itself repeats whole calls.
const ENTRY_TRIES_MAX: u32 = 3;
/// The longest time to hide a received message: twelve hours from its reception, less the longest life of a function.
const VISIBILITY_MAX_S: u64 = 12 * 60 * 60 - 15 * 60;

/// A FIFO queue. Cheap to clone; no I/O when created.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue at `url`.
    pub fn new(settings: &AwsSettings, url: String) -> Self {
        Self {
            client: client(settings),
            url,
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends all `hints`, in order, ten at a time; `Ok` only where every one of them is on the queue.
    ///
    /// # Errors
    /// See [`QueueError`]. Some may be on the queue then. Sending all again is harmless.
    pub async fn send_all(&self, hints: &[Hint]) -> Result<(), QueueError> {
        for batch in hints.chunks(BATCH_MESSAGES_MAX) {
            self.send_batch(batch, hints.len()).await?;
        }
        Ok(())
    }

    /// Sends one message as it is, for replays.
    pub(crate) async fn send_raw(&self, body: &str, group: &str, dedupe: &str) -> Result<(), QueueError> {
        let sent = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .message_group_id(group)
            .message_deduplication_id(dedupe)
            .send()
            .boxed()
            .await;
        sent.map(drop).map_err(|error| failure("SendMessage", &self.url, error))
    }

    /// Hides a received message for `after`, whole seconds rounded up, at most 11 hours and 45 minutes.
    pub(crate) async fn hide(&self, receipt_handle: &str, after: Duration) -> Result<(), QueueError> {
        let seconds = after.as_millis().div_ceil(1_000).min(u128::from(VISIBILITY_MAX_S));
        let changed = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(i32::try_from(seconds).unwrap_or(i32::MAX))
            .send()
            .boxed()
            .await;
        changed
            .map(drop)
            .map_err(|error| failure("ChangeMessageVisibility", &self.url, error))
    }

    async fn send_batch(&self, batch: &[Hint], of: usize) -> Result<(), QueueError> {
        let mut left: Vec<_> = batch.iter().enumerate().collect();
        let mut tries = 1;
        loop {
            let mut request = self.client.send_message_batch().queue_url(&self.url);
            for (index, hint) in &left {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(hint.to_text())
                    .message_group_id(hint.group())
                    .message_deduplication_id(hint.dedupe());
                request = request.entries(entry.build().map_err(|source| QueueError::Refused {
                    operation: "SendMessageBatch",
                    queue: self.url.clone(),
                    source: Box::new(source),
                })?);
            }
            let answer = request.send().boxed().await;
            let answer = answer.map_err(|error| failure("SendMessageBatch", &self.url, error))?;
            // What the answer does not name as sent counts as unsent.
            left.retain(|(index, _)| !answer.successful().iter().any(|sent| sent.id() == index.to_string()));
            let at_fault = answer.failed().iter().any(BatchResultErrorEntry::sender_fault);
            if left.is_empty() {
                return Ok(());
            }
            if at_fault || tries == ENTRY_TRIES_MAX {
                return Err(QueueError::NotAllSent {
                    unsent: left.len(),
                    of,
                    queue: self.url.clone(),
                    code: answer.failed().first().map_or("no answer", |failed| failed.code()).to_owned(),
                    at_fault,
                });
            }
            tries += 1;
        }
    }
}
