//! Percent-encoding and `Retry-After`.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::RETRY_AFTER;

/// The longest accepted wait, in seconds.
pub(super) const RETRY_AFTER_MAX_S: u64 = 24 * 60 * 60;

/// Percent-encodes all but RFC 3986's unreserved characters; valid in a query and in a form.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3), at most a day.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = DateTime::parse_from_rfc2822(text).ok()?;
            u64::try_from((at.to_utc() - now).num_seconds()).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_MAX_S)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_encoded() {
        let rows = [("a-._~Z9", "a-._~Z9"), ("a b&c=d+e/é", "a%20b%26c%3Dd%2Be%2F%C3%A9"), ("", "")];
        for (text, wanted) in rows {
            assert_eq!(encoded(text), wanted);
        }
    }

    #[test]
    fn waits_are_read_in_both_forms() {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let rows = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999", Some(RETRY_AFTER_MAX_S)),
            ("Sun, 22 Nov 2026 10:01:30 GMT", Some(90)),
            ("Sun, 22 Nov 2026 09:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ];
        for (text, wanted) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            assert_eq!(retry_after(&headers, now).map(|wait| wait.as_secs()), wanted, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
