//! Answers as they come: what is good, and what a bad one means.
//!
//! Codes count more than statuses: `UNABLE_TO_LOCK_ROW` comes with 200, 400 and 500 (`docs/vendors/salesforce.md`).

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::Value;
use tieout_platform::failure::Class;
use tieout_platform::http::Response;

use super::web::retry_after;
use crate::error::{Call, CrmError, MESSAGE_LENGTH_MAX};

/// How long we stay away where the day's quota is used up and no time is named, in seconds; the quota is of 24 rolling hours.
pub const QUOTA_WAIT_S: u64 = 15 * 60;
/// How long we stay away after 429, or with too many calls at once, where no time is named, in seconds.
pub const BUSY_WAIT_S: u64 = 60;

/// The token is invalid or has expired.
const INVALID_SESSION: &str = "INVALID_SESSION_ID";

/// The JSON of a good answer, or what the bad one means.
pub(super) fn read_answer(call: Call, response: &Response, now: DateTime<Utc>) -> Result<Value, CrmError> {
    let status = response.status();
    if status.is_redirection() {
        return Err(CrmError::Unreadable {
            call,
            status: status.as_u16(),
            reason: "it is a redirect; set salesforce.url to the organisation's current My Domain",
            class: Class::Permanent,
        });
    }
    let after = retry_after(response.headers(), now);
    let parsed = serde_json::from_slice::<Value>(response.body());
    match parsed {
        Ok(value) if status.is_success() => Ok(value),
        Ok(value) => Err(refusal(call, status, &value, after)),
        Err(_) if status == StatusCode::TOO_MANY_REQUESTS => Err(refusal(call, status, &Value::Null, after)),
        Err(_) => Err(CrmError::Unreadable {
            call,
            status: status.as_u16(),
            reason: "it is not JSON",
            class: call.ambiguous(after),
        }),
    }
}

/// Whether the token was refused: by status 401, or by the code under another status.
pub(super) fn refuses_token(response: &Response) -> bool {
    let status = response.status();
    let has_code = || {
        let body = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
        let first = body.get(0).unwrap_or(&body);
        first.get("errorCode").and_then(Value::as_str) == Some(INVALID_SESSION)
    };
    status == StatusCode::UNAUTHORIZED || (status.is_client_error() && has_code())
}

/// What a refusal means: `[{errorCode, message, fields?}]`, or `{statusCode, message, fields}` of one record in a
/// collection, or `{error, error_description}` of the token service.
pub(super) fn refusal(call: Call, status: StatusCode, body: &Value, after: Option<Duration>) -> CrmError {
    let first = body.get(0).unwrap_or(body);
    let text = |names: [&str; 3]| names.iter().find_map(|name| first.get(*name)?.as_str()).unwrap_or_default();
    let code = shortened(text(["errorCode", "statusCode", "error"]));
    let message = shortened(text(["message", "error_description", "error"]));
    let fields = first.get("fields").and_then(Value::as_array);
    let fields = fields.map(|fields| fields.iter().filter_map(Value::as_str).map(shortened).collect());
    let status_code = status.as_u16();
    if let Some(default_s) = throttled_s(status, &code, &message) {
        let after = after.unwrap_or(Duration::from_secs(default_s));
        return CrmError::Throttled { call, after, message };
    }
    let class = class_of(call, status, &code, &message, after);
    if class == Class::Permanent && (call == Call::Login || is_denied(status, &code)) {
        return CrmError::Denied {
            call,
            status: status_code,
            code,
            message,
        };
    }
    CrmError::Refused {
        call,
        status: status_code,
        code,
        message,
        fields: fields.unwrap_or_default(),
        class,
    }
}

/// How long to stay away from a quota that is used up; `None` where it is not about quotas.
fn throttled_s(status: StatusCode, code: &str, message: &str) -> Option<u64> {
    match code {
        "REQUEST_LIMIT_EXCEEDED" if message.contains("Concurrent") => Some(BUSY_WAIT_S),
        "REQUEST_LIMIT_EXCEEDED" => Some(QUOTA_WAIT_S),
        "invalid_grant" if message.contains("rate exceeded") => Some(QUOTA_WAIT_S),
        _ if status == StatusCode::TOO_MANY_REQUESTS && !is_locked(code, message) => Some(BUSY_WAIT_S),
        _ => None,
    }
}

/// A trigger that met the lock is reported under its own code, with this one in its words.
fn is_locked(code: &str, message: &str) -> bool {
    code == "UNABLE_TO_LOCK_ROW" || message.contains("UNABLE_TO_LOCK_ROW")
}

/// Whether a right is missing: by the status, or by the code of one record in a collection.
fn is_denied(status: StatusCode, code: &str) -> bool {
    status == StatusCode::FORBIDDEN || code.starts_with("INSUFFICIENT_ACCESS")
}

fn class_of(call: Call, status: StatusCode, code: &str, message: &str, after: Option<Duration>) -> Class {
    if is_locked(code, message) {
        return Class::Transient { after };
    }
    match code {
        // Refused with a token that is seconds old, or an expired cursor: start over.
        INVALID_SESSION | "INVALID_QUERY_LOCATOR" | "API_CURRENTLY_DISABLED" => return Class::Transient { after },
        "QUERY_TIMEOUT" | "REQUEST_RUNNING_TOO_LONG" | "server_error" | "temporarily_unavailable" | "unknown_error" => {
            return call.ambiguous(after);
        }
        // One record of a collection: not written.
        "UNKNOWN_EXCEPTION" if status.is_success() => return Class::Transient { after },
        _ => {}
    }
    match status.as_u16() {
        401 if call != Call::Login => Class::Transient { after },
        408 | 500..=599 => call.ambiguous(after),
        _ => Class::Permanent,
    }
}

fn shortened(text: &str) -> String {
    let printable = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    printable.take(MESSAGE_LENGTH_MAX).collect()
}
