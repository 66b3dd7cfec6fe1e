//! The sandbox's memory: JSON documents by kind and id in one SQLite file, so that a killed process forgets nothing it answered.
//!
//! A write is durable against the death of the process when [`Docs::save`] returns, not against a power cut:
//! it is a sandbox.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What went wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum DocsError {
    /// SQLite refused.
    #[error("the sandbox's file could not be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A document does not have the shape that its kind has.
    #[error("a document of the sandbox could not be read or written: {0}")]
    Json(#[from] serde_json::Error),
}

/// A store of documents; clones share one connection.
#[derive(Debug, Clone)]
pub struct Docs {
    connection: Arc<Mutex<Connection>>,
}

/// One change of a [`Docs::save`].
#[derive(Debug)]
pub struct Change {
    kind: &'static str,
    id: String,
    body: Option<String>,
}

impl Change {
    /// Writes `document` under `kind` and `id`, in the place of an earlier one.
    pub fn put(kind: &'static str, id: &str, document: &impl Serialize) -> Result<Self, DocsError> {
        Ok(Self {
            kind,
            id: id.to_owned(),
            body: Some(serde_json::to_string(document)?),
        })
    }

    /// Removes what lies under `kind` and `id`.
    pub fn remove(kind: &'static str, id: &str) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            body: None,
        }
    }
}

impl Docs {
    /// Opens or makes the file.
    pub fn open(path: &Path) -> Result<Self, DocsError> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        Self::over(connection)
    }

    /// A store that is gone with its last clone.
    pub fn in_memory() -> Result<Self, DocsError> {
        Self::over(Connection::open_in_memory()?)
    }

    fn over(connection: Connection) -> Result<Self, DocsError> {
        connection.execute(
            "CREATE TABLE IF NOT EXISTS docs (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID",
            [],
        )?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// All changes or none.
    pub fn save(&self, changes: &[Change]) -> Result<(), DocsError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        for change in changes {
            match &change.body {
                Some(body) => transaction.execute(
                    "INSERT OR REPLACE INTO docs (kind, id, body) VALUES (?1, ?2, ?3)",
                    params![change.kind, change.id, body],
                )?,
                None => transaction.execute("DELETE FROM docs WHERE kind = ?1 AND id = ?2", params![change.kind, change.id])?,
            };
        }
        Ok(transaction.commit()?)
    }

    /// The document under `kind` and `id`.
    pub fn get<T: DeserializeOwned>(&self, kind: &'static str, id: &str) -> Result<Option<T>, DocsError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let body: Option<String> = connection
            .query_row("SELECT body FROM docs WHERE kind = ?1 AND id = ?2", params![kind, id], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(body.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Every document of a kind with its id, by id.
    pub fn all<T: DeserializeOwned>(&self, kind: &'static str) -> Result<Vec<(String, T)>, DocsError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare("SELECT id, body FROM docs WHERE kind = ?1 ORDER BY id")?;
        let rows = statement.query_map(params![kind], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        let mut documents = Vec::new();
        for row in rows {
            let (id, body) = row?;
            documents.push((id, serde_json::from_str(&body)?));
        }
        Ok(documents)
    }
}
