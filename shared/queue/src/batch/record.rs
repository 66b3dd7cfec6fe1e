//! One message of a batch, as Lambda writes it.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::error::Unreadable;
use crate::hint::Hint;

use super::{BatchError, RECEPTIONS_MAX};

/// A received message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its id; stays the same when it becomes a dead letter.
    pub message_id: String,
    /// Of this reception.
    pub receipt_handle: String,
    pub body: String,
    /// The parsed body, or why it is unreadable; an unreadable message ends as a dead letter.
    pub hint: Result<Hint, Unreadable>,
    pub group: Option<String>,
    /// How often it was received, this time included.
    pub received: u32,
    pub sent_at: Option<DateTime<Utc>>,
    pub queue_arn: String,
}

impl Record {
    /// Whether the message becomes a dead letter if this reception fails: its cause has to be stored now.
    pub fn is_last(&self) -> bool {
        self.received >= RECEPTIONS_MAX
    }
}

pub(super) fn read_all(event: &Value) -> Result<Vec<Record>, BatchError> {
    let records = event.get("Records").and_then(Value::as_array);
    let records = records.ok_or(BatchError::NotABatch)?;
    records
        .iter()
        .enumerate()
        .map(|(index, record)| read(record).ok_or(BatchError::NoMessageId { index }))
        .collect()
}

/// Records in groups, both in the order of the batch; a record without a group is one by itself.
pub(super) fn by_group(records: Vec<Record>) -> Vec<Vec<Record>> {
    let mut groups: Vec<Vec<Record>> = Vec::new();
    for record in records {
        let same = |group: &&mut Vec<Record>| record.group.is_some() && group.first().is_some_and(|first| first.group == record.group);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(record),
            None => groups.push(vec![record]),
        }
    }
    groups
}

fn read(record: &Value) -> Option<Record> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let attribute = |name: &str| text(record.get("attributes").and_then(|attributes| attributes.get(name)));
    let message_id = text(record.get("messageId")).filter(|id| !id.is_empty())?;
    let body = text(record.get("body")).unwrap_or_default();
    let sent_at = attribute("SentTimestamp").and_then(|at| at.parse().ok());
    Some(Record {
        message_id,
        receipt_handle: text(record.get("receiptHandle")).unwrap_or_default(),
        hint: Hint::read(&body),
        body,
        group: attribute("MessageGroupId"),
        received: attribute("ApproximateReceiveCount")
            .and_then(|count| count.parse().ok())
            .unwrap_or(1),
        sent_at: sent_at.and_then(DateTime::from_timestamp_millis),
        queue_arn: text(record.get("eventSourceARN")).unwrap_or_default(),
    })
}
