//! Queues: made, found, changed, emptied, removed, tagged, counted.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::attributes::{AttributeMap, QueueAttributes};
use super::counts;
use super::errors::SqsError;
use super::limits::PURGE_INTERVAL_MS;
use super::names::{check_name, queue_arn};
use super::redrive::check_target;

/// A queue as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) attributes: QueueAttributes,
    pub(super) created_ms: i64,
    pub(super) modified_ms: i64,
}

/// The queue of that name.
pub(super) fn find(db: &Connection, name: &str) -> Result<Queue, SqsError> {
    look_up(db, name)?.ok_or_else(|| SqsError::QueueDoesNotExist(name.to_owned()))
}

/// Makes a queue, or finds it if one with the same attributes is there.
pub(super) fn create(db: &Connection, name: &str, wanted: &AttributeMap, tags: &AttributeMap, now_ms: i64) -> Result<(), SqsError> {
    let attributes = QueueAttributes::default().changed_by(wanted)?;
    check_name(name, attributes.is_fifo())?;
    if let Some(existing) = look_up(db, name)? {
        return match existing.attributes.first_difference(wanted) {
            None => Ok(()),
            Some(attribute) => Err(SqsError::QueueNameExists(attribute)),
        };
    }
    check_target(db, name, attributes.is_fifo(), attributes.redrive().as_ref())?;
    db.prepare_cached("INSERT INTO queues (name, attributes, tags, created_ms, modified_ms) VALUES (?1, ?2, ?3, ?4, ?4)")?
        .execute(params![name, attributes.to_json(), json_of(tags), now_ms])?;
    Ok(())
}

/// Changes attributes; that a queue is FIFO cannot change.
pub(super) fn set_attributes(db: &Connection, queue: &Queue, changes: &AttributeMap, now_ms: i64) -> Result<(), SqsError> {
    let next = queue.attributes.changed_by(changes)?;
    if changes.contains_key("FifoQueue") {
        return Err(SqsError::InvalidAttributeName("FifoQueue".to_owned()));
    }
    if changes.contains_key("RedrivePolicy") {
        check_target(db, &queue.name, next.is_fifo(), next.redrive().as_ref())?;
    }
    db.execute(
        "UPDATE queues SET attributes = ?2, modified_ms = ?3 WHERE id = ?1",
        params![queue.id, next.to_json(), now_ms],
    )?;
    Ok(())
}

/// All attributes, the counts and times among them.
pub(super) fn describe(db: &Connection, queue: &Queue, now_ms: i64) -> Result<AttributeMap, SqsError> {
    let counts = counts::count(db, queue, now_ms)?;
    let mut all = queue.attributes.all();
    for (name, value) in [
        ("QueueArn", queue_arn(&queue.name)),
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
        ("CreatedTimestamp", (queue.created_ms / 1_000).to_string()),
        ("LastModifiedTimestamp", (queue.modified_ms / 1_000).to_string()),
    ] {
        all.insert(name.to_owned(), value);
    }
    Ok(all)
}

/// Empties a queue, at most once a minute.
pub(super) fn purge(db: &Connection, queue: &Queue, now_ms: i64) -> Result<(), SqsError> {
    let purged_ms: Option<i64> = db.query_row("SELECT purged_ms FROM queues WHERE id = ?1", [queue.id], |row| row.get(0))?;
    if purged_ms.is_some_and(|last_ms| now_ms < last_ms + PURGE_INTERVAL_MS) {
        return Err(SqsError::PurgeInProgress(queue.name.clone()));
    }
    db.execute("DELETE FROM messages WHERE queue_id = ?1", [queue.id])?;
    db.execute("UPDATE queues SET purged_ms = ?2 WHERE id = ?1", params![queue.id, now_ms])?;
    Ok(())
}

/// Removes a queue with all that it holds.
pub(super) fn delete(db: &Connection, queue: &Queue) -> Result<(), SqsError> {
    db.execute("DELETE FROM queues WHERE id = ?1", [queue.id])?;
    Ok(())
}

/// All queues whose name begins with `prefix`, by name.
pub(super) fn list(db: &Connection, prefix: &str) -> Result<Vec<Queue>, SqsError> {
    let mut statement = db.prepare_cached(&format!("{COLUMNS} ORDER BY name"))?;
    let rows = statement.query_map([], raw)?;
    let mut queues = Vec::new();
    for row in rows {
        let queue = queue_of(row?)?;
        if queue.name.starts_with(prefix) {
            queues.push(queue);
        }
    }
    Ok(queues)
}

/// The queues that send their dead letters to `target`.
pub(super) fn sources_of(db: &Connection, target: &Queue) -> Result<Vec<Queue>, SqsError> {
    let mut queues = list(db, "")?;
    queues.retain(|queue| {
        let redrive = queue.attributes.redrive();
        redrive.is_some_and(|redrive| redrive.dead_letter_queue == target.name)
    });
    Ok(queues)
}

/// The tags of a queue.
pub(super) fn tags(db: &Connection, queue: &Queue) -> Result<AttributeMap, SqsError> {
    let text: String = db.query_row("SELECT tags FROM queues WHERE id = ?1", [queue.id], |row| row.get(0))?;
    serde_json::from_str(&text).map_err(|error| SqsError::Damaged(format!("tags: {error}")))
}

/// Replaces the tags of a queue.
pub(super) fn set_tags(db: &Connection, queue: &Queue, tags: &AttributeMap) -> Result<(), SqsError> {
    db.execute("UPDATE queues SET tags = ?2 WHERE id = ?1", params![queue.id, json_of(tags)])?;
    Ok(())
}

const COLUMNS: &str = "SELECT id, name, attributes, created_ms, modified_ms FROM queues";

type Raw = (i64, String, String, i64, i64);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

fn queue_of((id, name, attributes, created_ms, modified_ms): Raw) -> Result<Queue, SqsError> {
    Ok(Queue {
        id,
        name,
        attributes: QueueAttributes::stored(&attributes)?,
        created_ms,
        modified_ms,
    })
}

fn look_up(db: &Connection, name: &str) -> Result<Option<Queue>, SqsError> {
    let found = db
        .prepare_cached(&format!("{COLUMNS} WHERE name = ?1"))?
        .query_row([name], raw)
        .optional()?;
    found.map(queue_of).transpose()
}

fn json_of(map: &AttributeMap) -> String {
    serde_json::json!(map).to_string()
}
