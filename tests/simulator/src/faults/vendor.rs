//! What Salesforce and Xero say when they will not.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};

use crate::dice::Dice;
use crate::faults::Trouble;

const PAGE: &str = "<!DOCTYPE html><html><head><title>Down for Maintenance</title></head><body><h1>We are down.</h1></body></html>";
/// The longest wait that a 429 asks for, in seconds.
const RETRY_AFTER_MAX_S: u64 = 120;

/// An answer of a vendor that did nothing.
pub(crate) fn vendor_refusal(trouble: Trouble, dice: &mut Dice, is_xero: bool) -> Response<Bytes> {
    match trouble {
        Trouble::Throttled if is_xero => too_many(dice),
        Trouble::Throttled => salesforce(dice),
        Trouble::Html => {
            let status = *dice.pick(&[200, 502, 503]).unwrap_or(&502);
            let mut response = answer(status, PAGE);
            put(&mut response, "content-type", "text/html");
            response
        }
        _ => answer(
            *dice.pick(&[500, 502, 503, 504]).unwrap_or(&500),
            dice.pick(&["", "oops", "{}"]).copied().unwrap_or_default(),
        ),
    }
}

/// The four limits of Xero, with `Retry-After` or without.
fn too_many(dice: &mut Dice) -> Response<Bytes> {
    let kind = dice
        .weighed(&[(4, "minute"), (3, "concurrent"), (3, "appminute"), (1, "day")])
        .unwrap_or("minute");
    let mut response = answer(429, "");
    put(&mut response, "x-rate-limit-problem", kind);
    if kind != "concurrent" && dice.chance(800) {
        let wait = dice.between(1, RETRY_AFTER_MAX_S);
        put(&mut response, "retry-after", &wait.to_string());
    }
    response
}

/// The limits and locks of Salesforce.
fn salesforce(dice: &mut Dice) -> Response<Bytes> {
    let limit = r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
    let lock = r#"[{"message":"unable to obtain exclusive access to this record","errorCode":"UNABLE_TO_LOCK_ROW","fields":[]}]"#;
    let (status, body) = *dice.pick(&[(403, limit), (400, lock), (500, lock)]).unwrap_or(&(403, limit));
    let mut response = answer(status, body);
    put(&mut response, "content-type", "application/json;charset=UTF-8");
    response
}

fn put(response: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn answer(status: u16, body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}
