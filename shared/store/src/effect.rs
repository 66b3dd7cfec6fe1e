//! Effects in the table: record and body in one item, each change with its instant, kept for ever.

mod form;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use tieout_platform::effect::{Change, EffectKey, EffectRecords, Intent, Record, State};
use tieout_platform::failure::Failure;

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, part};
use crate::table::Outcome;

/// Changes remembered of one effect; older ones are overwritten.
const HISTORY_LENGTH_MAX: u64 = 50;
/// Unsettled effects, in the index.
const OPEN: &str = "EFFECTS#open";

/// One change of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectChange {
    /// The revision that it led to.
    pub revision: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// `intended`, `attempted`, `not_applied`, `done`, `refused` or `replaced`.
    pub change: String,
    /// The reference, or the first 1,000 characters of the reason.
    pub detail: String,
}

/// An effect with all that is remembered of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEffect {
    /// Where it stands.
    pub record: Record,
    /// The exact body.
    pub body: String,
    /// When it was first intended.
    pub opened_at: DateTime<Utc>,
    /// Its last 50 changes, oldest first.
    pub history: Vec<EffectChange>,
}

impl Store {
    /// The effect under `key`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn effect(&self, key: &EffectKey) -> Result<Option<StoredEffect>, StoreError> {
        match self.table.get(&item_key(key)?).await? {
            Some(item) => self.stored_effect(&item).await.map(Some),
            None => Ok(None),
        }
    }

    /// Up to `limit` effects that are intended or attempted, the oldest first. Through the index: what changed within the last second may be missing
    /// or still be there.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn open_effects(&self, limit: usize) -> Result<Vec<StoredEffect>, StoreError> {
        let mut effects = Vec::new();
        for item in self.table.query_index(OPEN, limit).await? {
            effects.push(self.stored_effect(&item).await?);
        }
        Ok(effects)
    }

    async fn stored_effect(&self, item: &Item) -> Result<StoredEffect, StoreError> {
        let body = self.table.long(item, "body").await?;
        Ok(StoredEffect {
            record: form::read_record(item)?,
            body: body.ok_or_else(|| item.broken("body", "a text"))?,
            opened_at: item.instant("opened_at")?,
            history: form::read_history(item)?,
        })
    }

    async fn open_effect(&self, intent: &Intent, at: DateTime<Utc>) -> Result<Record, StoreError> {
        self.table.keep(&intent.body).await?;
        let (item, record) = intent_item(intent, at)?;
        match self.table.put(item, &Expression::absent()).await? {
            Outcome::Done => Ok(record),
            Outcome::Refused(Some(item)) => form::read_record(&item),
            Outcome::Refused(None) => Err(StoreError::Contended {
                key: intent.key.to_string(),
            }),
        }
    }

    async fn advance_effect(&self, record: &Record, change: &Change, at: DateTime<Utc>) -> Result<Option<Record>, StoreError> {
        let next = record.after(change);
        if let Change::Replace { intent } = change {
            self.table.keep(&intent.body).await?;
        }
        let condition = Expression::new("#revision = :before").number(":before", record.revision);
        let changes = form::changes(&next, change, at);
        let outcome = self.table.update(&item_key(&record.key)?, &changes, &condition).await?;
        Ok(outcome.is_done().then_some(next))
    }
}

impl EffectRecords for Store {
    fn open<'a>(&'a self, intent: &'a Intent, at: DateTime<Utc>) -> BoxFuture<'a, Result<Record, Failure>> {
        Box::pin(async move { Ok(self.open_effect(intent, at).await?) })
    }

    fn advance<'a>(&'a self, record: &'a Record, change: Change, at: DateTime<Utc>) -> BoxFuture<'a, Result<Option<Record>, Failure>> {
        Box::pin(async move { Ok(self.advance_effect(record, &change, at).await?) })
    }
}

/// The item of an effect that is intended at `at`, and its record.
pub(crate) fn intent_item(intent: &Intent, at: DateTime<Utc>) -> Result<(Item, Record), StoreError> {
    let record = Record::new(intent);
    Ok((form::write_new(item_key(&intent.key)?, &record, intent, at), record))
}

fn item_key(key: &EffectKey) -> Result<Key, StoreError> {
    Ok(Key::new(format!("EFFECT#{}", part("effect", key.as_str())?), "EFFECT"))
}

/// Whether the effect belongs into the list of unsettled ones.
fn is_open(state: &State) -> bool {
    matches!(state, State::Intended | State::Attempted { .. })
}
