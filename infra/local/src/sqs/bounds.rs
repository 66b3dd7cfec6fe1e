//! Which attributes a queue may have, and what their values may be.

use serde_json::Value;

use super::errors::SqsError;
use super::limits;
use super::redrive::{Redrive, RedriveAllow};

/// An attribute that is a number: name, least, most, default.
pub(super) type Number = (&'static str, i64, i64, i64);

pub(super) const VISIBILITY: Number = ("VisibilityTimeout", 0, limits::VISIBILITY_MAX_S, limits::VISIBILITY_DEFAULT_S);
pub(super) const DELAY: Number = ("DelaySeconds", 0, limits::DELAY_MAX_S, 0);
pub(super) const WAIT: Number = ("ReceiveMessageWaitTimeSeconds", 0, limits::WAIT_MAX_S, 0);
pub(super) const SIZE: Number = (
    "MaximumMessageSize",
    limits::MESSAGE_SIZE_MIN_BYTES,
    limits::MESSAGE_SIZE_MAX_BYTES,
    limits::MESSAGE_SIZE_MAX_BYTES,
);
pub(super) const RETENTION: Number = (
    "MessageRetentionPeriod",
    limits::RETENTION_MIN_S,
    limits::RETENTION_MAX_S,
    limits::RETENTION_DEFAULT_S,
);
pub(super) const KEY_REUSE: Number = ("KmsDataKeyReusePeriodSeconds", 60, 86_400, 300);
pub(super) const NUMBERS: [Number; 6] = [VISIBILITY, DELAY, WAIT, SIZE, RETENTION, KEY_REUSE];
pub(super) const FLAGS: [&str; 3] = ["FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled"];
pub(super) const FIFO_ONLY: [&str; 4] = [
    "FifoQueue",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
];

/// Refuses a name that no queue has, and a value out of its bounds.
pub(super) fn check(name: &str, value: &str) -> Result<(), SqsError> {
    let known_text = ["Policy", "KmsMasterKeyId", "RedrivePolicy", "RedriveAllowPolicy"];
    let number = NUMBERS.iter().find(|number| number.0 == name);
    let refuse = |reason: String| Err(SqsError::attribute(name, reason));
    match name {
        _ if value.is_empty() && (number.is_some() || known_text.contains(&name)) => Ok(()),
        "RedrivePolicy" => Redrive::parse(value).map(|_| ()),
        "RedriveAllowPolicy" => RedriveAllow::parse(value).map(|_| ()),
        "DeduplicationScope" if !["queue", "messageGroup"].contains(&value) => refuse("it is queue or messageGroup".to_owned()),
        "FifoThroughputLimit" if !["perQueue", "perMessageGroupId"].contains(&value) => {
            refuse("it is perQueue or perMessageGroupId".to_owned())
        }
        "DeduplicationScope" | "FifoThroughputLimit" => Ok(()),
        _ if FLAGS.contains(&name) && ["true", "false"].contains(&value) => Ok(()),
        _ if FLAGS.contains(&name) => refuse("it is true or false".to_owned()),
        _ if known_text.contains(&name) => Ok(()),
        _ => match number {
            None => Err(SqsError::InvalidAttributeName(name.to_owned())),
            Some((_, least, most, _)) => match value.parse::<i64>() {
                Ok(given) if (*least..=*most).contains(&given) => Ok(()),
                _ => refuse(format!("{value} is not a number from {least} to {most}")),
            },
        },
    }
}

/// JSON policies in one spelling, so that they can be compared; other values as they are.
pub(super) fn normal(value: &str) -> String {
    match serde_json::from_str::<Value>(value) {
        Ok(json @ Value::Object(_)) => json.to_string(),
        _ => value.to_owned(),
    }
}
