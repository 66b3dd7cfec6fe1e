//! What an answer means: the one place where Xero's statuses and error bodies become classes.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;
use tieout_platform::http::{Response, TransportError};
use tieout_platform::vendor::Feedback;

use crate::error::{LedgerError, Throttle, bounded};

/// How long to stay away where a 429 does not say: "too many at once" ends with the next answer.
const CONCURRENT_WAIT_S: u64 = 1;
/// The same for the other bounds, which are counted by the minute.
const MINUTE_WAIT_S: u64 = 60;
/// No `Retry-After` is believed beyond a day.
const RETRY_AFTER_MAX_S: u64 = 86_400;
/// Words by which Xero says that a number or name is taken (`docs/vendors/xero.md`).
const TAKEN_WORDS: [&str; 2] = ["must be unique", "already assigned"];

/// Whether a call may have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

/// The body of a good answer; `None` where a read found nothing (404), or nothing new (304).
pub(super) fn judge(what: &'static str, kind: Kind, response: Response) -> Result<Option<Bytes>, LedgerError> {
    let status = response.status().as_u16();
    let words = || words(response.body());
    match status {
        200..=299 => return Ok(Some(response.into_body())),
        304 | 404 if kind == Kind::Read => return Ok(None),
        400 => return Err(bad_request(what, words())),
        401 | 403 => {
            return Err(LedgerError::NotAllowed {
                what,
                status,
                words: words(),
            });
        }
        429 => return Err(throttled(what, response.headers())),
        408 | 500..=599 => {}
        _ => {
            return Err(LedgerError::Refused {
                what,
                status,
                words: words(),
            });
        }
    }
    if kind == Kind::Read || (status == 503 && says_offline(response.body())) {
        return Err(LedgerError::Unavailable {
            what,
            status: Some(status),
            after: retry_after(response.headers()),
            source: None,
        });
    }
    Err(LedgerError::OutcomeUnknown {
        what,
        problem: format!("HTTP {status}"),
        source: None,
    })
}

/// What the absence of an answer means.
pub(super) fn unanswered(what: &'static str, kind: Kind, source: TransportError) -> LedgerError {
    match (kind, &source) {
        (Kind::Read, _) | (Kind::Write, TransportError::NotSent { .. }) => LedgerError::Unavailable {
            what,
            status: None,
            after: None,
            source: Some(source),
        },
        (Kind::Write, _) => LedgerError::OutcomeUnknown {
            what,
            problem: "no whole answer".to_owned(),
            source: Some(source),
        },
    }
}

/// The JSON of a good answer. HTML or cut-off JSON is a bad connection for a read, and says nothing about a write.
pub(super) fn json(what: &'static str, kind: Kind, body: &[u8]) -> Result<Value, LedgerError> {
    serde_json::from_slice(body).map_err(|error| match kind {
        Kind::Read => LedgerError::Unavailable {
            what,
            status: Some(200),
            after: None,
            source: None,
        },
        Kind::Write => LedgerError::OutcomeUnknown {
            what,
            problem: format!("the answer is not JSON at line {}, column {}", error.line(), error.column()),
            source: None,
        },
    })
}

/// An answer that is JSON but not what we need.
pub(super) fn misfit(what: &'static str, kind: Kind, problem: String) -> LedgerError {
    match kind {
        Kind::Read => LedgerError::Malformed { what, problem },
        Kind::Write => LedgerError::OutcomeUnknown {
            what,
            problem,
            source: None,
        },
    }
}

/// The written record out of `list`, with Xero's remarks. `id_field` tells a refused record, which has no id, from one that is there;
/// `None` for records without one.
///
/// With `summarizeErrors=false` a refusal comes with HTTP 200 (`docs/vendors/xero.md`).
pub(super) fn written(what: &'static str, body: &[u8], list: &str, id_field: Option<&str>) -> Result<(Value, Vec<String>), LedgerError> {
    let mut value = json(what, Kind::Write, body)?;
    let item = value.get_mut(list).and_then(|items| items.get_mut(0)).map(Value::take);
    let item = item.ok_or_else(|| misfit(what, Kind::Write, format!("the answer has no {list}")))?;
    let errors = messages(&item, "ValidationErrors");
    let id = id_field.and_then(|field| item.get(field)).and_then(Value::as_str);
    let has_id = id.is_some_and(|id| !is_nil(id));
    let status = item.get("StatusAttributeString").and_then(Value::as_str).unwrap_or("OK");
    if status == "ERROR" && has_id {
        return Err(misfit(
            what,
            Kind::Write,
            format!("an error for a record with an id: {}", bounded(&errors.join("; "))),
        ));
    }
    if status == "ERROR" || (id_field.is_some() && !has_id) {
        return Err(bad_request(what, bounded(&errors.join("; "))));
    }
    let mut remarks = messages(&item, "Warnings");
    remarks.extend(errors);
    Ok((item, remarks))
}

/// Whether a 401 may be the token's fault, which a new one removes: too old, revoked, or not said at all. `AuthorizationUnsuccessful`
/// is not: the scopes would be the same (`docs/vendors/xero.md`).
pub(super) fn refuses_token(response: &Response) -> bool {
    response.status().as_u16() == 401 && !words(response.body()).to_ascii_lowercase().contains("authorizationunsuccessful")
}

/// What an answer tells about the quota.
pub(super) fn feedback(response: &Response) -> Feedback {
    let number = |name: &str| header(response.headers(), name).and_then(|text| text.parse().ok());
    let is_throttled = response.status().as_u16() == 429;
    Feedback {
        minute_remaining: number("x-minlimit-remaining"),
        day_remaining: number("x-daylimit-remaining"),
        retry_after: is_throttled.then(|| throttle(response.headers()).1),
    }
}

/// `Retry-After` in seconds, at most a day.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = header(headers, "retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_MAX_S)))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn throttled(what: &'static str, headers: &HeaderMap) -> LedgerError {
    let (problem, after) = throttle(headers);
    LedgerError::Throttled { what, after, problem }
}

fn throttle(headers: &HeaderMap) -> (Throttle, Duration) {
    let named = header(headers, "x-rate-limit-problem").unwrap_or_default().to_ascii_lowercase();
    let problem = match named.as_str() {
        "minute" => Throttle::Minute,
        "day" | "daily" => Throttle::Day,
        "concurrent" => Throttle::Concurrent,
        "appminute" => Throttle::AppMinute,
        _ => Throttle::Other,
    };
    let default_s = if problem == Throttle::Concurrent {
        CONCURRENT_WAIT_S
    } else {
        MINUTE_WAIT_S
    };
    (problem, retry_after(headers).unwrap_or(Duration::from_secs(default_s)))
}

fn bad_request(what: &'static str, words: String) -> LedgerError {
    let small = words.to_lowercase();
    if small.contains("idempotency") && small.contains("used with a different request") {
        LedgerError::KeyUsedDifferently { what, words }
    } else if TAKEN_WORDS.iter().any(|taken| small.contains(taken)) {
        LedgerError::AlreadyThere { what, words }
    } else {
        LedgerError::Refused { what, status: 400, words }
    }
}

fn says_offline(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    text.contains("organisation")
        && ["offline", "unavailable", "cannot be connected"]
            .iter()
            .any(|word| text.contains(word))
}

/// Xero's words in an error body of any of its forms; nothing of a body that is not JSON, which a proxy may have written.
fn words(body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return "no words that can be read".to_owned();
    };
    let elements = value.get("Elements").and_then(Value::as_array);
    let found: Vec<String> = elements
        .into_iter()
        .flatten()
        .flat_map(|element| messages(element, "ValidationErrors"))
        .collect();
    if !found.is_empty() {
        return bounded(&found.join("; "));
    }
    let names = ["Detail", "detail", "Message", "message", "Title", "title"];
    let text = names.iter().find_map(|name| value.get(name).and_then(Value::as_str));
    bounded(text.unwrap_or("no words that can be read"))
}

fn messages(item: &Value, name: &str) -> Vec<String> {
    let list = item.get(name).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|entry| entry.get("Message").and_then(Value::as_str))
        .map(bounded)
        .collect()
}

fn is_nil(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0' || byte == b'-')
}
