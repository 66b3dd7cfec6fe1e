//! Receiving: what is due is marked in flight and handed out; what was received too often goes to the dead letters.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::dead_letters::move_to_dead_letters;
use super::depth::drop_expired;
use super::errors::SqsError;
use super::limits::{RECEIVE_MESSAGES_MAX, VISIBILITY_MAX_S, WAIT_MAX_S, within};
use super::message::{MessageAttributes, digest};
use super::queues::{self, Queue};
use super::receipt::Receipt;
use super::store::Json;

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

impl ReceiveRequest {
    pub(super) fn check(&self) -> Result<(), SqsError> {
        within("MaxNumberOfMessages", self.max_messages, 1, RECEIVE_MESSAGES_MAX)?;
        within("WaitTimeSeconds", self.wait_s, 0, WAIT_MAX_S)?;
        within("VisibilityTimeout", self.visibility_timeout_s, 0, VISIBILITY_MAX_S)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Received {
    pub message_id: String,
    /// What deletes it or changes its visibility.
    pub receipt_handle: String,
    pub body: String,
    #[serde(rename = "MD5OfBody")]
    pub md5_of_body: String,
    /// System attributes: SentTimestamp, ApproximateReceiveCount, MessageGroupId and so on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: MessageAttributes,
    #[serde(rename = "MD5OfMessageAttributes")]
    pub md5_of_message_attributes: Option<String>,
}

/// Takes what can be received now.
pub(super) fn receive(db: &Connection, queue: &Queue, request: &ReceiveRequest, now_ms: i64) -> Result<Vec<Received>, SqsError> {
    request.check()?;
    drop_expired(db, queue, now_ms)?;
    let own_s = queue.attributes.visibility_timeout_s();
    let visible_ms = now_ms + request.visibility_timeout_s.unwrap_or(own_s) * 1_000;
    let positions = without_dead_letters(db, queue, request.max_messages, now_ms)?;
    let mut take = db.prepare_cached(
        "UPDATE messages SET visible_ms = ?2, receipt = ?3, receive_count = receive_count + 1, last_received_ms = ?4,
           first_received_ms = COALESCE(first_received_ms, ?4) WHERE position = ?1
         RETURNING message_id, body, md5, attributes, sent_ms, receive_count, first_received_ms, group_id,
           deduplication_id, sequence, trace, source_arn",
    )?;
    let mut received = Vec::with_capacity(positions.len());
    for position in positions {
        let receipt = Receipt::new(queue.id, position);
        let mut message = take.query_row(params![position, visible_ms, receipt.nonce, now_ms], |row| read(row, &receipt))?;
        message.md5_of_message_attributes = digest(&message.message_attributes)?;
        received.push(message);
    }
    Ok(received)
}

fn read(row: &Row<'_>, receipt: &Receipt) -> rusqlite::Result<Received> {
    let number = |column: usize| row.get::<_, i64>(column).map(|number| Some(number.to_string()));
    let attributes = [
        ("SenderId", Some(LOCAL_SENDER.to_owned())),
        ("SentTimestamp", number(4)?),
        ("ApproximateReceiveCount", number(5)?),
        ("ApproximateFirstReceiveTimestamp", number(6)?),
        ("MessageGroupId", row.get(7)?),
        ("MessageDeduplicationId", row.get(8)?),
        ("SequenceNumber", row.get(9)?),
        ("AWSTraceHeader", row.get(10)?),
        ("DeadLetterQueueSourceArn", row.get(11)?),
    ];
    let present = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(Received {
        message_id: row.get(0)?,
        receipt_handle: receipt.to_handle(),
        body: row.get(1)?,
        md5_of_body: row.get(2)?,
        attributes: present.collect(),
        message_attributes: row.get::<_, Json<MessageAttributes>>(3)?.0,
        md5_of_message_attributes: None,
    })
}

/// The positions of the messages to hand out, after those received often enough have gone to the dead letters.
fn without_dead_letters(db: &Connection, queue: &Queue, most: i64, now_ms: i64) -> Result<Vec<i64>, SqsError> {
    // As on AWS: without its dead-letter queue a source goes on to deliver.
    let dead_letters = match queue.attributes.redrive() {
        Some(redrive) => queues::look_up(db, redrive.target())?.map(|target| (target, redrive.max_receive_count)),
        None => None,
    };
    loop {
        let candidates = receivable(db, queue, most, now_ms)?;
        let mut alive = Vec::with_capacity(candidates.len());
        let mut moved = false;
        for (position, receive_count) in candidates {
            match &dead_letters {
                Some((target, most)) if receive_count >= *most => {
                    move_to_dead_letters(db, queue, target, position, now_ms)?;
                    moved = true;
                }
                _ => alive.push(position),
            }
        }
        if !moved {
            return Ok(alive);
        }
    }
}

/// The first `most` messages that can be received, by position, and how often each was already.
///
/// In a FIFO queue a group with any message in flight is locked as a whole, and a delayed message holds back the later
/// ones of its group (developer guide, "FIFO delivery logic"). The index is named so that SQLite walks the queue in order
/// and stops at `most`, rather than sort all that is visible.
fn receivable(db: &Connection, queue: &Queue, most: i64, now_ms: i64) -> Result<Vec<(i64, i64)>, SqsError> {
    let sql = if queue.attributes.is_fifo() {
        "SELECT position, receive_count FROM messages m INDEXED BY messages_in_order WHERE queue_id = ?1 AND visible_ms <= ?2 AND NOT EXISTS (
           SELECT 1 FROM messages other WHERE other.queue_id = m.queue_id AND other.group_id = m.group_id
             AND other.visible_ms > ?2 AND (other.receipt IS NOT NULL OR other.position < m.position))
         ORDER BY position LIMIT ?3"
    } else {
        "SELECT position, receive_count FROM messages INDEXED BY messages_in_order WHERE queue_id = ?1 AND visible_ms <= ?2
         ORDER BY position LIMIT ?3"
    };
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![queue.id, now_ms, most], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
