//! What is in a queue: how much, until when it is hidden, until when it is kept.

use rusqlite::{Connection, params};

use super::errors::SqsError;
use super::queues::Queue;

/// How many messages a queue holds, by what can be done with them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) visible: u64,
    pub(super) in_flight: u64,
    pub(super) delayed: u64,
    /// When the next message that is in flight or delayed becomes visible.
    pub(super) next_visible_ms: Option<i64>,
}

/// Counts the messages, after dropping those whose retention is over.
pub(super) fn count(db: &Connection, queue: &Queue, now_ms: i64) -> Result<Counts, SqsError> {
    drop_expired(db, queue, now_ms)?;
    let counts = db
        .prepare_cached(
            "SELECT COUNT(*) FILTER (WHERE visible_ms <= ?2), COUNT(*) FILTER (WHERE visible_ms > ?2 AND receipt IS NOT NULL),
               COUNT(*) FILTER (WHERE visible_ms > ?2 AND receipt IS NULL), MIN(visible_ms) FILTER (WHERE visible_ms > ?2)
             FROM messages WHERE queue_id = ?1",
        )?
        .query_row(params![queue.id, now_ms], |row| {
            Ok(Counts {
                visible: row.get(0)?,
                in_flight: row.get(1)?,
                delayed: row.get(2)?,
                next_visible_ms: row.get(3)?,
            })
        })?;
    Ok(counts)
}

/// When the next message that cannot be received now can be, as far as time decides it.
pub(super) fn next_visible_ms(db: &Connection, queue: &Queue, now_ms: i64) -> Result<Option<i64>, SqsError> {
    let next = db
        .prepare_cached("SELECT MIN(visible_ms) FROM messages WHERE queue_id = ?1 AND visible_ms > ?2")?
        .query_row(params![queue.id, now_ms], |row| row.get(0))?;
    Ok(next)
}

/// Drops messages that the queue's retention no longer keeps.
pub(super) fn drop_expired(db: &Connection, queue: &Queue, now_ms: i64) -> Result<(), SqsError> {
    let oldest_ms = now_ms.saturating_sub(queue.attributes.retention_ms());
    db.prepare_cached("DELETE FROM messages WHERE queue_id = ?1 AND retained_from_ms < ?2")?
        .execute(params![queue.id, oldest_ms])?;
    Ok(())
}
