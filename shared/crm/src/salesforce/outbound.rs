//! Outbound messages, read as hints. Wire form and delivery rules: `docs/vendors/salesforce.md`.
//!
//! A message is untrusted until its organisation is known, so it is scanned once, by hand, within fixed limits. Its session and
//! its addresses are skipped.

mod ack;
mod error;
mod message;
mod scanner;
mod walk;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ids::OrganisationId;
use crate::ids::RecordId;

pub use ack::{ACK_CONTENT_TYPE, ack};
pub use error::OutboundError;

/// The largest message, in bytes: 100 notifications of 2.5 KB. The function answers 413 before.
pub const BODY_SIZE_MAX_BYTES: usize = 256 * 1024;
/// The most notifications of one message: `maxOccurs` in the WSDL.
pub const NOTIFICATIONS_MAX: usize = 100;
/// The deepest nesting of elements; a real message has six levels, eight with compound fields.
pub const DEPTH_MAX: usize = 32;
/// The most events read from one message: a body of 256 KB of real fields has fewer than 40,000.
pub const EVENTS_MAX: usize = 50_000;
/// The longest id, in characters.
pub const ID_LENGTH_MAX: usize = super::ids::LONG_ID_LENGTH;
/// The longest text that is read of any other field, in bytes: a stage has 255 characters at most.
pub const TEXT_SIZE_MAX_BYTES: usize = 255 * 4;

/// Reads a message of `organisation`: each of its 1 to 100 notifications, in the message's order.
///
/// # Errors
/// See [`OutboundError`]; a message is taken whole or not at all, because there is one answer for all of it.
pub fn parse(body: &[u8], organisation: &OrganisationId) -> Result<Vec<Notification>, OutboundError> {
    if body.len() > BODY_SIZE_MAX_BYTES {
        return Err(OutboundError::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| OutboundError::Encoding)?;
    message::read(text, organisation)
}

/// One notification: which record, and what was true when it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The same in each repetition of it; `None` where it is missing or the text `null`, and then never a key.
    pub id: Option<NotificationId>,
    /// What kind of record it is about.
    pub object: Object,
    /// The record; `None` where it was deleted before the message was sent.
    pub record: Option<RecordId>,
    /// The record's values in the message.
    pub reported: Reported,
}

/// The id of a notification, 1 to 18 letters and digits. Not the `ActionId`, which is the same in all messages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct NotificationId(String);

impl NotificationId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The kind of record that a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// `Opportunity`.
    Opportunity,
    /// Another one, by its API name: an outbound message that is not meant for us.
    Other(String),
    /// Not stated, as with a deleted record.
    Unstated,
}

impl Object {
    /// The API name; empty where it is not stated.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Opportunity => OPPORTUNITY,
            Self::Other(name) => name,
            Self::Unstated => "",
        }
    }
}

const OPPORTUNITY: &str = "Opportunity";

/// Values of the record in a message. A missing one is null or was not selected; only a fresh read says which.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// `LastModifiedDate`.
    pub last_modified: Option<DateTime<Utc>>,
    /// `SystemModstamp`.
    pub system_modstamp: Option<DateTime<Utc>>,
    /// `StageName`.
    pub stage: Option<String>,
}

#[cfg(test)]
mod tests;
