//! A deal's facts as CEL values.

use std::sync::Arc;

use cel::Value;
use cel::objects::{Key, Map};

/// The most significant digits that a number with a fraction may have: every decimal of so many digits survives as a double.
pub const NUMBER_DIGITS_MAX: usize = 15;

/// The CEL value of `json`, which is found at `path`.
pub(super) fn value(path: &str, json: &serde_json::Value) -> Result<Value, String> {
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::String(text) => Value::String(Arc::new(text.clone())),
        serde_json::Value::Number(number) => self::number(path, &number.to_string())?,
        serde_json::Value::Array(items) => {
            let items = items.iter().map(|item| value(path, item));
            Value::List(Arc::new(items.collect::<Result<_, _>>()?))
        }
        serde_json::Value::Object(fields) => {
            let entry = |(name, field): (&String, &serde_json::Value)| {
                let inner = value(&format!("{path}.{name}"), field)?;
                Ok((Key::String(Arc::new(name.clone())), inner))
            };
            let map = fields.iter().map(entry).collect::<Result<_, String>>()?;
            Value::Map(Map { map: Arc::new(map) })
        }
    })
}

fn number(path: &str, text: &str) -> Result<Value, String> {
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Value::Int(whole));
    }
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.chars().filter(char::is_ascii_digit);
    let significant = digits.skip_while(|digit| *digit == '0').count();
    match text.parse() {
        Ok(double) if significant <= NUMBER_DIGITS_MAX => Ok(Value::Float(double)),
        _ => Err(format!(
            "{path} has more than {NUMBER_DIGITS_MAX} significant digits, which a rule cannot compare; round it"
        )),
    }
}
