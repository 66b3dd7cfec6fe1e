//! Queues: made, found, changed, emptied, removed, tagged.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::attributes::{AttributeMap, QueueAttributes};
use super::depth;
use super::errors::SqsError;
use super::limits::PURGE_INTERVAL_MS;
use super::names::{check_name, queue_arn};
use super::store::Json;

/// A queue as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) attributes: QueueAttributes,
    created_ms: i64,
    modified_ms: i64,
}

const SELECT: &str = "SELECT id, name, attributes, created_ms, modified_ms FROM queues";

impl Queue {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            attributes: row.get::<_, Json<QueueAttributes>>(2)?.0,
            created_ms: row.get(3)?,
            modified_ms: row.get(4)?,
        })
    }

    /// Whether `source` sends its dead letters here.
    pub(super) fn is_dead_letter_queue_of(&self, source: &Self) -> bool {
        source.attributes.redrive().is_some_and(|redrive| redrive.target() == self.name)
    }
}

/// The queue of that name, if there is one.
pub(super) fn look_up(db: &Connection, name: &str) -> Result<Option<Queue>, SqsError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} WHERE name = ?1"))?;
    Ok(statement.query_row([name], Queue::read).optional()?)
}

/// The queue of that name, which must exist.
pub(super) fn find(db: &Connection, name: &str) -> Result<Queue, SqsError> {
    look_up(db, name)?.ok_or_else(|| SqsError::QueueDoesNotExist(name.to_owned()))
}

/// All queues by name.
pub(super) fn all(db: &Connection) -> Result<Vec<Queue>, SqsError> {
    let mut statement = db.prepare_cached(&format!("{SELECT} ORDER BY name"))?;
    let rows = statement.query_map([], Queue::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The queues that send their dead letters to `target`.
pub(super) fn sources_of(db: &Connection, target: &Queue) -> Result<Vec<Queue>, SqsError> {
    let mut queues = all(db)?;
    queues.retain(|queue| target.is_dead_letter_queue_of(queue));
    Ok(queues)
}

/// Makes a queue, or finds it if one with the same attributes exists.
pub(super) fn create(db: &Connection, name: &str, wanted: &AttributeMap, tags: &AttributeMap, now_ms: i64) -> Result<(), SqsError> {
    let attributes = QueueAttributes::default().changed_by(wanted)?;
    check_name(name, attributes.is_fifo())?;
    if let Some(existing) = look_up(db, name)? {
        let difference = existing.attributes.first_difference(wanted);
        return difference.map_or(Ok(()), |attribute| Err(SqsError::QueueNameExists(attribute)));
    }
    check_dead_letter_queue(db, name, &attributes)?;
    db.prepare_cached("INSERT INTO queues (name, attributes, tags, created_ms, modified_ms) VALUES (?1, ?2, ?3, ?4, ?4)")?
        .execute(params![name, Json(attributes), Json(tags), now_ms])?;
    Ok(())
}

/// Changes attributes; that a queue is FIFO cannot change.
pub(super) fn set_attributes(db: &Connection, queue: &Queue, changes: &AttributeMap, now_ms: i64) -> Result<(), SqsError> {
    let next = queue.attributes.changed_by(changes)?;
    if changes.contains_key("FifoQueue") {
        return Err(SqsError::InvalidAttributeName("FifoQueue".to_owned()));
    }
    if changes.contains_key("RedrivePolicy") {
        check_dead_letter_queue(db, &queue.name, &next)?;
    }
    db.execute(
        "UPDATE queues SET attributes = ?2, modified_ms = ?3 WHERE id = ?1",
        params![queue.id, Json(next), now_ms],
    )?;
    Ok(())
}

/// The dead-letter queue must exist, be of the same kind, and take the dead letters of this source.
fn check_dead_letter_queue(db: &Connection, source: &str, attributes: &QueueAttributes) -> Result<(), SqsError> {
    let Some(redrive) = attributes.redrive() else {
        return Ok(());
    };
    let name = redrive.target();
    let reason = match look_up(db, name)? {
        None => format!("the dead-letter queue {name} does not exist"),
        Some(target) if target.attributes.is_fifo() != attributes.is_fifo() => {
            format!("the dead-letter queue {name} must be FIFO if and only if its source is")
        }
        Some(target) if !target.attributes.takes_dead_letters_of(source) => {
            format!("{name} is not allowed to be a dead-letter queue of {source}")
        }
        Some(_) => return Ok(()),
    };
    Err(SqsError::attribute("RedrivePolicy", reason))
}

/// All attributes, the counts and times among them.
pub(super) fn describe(db: &Connection, queue: &Queue, now_ms: i64) -> Result<AttributeMap, SqsError> {
    let depth = depth::of(db, queue, &all(db)?, now_ms)?;
    let mut all = queue.attributes.all();
    for (name, value) in [
        ("QueueArn", queue_arn(&queue.name)),
        ("ApproximateNumberOfMessages", depth.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string()),
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

pub(super) fn tags(db: &Connection, queue: &Queue) -> Result<AttributeMap, SqsError> {
    let tags: Json<AttributeMap> = db.query_row("SELECT tags FROM queues WHERE id = ?1", [queue.id], |row| row.get(0))?;
    Ok(tags.0)
}

pub(super) fn set_tags(db: &Connection, queue: &Queue, tags: &AttributeMap) -> Result<(), SqsError> {
    db.execute("UPDATE queues SET tags = ?2 WHERE id = ?1", params![queue.id, Json(tags)])?;
    Ok(())
}
