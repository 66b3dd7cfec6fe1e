//! Cursors: how far a sweep has come.

use chrono::{DateTime, Utc};

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Key, part};

impl Store {
    /// How far the sweep `name` has come; `None` before its first end.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn cursor(&self, name: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let item = self.table.get(&key(name)?).await?;
        item.map(|item| item.instant("to")).transpose()
    }

    /// Moves the cursor to `to`; `false` where it is there or beyond already: it never goes back.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn advance_cursor(&self, name: &str, to: DateTime<Utc>) -> Result<bool, StoreError> {
        let changes = Expression::new("#to = :to").instant(":to", to);
        let condition = Expression::new("attribute_not_exists(#to) OR #to < :to");
        let outcome = self.table.update(&key(name)?, &changes, &condition).await?;
        Ok(outcome.is_done())
    }
}

fn key(name: &str) -> Result<Key, StoreError> {
    Ok(Key::new(format!("CURSOR#{}", part("cursor", name)?), "CURSOR"))
}
