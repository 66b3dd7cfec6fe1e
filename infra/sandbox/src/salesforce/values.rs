//! What a field takes and how it is kept: JSON in the form in which the REST interface gives it back.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value};

use super::error::ApiError;
use super::ids::to_18;
use super::schema::{Field, FieldKind};

/// The value as it is kept, or Salesforce's refusal. `null` and the empty text both become null.
pub(super) fn accept(field: &Field, value: &Value) -> Result<Value, ApiError> {
    let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if empty {
        return match field.kind {
            FieldKind::Boolean => Err(unreadable("boolean", value)),
            _ => Ok(Value::Null),
        };
    }
    match &field.kind {
        FieldKind::Text(length) => text(field, value, *length),
        FieldKind::Url => text(field, value, 255),
        FieldKind::Picklist(values) => picked(field, value, values),
        FieldKind::Boolean => value
            .is_boolean()
            .then(|| value.clone())
            .ok_or_else(|| unreadable("boolean", value)),
        FieldKind::Number { precision, scale, name } => number(field, value, *precision, *scale, name),
        FieldKind::Date => parse_as(value, "date", |text| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.to_string())
        }),
        FieldKind::DateTime => parse_as(value, "datetime", |text| parse_instant(text).map(instant_text)),
        FieldKind::Id | FieldKind::Reference(_) => {
            let given = value.as_str().unwrap_or_default();
            let id = to_18(given).ok_or_else(|| {
                let message = format!("{}: id value of incorrect type: {given}", field.name);
                ApiError::record("MALFORMED_ID", message, &[&field.name])
            })?;
            Ok(Value::String(id))
        }
    }
}

/// A decimal as a JSON number that keeps its trailing zeros, rounded half up to `scale` digits.
pub(super) fn number_value(amount: Decimal, scale: u32) -> Value {
    let mut amount = amount.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(scale);
    amount.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

/// The decimal in a JSON number.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}

/// An instant as REST writes it, `2026-11-01T09:00:00.000+0000`: whole seconds, as Salesforce keeps them.
pub(super) fn instant_text(instant: DateTime<Utc>) -> String {
    instant.trunc_subsecs(0).format("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}

/// Reads an instant with `Z`, `+hh:mm` or `+hhmm`.
pub(super) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|instant| instant.with_timezone(&Utc))
}

fn text(field: &Field, value: &Value, length: usize) -> Result<Value, ApiError> {
    let text = value.as_str().ok_or_else(|| unreadable("string", value))?.trim();
    if text.chars().count() > length {
        let message = format!("{}: data value too large: {text} (max length={length})", field.name);
        return Err(ApiError::record("STRING_TOO_LONG", message, &[&field.name]));
    }
    Ok(Value::String(text.to_owned()))
}

fn picked(field: &Field, value: &Value, values: &[String]) -> Result<Value, ApiError> {
    let text = value.as_str().ok_or_else(|| unreadable("string", value))?;
    if values.iter().any(|known| known == text) {
        return Ok(value.clone());
    }
    Err(ApiError::record(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        format!("{}: bad value for restricted picklist field: {text}", field.name),
        &[&field.name],
    ))
}

fn number(field: &Field, value: &Value, precision: u32, scale: u32, name: &str) -> Result<Value, ApiError> {
    let amount = decimal(value).ok_or_else(|| unreadable(name, value))?;
    let bound = 10_i128.checked_pow(precision - scale).map(Decimal::from);
    if bound.is_some_and(|bound| amount.abs() >= bound) {
        let message = format!("{}: value outside of valid range on numeric field: {amount}", field.name);
        return Err(ApiError::record("NUMBER_OUTSIDE_VALID_RANGE", message, &[&field.name]));
    }
    Ok(number_value(amount, scale))
}

fn parse_as(value: &Value, kind: &str, parse: impl Fn(&str) -> Option<String>) -> Result<Value, ApiError> {
    value
        .as_str()
        .and_then(parse)
        .map(Value::String)
        .ok_or_else(|| unreadable(kind, value))
}

fn unreadable(kind: &str, value: &Value) -> ApiError {
    let (token, shown) = match value {
        Value::Null => ("VALUE_NULL", String::new()),
        Value::Bool(flag) => (if *flag { "VALUE_TRUE" } else { "VALUE_FALSE" }, String::new()),
        Value::Number(number) => ("VALUE_NUMBER", number.to_string()),
        Value::String(text) => ("VALUE_STRING", text.clone()),
        Value::Array(_) => ("START_ARRAY", String::new()),
        Value::Object(_) => ("START_OBJECT", String::new()),
    };
    ApiError::call(
        400,
        "JSON_PARSER_ERROR",
        format!(
            "Cannot deserialize instance of {kind} from {token} value {shown} or request may be missing a required field at [line:1, column:1]"
        ),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::salesforce::schema::Schema;

    /// Object, field, what is given, what is kept or why not.
    const ROWS: [(&str, &str, &str, Result<&str, &str>); 16] = [
        ("Opportunity", "Amount", "50000", Ok("50000.00")),
        ("Opportunity", "Amount", r#""0.125""#, Ok("0.13")),
        ("Opportunity", "Amount", "1E+3", Ok("1000.00")),
        ("Opportunity", "Amount", r#""x""#, Err("JSON_PARSER_ERROR")),
        ("Opportunity", "Amount", "true", Err("JSON_PARSER_ERROR")),
        ("Opportunity", "Amount", "10000000000000000", Err("NUMBER_OUTSIDE_VALID_RANGE")),
        ("Opportunity", "Amount", r#""""#, Ok("null")),
        ("OpportunityLineItem", "Quantity", "1", Ok("1.00")),
        ("Opportunity", "CloseDate", r#""2026-02-28""#, Ok(r#""2026-02-28""#)),
        ("Opportunity", "CloseDate", r#""2026-02-30""#, Err("JSON_PARSER_ERROR")),
        ("Opportunity", "Name", r#""LONG""#, Err("STRING_TOO_LONG")),
        ("Opportunity", "Name", "1", Err("JSON_PARSER_ERROR")),
        (
            "Opportunity",
            "StageName",
            r#""Nowhere""#,
            Err("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ),
        ("Opportunity", "AccountId", r#""001ak00000OKNPH""#, Ok(r#""001ak00000OKNPHAA5""#)),
        ("Opportunity", "AccountId", r#""nobody""#, Err("MALFORMED_ID")),
        ("Product2", "IsActive", "null", Err("JSON_PARSER_ERROR")),
    ];

    #[test]
    fn values_are_kept_in_their_form_or_refused() {
        let schema = Schema::new(None, &[]);
        for (object, field, given, wanted) in ROWS {
            let given = serde_json::from_str::<Value>(&given.replace("LONG", &"x".repeat(121))).unwrap();
            let field = schema.object(object).unwrap().field(field).unwrap();
            let got = accept(field, &given).map(|value| value.to_string());
            assert_eq!(got.as_deref().map_err(|error| error.code), wanted, "{} <- {given}", field.name);
        }
    }

    #[test]
    fn instants_lose_their_fraction() {
        let instant = parse_instant("2026-11-01T10:00:00.999+0100").unwrap();
        assert_eq!(instant_text(instant), "2026-11-01T09:00:00.000+0000");
    }
}
