//! `GET …/query?q=` and the pages behind it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::data::{Call, Reply};
use crate::docs::Change;
use crate::salesforce::error::ApiError;
use crate::salesforce::ids::mint;
use crate::salesforce::inner::Inner;
use crate::salesforce::soql::{Bound, Source as _, bind, parse, project, select};
use crate::salesforce::state::{CURSOR, State};

/// A locator's life (Salesforce app limits cheat sheet: query cursors).
const CURSOR_LIFE_DAYS: i64 = 2;

/// The rows of a query whose rest is still to be fetched.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    text: String,
    object: String,
    ids: Vec<String>,
    made_at: DateTime<Utc>,
}

/// Pages in the making: what they read and the cursors that they leave.
struct Pages<'a> {
    state: &'a State,
    base: &'a str,
    size: usize,
    counter: u64,
    now: DateTime<Utc>,
    cursors: Vec<(String, Cursor)>,
}

/// The first page.
pub(super) fn first(inner: &Inner, call: &Call, with_deleted: bool) -> Result<Reply, ApiError> {
    let text = call
        .parameters
        .get("q")
        .ok_or_else(|| ApiError::call(400, "MALFORMED_QUERY", "SOQL query is missing: the parameter q is needed"))?;
    let bound = bind(&inner.schema, &parse(text)?)?;
    paged(inner, call, |pages| {
        let ids = select(pages.state, &bound, with_deleted);
        match bound.count_only {
            true => json!({ "totalSize": ids.len(), "done": true, "records": [] }),
            false => pages.page(&bound, ids, 0, None),
        }
    })
}

/// A later page, by `locator-offset`.
pub(super) fn next(inner: &Inner, call: &Call, locator: &str) -> Result<Reply, ApiError> {
    let invalid = || ApiError::call(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let (id, offset) = locator.rsplit_once('-').ok_or_else(invalid)?;
    let offset: usize = offset.parse().map_err(|_| invalid())?;
    let cursor: Cursor = inner.docs.get(CURSOR, id)?.ok_or_else(invalid)?;
    let is_old = inner.clock.now() - cursor.made_at >= TimeDelta::days(CURSOR_LIFE_DAYS);
    if is_old || offset >= cursor.ids.len() {
        return Err(invalid());
    }
    let mut query = parse(&cursor.text)?;
    query.read_from(&cursor.object);
    let bound = bind(&inner.schema, &query)?;
    paged(inner, call, |pages| pages.page(&bound, cursor.ids, offset, Some(id)))
}

fn paged(inner: &Inner, call: &Call, make: impl FnOnce(&mut Pages<'_>) -> Value) -> Result<Reply, ApiError> {
    inner.with_state(|state| {
        let mut pages = Pages {
            state,
            base: &call.base,
            size: page_size(inner, call),
            counter: state.counter,
            now: inner.clock.now(),
            cursors: Vec::new(),
        };
        let body = make(&mut pages);
        let counter = pages.counter;
        let mut changes = vec![State::counter_change(counter)?];
        for (id, cursor) in &pages.cursors {
            changes.push(Change::put(CURSOR, id, cursor)?);
        }
        if changes.len() > 1 {
            inner.docs.save(&changes)?;
            state.counter = counter;
        }
        Ok(Reply::ok(body))
    })
}

/// `Sforce-Query-Options: batchSize=N` may ask for less, down to 200.
fn page_size(inner: &Inner, call: &Call) -> usize {
    let asked = call
        .headers
        .get("Sforce-Query-Options")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().strip_prefix("batchSize="))
        .and_then(|size| size.parse::<usize>().ok())
        .map_or(inner.page_size, |size| size.clamp(200, 2_000));
    asked.min(inner.page_size).max(1)
}

impl Pages<'_> {
    fn page(&mut self, bound: &Bound, ids: Vec<String>, offset: usize, locator: Option<&str>) -> Value {
        let end = ids.len().min(offset.saturating_add(self.size));
        let rows: Vec<String> = ids.iter().take(end).skip(offset).cloned().collect();
        let state = self.state;
        let base = self.base;
        let mut records = Vec::with_capacity(rows.len());
        for record in rows.iter().filter_map(|id| state.record(id)) {
            records.push(project(state, bound, record, base, &mut |inner, ids| {
                self.page(inner, ids, 0, None)
            }));
        }
        let total = ids.len();
        let mut body = json!({ "totalSize": total, "done": end >= total, "records": records });
        if end < total {
            let id = match locator {
                Some(id) => id.to_owned(),
                None => self.keep(bound, ids),
            };
            if let Some(body) = body.as_object_mut() {
                let url = format!("{base}/query/{id}-{end}");
                body.insert("nextRecordsUrl".to_owned(), Value::String(url));
            }
        }
        body
    }

    fn keep(&mut self, bound: &Bound, ids: Vec<String>) -> String {
        self.counter += 1;
        let id = mint("01g", self.counter);
        let cursor = Cursor {
            text: bound.text.clone(),
            object: bound.object.clone(),
            ids,
            made_at: self.now,
        };
        self.cursors.push((id.clone(), cursor));
        id
    }
}
