//! Dead letters: the policy of a source queue, the permission of a dead-letter queue, and the move itself.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::errors::SqsError;
use super::limits::RECEIVE_COUNT_MAX;
use super::names::{queue_arn, queue_name};
use super::queues::{self, Queue};

/// After how many receptions a message goes where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redrive {
    /// The name of the dead-letter queue.
    pub(super) dead_letter_queue: String,
    pub(super) max_receive_count: i64,
}

impl Redrive {
    /// Reads `{"deadLetterTargetArn": …, "maxReceiveCount": 1 to 1000}`.
    pub(super) fn parse(text: &str) -> Result<Self, SqsError> {
        let refuse = |reason: &str| SqsError::attribute("RedrivePolicy", reason);
        let json: Value = serde_json::from_str(text).map_err(|_| refuse("it is not JSON"))?;
        let target = json
            .get("deadLetterTargetArn")
            .and_then(Value::as_str)
            .filter(|arn| arn.starts_with("arn:aws:sqs:"))
            .ok_or_else(|| refuse("deadLetterTargetArn is missing or no ARN of a queue"))?;
        let count = json
            .get("maxReceiveCount")
            .and_then(|count| count.as_i64().or_else(|| count.as_str().and_then(|text| text.parse().ok())))
            .filter(|count| (1..=RECEIVE_COUNT_MAX).contains(count))
            .ok_or_else(|| refuse("maxReceiveCount is missing or not from 1 to 1000"))?;
        Ok(Self {
            dead_letter_queue: queue_name(target).to_owned(),
            max_receive_count: count,
        })
    }
}

/// Which queues may use this one for their dead letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum RedriveAllow {
    #[default]
    All,
    Nobody,
    /// Only these, by name.
    Queues(Vec<String>),
}

impl RedriveAllow {
    pub(super) fn parse(text: &str) -> Result<Self, SqsError> {
        let refuse = |reason: &str| SqsError::attribute("RedriveAllowPolicy", reason);
        let json: Value = serde_json::from_str(text).map_err(|_| refuse("it is not JSON"))?;
        match json.get("redrivePermission").and_then(Value::as_str) {
            None | Some("allowAll") => Ok(Self::All),
            Some("denyAll") => Ok(Self::Nobody),
            Some("byQueue") => {
                let arns = json.get("sourceQueueArns").and_then(Value::as_array);
                let arns = arns.ok_or_else(|| refuse("byQueue needs sourceQueueArns"))?;
                let names = arns.iter().filter_map(Value::as_str).map(queue_name);
                Ok(Self::Queues(names.map(str::to_owned).collect()))
            }
            Some(other) => Err(refuse(&format!("unknown redrivePermission {other}"))),
        }
    }

    fn allows(&self, source: &str) -> bool {
        match self {
            Self::All => true,
            Self::Nobody => false,
            Self::Queues(names) => names.iter().any(|name| name == source),
        }
    }
}

/// The dead-letter queue must be there, be of the same kind, and allow this source.
pub(super) fn check_target(db: &Connection, source: &str, source_is_fifo: bool, redrive: Option<&Redrive>) -> Result<(), SqsError> {
    let Some(redrive) = redrive else {
        return Ok(());
    };
    let refuse = |reason: String| Err(SqsError::attribute("RedrivePolicy", reason));
    let name = &redrive.dead_letter_queue;
    let target = match queues::find(db, name) {
        Ok(target) => target,
        Err(SqsError::QueueDoesNotExist(_)) => {
            return refuse(format!("the dead-letter queue {name} does not exist"));
        }
        Err(other) => return Err(other),
    };
    if target.attributes.is_fifo() != source_is_fifo {
        return refuse(format!("the dead-letter queue {name} must be FIFO if and only if its source is"));
    }
    if !target.attributes.redrive_allow().allows(source) {
        return refuse(format!("{name} does not allow to be a dead-letter queue of {source}"));
    }
    Ok(())
}

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
    db.prepare_cached("DELETE FROM messages WHERE position = ?1")?.execute([position])?;
    tracing::debug!(source = %source.name, target = %target.name, "a message went to the dead letters");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_or_refused() {
        let check = |text: &str, good: bool| assert_eq!(Redrive::parse(text).is_ok(), good, "{text}");
        let arn = "arn:aws:sqs:us-east-1:000000000000:dead";
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":5}}"#), true);
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"5"}}"#), true);
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":0}}"#), false);
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1001}}"#), false);
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}"}}"#), false);
        check(r#"{"deadLetterTargetArn":"dead","maxReceiveCount":5}"#, false);
        check("no", false);
        assert!(!RedriveAllow::Nobody.allows("a"));
        assert!(RedriveAllow::Queues(vec!["a".to_owned()]).allows("a"));
        assert!(!RedriveAllow::Queues(vec!["a".to_owned()]).allows("b"));
    }
}
