//! Addresses: paths, queries and Xero's `where` language, each part encoded so that no value becomes syntax.

use chrono::{Datelike, NaiveDate};

/// Records a page. Xero takes up to 1,000; with 100 no page of documents comes near the largest answer that we read.
pub const PAGE_SIZE: u32 = 100;
/// The most pages of one list.
pub const PAGES_MAX: u32 = 200;

/// Joins `base`, a path that is built by us and a query whose values are encoded here.
pub(super) fn address(base: &str, path: &str, query: &[(&'static str, String)]) -> String {
    let mut address = format!("{}/api.xro/2.0/{path}", base.trim_end_matches('/'));
    for (index, (name, value)) in query.iter().enumerate() {
        address.push(if index == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        address.push_str(&encode(value));
    }
    address
}

/// Percent-encodes all but letters, digits and `-._~` (RFC 3986, 2.3).
pub(super) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// `field=="value"`; `None` where the value holds a quote or a backslash, for which the language has no dependable escape.
pub(super) fn equals(field: &str, value: &str) -> Option<String> {
    let has_syntax = value.contains(['"', '\\']) || value.chars().any(char::is_control);
    (!has_syntax).then(|| format!("{field}==\"{value}\""))
}

/// `field==DateTime(y, m, d)`.
pub(super) fn on_date(field: &str, date: NaiveDate) -> String {
    format!("{field}==DateTime({}, {}, {})", date.year(), date.month(), date.day())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn no_value_becomes_syntax() {
        let query = [("where", "Name==\"A&B é\"".to_owned()), ("page", "1".to_owned())];
        assert_eq!(
            address("https://api.xero.com/", "Contacts", &query),
            "https://api.xero.com/api.xro/2.0/Contacts?where=Name%3D%3D%22A%26B%20%C3%A9%22&page=1"
        );
        for (value, fits) in [
            ("O'Neill & Söhne", true),
            ("a\" OR Name!=\"", false),
            ("a\\", false),
            ("a\nb", false),
        ] {
            assert_eq!(equals("Name", value).is_some(), fits, "{value}");
        }
    }
}
