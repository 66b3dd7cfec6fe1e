//! Reading the parameters of a request from its JSON.

use serde_json::{Map, Value};

use super::attributes::AttributeMap;
use super::errors::SqsError;

/// The body of one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters<'a>(pub(super) &'a Value);

impl<'a> Parameters<'a> {
    /// A text, if it is there.
    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A text that must be there.
    pub(super) fn required(self, name: &'static str) -> Result<&'a str, SqsError> {
        self.text(name).ok_or(SqsError::MissingParameter(name))
    }

    /// A whole number, if it is there.
    pub(super) fn number(self, name: &str) -> Result<Option<i64>, SqsError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| SqsError::Serialization(format!("{name} is not a whole number"))),
        }
    }

    /// A list of texts; none if it is absent.
    pub(super) fn list(self, name: &str) -> Vec<String> {
        let items = self.0.get(name).and_then(Value::as_array);
        let items = items.map(Vec::as_slice).unwrap_or_default();
        let texts = items.iter().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    /// Names with texts; empty if it is absent.
    pub(super) fn map(self, name: &str) -> Result<AttributeMap, SqsError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(AttributeMap::new()),
            Some(value) => serde_json::from_value(value.clone()).map_err(|error| SqsError::Serialization(format!("{name}: {error}"))),
        }
    }
}

/// Whether `names` asks for `name`: itself, `All`, or a beginning such as `trace.*`.
pub(super) fn asks_for(names: &[String], name: &str) -> bool {
    names.iter().any(|wanted| {
        wanted == "All"
            || wanted == name
            || wanted
                .strip_suffix(".*")
                .is_some_and(|beginning| beginning.is_empty() || name.starts_with(beginning))
    })
}

/// An object without its members that are null.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept: Map<_, _> = fields.into_iter().filter(|(_, v)| !v.is_null()).collect();
            Value::Object(kept)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_exact_all_or_a_beginning() {
        let check = |wanted: &str, name: &str, expected: bool| {
            assert_eq!(asks_for(&[wanted.to_owned()], name), expected, "{wanted} {name}");
        };
        check("All", "trace.id", true);
        check(".*", "trace.id", true);
        check("trace.*", "trace.id", true);
        check("trace.*", "other", false);
        check("trace.id", "trace.id", true);
        check("trace", "trace.id", false);
    }
}
