//! Outbound messages: which saves make one, and what waits to be sent.

mod ack;
mod delivery;
mod envelope;
mod schedule;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(super) use delivery::{Pump, deliver_due};

/// When a save of a record that meets the condition makes a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trigger {
    /// At every save ("created, and every time it's edited").
    EverySave,
    /// When it did not meet the condition before ("… subsequently edited to meet criteria").
    WhenMet,
}

/// An outbound message as the administrator set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundRule {
    /// The object, such as `Opportunity`.
    pub object: String,
    /// The fields that are sent beside `Id`.
    pub fields: Vec<String>,
    /// A SOQL condition such as `IsWon = true`; without it every record meets it.
    pub condition: Option<String>,
    /// Which saves count.
    pub trigger: Trigger,
}

impl OutboundRule {
    /// Every save of an opportunity.
    pub fn every_opportunity() -> Self {
        let fields = [
            "AccountId",
            "Amount",
            "CloseDate",
            "CreatedDate",
            "IsWon",
            "LastModifiedDate",
            "Name",
            "StageName",
            "SystemModstamp",
        ];
        Self {
            object: "Opportunity".to_owned(),
            fields: fields.map(str::to_owned).to_vec(),
            condition: None,
            trigger: Trigger::EverySave,
        }
    }

    /// Every save of an opportunity that is won.
    pub fn won_opportunities() -> Self {
        Self {
            condition: Some("IsWon = true".to_owned()),
            ..Self::every_opportunity()
        }
    }
}

/// A notification that waits: it knows the record, not its values, which are read when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notification {
    pub(super) id: String,
    /// The rule's place in the configuration.
    pub(super) rule: usize,
    pub(super) record: String,
    pub(super) queued_at: DateTime<Utc>,
    pub(super) next_attempt: DateTime<Utc>,
    /// How often its message was sent in vain.
    pub(super) attempts: u32,
    /// The message in which it was first sent, whose notifications stay together.
    pub(super) message: Option<u64>,
}

/// What became of the outbound messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Messages sent, repeats among them.
    pub sent: u64,
    /// Messages that were acked.
    pub acked: u64,
    /// Messages that were not.
    pub refused: u64,
    /// Messages that a fault lost on the way and Salesforce holds for delivered.
    pub lost: u64,
    /// Notifications given up after 24 hours.
    pub dropped: u64,
}

/// An answer to an outbound message: HTTP status and body. An error says why there is none.
pub type Posted = Result<(u16, String), String>;

/// How messages leave: endpoint and body in, the answer out. The simulator puts its own in the network's place.
pub type Poster = Arc<dyn Fn(String, String) -> BoxFuture<'static, Posted> + Send + Sync>;
