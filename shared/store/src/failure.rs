//! What went wrong with a message, and what was done about it.

use chrono::{DateTime, Utc};

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, instant_text, part};

/// The longest cause that is kept.
const CAUSE_LENGTH_MAX: usize = 4_000;
const ACTS: &str = "ACTS";

/// What a person did with a failed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Sent back to its queue.
    Replayed,
    /// Thrown away.
    Discarded,
}

/// An act on a failed message, as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureAct {
    /// The message, by the id that it had in the dead-letter queue.
    pub message_id: String,
    /// The name of the queue.
    pub queue: String,
    /// What was done.
    pub act: Act,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why the message had failed, or why it was thrown away.
    pub cause: String,
}

/// Why a message failed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureCause {
    /// The error with its sources.
    pub cause: String,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Records an act; the same act again changes nothing.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn record_act(&self, act: &FailureAct) -> Result<(), StoreError> {
        let key = Key::new(ACTS, format!("ACT#{}#{}", instant_text(act.at), part("message", &act.message_id)?));
        let item = Item::at(key)
            .with_text("message_id", &act.message_id)
            .with_text("queue", &act.queue)
            .with_text("act", act_text(act.act))
            .with_text("by", &act.by)
            .with_instant("at", act.at)
            .with_text("cause", &shortened(&act.cause));
        self.table.put(item, &Expression::absent()).await.map(drop)
    }

    /// All acts, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn acts(&self) -> Result<Vec<FailureAct>, StoreError> {
        let items = self.table.query(ACTS, "ACT#").await?;
        items.iter().map(read_act).collect()
    }

    /// Keeps why the message or record `key` failed; a later cause takes the place of an earlier one, never the other way round.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn record_failure_cause(&self, key: &str, cause: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let item = Item::at(cause_key(key)?)
            .with_text("cause", &shortened(cause))
            .with_instant("at", at);
        let condition = Expression::new("attribute_not_exists(#at) OR #at <= :at").instant(":at", at);
        self.table.put(item, &condition).await.map(drop)
    }

    /// Why the message or record `key` failed last.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn failure_cause(&self, key: &str) -> Result<Option<FailureCause>, StoreError> {
        let Some(item) = self.table.get(&cause_key(key)?).await? else {
            return Ok(None);
        };
        Ok(Some(FailureCause {
            cause: item.owned("cause")?,
            at: item.instant("at")?,
        }))
    }
}

fn cause_key(key: &str) -> Result<Key, StoreError> {
    Ok(Key::new(format!("CAUSE#{}", part("failed message", key)?), "CAUSE"))
}

fn shortened(cause: &str) -> String {
    cause.chars().take(CAUSE_LENGTH_MAX).collect()
}

fn act_text(act: Act) -> &'static str {
    match act {
        Act::Replayed => "replayed",
        Act::Discarded => "discarded",
    }
}

fn read_act(item: &Item) -> Result<FailureAct, StoreError> {
    let act = match item.text("act")? {
        "replayed" => Act::Replayed,
        "discarded" => Act::Discarded,
        _ => return Err(item.broken("act", "`replayed` or `discarded`")),
    };
    Ok(FailureAct {
        message_id: item.owned("message_id")?,
        queue: item.owned("queue")?,
        act,
        by: item.owned("by")?,
        at: item.instant("at")?,
        cause: item.owned("cause")?,
    })
}
