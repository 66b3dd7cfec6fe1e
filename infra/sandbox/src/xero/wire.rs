//! Xero's JSON: `/Date(…+0000)/`, decimals as numbers with two places, and fields read by hand from what a caller sent.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Number, Value};

/// Ties go up, away from zero (`docs/vendors/xero.md`).
pub(super) fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// The largest number that is taken from a caller, so that no product of two overflows: ten thousand million.
const NUMBER_MAX: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0);

/// Within what the sandbox computes with.
pub(super) fn is_in_bounds(number: &Decimal) -> bool {
    number.abs() <= NUMBER_MAX
}

/// An amount of money as a JSON number with two places.
pub(super) fn money(value: Decimal) -> Value {
    number(value, 2)
}

/// A JSON number with at least `places` places.
pub(super) fn number(value: Decimal, places: u32) -> Value {
    let mut shown = value.normalize();
    if shown.scale() < places {
        shown.rescale(places);
    }
    // A decimal always reads as a JSON number.
    shown.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

/// `/Date(1552521600000+0000)/`.
pub(super) fn instant(at: DateTime<Utc>) -> Value {
    Value::String(format!("/Date({}+0000)/", at.timestamp_millis()))
}

/// A day in the same form, at midnight.
pub(super) fn day(date: NaiveDate) -> Value {
    instant(Utc.from_utc_datetime(&date.and_time(NaiveTime::MIN)))
}

/// `2019-03-12T00:00:00`, of the `…String` fields.
pub(super) fn day_text(date: NaiveDate) -> Value {
    Value::String(format!("{date}T00:00:00"))
}

/// The date of `2026-01-31`, `2026-01-31T00:00:00` or `/Date(1552521600000+0000)/`.
pub(super) fn parse_day(text: &str) -> Option<NaiveDate> {
    if let Some(at) = parse_instant(text) {
        return Some(at.date_naive());
    }
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}

/// The instant of `/Date(1552521600000+0000)/`.
pub(super) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let digits = inner.split_once('+').map_or(inner, |(digits, _)| digits);
    DateTime::from_timestamp_millis(digits.parse().ok()?)
}

/// Xero leaves out what is null, at every depth.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// The object that a caller sent, field by field; a field of the wrong type is noted as a message.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(|map| Self { map })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn object(&self, name: &str) -> Option<Fields<'a>> {
        self.value(name).and_then(Fields::of)
    }

    pub(super) fn list(&self, name: &str) -> Option<&'a Vec<Value>> {
        self.value(name).and_then(Value::as_array)
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.value(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name).and_then(Value::as_bool)
    }

    /// A number, or a text that holds one, as the real one forgives.
    pub(super) fn decimal(&self, name: &str, errors: &mut Vec<String>) -> Option<Decimal> {
        let value = self.value(name)?;
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => String::new(),
        };
        let parsed = text.parse().or_else(|_| Decimal::from_scientific(&text));
        let usable = parsed.ok().filter(is_in_bounds);
        if usable.is_none() {
            errors.push(format!("{name} is not a valid number"));
        }
        usable
    }

    pub(super) fn date(&self, name: &str, errors: &mut Vec<String>) -> Option<NaiveDate> {
        let value = self.value(name)?;
        let parsed = value.as_str().and_then(parse_day);
        if parsed.is_none() {
            errors.push(format!("{name} is not a valid date"));
        }
        parsed
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_xero_writes_them() {
        for (value, places, shown) in [
            ("10", 2, "10.00"),
            ("10.5", 2, "10.50"),
            ("0.0612", 4, "0.0612"),
            ("1", 0, "1"),
            ("1.2500", 0, "1.25"),
        ] {
            let value: Decimal = value.parse().unwrap();
            assert_eq!(number(value, places).to_string(), shown);
        }
    }

    #[test]
    fn the_bound_is_ten_thousand_million() {
        assert!(is_in_bounds(&"-10000000000".parse().unwrap()));
        assert!(!is_in_bounds(&"10000000000.01".parse().unwrap()));
    }

    #[test]
    fn dates_are_read_in_each_form() {
        let wanted = NaiveDate::from_ymd_opt(2019, 3, 14);
        for text in [
            "2019-03-14",
            "2019-03-14T10:00:00",
            "/Date(1552521600000+0000)/",
            "/Date(1552521600000)/",
        ] {
            assert_eq!(parse_day(text), wanted, "{text}");
        }
        for text in ["14/03/2019", "", "/Date(x)/", "2019-3-14"] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }
}
