//! Periods of an entity: open, proposed, approved, posting, closed. Every state that a period ever had is kept.

mod form;

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, part};
use crate::table::{Transacted, Write};

/// Periods read side by side.
const PERIODS_AT_ONCE: usize = 8;

/// Where a period stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodState {
    /// Nothing is proposed.
    Open,
    /// A proposal waits for another person.
    Proposed {
        /// The preparer.
        by: String,
        /// When.
        at: DateTime<Utc>,
        /// The hash of the proposal; what is approved is this and nothing else.
        hash: String,
        /// Counts proposals of the period.
        revision: u64,
    },
    /// Approved, and nothing is sent yet.
    Approved {
        /// The preparer.
        proposed_by: String,
        /// The approver.
        by: String,
        /// When it was approved.
        at: DateTime<Utc>,
        /// The hash of the proposal.
        hash: String,
    },
    /// Its journals are on their way.
    Posting {
        /// The approver.
        by: String,
        /// Since when.
        at: DateTime<Utc>,
        /// The hash of the proposal.
        hash: String,
    },
    /// All is posted.
    Closed {
        /// When.
        at: DateTime<Utc>,
        /// By whom.
        by: String,
    },
}

/// A period as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodRecord {
    /// The legal entity.
    pub entity: String,
    /// The month, `2026-01`.
    pub period: String,
    /// Where it stands.
    pub state: PeriodState,
    /// Counts transitions. Written by the store, which ignores what is given.
    pub revision: u64,
    /// The proposal as JSON text, however large.
    pub proposal: Option<String>,
    /// What the close was computed from or came to, as JSON text, however large.
    pub snapshot: Option<String>,
}

impl Store {
    /// The period (`2026-01`) of `entity`; `None` where nothing happened to it yet.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn period(&self, entity: &str, period: &str) -> Result<Option<PeriodRecord>, StoreError> {
        match self.table.get(&key(entity, period)?).await? {
            Some(item) => self.read_period(&item).await.map(Some),
            None => Ok(None),
        }
    }

    /// All periods of `entity` to which something happened, in order; strongly consistent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn periods(&self, entity: &str) -> Result<Vec<PeriodRecord>, StoreError> {
        let pk = periods_pk(part("entity", entity)?);
        self.read_periods(self.table.query(&pk, "PERIOD#").await?).await
    }

    /// Every state that the period had, in order.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn period_history(&self, entity: &str, period: &str) -> Result<Vec<PeriodRecord>, StoreError> {
        let pk = history_pk(part("entity", entity)?, part("period", period)?);
        self.read_periods(self.table.query(&pk, "REVISION#").await?).await
    }

    /// Makes the period what `new` says, where its revision is still `expected_revision` (0: nothing happened to it yet), and keeps
    /// `new` in the history; `false` where somebody was faster. The revision afterwards is `expected_revision + 1`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn transition(&self, entity: &str, period: &str, expected_revision: u64, new: &PeriodRecord) -> Result<bool, StoreError> {
        let key = key(entity, period)?;
        for text in [&new.proposal, &new.snapshot].into_iter().flatten() {
            self.table.keep(text).await?;
        }
        let condition = if expected_revision == 0 {
            Expression::absent()
        } else {
            Expression::new("#revision = :revision").number(":revision", expected_revision)
        };
        let stored = PeriodRecord {
            entity: entity.to_owned(),
            period: period.to_owned(),
            revision: expected_revision.saturating_add(1),
            ..new.clone()
        };
        let history = Key::new(history_pk(entity, period), format!("REVISION#{:09}", stored.revision));
        let writes = vec![
            Write::Put(form::write(key, &stored), condition),
            Write::Put(form::write(history, &stored), Expression::absent()),
        ];
        Ok(matches!(self.table.transact(writes).await?, Transacted::Done))
    }

    async fn read_periods(&self, items: Vec<Item>) -> Result<Vec<PeriodRecord>, StoreError> {
        futures::stream::iter(items)
            .map(|item| async move { self.read_period(&item).await })
            .buffered(PERIODS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn read_period(&self, item: &Item) -> Result<PeriodRecord, StoreError> {
        Ok(PeriodRecord {
            entity: item.owned("entity")?,
            period: item.owned("period")?,
            state: form::read_state(item)?,
            revision: item.number("revision")?,
            proposal: self.table.long(item, "proposal").await?,
            snapshot: self.table.long(item, "snapshot").await?,
        })
    }
}

fn periods_pk(entity: &str) -> String {
    format!("PERIODS#{entity}")
}

fn history_pk(entity: &str, period: &str) -> String {
    format!("PERIOD-HISTORY#{entity}#{period}")
}

fn key(entity: &str, period: &str) -> Result<Key, StoreError> {
    let sk = format!("PERIOD#{}", part("period", period)?);
    Ok(Key::new(periods_pk(part("entity", entity)?), sk))
}
