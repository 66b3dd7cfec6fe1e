//! Sending: a message is checked as the service checks it, deduplicated, and stored.

use rusqlite::{Connection, params};
use serde::Deserialize;
use tieout_platform::entropy::new_uuid;

use super::dedup;
use super::errors::SqsError;
use super::limits::{DELAY_MAX_S, FIFO_ID_LENGTH_MAX};
use super::message_attributes::{self, MessageAttributes, md5_hex};
use super::queues::Queue;

/// The one system attribute that a sender may set.
const TRACE_HEADER: &str = "AWSTraceHeader";
/// Sequence numbers have twenty digits, as the service's have; the position in the store is added.
const SEQUENCE_BASE: u64 = 10_000_000_000_000_000_000;

/// A message to be sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Outgoing {
    /// The text, 1 byte to 1 MiB.
    #[serde(rename = "MessageBody", default)]
    pub body: String,
    /// Delay in seconds, 0 to 900; not for FIFO queues.
    #[serde(rename = "DelaySeconds", default)]
    pub delay_s: Option<i64>,
    /// The sender's attributes, at most ten.
    #[serde(rename = "MessageAttributes", default)]
    pub attributes: MessageAttributes,
    /// Only `AWSTraceHeader`.
    #[serde(rename = "MessageSystemAttributes", default)]
    pub system_attributes: MessageAttributes,
    /// Whose messages are handled in order; required on a FIFO queue.
    #[serde(rename = "MessageGroupId", default)]
    pub group_id: Option<String>,
    /// A second message of this id within five minutes is dropped (FIFO).
    #[serde(rename = "MessageDeduplicationId", default)]
    pub deduplication_id: Option<String>,
}

/// What the service tells about a message that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message's id.
    pub message_id: String,
    /// MD5 of the body.
    pub md5_of_body: String,
    /// MD5 of the attributes, if there are any.
    pub md5_of_attributes: Option<String>,
    /// MD5 of the system attributes, if there are any.
    pub md5_of_system_attributes: Option<String>,
    /// Increasing within a group (FIFO only).
    pub sequence_number: Option<String>,
}

impl Outgoing {
    /// Body and attributes, in bytes.
    pub(super) fn size_bytes(&self) -> Result<i64, SqsError> {
        let body = i64::try_from(self.body.len()).unwrap_or(i64::MAX);
        Ok(body.saturating_add(message_attributes::check(&self.attributes)?))
    }
}

/// Checks and stores one message.
pub(super) fn send(db: &Connection, queue: &Queue, message: &Outgoing, now_ms: i64) -> Result<Sent, SqsError> {
    check(queue, message)?;
    let mut sent = Sent {
        message_id: new_uuid().to_string(),
        md5_of_body: md5_hex(message.body.as_bytes()),
        md5_of_attributes: message_attributes::digest(&message.attributes)?,
        md5_of_system_attributes: message_attributes::digest(&message.system_attributes)?,
        sequence_number: None,
    };
    let Some(group) = queue.attributes.is_fifo().then(|| message.group_id.clone().unwrap_or_default()) else {
        store(db, queue, message, None, &sent, now_ms)?;
        return Ok(sent);
    };
    let id = dedup::id_of(queue, message)?;
    if let Some((message_id, sequence)) = dedup::earlier(db, queue, &group, &id, now_ms)? {
        sent.message_id = message_id;
        sent.sequence_number = Some(sequence);
        return Ok(sent);
    }
    let position = store(db, queue, message, Some(&id), &sent, now_ms)?;
    let sequence = sequence_number(position);
    db.prepare_cached("UPDATE messages SET sequence = ?2 WHERE position = ?1")?
        .execute(params![position, sequence])?;
    sent.sequence_number = Some(sequence);
    dedup::remember(db, queue, &group, &id, &sent, now_ms)?;
    if position % 1_024 == 0 {
        dedup::forget_old(db, now_ms)?;
    }
    Ok(sent)
}

fn check(queue: &Queue, message: &Outgoing) -> Result<(), SqsError> {
    if message.body.is_empty() {
        return Err(SqsError::MissingParameter("MessageBody"));
    }
    if !message.body.chars().all(is_allowed) {
        return Err(SqsError::InvalidMessageContents);
    }
    let most = queue.attributes.message_size_max_bytes();
    if message.size_bytes()? > most {
        return Err(SqsError::parameter(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        )));
    }
    if let Some(name) = message.system_attributes.keys().find(|name| *name != TRACE_HEADER) {
        return Err(SqsError::parameter(format!(
            "Message system attribute name '{name}' is invalid. Valid name: ['{TRACE_HEADER}']"
        )));
    }
    message_attributes::check(&message.system_attributes)?;
    if let Some(delay_s) = message.delay_s {
        if !(0..=DELAY_MAX_S).contains(&delay_s) {
            return Err(SqsError::parameter(format!(
                "Value {delay_s} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= {DELAY_MAX_S}."
            )));
        }
        if queue.attributes.is_fifo() && delay_s != 0 {
            return Err(SqsError::parameter(format!(
                "Value {delay_s} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."
            )));
        }
    }
    check_fifo_ids(queue, message)
}

fn check_fifo_ids(queue: &Queue, message: &Outgoing) -> Result<(), SqsError> {
    let fifo = queue.attributes.is_fifo();
    if fifo && message.group_id.is_none() {
        return Err(SqsError::MissingParameter("MessageGroupId"));
    }
    if !fifo && message.deduplication_id.is_some() {
        return Err(SqsError::parameter(
            "The request include parameter MessageDeduplicationId which is not valid for this queue type",
        ));
    }
    for (name, id) in [
        ("MessageGroupId", &message.group_id),
        ("MessageDeduplicationId", &message.deduplication_id),
    ] {
        let Some(id) = id else { continue };
        let visible = id.bytes().all(|byte| byte.is_ascii_graphic());
        if id.is_empty() || id.len() > FIFO_ID_LENGTH_MAX || !visible {
            return Err(SqsError::parameter(format!(
                "Value {id} for parameter {name} is invalid. Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            )));
        }
    }
    Ok(())
}

/// The characters of XML 1.0.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

fn store(
    db: &Connection,
    queue: &Queue,
    message: &Outgoing,
    deduplication_id: Option<&str>,
    sent: &Sent,
    now_ms: i64,
) -> Result<i64, SqsError> {
    let delay_s = message.delay_s.filter(|_| !queue.attributes.is_fifo());
    let delay_ms = delay_s.unwrap_or_else(|| queue.attributes.delay_s()) * 1_000;
    let trace = message
        .system_attributes
        .get(TRACE_HEADER)
        .and_then(|header| header.string_value.as_deref());
    db.prepare_cached(
        "INSERT INTO messages (queue_id, message_id, body, md5, attributes, trace, sent_ms, visible_ms, retained_from_ms, group_id, deduplication_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?9, ?10)",
    )?
    .execute(params![
        queue.id,
        sent.message_id,
        message.body,
        sent.md5_of_body,
        serde_json::json!(message.attributes).to_string(),
        trace,
        now_ms,
        now_ms + delay_ms,
        message.group_id,
        deduplication_id
    ])?;
    Ok(db.last_insert_rowid())
}

/// The sequence number of the message at `position`: increasing in every queue.
pub(super) fn sequence_number(position: i64) -> String {
    (SEQUENCE_BASE + u64::try_from(position).unwrap_or_default()).to_string()
}
