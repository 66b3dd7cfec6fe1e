//! Where others knock: verify, put on the queue, answer. Nothing is read or decided here.

mod salesforce;
mod xero;

use tieout_platform::events::{EventError, HttpAnswer, HttpEvent};

pub use salesforce::SalesforceDoor;
pub use xero::XeroDoor;

/// The largest body that is looked at, in bytes; larger ones are answered 413.
pub const BODY_SIZE_MAX_BYTES: usize = 256 * 1024;

const BAD_REQUEST: u16 = 400;
const UNAUTHORISED: u16 = 401;
const METHOD_NOT_ALLOWED: u16 = 405;
const PAYLOAD_TOO_LARGE: u16 = 413;
const UNSUPPORTED_MEDIA_TYPE: u16 = 415;
const UNAVAILABLE: u16 = 503;

/// The request, if it has a form that this door looks at: a POST of one of `content_types`, not too large.
fn admit(event: &serde_json::Value, content_types: &[&str]) -> Result<HttpEvent, HttpAnswer> {
    let request = HttpEvent::parse(event, BODY_SIZE_MAX_BYTES).map_err(|error| {
        HttpAnswer::empty(match error {
            EventError::TooLarge { .. } => PAYLOAD_TOO_LARGE,
            EventError::Base64 | EventError::Form { .. } => BAD_REQUEST,
        })
    })?;
    if request.method != "POST" {
        return Err(HttpAnswer::empty(METHOD_NOT_ALLOWED));
    }
    let content_type = request.only_header("content-type").unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !content_types.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Err(HttpAnswer::empty(UNSUPPORTED_MEDIA_TYPE));
    }
    Ok(request)
}
