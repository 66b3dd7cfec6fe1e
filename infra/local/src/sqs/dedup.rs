//! Deduplication: a FIFO queue takes a message of an id that it saw within five minutes, and drops it.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::errors::SqsError;
use super::limits::DEDUPLICATION_WINDOW_MS;
use super::queues::Queue;
use super::send::{Outgoing, Sent};

/// The id that counts: the sender's, else the SHA-256 of the body where the queue is set so.
pub(super) fn id_of(queue: &Queue, message: &Outgoing) -> Result<String, SqsError> {
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

/// The earlier message with this id, if the window still covers it.
pub(super) fn earlier(db: &Connection, queue: &Queue, group: &str, id: &str, now_ms: i64) -> Result<Option<(String, String)>, SqsError> {
    let since_ms = now_ms - DEDUPLICATION_WINDOW_MS;
    let found = db
        .prepare_cached(
            "SELECT message_id, sequence FROM deduplications
             WHERE queue_id = ?1 AND scope = ?2 AND deduplication_id = ?3 AND seen_ms > ?4",
        )?
        .query_row(params![queue.id, scope(queue, group), id, since_ms], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(found)
}

/// Remembers a message, and forgets those of this queue that the window no longer covers.
pub(super) fn remember(db: &Connection, queue: &Queue, group: &str, id: &str, sent: &Sent, now_ms: i64) -> Result<(), SqsError> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO deduplications (queue_id, scope, deduplication_id, seen_ms, message_id, sequence)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        queue.id,
        scope(queue, group),
        id,
        now_ms,
        sent.message_id,
        sent.sequence_number
    ])?;
    Ok(())
}

/// Drops what no window covers; called now and then, since a stale row does no harm.
pub(super) fn forget_old(db: &Connection, now_ms: i64) -> Result<(), SqsError> {
    db.execute("DELETE FROM deduplications WHERE seen_ms <= ?1", [now_ms - DEDUPLICATION_WINDOW_MS])?;
    Ok(())
}

fn scope<'a>(queue: &Queue, group: &'a str) -> &'a str {
    if queue.attributes.deduplicates_by_group() { group } else { "" }
}
