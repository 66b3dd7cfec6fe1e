//! The memory of an effect, and what is asked of the store that keeps it.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use crate::failure::Failure;

use super::{EffectKey, Intent};

/// Where an effect stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Stored, and nothing is under way: it was never sent, or the other side certainly did not take it.
    Intended,
    /// Sent, or about to be, and the outcome is not known. Until `until` its sender may still be at work;
    /// after that whoever comes reads back before anything else.
    Attempted {
        /// The end of the sender's lease.
        until: DateTime<Utc>,
    },
    /// It happened.
    Done {
        /// What the other side calls it; for callers to read, see each effect.
        reference: String,
    },
    /// The other side certainly refused it; another try, changed or not, goes under another idempotency key.
    Refused {
        /// Its words.
        reason: String,
    },
}

/// One effect as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The business key.
    pub key: EffectKey,
    /// Where it goes.
    pub target: String,
    /// SHA-256 of the body.
    pub body_hash: String,
    /// Where it stands.
    pub state: State,
    /// Counts definite refusals and replaced bodies: part of the idempotency key.
    pub serial: u32,
    /// How often it was sent.
    pub attempts: u32,
    /// Counts changes: a change is made only to the revision that its maker read.
    pub revision: u64,
}

/// A step of an effect's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// About to be sent; nobody else touches it until `until`.
    Attempt {
        /// The end of the lease.
        until: DateTime<Utc>,
    },
    /// Certainly not taken by the other side: back to [`State::Intended`].
    NotApplied,
    /// It happened.
    Done {
        /// What the other side calls it.
        reference: String,
    },
    /// Refused for good; the serial goes up.
    Refused {
        /// The other side's words.
        reason: String,
    },
    /// Another body takes the place of one that certainly had no effect; the serial goes up.
    Replace {
        /// The new intent, under the same key.
        intent: Intent,
    },
}

impl Record {
    /// A new record for `intent`.
    pub fn new(intent: &Intent) -> Self {
        Self {
            key: intent.key.clone(),
            target: intent.target.clone(),
            body_hash: intent.body_hash(),
            state: State::Intended,
            serial: 0,
            attempts: 0,
            revision: 0,
        }
    }

    /// The record after `change`; stores write what this gives, so that all stores agree.
    pub fn after(&self, change: &Change) -> Self {
        let mut next = self.clone();
        next.revision += 1;
        match change {
            Change::Attempt { until } => {
                next.state = State::Attempted { until: *until };
                next.attempts += 1;
            }
            Change::NotApplied => next.state = State::Intended,
            Change::Done { reference } => {
                next.state = State::Done {
                    reference: reference.clone(),
                };
            }
            Change::Refused { reason } => {
                next.state = State::Refused { reason: reason.clone() };
                next.serial += 1;
            }
            Change::Replace { intent } => {
                next.state = State::Intended;
                next.target.clone_from(&intent.target);
                next.body_hash = intent.body_hash();
                next.serial += 1;
            }
        }
        next
    }
}

/// Keeps effects for ever. A body is stored beside its record, and each change with its instant.
pub trait EffectRecords: Send + Sync {
    /// Stores `intent` where its key is new; gives what is stored under the key.
    ///
    /// # Errors
    /// Those of the store.
    fn open<'a>(&'a self, intent: &'a Intent, at: DateTime<Utc>) -> BoxFuture<'a, Result<Record, Failure>>;

    /// Writes [`Record::after`] where the stored revision is still that of `record`; `None` where somebody was faster.
    ///
    /// # Errors
    /// Those of the store.
    fn advance<'a>(&'a self, record: &'a Record, change: Change, at: DateTime<Utc>) -> BoxFuture<'a, Result<Option<Record>, Failure>>;
}
