//! The query string of a list: paging, `order`, ids, `If-Modified-Since`; the `where` clause lies in `filter`.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDateTime, Utc};
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::filter::{self, Filter};
use super::reply::{Reply, envelope};
use super::wire;

/// Records of a page where the caller names no size.
pub(super) const PAGE_SIZE_DEFAULT: usize = 100;
/// The largest page.
pub(super) const PAGE_SIZE_MAX: usize = 1_000;

/// A parsed query string with the header that lists know.
#[derive(Debug, Default)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    modified_since: Option<DateTime<Utc>>,
}

impl Query {
    pub(super) fn new(query: Option<&str>, headers: &HeaderMap) -> Self {
        let since = headers.get("if-modified-since").and_then(|value| value.to_str().ok());
        Self {
            pairs: pairs(query.unwrap_or_default()),
            modified_since: since.and_then(parse_since),
        }
    }

    /// A parameter; Xero does not mind the case of its name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A list with commas.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let text = self.get(name)?;
        Some(text.split(',').map(|part| part.trim().to_owned()).collect())
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// `unitdp=4` keeps four places of unit amounts; anything else two.
    pub(super) fn unit_places(&self) -> u32 {
        if self.is("unitdp", "4") { 4 } else { 2 }
    }

    pub(super) fn is_paged(&self) -> bool {
        self.get("page").is_some()
    }

    pub(super) fn asks_for_status(&self) -> bool {
        self.get("Statuses").is_some() || self.get("where").is_some_and(|clause| clause.contains("Status"))
    }

    /// Filters, sorts and pages records (each with the instant of its last change), and answers.
    ///
    /// A refusal is a `where` or a page that cannot be understood.
    pub(super) fn answer(&self, name: &str, records: Vec<(DateTime<Utc>, Value)>, now: DateTime<Utc>) -> Reply {
        let filter = match self.get("where").map(filter::parse).transpose() {
            Ok(filter) => filter,
            Err(message) => return Reply::refused(16, "QueryParseException", &message),
        };
        let mut kept: Vec<Value> = records
            .into_iter()
            .filter(|(updated, _)| self.is_news(*updated))
            .map(|(_, record)| record)
            .filter(|record| filter.as_ref().is_none_or(|filter: &Filter| filter.matches(record)))
            .collect();
        if let Some(order) = self.get("order") {
            sort(&mut kept, order);
        }
        let Some(page) = self.get("page") else {
            return Reply::records(name, kept, now);
        };
        let page: usize = page.parse().ok().filter(|page| *page > 0).unwrap_or(1);
        let size = self.get("pageSize").and_then(|size| size.parse().ok());
        let size: usize = size.unwrap_or(PAGE_SIZE_DEFAULT).clamp(1, PAGE_SIZE_MAX);
        let count = kept.len();
        let shown: Vec<Value> = kept.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        let mut body = envelope(name, Value::Array(shown), now);
        if let Some(map) = body.as_object_mut() {
            let pagination = json!({"page": page, "pageSize": size, "pageCount": count.div_ceil(size), "itemCount": count});
            map.insert("pagination".to_owned(), pagination);
        }
        Reply::json(200, &body)
    }

    /// The header has seconds, so a change within its second counts as news.
    fn is_news(&self, updated: DateTime<Utc>) -> bool {
        self.modified_since.is_none_or(|since| updated.timestamp() >= since.timestamp())
    }
}

/// RFC 1123 as HTTP wants it, or the ISO form that Xero's own SDKs send.
fn parse_since(text: &str) -> Option<DateTime<Utc>> {
    let http_date = DateTime::parse_from_rfc2822(text).map(|at| at.to_utc());
    let offset = || DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    let plain = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc());
    http_date.or_else(|_| offset()).or_else(|_| plain()).ok()
}

/// `Date DESC, InvoiceNumber`: fields of the record as it is shown.
fn sort(records: &mut [Value], order: &str) {
    let keys: Vec<(&str, bool)> = order
        .split(',')
        .map(|part| {
            let mut words = part.split_whitespace();
            let field = words.next().unwrap_or_default();
            let descending = words.next().is_some_and(|word| word.eq_ignore_ascii_case("DESC"));
            (field, descending)
        })
        .collect();
    records.sort_by(|left, right| {
        keys.iter()
            .map(|(field, descending)| {
                let ordering = compare(filter::at(left, field), filter::at(right, field));
                if *descending { ordering.reverse() } else { ordering }
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}

fn compare(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    let rank = |value: Option<&Value>| match value {
        Some(Value::String(text)) => (wire::parse_instant(text), None, text.to_lowercase()),
        Some(Value::Number(number)) => (None, number.to_string().parse::<rust_decimal::Decimal>().ok(), String::new()),
        Some(other) => (None, None, other.to_string()),
        None => (None, None, String::new()),
    };
    rank(left).cmp(&rank(right))
}

/// The pairs of a form or query string, decoded.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(key), decoded(value))
        })
        .collect()
}

/// Percent-decoding with `+` for a space; a broken escape stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digits = [ahead.next().unwrap_or_default(), ahead.next().unwrap_or_default()];
                let code = std::str::from_utf8(&digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                match code {
                    Some(code) => {
                        bytes.push(code);
                        rest = ahead;
                    }
                    None => bytes.push(byte),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Puts `fields` into an object; used to add what only some replies hold.
pub(super) fn extend(value: &mut Value, fields: Value) {
    if let (Some(map), Value::Object(more)) = (value.as_object_mut(), fields) {
        let more: Map<String, Value> = more;
        map.extend(more);
    }
}
