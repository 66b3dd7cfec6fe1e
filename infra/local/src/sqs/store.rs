//! The file of the queues: SQLite, one connection, one transaction a request.
//!
//! `synchronous = OFF` with a write-ahead log: what was acknowledged survives the death of the process (the operating
//! system holds it), not the loss of power. That is what a local stack needs.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, TransactionBehavior};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::errors::SqsError;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS queues (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, attributes TEXT NOT NULL, tags TEXT NOT NULL,
  created_ms INTEGER NOT NULL, modified_ms INTEGER NOT NULL, purged_ms INTEGER);
CREATE TABLE IF NOT EXISTS messages (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  queue_id INTEGER NOT NULL REFERENCES queues(id) ON DELETE CASCADE,
  message_id TEXT NOT NULL, body TEXT NOT NULL, md5 TEXT NOT NULL, attributes TEXT NOT NULL, trace TEXT,
  sent_ms INTEGER NOT NULL, visible_ms INTEGER NOT NULL, retained_from_ms INTEGER NOT NULL,
  first_received_ms INTEGER, last_received_ms INTEGER, receive_count INTEGER NOT NULL DEFAULT 0, receipt TEXT,
  group_id TEXT, deduplication_id TEXT, sequence TEXT, source_arn TEXT);
CREATE INDEX IF NOT EXISTS messages_in_order ON messages (queue_id);
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue_id, visible_ms);
CREATE INDEX IF NOT EXISTS messages_by_group ON messages (queue_id, group_id, visible_ms);
CREATE INDEX IF NOT EXISTS messages_by_retention ON messages (queue_id, retained_from_ms);
CREATE TABLE IF NOT EXISTS deduplications (
  queue_id INTEGER NOT NULL REFERENCES queues(id) ON DELETE CASCADE, scope TEXT NOT NULL, deduplication_id TEXT NOT NULL,
  seen_ms INTEGER NOT NULL, message_id TEXT NOT NULL, sequence TEXT NOT NULL,
  PRIMARY KEY (queue_id, scope, deduplication_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS move_tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, destination TEXT, rate INTEGER, status TEXT NOT NULL,
  moved INTEGER NOT NULL, to_move INTEGER NOT NULL, started_ms INTEGER NOT NULL, failure TEXT);
";

/// The one connection; short transactions, so that a lock suffices.
#[derive(Debug)]
pub(super) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the file, making it and its tables if need be; in memory without a path.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, SqsError> {
        let connection = match file {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(SCHEMA)?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Runs `work` in a transaction that is kept only if it succeeds; tells whether it changed anything.
    pub(super) fn transaction<T>(&self, work: impl FnOnce(&Connection) -> Result<T, SqsError>) -> Result<(T, bool), SqsError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let before = connection.total_changes();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok((result, connection.total_changes() != before))
    }
}

/// A value that a column holds as JSON text.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let read = serde_json::from_str(value.as_str()?);
        read.map(Self).map_err(|error| FromSqlError::Other(error.into()))
    }
}

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match serde_json::to_string(&self.0) {
            Ok(text) => Ok(text.into()),
            Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
        }
    }
}
