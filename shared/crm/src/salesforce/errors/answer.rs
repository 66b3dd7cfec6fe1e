//! Answers as they come: what is good, and what a bad one means by its code and status.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::Value;
use tieout_platform::failure::Class;
use tieout_platform::http::Response;

use super::super::web::retry_after;
use super::{BUSY_WAIT_S, Call, CrmError, MESSAGE_LENGTH_MAX, QUOTA_WAIT_S};

/// By its code Salesforce says that a token is none, or no longer one.
const INVALID_SESSION: &str = "INVALID_SESSION_ID";

/// The JSON of a good answer, or what the bad one means.
pub(in crate::salesforce) fn read_answer(call: Call, response: &Response, now: DateTime<Utc>) -> Result<Value, CrmError> {
    let status = response.status();
    if status.is_redirection() {
        return Err(CrmError::Unreadable {
            call,
            status: status.as_u16(),
            reason: "it points elsewhere; give the organisation's present address as salesforce.url",
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
            reason: "it is not the JSON that belongs there",
            class: call.ambiguous(after),
        }),
    }
}

/// Whether the token is refused: by the status, or by the code under another one.
pub(in crate::salesforce) fn refuses_token(response: &Response) -> bool {
    let status = response.status();
    let says_so = || {
        let body = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
        let first = body.get(0).unwrap_or(&body);
        first.get("errorCode").and_then(Value::as_str) == Some(INVALID_SESSION)
    };
    status == StatusCode::UNAUTHORIZED || (status.is_client_error() && says_so())
}

/// What a refusal means: `[{errorCode, message, fields?}]`, or `{statusCode, message, fields}` of one record in a
/// collection, or `{error, error_description}` of the token service.
pub(in crate::salesforce) fn refusal(call: Call, status: StatusCode, body: &Value, after: Option<Duration>) -> CrmError {
    let first = body.get(0).unwrap_or(body);
    let text = |names: [&str; 3]| names.iter().find_map(|name| first.get(*name)?.as_str()).unwrap_or_default();
    let code = shortened(text(["errorCode", "statusCode", "error"]));
    let message = shortened(text(["message", "error_description", "error"]));
    let fields = first.get("fields").and_then(Value::as_array);
    let fields = fields.map(|fields| fields.iter().filter_map(Value::as_str).map(shortened).collect());
    let class = class_of(call, status, &code, &message, after);
    CrmError::Refused {
        call,
        status: status.as_u16(),
        code,
        message,
        fields: fields.unwrap_or_default(),
        class,
    }
}

fn class_of(call: Call, status: StatusCode, code: &str, message: &str, after: Option<Duration>) -> Class {
    let wait = |default_s: u64| Class::Transient {
        after: after.or(Some(Duration::from_secs(default_s))),
    };
    // A trigger that met the lock is reported under its own code, with this one in its words.
    if code == "UNABLE_TO_LOCK_ROW" || message.contains("UNABLE_TO_LOCK_ROW") {
        return Class::Transient { after };
    }
    match code {
        "REQUEST_LIMIT_EXCEEDED" if message.contains("Concurrent") => return wait(BUSY_WAIT_S),
        "REQUEST_LIMIT_EXCEEDED" => return wait(QUOTA_WAIT_S),
        "invalid_grant" if message.contains("rate exceeded") => return wait(QUOTA_WAIT_S),
        // The second time in a row, for a token that is seconds old; or a cursor that ended: begin again.
        INVALID_SESSION | "INVALID_QUERY_LOCATOR" | "API_CURRENTLY_DISABLED" => return Class::Transient { after },
        "QUERY_TIMEOUT" | "REQUEST_RUNNING_TOO_LONG" | "server_error" | "temporarily_unavailable" | "unknown_error" => {
            return call.ambiguous(after);
        }
        // Of one record in a collection: it was not written.
        "UNKNOWN_EXCEPTION" if status.is_success() => return Class::Transient { after },
        _ => {}
    }
    match status.as_u16() {
        401 if call != Call::Login => Class::Transient { after },
        429 => wait(BUSY_WAIT_S),
        408 | 500..=599 => call.ambiguous(after),
        _ => Class::Permanent,
    }
}

fn shortened(text: &str) -> String {
    let printable = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    printable.take(MESSAGE_LENGTH_MAX).collect()
}
