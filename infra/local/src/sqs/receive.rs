//! Receiving: what is due is marked in flight and handed out; what was received too often goes to the dead letters.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::counts;
use super::errors::SqsError;
use super::fifo::{Candidate, receivable};
use super::limits::{RECEIVE_MESSAGES_MAX, VISIBILITY_MAX_S, WAIT_MAX_S};
use super::message_attributes::{self, MessageAttributes};
use super::queues::{self, Queue};
use super::receipt::Receipt;
use super::redrive::move_to_dead_letters;

/// The sender that every message of the local stack has.
const LOCAL_SENDER: &str = "AIDALOCALLOCALLOCALLO";

/// What a consumer asks for.
#[derive(Debug, Clone, Copy)]
pub struct ReceiveRequest {
    /// At most so many messages, 1 to 10.
    pub max_messages: i64,
    /// Long poll in seconds, 0 to 20; the queue's own if none.
    pub wait_s: Option<i64>,
    /// Visibility timeout in seconds; the queue's own if none.
    pub visibility_timeout_s: Option<i64>,
}

impl Default for ReceiveRequest {
    fn default() -> Self {
        Self {
            max_messages: 1,
            wait_s: None,
            visibility_timeout_s: None,
        }
    }
}

/// A message in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The message's id.
    pub message_id: String,
    /// What deletes it or changes its visibility.
    pub receipt_handle: String,
    /// Its text.
    pub body: String,
    /// MD5 of its text.
    pub md5_of_body: String,
    /// System attributes: SentTimestamp, ApproximateReceiveCount, MessageGroupId and so on.
    pub attributes: BTreeMap<String, String>,
    /// The sender's attributes.
    pub message_attributes: MessageAttributes,
    /// MD5 of the sender's attributes, if there are any.
    pub md5_of_message_attributes: Option<String>,
}

impl ReceiveRequest {
    pub(super) fn check(&self) -> Result<(), SqsError> {
        let within = |name: &str, value: i64, least: i64, most: i64| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(SqsError::parameter(format!(
                "Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
            )))
        };
        within("MaxNumberOfMessages", self.max_messages, 1, RECEIVE_MESSAGES_MAX)?;
        within("WaitTimeSeconds", self.wait_s.unwrap_or_default(), 0, WAIT_MAX_S)?;
        let visibility_s = self.visibility_timeout_s.unwrap_or_default();
        within("VisibilityTimeout", visibility_s, 0, VISIBILITY_MAX_S)
    }
}

/// Takes what can be received now. The flag tells whether messages went to the dead letters.
pub(super) fn receive(db: &Connection, queue: &Queue, request: &ReceiveRequest, now_ms: i64) -> Result<(Vec<Received>, bool), SqsError> {
    request.check()?;
    counts::drop_expired(db, queue, now_ms)?;
    let visibility_s = request
        .visibility_timeout_s
        .unwrap_or_else(|| queue.attributes.visibility_timeout_s());
    let (candidates, moved) = without_dead_letters(db, queue, request.max_messages, now_ms)?;
    let mut received = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let receipt = Receipt::new(queue.id, candidate.position);
        db.prepare_cached(
            "UPDATE messages SET visible_ms = ?2, receipt = ?3, receive_count = receive_count + 1, last_received_ms = ?4,
               first_received_ms = COALESCE(first_received_ms, ?4) WHERE position = ?1",
        )?
        .execute(params![candidate.position, now_ms + visibility_s * 1_000, receipt.nonce, now_ms])?;
        received.push(load(db, candidate.position, &receipt)?);
    }
    Ok((received, moved))
}

/// The candidates, after those received often enough have gone to the dead letters.
fn without_dead_letters(db: &Connection, queue: &Queue, most: i64, now_ms: i64) -> Result<(Vec<Candidate>, bool), SqsError> {
    let Some(redrive) = queue.attributes.redrive() else {
        return Ok((receivable(db, queue, most, now_ms)?, false));
    };
    let mut moved = false;
    loop {
        let candidates = receivable(db, queue, most, now_ms)?;
        let (dead, alive): (Vec<Candidate>, Vec<Candidate>) = candidates
            .into_iter()
            .partition(|candidate| candidate.receive_count >= redrive.max_receive_count);
        if dead.is_empty() {
            return Ok((alive, moved));
        }
        let target = match queues::find(db, &redrive.dead_letter_queue) {
            Ok(target) => target,
            // As on AWS: without its dead-letter queue a source goes on to deliver.
            Err(SqsError::QueueDoesNotExist(_)) => {
                let all = receivable(db, queue, most, now_ms)?;
                return Ok((all, moved));
            }
            Err(other) => return Err(other),
        };
        for candidate in dead {
            move_to_dead_letters(db, queue, &target, candidate.position, now_ms)?;
        }
        moved = true;
    }
}

/// Columns of a message as they are read back.
struct Loaded {
    received: Received,
    message_attributes: String,
}

fn load(db: &Connection, position: i64, receipt: &Receipt) -> Result<Received, SqsError> {
    let loaded = db
        .prepare_cached(
            "SELECT message_id, body, md5, attributes, sent_ms, receive_count, first_received_ms, group_id, deduplication_id,
               sequence, trace, source_arn FROM messages WHERE position = ?1",
        )?
        .query_row([position], |row| {
            let mut attributes = BTreeMap::from([("SenderId".to_owned(), LOCAL_SENDER.to_owned())]);
            for (column, name) in [
                (4, "SentTimestamp"),
                (5, "ApproximateReceiveCount"),
                (6, "ApproximateFirstReceiveTimestamp"),
            ] {
                attributes.insert(name.to_owned(), row.get::<_, i64>(column)?.to_string());
            }
            for (column, name) in [
                (7, "MessageGroupId"),
                (8, "MessageDeduplicationId"),
                (9, "SequenceNumber"),
                (10, "AWSTraceHeader"),
                (11, "DeadLetterQueueSourceArn"),
            ] {
                if let Some(text) = row.get::<_, Option<String>>(column)? {
                    attributes.insert(name.to_owned(), text);
                }
            }
            Ok(Loaded {
                received: Received {
                    message_id: row.get(0)?,
                    receipt_handle: receipt.to_handle(),
                    body: row.get(1)?,
                    md5_of_body: row.get(2)?,
                    attributes,
                    message_attributes: MessageAttributes::new(),
                    md5_of_message_attributes: None,
                },
                message_attributes: row.get(3)?,
            })
        })
        .optional()?
        .ok_or_else(|| SqsError::Damaged(format!("message {position} vanished")))?;
    let mut received = loaded.received;
    received.message_attributes =
        serde_json::from_str(&loaded.message_attributes).map_err(|error| SqsError::Damaged(format!("message attributes: {error}")))?;
    received.md5_of_message_attributes = message_attributes::digest(&received.message_attributes)?;
    Ok(received)
}
