//! The limits of Amazon SQS, as its developer guide states them (page "quotas", 2026).

use super::errors::SqsError;

pub(super) const BATCH_ENTRIES_MAX: usize = 10;
pub(super) const RECEIVE_MESSAGES_MAX: i64 = 10;
/// Body and attributes of a message, and of all messages of a batch (1 MiB since August 2025).
pub(super) const MESSAGE_SIZE_MAX_BYTES: i64 = 1_048_576;
pub(super) const MESSAGE_ATTRIBUTES_MAX: usize = 10;
/// Delay of a message or a queue.
pub(super) const DELAY_MAX_S: i64 = 900;
/// Visibility timeout, also the longest that a message may be kept in flight in all.
pub(super) const VISIBILITY_MAX_S: i64 = 43_200;
/// Long poll.
pub(super) const WAIT_MAX_S: i64 = 20;
/// Receptions before a message goes to the dead-letter queue.
pub(super) const RECEIVE_COUNT_MAX: i64 = 1_000;
/// The window in which a FIFO queue drops a repeated deduplication id.
pub(super) const DEDUPLICATION_WINDOW_MS: i64 = 300_000;
/// Length of a group id and of a deduplication id, in characters.
pub(super) const FIFO_ID_LENGTH_MAX: usize = 128;
/// Length of a queue's name, in characters, the suffix `.fifo` included; also of the id of a batch entry.
pub(super) const NAME_LENGTH_MAX: usize = 80;
/// A queue may be purged once in this time.
pub(super) const PURGE_INTERVAL_MS: i64 = 60_000;
/// Messages that a move task moves in a second at most.
pub(super) const MOVE_RATE_MAX: i64 = 500;
pub(super) const MOVE_TASKS_LISTED_MAX: i64 = 10;
pub(super) const QUEUES_LISTED_MAX: i64 = 1_000;

/// Refuses a parameter that is not from `least` to `most`; one that is absent is in bounds.
pub(super) fn within(parameter: &str, value: impl Into<Option<i64>>, least: i64, most: i64) -> Result<(), SqsError> {
    match value.into() {
        Some(value) if !(least..=most).contains(&value) => {
            let reason = format!("Must be between {least} and {most}, if provided.");
            Err(SqsError::value(value, parameter, &reason))
        }
        _ => Ok(()),
    }
}

/// Letters, digits, hyphen and underscore, 1 to 80 of them.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=NAME_LENGTH_MAX).contains(&name.len()) && name.chars().all(plain)
}
