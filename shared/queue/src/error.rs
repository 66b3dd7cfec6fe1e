//! Why a message could not be sent, taken or read.

use tieout_platform::failure::{Class, Classified};

/// The cause beneath an error of the queue.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error of SQS.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Throttled, a server's error, or no answer. A message that went through all the same is told by its deduplication id, so the whole call
    /// may be made again.
    #[error("{operation} on {queue} is not possible now; try again")]
    Unavailable {
        /// The call.
        operation: &'static str,
        /// The queue's URL.
        queue: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// SQS refuses the request itself.
    #[error("{operation} on {queue} was refused; check the queue's URL and the role's permissions")]
    Refused {
        /// The call.
        operation: &'static str,
        /// The queue's URL.
        queue: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// Some messages of a batch are not on the queue; the others are.
    #[error("{unsent} of {of} messages are not on {queue} ({code}); send all again, what is there is told by its deduplication id")]
    NotAllSent {
        /// How many are not.
        unsent: usize,
        /// How many there were.
        of: usize,
        /// The queue's URL.
        queue: String,
        /// What SQS said of the first of them.
        code: String,
        /// Whether SQS says that the message is at fault, not the service.
        at_fault: bool,
    },
}

impl Classified for QueueError {
    fn class(&self) -> Class {
        match self {
            Self::Unavailable { .. } | Self::NotAllSent { at_fault: false, .. } => Class::Transient { after: None },
            Self::Refused { .. } | Self::NotAllSent { at_fault: true, .. } => Class::Permanent,
        }
    }
}

/// A message that this code cannot read. Its body is never part of the error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Larger than any hint.
    #[error("a message of {bytes} bytes is no hint: the largest has 32768")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not a JSON object.
    #[error("the message is not a JSON object")]
    NotJson,
    /// Written by newer code, or by nobody we know.
    #[error("the message's {field} is {found:?}, which this code does not know; a newer deployment may")]
    Unknown {
        /// `v`, `kind` or `source`.
        field: &'static str,
        /// Its value, shortened.
        found: String,
    },
    /// A field that is missing or not what it should be.
    #[error("the message's {field} is not {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl Classified for Unreadable {
    fn class(&self) -> Class {
        match self {
            // During a deployment old code meets new messages: a later reception may be by new code.
            Self::Unknown { .. } => Class::Transient { after: None },
            Self::TooLarge { .. } | Self::NotJson | Self::Field { .. } => Class::Permanent,
        }
    }
}
