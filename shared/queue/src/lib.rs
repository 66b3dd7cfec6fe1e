//! SQS: versioned messages, batches that fail one message at a time, dead letters.
//!
//! The queues are FIFO, grouped by record: one record's messages are handled in order, different records concurrently.
//! A message is a hint: it says which record to read again, never what is true.
//!
//! Calls made: SendMessageBatch, ChangeMessageVisibility; for dead letters ReceiveMessage, ChangeMessageVisibilityBatch, SendMessage, DeleteMessage.

pub mod batch;
mod client;
mod dead_letter;
mod error;
mod hint;
mod send;

pub use batch::{BatchError, RECEPTIONS_MAX, Record, Verdict};
pub use dead_letter::{DeadLetter, DeadLetters, LOOK_VISIBILITY_S};
pub use error::{QueueError, Unreadable};
pub use hint::{Hint, Kind, Source};
pub use send::Queue;
