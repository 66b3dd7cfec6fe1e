//! Dead letters: listed, replayed, discarded.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, Message, MessageSystemAttributeName as Attribute};
use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use tieout_platform::aws::AwsSettings;
use tieout_platform::failure::chain;

use crate::client::{client, failure};
use crate::error::{QueueError, Unreadable};
use crate::hint::Hint;
use crate::send::Queue;

/// Messages in one call.
const BATCH_MESSAGES_MAX: i32 = 10;
/// How long a message is hidden from others while it is read, in seconds. It is released earlier unless the reader dies.
pub const LOOK_VISIBILITY_S: i32 = 30;
/// Long polling: without it SQS asks only some of its servers.
const LOOK_WAIT_S: i32 = 1;
/// The most messages that a search reads.
const SEARCH_MESSAGES_MAX: usize = 10_000;

/// A message that failed too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id, that of the source queue.
    pub message_id: String,
    pub body: String,
    /// The parsed body, or why it is unreadable.
    pub hint: Result<Hint, Unreadable>,
    pub group: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    /// How often it was received, looks at the dead letters included.
    pub received: u32,
    /// The queue that it failed on, by its ARN.
    pub source_queue_arn: Option<String>,
    receipt_handle: String,
}

/// A dead-letter queue.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    client: Client,
    url: String,
}

impl DeadLetters {
    /// The dead-letter queue at `url`; no I/O.
    pub fn new(settings: &AwsSettings, url: String) -> Self {
        Self {
            client: client(settings),
            url,
        }
    }

    /// Up to `max` dead letters, oldest first within a group; they remain on the queue. Of a record with more than ten dead letters the
    /// first ten are listed. Two concurrent calls see different parts.
    ///
    /// # Errors
    /// Those of SQS.
    pub async fn list(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let (mut held, end) = self.look(|seen| seen.len() >= max).await;
        self.release(&held).await;
        end?;
        held.truncate(max);
        Ok(held)
    }

    /// The dead letter `message_id`; it remains on the queue.
    ///
    /// # Errors
    /// Those of SQS.
    pub async fn find(&self, message_id: &str) -> Result<Option<DeadLetter>, QueueError> {
        let (held, end) = self.look(|seen| seen.iter().any(|one| one.message_id == message_id)).await;
        self.release(&held).await;
        end?;
        Ok(held.into_iter().find(|one| one.message_id == message_id))
    }

    /// Sends the dead letter `message_id` back to `to` and deletes it here; `None` where it is not here. A crash in between leaves it on both
    /// queues, which is harmless. The deduplication id is new, and the same for a repeated replay within five minutes.
    ///
    /// # Errors
    /// Those of SQS; the letter is still here then.
    pub async fn replay(&self, message_id: &str, to: &Queue) -> Result<Option<DeadLetter>, QueueError> {
        let Some(letter) = self.hold(message_id).await? else {
            return Ok(None);
        };
        let group = letter.group.as_deref().unwrap_or(message_id);
        if let Err(error) = to.send_raw(&letter.body, group, &format!("replay-{message_id}")).await {
            self.release(std::slice::from_ref(&letter)).await;
            return Err(error);
        }
        self.delete(&letter).await?;
        Ok(Some(letter))
    }

    /// Deletes the dead letter `message_id`; `None` where it is not here.
    ///
    /// # Errors
    /// Those of SQS.
    pub async fn discard(&self, message_id: &str) -> Result<Option<DeadLetter>, QueueError> {
        let Some(letter) = self.hold(message_id).await? else {
            return Ok(None);
        };
        self.delete(&letter).await?;
        Ok(Some(letter))
    }

    /// Finds a letter, keeps it hidden and releases all others.
    async fn hold(&self, message_id: &str) -> Result<Option<DeadLetter>, QueueError> {
        let (held, end) = self.look(|seen| seen.iter().any(|one| one.message_id == message_id)).await;
        let (mut ours, others): (Vec<_>, Vec<_>) = held.into_iter().partition(|one| one.message_id == message_id);
        self.release(&others).await;
        match ours.pop() {
            Some(letter) => Ok(Some(letter)),
            None => end.map(|()| None),
        }
    }

    /// Receives until `enough` or until nothing new comes. What was received is hidden and has to be released, after an error too. A letter
    /// that is received again, because the search took longer than it was hidden, counts once, with its newest handle.
    async fn look(&self, enough: impl Fn(&[DeadLetter]) -> bool) -> (Vec<DeadLetter>, Result<(), QueueError>) {
        let mut held: Vec<DeadLetter> = Vec::new();
        while !enough(&held) && held.len() < SEARCH_MESSAGES_MAX {
            let answer = self
                .client
                .receive_message()
                .queue_url(&self.url)
                .max_number_of_messages(BATCH_MESSAGES_MAX)
                .visibility_timeout(LOOK_VISIBILITY_S)
                .wait_time_seconds(LOOK_WAIT_S)
                .message_system_attribute_names(Attribute::All)
                .send()
                .boxed()
                .await;
            match answer {
                Ok(answer) => {
                    let known = held.len();
                    for letter in answer.messages().iter().map(read) {
                        match held.iter_mut().find(|one| one.message_id == letter.message_id) {
                            Some(one) => *one = letter,
                            None => held.push(letter),
                        }
                    }
                    if held.len() == known {
                        break;
                    }
                }
                Err(error) => return (held, Err(failure("ReceiveMessage", &self.url, error))),
            }
        }
        (held, Ok(()))
    }

    /// Makes hidden letters visible again; where that fails they become visible after [`LOOK_VISIBILITY_S`].
    async fn release(&self, held: &[DeadLetter]) {
        for batch in held.chunks(BATCH_MESSAGES_MAX.unsigned_abs() as usize) {
            let entries = batch.iter().enumerate().filter_map(|(index, letter)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(&letter.receipt_handle)
                    .visibility_timeout(0);
                entry.build().ok()
            });
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            if let Err(error) = request.set_entries(Some(entries.collect())).send().boxed().await {
                let error = failure("ChangeMessageVisibilityBatch", &self.url, error);
                tracing::warn!(error = chain(&error), "dead letters stay hidden for {LOOK_VISIBILITY_S} seconds");
            }
        }
    }

    async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let request = self.client.delete_message().queue_url(&self.url);
        let deleted = request.receipt_handle(&letter.receipt_handle).send().boxed().await;
        deleted.map(drop).map_err(|error| failure("DeleteMessage", &self.url, error))
    }
}

fn read(message: &Message) -> DeadLetter {
    let attribute = |name: Attribute| message.attributes()?.get(&name).cloned();
    let sent_at = attribute(Attribute::SentTimestamp).and_then(|at| at.parse().ok());
    let body = message.body().unwrap_or_default();
    DeadLetter {
        message_id: message.message_id().unwrap_or_default().to_owned(),
        body: body.to_owned(),
        hint: Hint::read(body),
        group: attribute(Attribute::MessageGroupId),
        sent_at: sent_at.and_then(DateTime::from_timestamp_millis),
        received: attribute(Attribute::ApproximateReceiveCount)
            .and_then(|count| count.parse().ok())
            .unwrap_or(0),
        source_queue_arn: attribute(Attribute::DeadLetterQueueSourceArn),
        receipt_handle: message.receipt_handle().unwrap_or_default().to_owned(),
    }
}
