//! What the address of a stack's clock answers, as the stack writes it and its commands read it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a clock is, and what goes on only when it is moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub now: DateTime<Utc>,
    /// Whether it stands still until it is moved; else it is the machine's.
    pub stands: bool,
    /// What waits for it; nothing waits for the machine's.
    pub waiting: Vec<Waiting>,
    /// What the functions sent since the stack was started, so that it grows while they work.
    pub requests: u64,
}

/// Something that goes on when the clock gets there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// In words for a person.
    pub what: String,
    /// Messages, where it is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    pub until: DateTime<Utc>,
}
