//! Small readings of vendors' JSON.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

/// The text of a field; empty where there is none.
pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A number, written as a number or as a text.
pub fn decimal(value: &Value, field: &str) -> Option<Decimal> {
    match value.get(field)? {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// An amount in cents; the group's currencies all have two decimals.
pub fn cents(value: &Value, field: &str) -> i64 {
    decimal(value, field).map_or(0, to_cents)
}

/// An amount in cents, half a cent away from zero.
pub fn to_cents(amount: Decimal) -> i64 {
    let hundredfold = amount.saturating_mul(Decimal::ONE_HUNDRED);
    let whole = hundredfold.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    whole.to_string().parse().unwrap_or(i64::MAX)
}

/// A whole number, however it is written.
pub fn number(value: &Value, field: &str) -> i64 {
    decimal(value, field)
        .and_then(|number| number.trunc().to_string().parse().ok())
        .unwrap_or(0)
}

/// The list of a field; empty where there is none.
pub fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Milliseconds since 1970 of Xero's `/Date(1552521600000+0000)/`.
pub fn ticks_ms(value: &Value, field: &str) -> Option<i64> {
    let inner = text(value, field).strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner.char_indices().skip(1).find(|(_, character)| ['+', '-'].contains(character));
    inner.get(..end.map_or(inner.len(), |(index, _)| index))?.parse().ok()
}

/// The day of Xero's date, or of an ISO one.
pub fn day(value: &Value, field: &str) -> Option<NaiveDate> {
    if let Some(milliseconds) = ticks_ms(value, field) {
        return Some(DateTime::<Utc>::from_timestamp_millis(milliseconds)?.date_naive());
    }
    text(value, field).get(..10)?.parse().ok()
}

/// An instant of the table: RFC 3339.
pub fn instant(value: &Value, field: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text(value, field)).ok()?.to_utc())
}

/// JSON inside a text.
pub fn inner(value: &Value, field: &str) -> Value {
    serde_json::from_str(text(value, field)).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn vendors_ways_of_writing_are_understood() {
        let value = json!({"amount": "12.345", "ticks": "/Date(1552521600000+0000)/", "short": "/Date(1552521600000)/", "iso": "2019-03-14T00:00:00"});
        assert_eq!(cents(&value, "amount"), 1_235);
        assert_eq!(ticks_ms(&value, "short"), Some(1_552_521_600_000));
        for field in ["ticks", "short", "iso"] {
            assert_eq!(day(&value, field), NaiveDate::from_ymd_opt(2019, 3, 14), "{field}");
        }
        assert_eq!(cents(&json!({"amount": -0.005}), "amount"), -1);
    }
}
