//! What an error means for who meets it: try again, give up, look before you leap, or already done.

use std::time::Duration;

/// The four classes of failure; every error that crosses a crate's border answers with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing happened and a later try may succeed, not before `after` where the other side named a time.
    Transient {
        /// How long the other side asked us to wait.
        after: Option<Duration>,
    },
    /// The same request will always be refused: somebody has to change something.
    Permanent,
    /// The request may have taken effect: read back before anything is sent again.
    UnknownOutcome,
    /// What was asked for is already there.
    Duplicate,
}

/// An error that knows its class.
pub trait Classified: std::error::Error {
    /// The class by which the caller decides.
    fn class(&self) -> Class;
}

/// An error and all its sources in one line, for the one log record at the border.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let words = source.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = source.source();
    }
    text
}

/// Any classified error behind one type, for borders where many kinds meet.
#[derive(Debug)]
pub struct Failure {
    class: Class,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Failure {
    /// The class by which the caller decides.
    pub fn class(&self) -> Class {
        self.class
    }
}

impl<E: Classified + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            class: error.class(),
            source: Box::new(error),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.source.fmt(formatter)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}
