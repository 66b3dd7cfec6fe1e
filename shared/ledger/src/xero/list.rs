//! Lists: all pages of them, and the records in them.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Call, XeroLedger};
use super::query::{PAGE_SIZE, PAGES_MAX};
use super::reply::{self, Kind, misfit};
use super::wire::Read;
use crate::error::LedgerError;

impl XeroLedger {
    /// The records under `name` of one answer; none where Xero has none, or nothing new.
    pub(super) async fn records<T: DeserializeOwned>(&self, call: &Call<'_>, name: &str) -> Result<Vec<T>, LedgerError> {
        let Some(body) = self.call(call).await? else {
            return Ok(Vec::new());
        };
        let mut value = reply::json(call.what, Kind::Read, &body)?;
        let list = match value.get_mut(name).map(Value::take) {
            Some(Value::Array(list)) => list,
            _ => {
                return Err(misfit(call.what, Kind::Read, format!("the answer has no {name}")));
            }
        };
        let records = list.into_iter().map(|record| record_of(name, record));
        records
            .collect::<Read<Vec<T>>>()
            .map_err(|problem| misfit(call.what, Kind::Read, problem))
    }

    /// The records of all pages, up to `pages_max`.
    ///
    /// The order has to be one that does not change while pages are read: by id, not by time of change.
    pub(super) async fn pages<T: DeserializeOwned>(&self, mut call: Call<'_>, name: &str, pages_max: u32) -> Result<Vec<T>, LedgerError> {
        let base = call.query.len();
        let mut all = Vec::new();
        for page in 1..=pages_max.min(PAGES_MAX) {
            call.query.truncate(base);
            call.query.push(("page", page.to_string()));
            call.query.push(("pageSize", PAGE_SIZE.to_string()));
            let records: Vec<T> = self.records(&call, name).await?;
            let is_last = u32::try_from(records.len()).unwrap_or(u32::MAX) < PAGE_SIZE;
            all.extend(records);
            if is_last {
                return Ok(all);
            }
        }
        Err(LedgerError::TooManyPages {
            what: call.what,
            pages_max,
        })
    }
}

/// One record as its struct.
pub(super) fn record_of<T: DeserializeOwned>(name: &str, record: Value) -> Read<T> {
    serde_json::from_value(record).map_err(|error| format!("{name}: {error}"))
}
