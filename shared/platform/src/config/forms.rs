//! The forms of single values: currencies, time zones, ids, addresses, names of fields.

use std::str::FromStr;

use super::words::nearest;

/// The currencies that a misspelt one most likely means.
const COMMON_CURRENCIES: [&str; 12] = ["GBP", "EUR", "USD", "AUD", "NZD", "CAD", "CHF", "SEK", "NOK", "DKK", "JPY", "SGD"];
/// Salesforce's key prefix of Organization.
const ORGANISATION_PREFIX: &str = "00D";
/// The letters of the checksum of an 18-character id.
const CHECKSUM_LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
/// The length of an id without its checksum.
const ID_LENGTH_CHARS: usize = 15;

/// The 18-character form of a Salesforce id: for each five characters one more that encodes which of them are capitals.
///
/// `None` where `id` is neither 15 letters and digits nor 18 with the right checksum.
pub fn salesforce_id_18(id: &str) -> Option<String> {
    let plain = id.get(..ID_LENGTH_CHARS)?;
    if !plain.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let letter = |chunk: &[u8]| {
        let capitals = chunk.iter().enumerate().filter(|(_, c)| c.is_ascii_uppercase());
        let index = capitals.fold(0_usize, |bits, (at, _)| bits | 1 << at);
        CHECKSUM_LETTERS.get(index).map(|letter| char::from(*letter))
    };
    let checksum: String = plain.as_bytes().chunks(5).filter_map(letter).collect();
    let whole = format!("{plain}{checksum}");
    (id.len() == ID_LENGTH_CHARS || id == whole).then_some(whole)
}

/// The first 15 characters of an organisation's id, by which it is compared; `None` where the form is wrong.
pub fn organisation_id_15(id: &str) -> Option<&str> {
    salesforce_id_18(id)?;
    id.get(..ID_LENGTH_CHARS).filter(|id| id.starts_with(ORGANISATION_PREFIX))
}

/// Whether `code` is an ISO 4217 currency with minor units.
pub(super) fn is_currency(code: &str) -> bool {
    iso_currency::Currency::from_code(code).is_some_and(|currency| currency.exponent().is_some())
}

/// The known currency nearest to an unknown one.
pub(super) fn nearest_currency(code: &str) -> &'static str {
    nearest(code, COMMON_CURRENCIES).unwrap_or("GBP")
}

/// Whether `name` is a time zone of IANA.
pub(super) fn is_time_zone(name: &str) -> bool {
    chrono_tz::Tz::from_str(name).is_ok()
}

/// The known time zone nearest to an unknown one.
pub(super) fn nearest_time_zone(name: &str) -> &'static str {
    nearest(name, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())).unwrap_or("Europe/London")
}

/// Whether `text` is a UUID with hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// Whether `text` is an API name of a field, with relations (`Product2.Family`) where `path` allows them.
///
/// Names go into queries, so nothing else may be let through.
pub(super) fn is_api_name(text: &str, path: bool) -> bool {
    let name =
        |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (path || !text.contains('.')) && text.split('.').all(name)
}

/// Whether `text` may be our short name of an entity or a person: it becomes part of keys.
pub(super) fn is_short_name(text: &str, length_max_chars: usize) -> bool {
    text.len() <= length_max_chars
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Names of internal networks: secrets would go there instead of to the vendor.
const INTERNAL_SUFFIXES: [&str; 4] = [".internal", ".local", ".lan", ".corp"];

/// What is wrong with a base address, and its remedy.
pub(super) fn address_problem(text: &str) -> Option<(&'static str, &'static str)> {
    let Ok(url) = reqwest::Url::parse(text) else {
        return Some(("is not a web address", "write https:// and the host"));
    };
    let host = url.host_str().unwrap_or_default();
    let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let loopback = host == "localhost" || address.is_some_and(|address| address.is_loopback());
    if host.is_empty() || !matches!(url.scheme(), "https" | "http") {
        Some(("is not a web address", "write https:// and the host"))
    } else if url.scheme() == "http" && !loopback {
        Some((
            "would send secrets unencrypted",
            "write https://; http:// is allowed for this machine only",
        ))
    } else if address.is_some() && !loopback {
        Some(("is an IP address, which may be internal", "write the host's public name"))
    } else if INTERNAL_SUFFIXES
        .iter()
        .any(|suffix| host == suffix.trim_start_matches('.') || host.ends_with(suffix))
    {
        Some(("is an internal name", "write the public name of the host"))
    } else if !url.username().is_empty() || url.password().is_some() {
        Some(("contains a user name or password", "remove it; secrets belong in Secrets Manager"))
    } else if url.query().is_some() || url.fragment().is_some() {
        Some(("has a query or a fragment", "write the base address only"))
    } else if text.ends_with('/') {
        Some(("ends with a slash", "remove the last slash"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_id_is_known_by_its_prefix_and_checksum() {
        let rows = [
            ("00D000000000062", Some("00D000000000062")),
            ("00D000000000062EAA", Some("00D000000000062")),
            ("00D000000000062EAB", None),
            ("00Dx0000000BV7z", Some("00Dx0000000BV7z")),
            ("001D000000IRFma", None),
            ("00D00000000006", None),
            ("00D0000000000-2", None),
            ("", None),
            ("00D0000000000é", None),
        ];
        for (id, expected) in rows {
            assert_eq!(organisation_id_15(id), expected, "{id}");
        }
        // The example of Salesforce's help article 000385585.
        assert_eq!(salesforce_id_18("001D000000IRFma").as_deref(), Some("001D000000IRFmaIAH"));
    }

    #[test]
    fn addresses_are_https_unless_they_are_here() {
        let rows = [
            ("https://api.xero.com", None),
            ("https://api.xero.com/base", None),
            ("http://127.0.0.1:8080", None),
            ("http://localhost:1", None),
            ("http://[::1]:1", None),
            ("http://127.0.0.1.example.com", Some("unencrypted")),
            ("http://example.com", Some("unencrypted")),
            ("https://169.254.169.254", Some("may be internal")),
            ("https://2852039166", Some("may be internal")),
            ("https://0xa9.0xfe.0xa9.0xfe", Some("may be internal")),
            ("https://[::ffff:169.254.169.254]", Some("may be internal")),
            ("https://[fd00:ec2::254]", Some("may be internal")),
            ("https://10.0.0.7:8443/base", Some("may be internal")),
            ("https://0.0.0.0", Some("may be internal")),
            ("https://metadata.google.internal", Some("is an internal name")),
            ("https://internal", Some("is an internal name")),
            ("ftp://example.com", Some("not a web address")),
            ("api.xero.com", Some("not a web address")),
            ("", Some("not a web address")),
            ("https://user:pass@example.com", Some("name or password")),
            ("https://example.com?x=1", Some("query")),
            ("https://example.com/", Some("slash")),
        ];
        for (text, expected) in rows {
            let found = address_problem(text).map(|(problem, _)| problem);
            match expected {
                None => assert_eq!(found, None, "{text}"),
                Some(words) => assert!(found.is_some_and(|found| found.contains(words)), "{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn names_and_codes_have_forms() {
        for (text, good) in [
            ("GBP", true),
            ("JPY", true),
            ("GPB", false),
            ("gbp", false),
            ("QQQ", false),
            ("XAU", false),
            ("", false),
        ] {
            assert_eq!(is_currency(text), good, "currency {text}");
        }
        assert_eq!(nearest_currency("GPB"), "GBP");
        assert_eq!(nearest_time_zone("Europe/Londn"), "Europe/London");
        for (text, good) in [
            ("8a1f2f0e-93ac-4c25-b1b5-7a4d3a3a9f10", true),
            ("8a1f2f0e93ac4c25b1b57a4d3a3a9f10", false),
            ("", false),
        ] {
            assert_eq!(is_uuid(text), good, "uuid {text}");
        }
        for (text, path, good) in [
            ("End_Date__c", false, true),
            ("Product2.Family", true, true),
            ("Product2.Family", false, false),
            ("a b", true, false),
            ("", true, false),
            ("Id FROM User--", true, false),
        ] {
            assert_eq!(is_api_name(text, path), good, "field {text}");
        }
        for (text, good) in [
            ("uk", true),
            ("uk-2", true),
            ("UK", false),
            ("2uk", false),
            ("", false),
            ("a#b", false),
        ] {
            assert_eq!(is_short_name(text, 20), good, "short name {text}");
        }
    }
}
