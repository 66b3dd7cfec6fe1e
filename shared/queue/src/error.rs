//! Why a message could not be sent, taken or read.

use tieout_platform::failure::{Class, Classified};

/// The cause beneath an error of the queue.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error of SQS.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Throttled, a server error, or no answer. The whole call may be repeated: a message that arrived all the same is dropped by its
    /// deduplication id.
    #[error("{operation} on {queue} failed for now; try again")]
    Unavailable {
        operation: &'static str,
        /// Its URL.
        queue: String,
        #[source]
        source: Cause,
    },
    /// SQS refuses the request itself.
    #[error("{operation} on {queue} was refused; check the queue's URL and the role's permissions")]
    Refused {
        operation: &'static str,
        /// Its URL.
        queue: String,
        #[source]
        source: Cause,
    },
    /// Some messages of a batch are not on the queue; the others are.
    #[error("{unsent} of {of} messages are not on {queue} ({code}); send all again; deduplication ids drop what is there already")]
    NotAllSent {
        unsent: usize,
        of: usize,
        /// Its URL.
        queue: String,
        /// SQS's code for the first of them.
        code: String,
        /// SQS blames the message, not the service.
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

/// A message that this code cannot read. The error never repeats its body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Above the limit.
    #[error("the message has {bytes} bytes, more than the limit of 32768")]
    TooLarge { bytes: usize },
    /// Not a JSON object.
    #[error("the message is not a JSON object")]
    NotJson,
    /// Written by newer code, or by something else.
    #[error("the message's {field} is {found:?}, which this code does not know; a newer deployment may")]
    Unknown {
        /// `v`, `kind` or `source`.
        field: &'static str,
        /// Its value, shortened.
        found: String,
    },
    /// A field that is missing or has the wrong form.
    #[error("the message's {field} is not {expected}")]
    Field { field: &'static str, expected: &'static str },
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
