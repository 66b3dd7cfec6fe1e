//! The fields of one write: known, allowed, of the right kind, and none missing.

use serde_json::{Map, Value};

use super::{Actor, Work};
use crate::salesforce::error::ApiError;
use crate::salesforce::record::Record;
use crate::salesforce::schema::{Access, Field, FieldKind, SObject};
use crate::salesforce::values::accept;

/// Booleans are never null; the owner is who makes the record; a currency is the corporate one, which the schema lists first.
pub(super) fn default_all(object: &SObject, record: &mut Record, user: &str) {
    for field in &object.fields {
        match (&field.kind, field.name.as_str()) {
            (FieldKind::Boolean, name) => record.set(name, name == "IsActive"),
            (FieldKind::Picklist(values), "CurrencyIsoCode") => {
                record.set("CurrencyIsoCode", values.first().cloned().unwrap_or_default());
            }
            (FieldKind::Reference(_), "OwnerId") => record.set("OwnerId", user),
            _ => {}
        }
    }
}

/// Writes what was given into the record, or refuses all of it.
pub(super) fn write(
    work: &Work<'_>,
    object: &SObject,
    record: &mut Record,
    given: &Map<String, Value>,
    creating: bool,
) -> Result<(), ApiError> {
    let mut forbidden = Vec::new();
    for (name, value) in given {
        if name == "attributes" {
            continue;
        }
        let field = object.field(name).ok_or_else(|| ApiError::no_column(name, object.name))?;
        if field.kind == FieldKind::Id && work.actor == Actor::Caller {
            let message = "The Id field should not be specified in the sobject data.";
            return Err(ApiError::record("INVALID_FIELD", message, &["Id"]));
        }
        let allowed = match field.access {
            Access::Write => true,
            Access::Create => creating,
            Access::ReadOnly => false,
        };
        if !allowed && work.actor == Actor::Caller {
            forbidden.push(field.name.as_str());
            continue;
        }
        let value = accept(field, value)?;
        refers(work, field, &value)?;
        record.set(&field.name, value);
    }
    if !forbidden.is_empty() {
        let message = format!(
            "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
            forbidden.join(", ")
        );
        return Err(ApiError::record("INVALID_FIELD_FOR_INSERT_UPDATE", message, &forbidden));
    }
    complete(object, record)
}

fn complete(object: &SObject, record: &Record) -> Result<(), ApiError> {
    let missing: Vec<&str> = object
        .fields
        .iter()
        .filter(|field| field.required && record.get(&field.name).is_null())
        .map(|field| field.name.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Required fields are missing: [{}]", missing.join(", "));
    Err(ApiError::record("REQUIRED_FIELD_MISSING", message, &missing))
}

/// A lookup leads to a live record of its object.
fn refers(work: &Work<'_>, field: &Field, value: &Value) -> Result<(), ApiError> {
    let (FieldKind::Reference(to), Some(id)) = (&field.kind, value.as_str()) else {
        return Ok(());
    };
    let prefix = work.schema.object(to).map(|object| object.prefix).unwrap_or_default();
    if !id.starts_with(prefix) {
        let message = format!("{}: id value of incorrect type: {id}", field.name);
        return Err(ApiError::record("FIELD_INTEGRITY_EXCEPTION", message, &[&field.name]));
    }
    match work.record(id) {
        Some(found) if !found.deleted => Ok(()),
        _ => Err(ApiError::record(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            &[&field.name],
        )),
    }
}
