//! The limits of Amazon SQS, as its developer guide states them (page "quotas", 2026).

/// Entries in one batch request.
pub(super) const BATCH_ENTRIES_MAX: usize = 10;
/// Messages in one receive.
pub(super) const RECEIVE_MESSAGES_MAX: i64 = 10;
/// Body and attributes of a message, and of all messages of a batch (1 MiB since August 2025).
pub(super) const MESSAGE_SIZE_MAX_BYTES: i64 = 1_048_576;
/// The least value of the queue attribute MaximumMessageSize.
pub(super) const MESSAGE_SIZE_MIN_BYTES: i64 = 1_024;
/// Attributes of one message.
pub(super) const MESSAGE_ATTRIBUTES_MAX: usize = 10;
/// Delay of a message or a queue.
pub(super) const DELAY_MAX_S: i64 = 900;
/// Visibility timeout, also the most that a message may be kept in flight in all.
pub(super) const VISIBILITY_MAX_S: i64 = 43_200;
/// Visibility timeout of a queue that names none.
pub(super) const VISIBILITY_DEFAULT_S: i64 = 30;
/// Long poll.
pub(super) const WAIT_MAX_S: i64 = 20;
/// Retention of a message: least, most, and of a queue that names none.
pub(super) const RETENTION_MIN_S: i64 = 60;
/// See [`RETENTION_MIN_S`].
pub(super) const RETENTION_MAX_S: i64 = 1_209_600;
/// See [`RETENTION_MIN_S`].
pub(super) const RETENTION_DEFAULT_S: i64 = 345_600;
/// Receptions before a message goes to the dead-letter queue.
pub(super) const RECEIVE_COUNT_MAX: i64 = 1_000;
/// The window in which a FIFO queue drops a repeated deduplication id.
pub(super) const DEDUPLICATION_WINDOW_MS: i64 = 300_000;
/// Length of a group id and of a deduplication id, in characters.
pub(super) const FIFO_ID_LENGTH_MAX: usize = 128;
/// Length of a queue's name, in characters, the suffix `.fifo` included.
pub(super) const QUEUE_NAME_LENGTH_MAX: usize = 80;
/// A queue may be purged once in this time.
pub(super) const PURGE_INTERVAL_MS: i64 = 60_000;
/// Move tasks that a listing returns at most.
pub(super) const MOVE_TASKS_LISTED_MAX: i64 = 10;
/// Queues that a listing returns at most.
pub(super) const QUEUES_LISTED_MAX: i64 = 1_000;
