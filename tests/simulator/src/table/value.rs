//! Attribute values: compared and shown.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// The type and the content of a value.
pub(super) fn parts(value: &Value) -> Option<(&str, &Value)> {
    let (kind, content) = value.as_object()?.iter().next()?;
    Some((kind, content))
}

/// A number's value.
pub(super) fn number(value: &Value) -> Option<Decimal> {
    let (kind, content) = parts(value)?;
    content.as_str().filter(|_| kind == "N")?.parse().ok()
}

/// How two values of one type stand to each other; none for two types, or for types that have no order.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    let ((left_kind, left_content), (right_kind, right_content)) = (parts(left)?, parts(right)?);
    if left_kind != right_kind {
        return None;
    }
    match left_kind {
        "N" => Some(number(left)?.cmp(&number(right)?)),
        "S" => Some(left_content.as_str()?.as_bytes().cmp(right_content.as_str()?.as_bytes())),
        _ if left_content == right_content => Some(Ordering::Equal),
        _ => None,
    }
}

/// A value as plain JSON.
pub(super) fn plain(value: &Value) -> Value {
    let Some((kind, content)) = parts(value) else {
        return value.clone();
    };
    match (kind, content) {
        ("N", Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| content.clone()),
        ("NULL", _) => Value::Null,
        ("L", Value::Array(list)) => list.iter().map(plain).collect(),
        ("M", Value::Object(map)) => {
            let fields = map.iter().map(|(name, value)| (name.clone(), plain(value)));
            Value::Object(fields.collect::<Map<String, Value>>())
        }
        _ => content.clone(),
    }
}

/// A value as the service keeps it: numbers without zeros at their end.
pub(super) fn kept(value: &Value) -> Value {
    match parts(value) {
        Some(("N", _)) => number(value).map_or_else(|| value.clone(), |number| json!({ "N": number.normalize().to_string() })),
        Some(("L", Value::Array(list))) => json!({ "L": list.iter().map(kept).collect::<Vec<_>>() }),
        Some(("M", Value::Object(map))) => {
            let fields = map.iter().map(|(name, value)| (name.clone(), kept(value)));
            json!({ "M": fields.collect::<Map<String, Value>>() })
        }
        _ => value.clone(),
    }
}
