//! Xero's dates: `/Date(1552521600000+0000)/` and several kinds of ISO 8601, with and without a zone, with 0 to 9 fraction digits.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// What lies outside is not a date of a book, and too near to the bounds of what can be computed with.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9_999;

/// An instant; a text without a zone is UTC, as all of Xero's `…UTC` fields are.
pub(crate) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    if let Some((instant, _)) = parse_ticks(text) {
        return Some(instant);
    }
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.with_timezone(&Utc));
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|instant| instant.and_utc())
}

/// A calendar date: the day that the text names, whatever the reader's zone.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    if let Some((instant, offset)) = parse_ticks(text) {
        let day = instant.with_timezone(&offset).date_naive();
        return YEARS.contains(&day.year()).then_some(day);
    }
    let text = text.trim();
    let day = text.get(..10)?;
    let rest = text.get(10..)?;
    let is_date = rest.is_empty() || rest.starts_with('T') || rest.starts_with(' ');
    is_date.then(|| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()).flatten()
}

/// The form that `If-Modified-Since` takes: UTC, seconds.
pub(super) fn modified_since(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// `/Date(milliseconds[+hhmm])/`: the milliseconds are UTC, the offset says which day was meant.
fn parse_ticks(text: &str) -> Option<(DateTime<Utc>, FixedOffset)> {
    let inner = text.trim().strip_prefix("/Date(")?.strip_suffix(")/")?;
    // A first '-' belongs to the milliseconds of a date before 1970.
    let sign = inner.char_indices().skip(1).find(|(_, character)| matches!(character, '+' | '-'));
    let (milliseconds, offset) = match sign {
        Some((at, _)) => inner.split_at(at),
        None => (inner, "+0000"),
    };
    let instant = DateTime::from_timestamp_millis(milliseconds.parse().ok()?)?;
    if !YEARS.contains(&instant.year()) {
        return None;
    }
    Some((instant, parse_offset(offset)?))
}

fn parse_offset(text: &str) -> Option<FixedOffset> {
    let digits = text.get(1..)?;
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..)?.parse().ok()?;
    let seconds = TimeDelta::minutes(hours * 60 + minutes).num_seconds();
    let signed = if text.starts_with('-') { -seconds } else { seconds };
    FixedOffset::east_opt(i32::try_from(signed).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_all_forms() {
        for (text, expected) in [
            ("/Date(1573755038314)/", Some("2019-11-14T18:10:38.314+00:00")),
            ("/Date(1573755038314+0000)/", Some("2019-11-14T18:10:38.314+00:00")),
            ("/Date(1573755038314+1300)/", Some("2019-11-14T18:10:38.314+00:00")),
            ("/Date(-86400000)/", Some("1969-12-31T00:00:00+00:00")),
            ("2019-11-14 18:10:38+00:00", Some("2019-11-14T18:10:38+00:00")),
            ("2017-06-21T01:15:39.902", Some("2017-06-21T01:15:39.902+00:00")),
            ("2025-12-02T00:44:10.1", Some("2025-12-02T00:44:10.100+00:00")),
            ("2018-02-09T09:19:05.06Z", Some("2018-02-09T09:19:05.060+00:00")),
            ("2018-02-09T09:19:05", Some("2018-02-09T09:19:05+00:00")),
            ("/Date(99999999999999999)/", None),
            ("/Date(8210266876799999)/", None),
            ("/Date(x)/", None),
            ("yesterday", None),
            ("", None),
        ] {
            let read = parse_instant(text).map(|instant| instant.to_rfc3339());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn dates_are_the_day_that_was_meant() {
        for (text, expected) in [
            ("/Date(1552521600000+0000)/", Some("2019-03-14")),
            ("/Date(1552474800000+1300)/", Some("2019-03-14")),
            ("2019-03-14", Some("2019-03-14")),
            ("2019-03-14T00:00:00", Some("2019-03-14")),
            ("/Date(8210266876799999+1300)/", None),
            ("/Date(253402300799999+1400)/", None),
            ("2019-03-14x", None),
            ("2019-02-30", None),
            ("/Date(1552521600000+00é)/", None),
            ("ééééé", None),
        ] {
            let read = parse_date(text).map(|date| date.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
