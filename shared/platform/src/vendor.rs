//! What the clients of other companies' systems need from our own table: a shared budget of calls, and a safe for rotating tokens.
//!
//! The traits live here because the ledger and the store do not know each other.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use crate::failure::Failure;
use crate::secret::Secret;

/// How much a call matters when the day's quota runs low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// The sweep: may wait until tomorrow.
    Background,
    /// Messages: deals and invoices.
    Normal,
    /// The close: uses the last calls of the day.
    Close,
}

/// How many calls one organisation of another company's system may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Calls in any minute.
    pub minute: u32,
    /// Calls under way at once.
    pub at_once: u32,
    /// Calls a day; days are those of UTC.
    pub day: u32,
}

impl CallLimits {
    /// The smaller of both, limit by limit.
    #[must_use]
    pub fn at_most(self, other: Self) -> Self {
        Self {
            minute: self.minute.min(other.minute),
            at_once: self.at_once.min(other.at_once),
            day: self.day.min(other.day),
        }
    }
}

/// One of the calls under way; given back after the answer, or it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Whose quota.
    pub organisation: String,
    /// The limits under which it was granted.
    pub limits: CallLimits,
    /// Tells the organisation's leases apart.
    pub id: String,
}

/// The budget's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Call now.
    Granted(Lease),
    /// Not before so long.
    Wait(Duration),
}

/// What an answer told about the quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Feedback {
    /// Calls left in this minute, by the other side's count.
    pub minute_remaining: Option<u32>,
    /// Calls left today, by the other side's count.
    pub day_remaining: Option<u32>,
    /// The other side asked us to stay away so long.
    pub retry_after: Option<Duration>,
}

/// Calls a minute, at once and a day to one organisation, counted across all functions.
pub trait Budget: Send + Sync {
    /// Asks for one call to `organisation`, whose `limits` the client knows.
    ///
    /// # Errors
    /// Those of the store.
    fn take<'a>(&'a self, organisation: &'a str, limits: CallLimits, priority: Priority) -> BoxFuture<'a, Result<Grant, Failure>>;

    /// Gives the lease back and passes on what the answer said of the quota.
    ///
    /// # Errors
    /// Those of the store; the lease expires then.
    fn give_back<'a>(&'a self, lease: Lease, feedback: Feedback) -> BoxFuture<'a, Result<(), Failure>>;
}

/// A rotating refresh token as stored.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// The token to use next.
    pub refresh_token: Secret,
    /// An access token that came with it, where it still lives.
    pub access_token: Option<(Secret, DateTime<Utc>)>,
    /// Counts rotations.
    pub version: u64,
}

/// A safe for one rotating token, used by one refresher at a time.
pub trait TokenVault: Send + Sync {
    /// What is stored.
    ///
    /// # Errors
    /// Those of the store.
    fn read<'a>(&'a self, connection: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>, Failure>>;

    /// Takes the lock for the holder until `until`; `false` where somebody holds it.
    ///
    /// # Errors
    /// Those of the store.
    fn lock<'a>(
        &'a self,
        connection: &'a str,
        holder: &'a str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<bool, Failure>>;

    /// Stores `token` where the stored version is the one before it, and frees the lock; `false` where somebody was faster.
    ///
    /// # Errors
    /// Those of the store.
    fn rotate<'a>(&'a self, connection: &'a str, token: StoredToken) -> BoxFuture<'a, Result<bool, Failure>>;

    /// Frees the lock of `holder` without a new token.
    ///
    /// # Errors
    /// Those of the store; the lock ends by itself then.
    fn unlock<'a>(&'a self, connection: &'a str, holder: &'a str) -> BoxFuture<'a, Result<(), Failure>>;
}
