//! What an invariant is: a name, words, a source, and eyes for what it is shown.

use std::fmt;

use chrono::{DateTime, Utc};

use super::books::Books;
use super::facts::Fact;
use super::history::History;
use super::seen::{Answer, Emitted, Request, Table};

/// Sentences about what is wrong; nothing where all is well.
pub type Wrong = Vec<String>;

/// Something that must always be true. Each question has "nothing is wrong" as its usual answer.
pub trait Invariant {
    /// `I1` to `I12`.
    fn name(&self) -> &'static str;
    /// What must be true, in a sentence.
    fn statement(&self) -> &'static str;
    /// Where that is written.
    fn source(&self) -> &'static str;

    /// A fact; `history` knows it already.
    fn fact(&mut self, _fact: &Fact, _life: &History, _table: &dyn Table) -> Wrong {
        Vec::new()
    }

    /// A request that leaves.
    fn leaves(&mut self, _request: &Request, _life: &History, _table: &dyn Table) -> Wrong {
        Vec::new()
    }

    /// A request that is over; `history` knows it already.
    fn answered(&mut self, _request: &Request, _answer: &Answer, _life: &History) -> Wrong {
        Vec::new()
    }

    /// A text that people read.
    fn emitted(&mut self, _emitted: &Emitted, _life: &History) -> Wrong {
        Vec::new()
    }

    /// The world as a whole, while history goes on.
    fn look(&mut self, _books: &Books, _life: &History) -> Wrong {
        Vec::new()
    }

    /// The world as a whole, when it has drained.
    fn end(&mut self, _books: &Books, _life: &History) -> Wrong {
        Vec::new()
    }
}

/// Something that must be true and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// `I1` to `I12`.
    pub invariant: &'static str,
    /// When it was seen.
    pub at: DateTime<Utc>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {}: {}", self.invariant, self.at.to_rfc3339(), self.what)
    }
}
