//! What lies in the queues, without touching it: for whoever must know whether all is drained and nothing was lost.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::Sqs;
use super::errors::SqsError;
use super::queues::{self, Queue};

/// How full a queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    pub queue: String,
    /// Whether another queue sends its dead letters here.
    pub is_dead_letter: bool,
    /// Messages not in flight and not delayed (in a FIFO queue some may be behind a locked group).
    pub visible: u64,
    /// Messages received and neither deleted nor back yet.
    pub in_flight: u64,
    /// Messages whose delay is not over.
    pub delayed: u64,
    /// When the next one that is in flight or delayed becomes visible.
    pub next_visible_at: Option<DateTime<Utc>>,
}

impl QueueDepth {
    /// All that is in the queue, in whatever state.
    pub fn total(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

/// A message, in whatever state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeked {
    pub message_id: String,
    pub body: String,
    /// Whether somebody has received it and it is hidden.
    pub in_flight: bool,
}

impl Sqs {
    /// How full every queue is, by name.
    ///
    /// # Errors
    /// The store failed.
    pub fn depth(&self) -> Result<Vec<QueueDepth>, SqsError> {
        self.transaction(|db, now_ms| {
            let all = queues::all(db)?;
            all.iter().map(|queue| of(db, queue, &all, now_ms)).collect()
        })
    }

    /// All messages of a queue in order, also those in flight; none of them is received by this.
    ///
    /// # Errors
    /// No such queue.
    pub fn peek(&self, queue: &str) -> Result<Vec<Peeked>, SqsError> {
        self.on_queue(queue, |db, queue, now_ms| {
            let mut statement = db.prepare_cached(
                "SELECT message_id, body, visible_ms > ?2 AND receipt IS NOT NULL FROM messages WHERE queue_id = ?1 ORDER BY position",
            )?;
            let rows = statement.query_map(params![queue.id, now_ms], |row| {
                Ok(Peeked {
                    message_id: row.get(0)?,
                    body: row.get(1)?,
                    in_flight: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// When the next message of a queue that cannot be received now can be, as far as time decides it.
    ///
    /// # Errors
    /// No such queue.
    pub fn next_visible_at(&self, queue: &str) -> Result<Option<DateTime<Utc>>, SqsError> {
        let next_ms: Option<i64> = self.on_queue(queue, |db, queue, now_ms| {
            let mut statement = db.prepare_cached("SELECT MIN(visible_ms) FROM messages WHERE queue_id = ?1 AND visible_ms > ?2")?;
            Ok(statement.query_row(params![queue.id, now_ms], |row| row.get(0))?)
        })?;
        Ok(next_ms.and_then(DateTime::from_timestamp_millis))
    }
}

/// How full one of `all` queues is, after dropping the messages whose retention is over.
pub(super) fn of(db: &Connection, queue: &Queue, all: &[Queue], now_ms: i64) -> Result<QueueDepth, SqsError> {
    drop_expired(db, queue, now_ms)?;
    let mut statement = db.prepare_cached(
        "SELECT COUNT(*) FILTER (WHERE visible_ms <= ?2), COUNT(*) FILTER (WHERE visible_ms > ?2 AND receipt IS NOT NULL),
           COUNT(*) FILTER (WHERE visible_ms > ?2 AND receipt IS NULL), MIN(visible_ms) FILTER (WHERE visible_ms > ?2)
         FROM messages WHERE queue_id = ?1",
    )?;
    let depth = statement.query_row(params![queue.id, now_ms], |row| {
        Ok(QueueDepth {
            queue: queue.name.clone(),
            is_dead_letter: all.iter().any(|source| queue.is_dead_letter_queue_of(source)),
            visible: row.get(0)?,
            in_flight: row.get(1)?,
            delayed: row.get(2)?,
            next_visible_at: row.get::<_, Option<i64>>(3)?.and_then(DateTime::from_timestamp_millis),
        })
    })?;
    Ok(depth)
}

/// Drops messages that the queue's retention no longer keeps.
pub(super) fn drop_expired(db: &Connection, queue: &Queue, now_ms: i64) -> Result<(), SqsError> {
    let oldest_ms = now_ms.saturating_sub(queue.attributes.retention_ms());
    db.prepare_cached("DELETE FROM messages WHERE queue_id = ?1 AND retained_from_ms < ?2")?
        .execute(params![queue.id, oldest_ms])?;
    Ok(())
}
