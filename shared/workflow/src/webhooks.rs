//! Where others knock: verify, put on the queue, answer. Nothing is read or decided here.

mod salesforce;
mod xero;

use tieout_platform::events::{EventError, HeaderFault, HttpAnswer, HttpEvent};

pub use salesforce::SalesforceWebhook;
pub use xero::XeroWebhook;

/// The largest body that is looked at, in bytes; larger ones are answered 413.
pub const BODY_SIZE_MAX_BYTES: usize = 256 * 1024;

const BAD_REQUEST: u16 = 400;
const UNAUTHORISED: u16 = 401;
const METHOD_NOT_ALLOWED: u16 = 405;
const PAYLOAD_TOO_LARGE: u16 = 413;
const UNSUPPORTED_MEDIA_TYPE: u16 = 415;
const UNAVAILABLE: u16 = 503;

/// The request, if it has a form that this webhook looks at: a POST of one of `content_types`, not too large. One that does not say of what type it
/// is (RFC 9110, 8.3, leaves that to the sender) is judged by what is in it.
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
    let is_known = |content_type: &str| {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        content_types.iter().any(|known| essence.eq_ignore_ascii_case(known))
    };
    match request.only_header("content-type") {
        Err(HeaderFault::Missing) => Ok(request),
        Ok(content_type) if is_known(content_type) => Ok(request),
        Ok(_) | Err(HeaderFault::Several) => Err(HttpAnswer::empty(UNSUPPORTED_MEDIA_TYPE)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_post_of_a_known_type_or_of_none_is_looked_at() {
        let types = ["text/xml", "application/xml"];
        for (content_type, status) in [
            (json!("text/xml"), None),
            (json!("text/xml; charset=UTF-8"), None),
            (json!("Application/XML;charset=utf-8"), None),
            (json!(" text/xml ; charset=\"utf-8\""), None),
            (Value::Null, None),
            (json!(""), None),
            (json!("text/xml, text/xml"), Some(UNSUPPORTED_MEDIA_TYPE)),
            (json!("text/plain"), Some(UNSUPPORTED_MEDIA_TYPE)),
            (json!("text/xmlish"), Some(UNSUPPORTED_MEDIA_TYPE)),
            (json!("; text/xml"), Some(UNSUPPORTED_MEDIA_TYPE)),
        ] {
            let event = json!({
                "version": "2.0", "rawPath": "/", "body": "<a/>", "isBase64Encoded": false,
                "headers": {"Content-Type": content_type}, "requestContext": {"stage": "$default", "http": {"method": "POST"}},
            });
            let refused = admit(&event, &types).err().map(|answer| answer.status);
            assert_eq!(refused, status, "{content_type}");
        }
    }
}
