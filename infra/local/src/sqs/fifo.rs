//! Which messages can be received now, in order: the rule of standard queues and that of FIFO queues.

use rusqlite::{Connection, params};

use super::errors::SqsError;
use super::queues::Queue;

/// A message that may be received, and how often it was already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) position: i64,
    pub(super) receive_count: i64,
}

/// The first `most` messages that can be received.
///
/// In a FIFO queue a group with any message in flight is locked as a whole, and a delayed message holds back the later
/// ones of its group (developer guide, "FIFO delivery logic"). The index is named so that SQLite walks the queue in order
/// and stops at `most`, rather than sort all that is visible.
pub(super) fn receivable(db: &Connection, queue: &Queue, most: i64, now_ms: i64) -> Result<Vec<Candidate>, SqsError> {
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
    let rows = statement.query_map(params![queue.id, now_ms, most], |row| {
        Ok(Candidate {
            position: row.get(0)?,
            receive_count: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
