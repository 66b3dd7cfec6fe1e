//! Effects in memory, for tests and what-if runs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use crate::failure::Failure;

use super::{Change, EffectKey, EffectRecords, Intent, Record};

/// Keeps records as long as it lives.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    records: Mutex<BTreeMap<EffectKey, Record>>,
}

impl EffectRecords for MemoryRecords {
    fn open<'a>(&'a self, intent: &'a Intent, _: DateTime<Utc>) -> BoxFuture<'a, Result<Record, Failure>> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let record = records.entry(intent.key.clone()).or_insert_with(|| Record::new(intent)).clone();
        Box::pin(async move { Ok(record) })
    }

    fn advance<'a>(&'a self, record: &'a Record, change: Change, _: DateTime<Utc>) -> BoxFuture<'a, Result<Option<Record>, Failure>> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let next = records
            .get_mut(&record.key)
            .filter(|stored| stored.revision == record.revision)
            .map(|stored| {
                *stored = record.after(&change);
                stored.clone()
            });
        Box::pin(async move { Ok(next) })
    }
}
