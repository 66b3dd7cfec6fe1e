//! Sending: a message is checked as the service checks it, deduplicated, and stored.

use crate::ids::new_uuid;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::errors::SqsError;
use super::limits::DEDUPLICATION_WINDOW_MS;
use super::message::{Outgoing, Sent, digest, md5_hex};
use super::queues::Queue;
use super::store::Json;

/// Sequence numbers have twenty digits, as the service's have; the position in the store is added.
const SEQUENCE_BASE: u64 = 10_000_000_000_000_000_000;
/// Deduplication ids whose window is over are swept once in so many messages; until then they do no harm.
const SWEEP_EVERY: i64 = 1_024;

/// Checks and stores one message; a FIFO queue takes one whose id it saw within five minutes, and drops it.
pub(super) fn send(db: &Connection, queue: &Queue, message: &Outgoing, now_ms: i64) -> Result<Sent, SqsError> {
    message.check(&queue.attributes)?;
    let mut sent = Sent {
        message_id: new_uuid().to_string(),
        md5_of_body: md5_hex(message.body.as_bytes()),
        md5_of_attributes: digest(&message.attributes)?,
        md5_of_system_attributes: digest(&message.system_attributes)?,
        sequence_number: None,
    };
    if !queue.attributes.is_fifo() {
        store(db, queue, message, None, &sent, now_ms)?;
        return Ok(sent);
    }
    let id = deduplication_id(queue, message)?;
    let group = message.group_id.as_deref().filter(|_| queue.attributes.deduplicates_by_group());
    let scope = group.unwrap_or_default();
    let earlier = db
        .prepare_cached(
            "SELECT message_id, sequence FROM deduplications
             WHERE queue_id = ?1 AND scope = ?2 AND deduplication_id = ?3 AND seen_ms > ?4",
        )?
        .query_row(params![queue.id, scope, id, now_ms - DEDUPLICATION_WINDOW_MS], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    if let Some((message_id, sequence)) = earlier {
        (sent.message_id, sent.sequence_number) = (message_id, Some(sequence));
        return Ok(sent);
    }
    let position = store(db, queue, message, Some(&id), &sent, now_ms)?;
    let sequence = number_in_sequence(db, position)?;
    db.prepare_cached(
        "INSERT OR REPLACE INTO deduplications (queue_id, scope, deduplication_id, seen_ms, message_id, sequence)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![queue.id, scope, id, now_ms, sent.message_id, sequence])?;
    if position % SWEEP_EVERY == 0 {
        db.execute("DELETE FROM deduplications WHERE seen_ms <= ?1", [now_ms - DEDUPLICATION_WINDOW_MS])?;
    }
    sent.sequence_number = Some(sequence);
    Ok(sent)
}

/// Gives the message at `position` its sequence number, which increases in every queue.
pub(super) fn number_in_sequence(db: &Connection, position: i64) -> Result<String, SqsError> {
    let sequence = (SEQUENCE_BASE + position.unsigned_abs()).to_string();
    db.prepare_cached("UPDATE messages SET sequence = ?2 WHERE position = ?1")?
        .execute(params![position, sequence])?;
    Ok(sequence)
}

/// The sender's id, else the SHA-256 of the body where the queue is set so.
fn deduplication_id(queue: &Queue, message: &Outgoing) -> Result<String, SqsError> {
    match &message.deduplication_id {
        Some(id) => Ok(id.clone()),
        None if queue.attributes.deduplicates_by_content() => {
            let digest = Sha256::digest(message.body.as_bytes());
            Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        None => Err(SqsError::parameter(
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        )),
    }
}

fn store(db: &Connection, queue: &Queue, message: &Outgoing, id: Option<&str>, sent: &Sent, now_ms: i64) -> Result<i64, SqsError> {
    let delay_s = message.delay_s.filter(|_| !queue.attributes.is_fifo());
    let delay_ms = delay_s.unwrap_or_else(|| queue.attributes.delay_s()) * 1_000;
    db.prepare_cached(
        "INSERT INTO messages (queue_id, message_id, body, md5, attributes, trace, sent_ms, visible_ms, retained_from_ms, group_id, deduplication_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?9, ?10)",
    )?
    .execute(params![
        queue.id,
        sent.message_id,
        message.body,
        sent.md5_of_body,
        Json(&message.attributes),
        message.trace(),
        now_ms,
        now_ms + delay_ms,
        message.group_id,
        id
    ])?;
    Ok(db.last_insert_rowid())
}
