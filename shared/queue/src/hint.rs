//! A message of the queue: which record to read again, and what its sender reported of it.

mod form;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tieout_platform::effect::hex;

use crate::error::Unreadable;

/// The longest FIFO group.
const GROUP_LENGTH_MAX: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A deal of the CRM.
    Deal,
    /// An invoice of the ledger.
    Invoice,
    /// A credit note of the ledger.
    CreditNote,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The CRM.
    Crm,
    /// A ledger.
    Ledger,
}

/// A hint, version 1 of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    kind: Kind,
    source: Source,
    organisation: String,
    record: String,
    reported: Value,
    notification: Option<String>,
}

impl Hint {
    /// A hint to read `record` of `organisation` again, both in the one form that their source gives its ids. `reported` is an object or
    /// null: what the sender said, for people to read and to distinguish two messages. A `notification` that is empty or the text `null` is
    /// none.
    ///
    /// # Errors
    /// [`Unreadable::Field`] where `organisation` or `record` is empty, `null` or longer than 128 bytes, or `reported` is larger than 16 KB.
    pub fn new(
        kind: Kind,
        source: Source,
        organisation: &str,
        record: &str,
        reported: Value,
        notification: Option<&str>,
    ) -> Result<Self, Unreadable> {
        Ok(Self {
            kind,
            source,
            organisation: form::identifier("organisation", organisation)?,
            record: form::identifier("record", record)?,
            reported: form::reported(reported)?,
            notification: form::notification(notification)?,
        })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn source(&self) -> Source {
        self.source
    }

    /// The organisation that the record belongs to.
    pub fn organisation(&self) -> &str {
        &self.organisation
    }

    /// The record, in the one form that its source gives its ids.
    pub fn record(&self) -> &str {
        &self.record
    }

    /// What the sender said. Nothing in it is believed.
    pub fn reported(&self) -> &Value {
        &self.reported
    }

    /// The sender's id of the notification.
    pub fn notification(&self) -> Option<&str> {
        self.notification.as_deref()
    }

    /// The FIFO group: the record.
    pub fn group(&self) -> String {
        let group = format!("{}:{}:{}", form::source_text(self.source), self.organisation, self.record);
        let plain = group.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.".contains(&byte));
        if plain && group.len() <= GROUP_LENGTH_MAX {
            group
        } else {
            hash(&[&group])
        }
    }

    /// The FIFO deduplication id: the same for the same notification with the same content; without a notification, for the same record and
    /// report. SQS remembers it for five minutes.
    pub fn dedupe(&self) -> String {
        match &self.notification {
            Some(notification) => hash(&["notification", notification, &self.to_text()]),
            None => hash(&["reported", form::kind_text(self.kind), &self.group(), &self.reported.to_string()]),
        }
    }

    /// The message.
    pub fn to_text(&self) -> String {
        form::write(self)
    }

    /// Reads a message.
    ///
    /// # Errors
    /// See [`Unreadable`]; unknown versions and kinds are transient, because newer code may know them.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        form::read(text)
    }
}

/// SHA-256 in hexadecimal of parts that cannot run into each other.
fn hash(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    hex(&digest.finalize())
}
