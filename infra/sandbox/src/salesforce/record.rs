//! A record and how it is kept.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::values::decimal;

/// A record: its fields by API name, as REST gives them; a missing field is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) object: String,
    pub(super) fields: Map<String, Value>,
    pub(super) deleted: bool,
}

impl Record {
    /// The field, null when it was never set.
    pub(super) fn get(&self, field: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.fields.get(field).unwrap_or(&NULL)
    }

    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.get(field).as_str()
    }

    pub(super) fn decimal(&self, field: &str) -> Option<Decimal> {
        decimal(self.get(field))
    }

    pub(super) fn is(&self, field: &str) -> bool {
        self.get(field).as_bool().unwrap_or(false)
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }
}
