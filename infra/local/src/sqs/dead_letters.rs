//! Dead letters go to their queue, and back by message move tasks: to where they came from, or to a queue that is named.
//!
//! A task is done at once, in the transaction that starts it; its rate is recorded and has no effect, since nobody waits.

use crate::ids::new_uuid;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::errors::SqsError;
use super::limits::{MOVE_RATE_MAX, MOVE_TASKS_LISTED_MAX, within};
use super::names::{queue_arn, queue_name};
use super::queues::{self, Queue};
use super::send::number_in_sequence;

/// Moves one message to the end of the dead-letter queue, keeping its id and how often it was received.
///
/// FIFO queues start its retention anew, standard queues do not (developer guide, "dead-letter queues").
pub(super) fn move_to_dead_letters(db: &Connection, source: &Queue, target: &Queue, position: i64, now_ms: i64) -> Result<(), SqsError> {
    db.prepare_cached(
        "INSERT INTO messages (queue_id, message_id, body, md5, attributes, trace, sent_ms, visible_ms, retained_from_ms,
           first_received_ms, receive_count, group_id, deduplication_id, sequence, source_arn)
         SELECT ?2, message_id, body, md5, attributes, trace, sent_ms, ?3, CASE WHEN ?4 THEN ?3 ELSE retained_from_ms END,
           first_received_ms, receive_count, group_id, deduplication_id, sequence, ?5
         FROM messages WHERE position = ?1",
    )?
    .execute(params![
        position,
        target.id,
        now_ms,
        source.attributes.is_fifo(),
        queue_arn(&source.name)
    ])?;
    remove(db, position)?;
    tracing::debug!(source = %source.name, target = %target.name, "a message went to the dead letters");
    Ok(())
}

/// A message that is moved back counts as new: new id, new time, never received (developer guide, "DLQ redrive").
fn move_back(db: &Connection, target: &Queue, position: i64, now_ms: i64) -> Result<(), SqsError> {
    db.execute(
        "INSERT INTO messages (queue_id, message_id, body, md5, attributes, trace, sent_ms, visible_ms, retained_from_ms,
           group_id, deduplication_id)
         SELECT ?2, ?3, body, md5, attributes, trace, ?4, ?4, ?4, group_id, deduplication_id
         FROM messages WHERE position = ?1",
        params![position, target.id, new_uuid().to_string(), now_ms],
    )?;
    if target.attributes.is_fifo() {
        number_in_sequence(db, db.last_insert_rowid())?;
    }
    remove(db, position)
}

fn remove(db: &Connection, position: i64) -> Result<(), SqsError> {
    db.prepare_cached("DELETE FROM messages WHERE position = ?1")?.execute([position])?;
    Ok(())
}

/// A task as ListMessageMoveTasks reports it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MoveTask {
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<i64>,
    status: String,
    approximate_number_of_messages_moved: i64,
    approximate_number_of_messages_to_move: i64,
    started_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
}

/// Moves all visible messages of a dead-letter queue; gives the handle of the task.
pub(super) fn start(
    db: &Connection,
    source_arn: &str,
    destination_arn: Option<&str>,
    rate: Option<i64>,
    now_ms: i64,
) -> Result<String, SqsError> {
    within("MaxNumberOfMessagesPerSecond", rate, 1, MOVE_RATE_MAX)?;
    let source = resource(db, source_arn)?;
    if queues::sources_of(db, &source)?.is_empty() {
        return Err(SqsError::parameter("Source queue must be configured as a Dead Letter Queue."));
    }
    let destination = destination_arn.map(|arn| resource(db, arn)).transpose()?;
    if let Some(queue) = &destination
        && (queue.id == source.id || queue.attributes.is_fifo() != source.attributes.is_fifo())
    {
        return Err(SqsError::parameter(
            "The destination must be another queue of the same kind as the source.",
        ));
    }
    let waiting = waiting(db, &source, now_ms)?;
    let (mut moved, mut failure) = (0_i64, None);
    for (position, came_from) in &waiting {
        let target = match (&destination, came_from) {
            (Some(queue), _) => Some(queue.clone()),
            (None, Some(arn)) => queues::look_up(db, queue_name(arn))?,
            (None, None) => None,
        };
        let Some(target) = target else {
            failure = Some("AWS.SimpleQueueService.CouldNotDetermineMessageSource");
            break;
        };
        move_back(db, &target, *position, now_ms)?;
        moved += 1;
    }
    db.execute(
        "INSERT INTO move_tasks (source, destination, rate, status, moved, to_move, started_ms, failure) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            source.name,
            destination.map(|queue| queue.name),
            rate,
            if failure.is_some() { "FAILED" } else { "COMPLETED" },
            moved,
            i64::try_from(waiting.len()).unwrap_or(i64::MAX),
            now_ms,
            failure
        ],
    )?;
    Ok(new_uuid().to_string())
}

fn waiting(db: &Connection, source: &Queue, now_ms: i64) -> Result<Vec<(i64, Option<String>)>, SqsError> {
    let mut statement =
        db.prepare("SELECT position, source_arn FROM messages WHERE queue_id = ?1 AND visible_ms <= ?2 ORDER BY position")?;
    let rows = statement.query_map(params![source.id, now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The latest tasks of a source, newest first.
pub(super) fn list(db: &Connection, source_arn: &str, most: i64) -> Result<Vec<MoveTask>, SqsError> {
    let source = resource(db, source_arn)?;
    let mut statement = db.prepare(
        "SELECT destination, rate, status, moved, to_move, started_ms, failure FROM move_tasks WHERE source = ?1
         ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![source.name, most.clamp(1, MOVE_TASKS_LISTED_MAX)], |row| {
        Ok(MoveTask {
            source_arn: queue_arn(&source.name),
            destination_arn: row.get::<_, Option<String>>(0)?.map(|name| queue_arn(&name)),
            max_number_of_messages_per_second: row.get(1)?,
            status: row.get(2)?,
            approximate_number_of_messages_moved: row.get(3)?,
            approximate_number_of_messages_to_move: row.get(4)?,
            started_timestamp: row.get(5)?,
            failure_reason: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn resource(db: &Connection, arn: &str) -> Result<Queue, SqsError> {
    queues::look_up(db, queue_name(arn))?.ok_or(SqsError::ResourceNotFound(
        "The resource that you specified for the SourceArn or DestinationArn parameter doesn't exist.",
    ))
}
