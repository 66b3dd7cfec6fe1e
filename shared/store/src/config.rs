//! Configurations, each under its version for ever: every event names the version that it was made under.

use chrono::{DateTime, Utc};

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key};
use crate::table::{Transacted, Write};
use crate::text::hash;

const CONFIG: &str = "CONFIG";
/// Tries to publish while others publish.
const PUBLISH_TRIES_MAX: u32 = 5;

impl Store {
    /// Publishes `text` as the configuration in force; gives its version. The text in force again is the same version.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn publish_config(&self, text: &str, published_by: &str, at: DateTime<Utc>) -> Result<u64, StoreError> {
        let hash = hash(text);
        self.table.keep(text).await?;
        for _ in 0..PUBLISH_TRIES_MAX {
            let current = self.table.get(&current_key()).await?;
            let (before, condition) = match &current {
                Some(item) if item.text("hash")? == hash => return item.number("version"),
                Some(item) => {
                    let before = item.number("version")?;
                    let condition = Expression::new("#version = :before").number(":before", before);
                    (before, condition)
                }
                None => (0, Expression::absent()),
            };
            let version = before.saturating_add(1);
            let item = |key: Key| {
                Item::at(key)
                    .with_number("version", version)
                    .with_text("hash", &hash)
                    .with_text("published_by", published_by)
                    .with_instant("published_at", at)
                    .with_long("text", text)
            };
            let writes = vec![
                Write::Put(item(current_key()), condition),
                Write::Put(item(version_key(version)), Expression::absent()),
            ];
            if let Transacted::Done = self.table.transact(writes).await? {
                return Ok(version);
            }
        }
        Err(StoreError::Contended {
            key: current_key().to_string(),
        })
    }

    /// The version and text in force; one read.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn current_config(&self) -> Result<Option<(u64, String)>, StoreError> {
        self.read_config(&current_key()).await
    }

    /// The text of a version.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn config(&self, version: u64) -> Result<Option<String>, StoreError> {
        let found = self.read_config(&version_key(version)).await?;
        Ok(found.map(|(_, text)| text))
    }

    async fn read_config(&self, key: &Key) -> Result<Option<(u64, String)>, StoreError> {
        let Some(item) = self.table.get(key).await? else {
            return Ok(None);
        };
        let text = self.table.long(&item, "text").await?;
        let text = text.ok_or_else(|| item.broken("text", "a text"))?;
        Ok(Some((item.number("version")?, text)))
    }
}

fn current_key() -> Key {
    Key::new(CONFIG, "CURRENT")
}

fn version_key(version: u64) -> Key {
    Key::new(CONFIG, format!("V#{version:06}"))
}
