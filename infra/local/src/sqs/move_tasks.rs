//! Message move tasks: dead letters go back to where they came from, or to a queue that is named.
//!
//! A task is done at once, in the transaction that starts it; a rate is remembered and not kept, since nobody waits.

use rusqlite::{Connection, params};
use serde_json::{Value, json};
use tieout_platform::entropy::new_uuid;

use super::errors::SqsError;
use super::limits::MOVE_TASKS_LISTED_MAX;
use super::names::{queue_arn, queue_name};
use super::queues::{self, Queue};
use super::send::sequence_number;

/// What is asked to be moved.
#[derive(Debug, Clone)]
pub(super) struct MoveRequest {
    pub(super) source_arn: String,
    pub(super) destination_arn: Option<String>,
    pub(super) rate: Option<i64>,
}

const COMPLETED: &str = "COMPLETED";
const FAILED: &str = "FAILED";
const NO_SOURCE: &str = "AWS.SimpleQueueService.CouldNotDetermineMessageSource";

/// Moves all visible messages of a dead-letter queue; gives the handle of the task.
pub(super) fn start(db: &Connection, request: &MoveRequest, now_ms: i64) -> Result<String, SqsError> {
    if request.rate.is_some_and(|rate| !(1..=500).contains(&rate)) {
        return Err(SqsError::parameter("MaxNumberOfMessagesPerSecond must be from 1 to 500"));
    }
    let source = resource(db, &request.source_arn)?;
    if queues::sources_of(db, &source)?.is_empty() {
        return Err(SqsError::parameter("Source queue must be configured as a Dead Letter Queue."));
    }
    let destination = match &request.destination_arn {
        Some(arn) => Some(resource(db, arn)?),
        None => None,
    };
    if let Some(queue) = &destination
        && (queue.id == source.id || queue.attributes.is_fifo() != source.attributes.is_fifo())
    {
        return Err(SqsError::parameter(
            "The destination must be another queue of the same kind as the source.",
        ));
    }
    let waiting = waiting(db, &source, now_ms)?;
    let mut moved = 0_i64;
    let mut failure = None;
    for (position, source_arn) in &waiting {
        match target_of(db, destination.as_ref(), source_arn.as_deref())? {
            Some(target) => {
                move_back(db, &target, *position, now_ms)?;
                moved += 1;
            }
            None => {
                failure = Some(NO_SOURCE);
                break;
            }
        }
    }
    db.execute(
        "INSERT INTO move_tasks (source, destination, rate, status, moved, to_move, started_ms, failure) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            source.name,
            destination.map(|queue| queue.name),
            request.rate,
            if failure.is_some() { FAILED } else { COMPLETED },
            moved,
            i64::try_from(waiting.len()).unwrap_or(i64::MAX),
            now_ms,
            failure
        ],
    )?;
    Ok(new_uuid().to_string())
}

/// The latest tasks of a source, newest first, as ListMessageMoveTasks tells them.
pub(super) fn list(db: &Connection, source_arn: &str, most: i64) -> Result<Vec<Value>, SqsError> {
    let source = resource(db, source_arn)?;
    let mut statement = db.prepare(
        "SELECT destination, rate, status, moved, to_move, started_ms, failure FROM move_tasks WHERE source = ?1
         ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![source.name, most.clamp(1, MOVE_TASKS_LISTED_MAX)], |row| {
        let mut task = json!({
            "SourceArn": queue_arn(&source.name),
            "Status": row.get::<_, String>(2)?,
            "ApproximateNumberOfMessagesMoved": row.get::<_, i64>(3)?,
            "ApproximateNumberOfMessagesToMove": row.get::<_, i64>(4)?,
            "StartedTimestamp": row.get::<_, i64>(5)?,
        });
        let optional = [
            (
                "DestinationArn",
                row.get::<_, Option<String>>(0)?.map(|name| json!(queue_arn(&name))),
            ),
            (
                "MaxNumberOfMessagesPerSecond",
                row.get::<_, Option<i64>>(1)?.map(|rate| json!(rate)),
            ),
            ("FailureReason", row.get::<_, Option<String>>(6)?.map(|text| json!(text))),
        ];
        if let Some(fields) = task.as_object_mut() {
            for (name, value) in optional {
                value.map(|value| fields.insert(name.to_owned(), value));
            }
        }
        Ok(task)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn resource(db: &Connection, arn: &str) -> Result<Queue, SqsError> {
    queues::find(db, queue_name(arn)).map_err(|error| match error {
        SqsError::QueueDoesNotExist(_) => SqsError::ResourceNotFound(
            "The resource that you specified for the SourceArn or DestinationArn parameter doesn't exist.".to_owned(),
        ),
        other => other,
    })
}

fn waiting(db: &Connection, source: &Queue, now_ms: i64) -> Result<Vec<(i64, Option<String>)>, SqsError> {
    let mut statement =
        db.prepare("SELECT position, source_arn FROM messages WHERE queue_id = ?1 AND visible_ms <= ?2 ORDER BY position")?;
    let rows = statement.query_map(params![source.id, now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn target_of(db: &Connection, named: Option<&Queue>, source_arn: Option<&str>) -> Result<Option<Queue>, SqsError> {
    if let Some(queue) = named {
        return Ok(Some(queue.clone()));
    }
    match source_arn.map(|arn| queues::find(db, queue_name(arn))) {
        None | Some(Err(SqsError::QueueDoesNotExist(_))) => Ok(None),
        Some(found) => found.map(Some),
    }
}

/// A message that is moved back counts as new: new id, new time, never received (developer guide, "DLQ redrive").
fn move_back(db: &Connection, target: &Queue, position: i64, now_ms: i64) -> Result<(), SqsError> {
    db.execute(
        "INSERT INTO messages (queue_id, message_id, body, md5, attributes, trace, sent_ms, visible_ms, retained_from_ms,
           group_id, deduplication_id, sequence)
         SELECT ?2, ?3, body, md5, attributes, trace, ?4, ?4, ?4, group_id, deduplication_id, sequence
         FROM messages WHERE position = ?1",
        params![position, target.id, new_uuid().to_string(), now_ms],
    )?;
    let new_position = db.last_insert_rowid();
    db.execute(
        "UPDATE messages SET sequence = ?2 WHERE position = ?1 AND sequence IS NOT NULL",
        params![new_position, sequence_number(new_position)],
    )?;
    db.execute("DELETE FROM messages WHERE position = ?1", [position])?;
    Ok(())
}
