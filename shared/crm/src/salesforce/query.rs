//! SOQL: literals and field lists, and all pages of a result.

use chrono::{DateTime, SecondsFormat, Utc};
use http::{Method, StatusCode};
use serde_json::Value;

use super::Salesforce;
use super::web::encoded;
use crate::error::{Call, CrmError};
use crate::ids::RecordId;

/// The most pages of one query, of up to 2,000 records each.
pub const PAGES_MAX: usize = 200;
/// The longest address of a next page, in characters.
const NEXT_LENGTH_MAX: usize = 300;

/// A literal in single quotes. Everything that could end it is escaped (SOQL reference, "Quoted string escape sequences").
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for character in text.chars() {
        match character {
            '\'' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            character if character.is_control() => out.push(' '),
            character => out.push(character),
        }
    }
    out.push('\'');
    out
}

/// An id as a literal.
pub(super) fn id_literal(id: &RecordId) -> String {
    quoted(id.as_str())
}

/// An instant as a literal, in whole seconds, rounded down.
pub(super) fn instant_literal(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The fields of a `SELECT`, each once: Salesforce refuses doubles. Empty names are passed over.
pub(super) fn field_list<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut list: Vec<&str> = Vec::new();
    for field in fields {
        if !field.is_empty() && !list.iter().any(|other| other.eq_ignore_ascii_case(field)) {
            list.push(field);
        }
    }
    list.join(", ")
}

/// One page of records.
pub(super) struct Page {
    pub(super) records: Vec<Value>,
    /// The path of the next page, checked.
    pub(super) next: Option<String>,
}

impl Page {
    /// Reads `{records, done, nextRecordsUrl}`, of a query or of the children in a record.
    pub(super) fn read(call: Call, answer: Value) -> Result<Self, CrmError> {
        let unreadable = |reason| CrmError::unreadable(call, StatusCode::OK, reason);
        let Value::Object(mut answer) = answer else {
            return Err(unreadable("it is not a page of records"));
        };
        let Some(Value::Array(records)) = answer.remove("records") else {
            return Err(unreadable("it has no records"));
        };
        let done = answer
            .get("done")
            .and_then(Value::as_bool)
            .ok_or_else(|| unreadable("it has no done flag"))?;
        let next = match (done, answer.get("nextRecordsUrl").and_then(Value::as_str)) {
            (true, _) => None,
            (false, Some(path)) if is_next_path(path) => Some(path.to_owned()),
            (false, Some(_)) => return Err(unreadable("the address of its next page is not valid")),
            (false, None) => return Err(unreadable("it is not done and has no next page")),
        };
        Ok(Self { records, next })
    }
}

/// A path under `/services/data/` that cannot lead elsewhere: no host, no `..`, no query.
fn is_next_path(path: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    path.len() <= NEXT_LENGTH_MAX
        && path.starts_with("/services/data/")
        && path.bytes().all(allowed)
        && !path.contains("//")
        && !path.contains("..")
}

impl Salesforce {
    /// The first page of a query; records in the recycle bin are not in it.
    pub(super) async fn first_page(&self, call: Call, soql: &str) -> Result<Page, CrmError> {
        self.first_page_of("query", call, soql).await
    }

    /// The first page of a query, records in the recycle bin among them.
    pub(super) async fn first_page_with_deleted(&self, call: Call, soql: &str) -> Result<Page, CrmError> {
        self.first_page_of("queryAll", call, soql).await
    }

    async fn first_page_of(&self, resource: &str, call: Call, soql: &str) -> Result<Page, CrmError> {
        let path = format!("{}/{resource}?q={}", self.address.data, encoded(soql));
        let answer = self.call(call, Method::GET, &path, None).await?;
        Page::read(call, answer)
    }

    /// All records from `page` on, at most `records_max` of them.
    pub(super) async fn all_records(&self, call: Call, page: Page, what: &'static str, records_max: usize) -> Result<Vec<Value>, CrmError> {
        let too_many = |limit| CrmError::TooMany { call, what, limit };
        let Page { mut records, mut next } = page;
        let mut pages = 1;
        while let Some(path) = next.take() {
            pages += 1;
            if pages > PAGES_MAX {
                return Err(too_many(records.len()));
            }
            let answer = self.call(call, Method::GET, &path, None).await?;
            let page = Page::read(call, answer)?;
            records.extend(page.records);
            next = page.next;
            if records.len() > records_max {
                return Err(too_many(records_max));
            }
        }
        Ok(records)
    }
}
