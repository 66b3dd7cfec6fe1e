//! Links: which contract a record of another system belongs to, and the newest version of it that was seen.

use chrono::{DateTime, Utc};

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key, part};
use crate::table::Outcome;

/// A link as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The contract.
    pub contract: String,
    /// The newest version of the external record that was acted on.
    pub updated_at: DateTime<Utc>,
}

/// What became of a new link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linking {
    /// The link is there now, or was there before with the same contract.
    Done,
    /// The record belongs to another contract already.
    Elsewhere(Link),
}

impl Store {
    /// Links the external record `id` of a `kind` (for instance `invoice`) to `contract`. A link is never changed to another contract,
    /// and linking again does not set `updated_at` back.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn link(&self, kind: &str, id: &str, contract: &str, updated_at: DateTime<Utc>) -> Result<Linking, StoreError> {
        let item = Item::at(key(kind, id)?)
            .with_text("contract", part("contract", contract)?)
            .with_instant("updated_at", updated_at);
        match self.table.put(item, &Expression::absent()).await? {
            Outcome::Done => Ok(Linking::Done),
            Outcome::Refused(found) => match found.as_ref().map(read).transpose()? {
                Some(link) if link.contract != contract => Ok(Linking::Elsewhere(link)),
                _ => Ok(Linking::Done),
            },
        }
    }

    /// The link of the external record.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn linked(&self, kind: &str, id: &str) -> Result<Option<Link>, StoreError> {
        let item = self.table.get(&key(kind, id)?).await?;
        item.as_ref().map(read).transpose()
    }

    /// Notes that the record was acted on as of `updated_at`; `false` where a newer version was acted on before, or there is no link.
    /// The same version again is `true`: a message handled twice may go on to its idempotent end.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn advance_link(&self, kind: &str, id: &str, updated_at: DateTime<Utc>) -> Result<bool, StoreError> {
        let changes = Expression::new("#updated_at = :updated_at").instant(":updated_at", updated_at);
        let condition = Expression::new("#updated_at <= :updated_at");
        let outcome = self.table.update(&key(kind, id)?, &changes, &condition).await?;
        Ok(outcome.is_done())
    }
}

fn key(kind: &str, id: &str) -> Result<Key, StoreError> {
    let (kind, id) = (part("kind of link", kind)?, part("external id", id)?);
    Ok(Key::new(format!("LINK#{kind}#{id}"), "LINK"))
}

fn read(item: &Item) -> Result<Link, StoreError> {
    Ok(Link {
        contract: item.owned("contract")?,
        updated_at: item.instant("updated_at")?,
    })
}
