//! What AWS hands to a function, read from its JSON, and what a function answers.
//!
//! A small reader of our own instead of a crate of types: both kinds of API Gateway become one [`HttpEvent`], and only what we use is
//! looked at.

mod answer;
mod http;
mod schedule;

pub use answer::HttpAnswer;
pub use http::{ClientCertificate, HeaderFault, HttpEvent};
pub use schedule::ScheduleEvent;

use crate::failure::{Class, Classified};

/// An event that is not what the function is for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// A part is missing or of the wrong kind.
    #[error("the event's {part} is {fault}; this function takes {expected}")]
    Form {
        /// Which part, as a path.
        part: &'static str,
        /// Missing or wrong.
        fault: &'static str,
        /// What would do.
        expected: &'static str,
    },
    /// The body is larger than the caller allows: answer 413.
    #[error("the body is larger than {max_bytes} bytes")]
    TooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// The body says that it is base64 and is not: answer 400.
    #[error("the body is not base64")]
    Base64,
}

impl Classified for EventError {
    fn class(&self) -> Class {
        Class::Permanent
    }
}
