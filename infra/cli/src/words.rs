//! Words that several commands print: counts, instants, amounts, JSON.

use std::fmt::Display;
use std::io::Write;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::error::CliError;

/// Digits between two separators.
const GROUP: usize = 3;

/// `1 case`, `2 cases`: the count with the word for one or for many.
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let word = if count == N::from(1) { one } else { many };
    format!("{count} {word}")
}

/// A view as JSON, on lines of its own.
///
/// # Errors
/// Where it cannot be written.
pub fn as_json<T: Serialize>(view: &T, out: &mut impl Write) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(view).map_err(std::io::Error::from)?;
    writeln!(out, "{text}")?;
    Ok(())
}

/// To the minute. People of a group sit in several time zones, so each time says which one it is in.
pub fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// `-1234567.00` as `-1,234,567.00`.
pub fn grouped(amount: &str) -> String {
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("-", digits));
    let (whole, decimals) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, decimals)| (whole, Some(decimals)));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(GROUP) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(decimals) = decimals {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let rows = [(0_u64, "0 cases"), (1, "1 case"), (2, "2 cases"), (21, "21 cases")];
        for (count, expected) in rows {
            assert_eq!(counted(count, "case", "cases"), expected);
        }
    }

    #[test]
    fn a_time_says_its_zone() {
        assert_eq!(instant(DateTime::UNIX_EPOCH), "1970-01-01 00:00 UTC");
    }

    #[test]
    fn amounts_are_grouped() {
        for (given, wanted) in [
            ("0.00", "0.00"),
            ("-5.10", "-5.10"),
            ("999.00", "999.00"),
            ("1000", "1,000"),
            ("-1234567.89", "-1,234,567.89"),
        ] {
            assert_eq!(grouped(given), wanted);
        }
    }
}
