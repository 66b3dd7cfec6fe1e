//! What lies in a queue, without touching it: for whoever must know whether anything was lost.

use rusqlite::params;

use super::Sqs;
use super::errors::SqsError;

/// A message, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeked {
    /// Its id.
    pub message_id: String,
    /// Its text.
    pub body: String,
    /// Whether somebody has received it and it is hidden.
    pub in_flight: bool,
}

impl Sqs {
    /// All messages of a queue in order, also those in flight; none of them is received by this.
    ///
    /// # Errors
    /// No such queue.
    pub fn peek(&self, queue: &str) -> Result<Vec<Peeked>, SqsError> {
        self.with_queue(queue, |db, queue, now_ms| {
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
    pub fn next_visible_at(&self, queue: &str) -> Result<Option<chrono::DateTime<chrono::Utc>>, SqsError> {
        let next_ms = self.with_queue(queue, super::counts::next_visible_ms)?;
        Ok(next_ms.and_then(chrono::DateTime::from_timestamp_millis))
    }
}
