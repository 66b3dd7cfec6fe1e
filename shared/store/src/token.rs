//! Rotating tokens: one refresher at a time, the new token stored before it is used.
//!
//! The tokens lie in the table as they are; encryption at rest by KMS protects them, and the role of each function says who may read them.

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use tieout_platform::failure::Failure;
use tieout_platform::secret::Secret;
use tieout_platform::vendor::{StoredToken, TokenVault};

use crate::Store;
use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Key, part};

impl Store {
    async fn read_token(&self, connection: &str) -> Result<Option<StoredToken>, StoreError> {
        let Some(item) = self.table.get(&key(connection)?).await? else {
            return Ok(None);
        };
        // A lock may be older than the first token.
        let Some(refresh_token) = item.maybe_text("refresh_token")? else {
            return Ok(None);
        };
        let access_token = match item.maybe_text("access_token")? {
            Some(token) => Some((Secret::new(token), item.instant("access_until")?)),
            None => None,
        };
        Ok(Some(StoredToken {
            refresh_token: Secret::new(refresh_token),
            access_token,
            version: item.number("version")?,
        }))
    }

    async fn lock_token(&self, connection: &str, holder: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, StoreError> {
        let changes = Expression::new("#lock_holder = :holder, #lock_until = :until")
            .text(":holder", holder)
            .instant(":until", until);
        let condition =
            Expression::new("attribute_not_exists(#lock_until) OR #lock_until <= :now OR #lock_holder = :holder").instant(":now", now);
        let outcome = self.table.update(&key(connection)?, &changes, &condition).await?;
        Ok(outcome.is_done())
    }

    async fn rotate_token(&self, connection: &str, token: &StoredToken) -> Result<bool, StoreError> {
        let mut changes = Expression::new("#refresh_token = :refresh_token, #version = :version")
            .text(":refresh_token", token.refresh_token.expose())
            .number(":version", token.version);
        match &token.access_token {
            Some((access_token, until)) => {
                changes
                    .text
                    .push_str(", #access_token = :access_token, #access_until = :until REMOVE #lock_holder, #lock_until");
                changes = changes.text(":access_token", access_token.expose()).instant(":until", *until);
            }
            // A person has connected anew. Who is refreshing at this moment keeps the lock: one refresh is in flight, of whichever token.
            None => changes.text.push_str(" REMOVE #access_token, #access_until"),
        }
        let condition = match token.version.checked_sub(1) {
            None => Expression::new("attribute_not_exists(#version)"),
            Some(before) => {
                // The first token may be called version 0 or 1.
                let text = if before == 0 {
                    "attribute_not_exists(#version) OR #version = :before"
                } else {
                    "#version = :before"
                };
                Expression::new(text).number(":before", before)
            }
        };
        let outcome = self.table.update(&key(connection)?, &changes, &condition).await?;
        Ok(outcome.is_done())
    }

    async fn unlock_token(&self, connection: &str, holder: &str) -> Result<(), StoreError> {
        let changes = Expression::new("#unlocked_by = :holder REMOVE #lock_holder, #lock_until").text(":holder", holder);
        let condition = Expression::new("#lock_holder = :holder");
        self.table.update(&key(connection)?, &changes, &condition).await.map(drop)
    }
}

/// `holder` has to be another text for each refresher at work: the same holder gets its own lock again.
impl TokenVault for Store {
    fn read<'a>(&'a self, connection: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>, Failure>> {
        Box::pin(async move { Ok(self.read_token(connection).await?) })
    }

    fn lock<'a>(
        &'a self,
        connection: &'a str,
        holder: &'a str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<bool, Failure>> {
        Box::pin(async move { Ok(self.lock_token(connection, holder, now, until).await?) })
    }

    fn rotate<'a>(&'a self, connection: &'a str, token: StoredToken) -> BoxFuture<'a, Result<bool, Failure>> {
        Box::pin(async move { Ok(self.rotate_token(connection, &token).await?) })
    }

    fn unlock<'a>(&'a self, connection: &'a str, holder: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { Ok(self.unlock_token(connection, holder).await?) })
    }
}

fn key(connection: &str) -> Result<Key, StoreError> {
    Ok(Key::new(format!("TOKEN#{}", part("connection", connection)?), "TOKEN"))
}
