//! Numbers of a deal: text while it is serialised, JSON numbers in the facts that rules see.

use serde::Serializer;
use serde_json::{Number, Value};

/// The fields that hold numbers.
const FIELDS: [&str; 7] = [
    "amount",
    "quantity",
    "unit_price",
    "total_price",
    "discount",
    "term_months",
    "sort_order",
];

/// Makes JSON numbers of the texts in number fields, of the deal and of its lines.
pub(super) fn from_text(facts: &mut Value) {
    match facts {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if FIELDS.contains(&name.as_str()) => {
                        if let Ok(number) = serde_json::from_str::<Number>(text) {
                            *value = Value::Number(number);
                        }
                    }
                    value => from_text(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(from_text),
        _ => {}
    }
}

/// Writes `7` as `"7"`, nothing as `null`.
#[expect(clippy::ref_option, reason = "the form that serde asks for")]
pub(super) fn as_text<S: Serializer>(number: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => serializer.collect_str(number),
        None => serializer.serialize_none(),
    }
}
