//! `…/sobjects/…`: one record.

use serde_json::{Map, Value, json};

use axum::http::Method;

use super::data::{Call, Reply, body_object};
use crate::salesforce::error::ApiError;
use crate::salesforce::ids::to_18;
use crate::salesforce::inner::Inner;
use crate::salesforce::record::Record;
use crate::salesforce::schema::{Access, FieldKind, SObject};
use crate::salesforce::work::Work;

/// What an upsert came to.
pub(super) enum Upserted {
    Created(String),
    Updated(String),
    /// Several records have the value.
    Ambiguous(Vec<String>),
}

pub(super) fn object<'a>(inner: &'a Inner, name: &str) -> Result<&'a SObject, ApiError> {
    inner.schema.object(name).ok_or_else(ApiError::not_found)
}

pub(super) fn describe(inner: &Inner, name: &str) -> Result<Reply, ApiError> {
    let object = object(inner, name)?;
    let fields: Vec<Value> = object
        .fields
        .iter()
        .map(|field| {
            let (kind, length, precision, scale) = match &field.kind {
                FieldKind::Id => ("id", 18, 0, 0),
                FieldKind::Reference(_) => ("reference", 18, 0, 0),
                FieldKind::Text(length) => ("string", *length, 0, 0),
                FieldKind::Url => ("url", 255, 0, 0),
                FieldKind::Picklist(_) => ("picklist", 255, 0, 0),
                FieldKind::Boolean => ("boolean", 0, 0, 0),
                FieldKind::Number { precision, scale, name } => (*name, 0, *precision, *scale),
                FieldKind::Date => ("date", 0, 0, 0),
                FieldKind::DateTime => ("datetime", 0, 0, 0),
            };
            json!({
                "name": field.name, "type": kind, "length": length, "precision": precision, "scale": scale,
                "nillable": !field.required && field.kind != FieldKind::Boolean, "custom": field.name.ends_with("__c"),
                "createable": field.access != Access::ReadOnly, "updateable": field.access == Access::Write,
                "externalId": field.external_id,
            })
        })
        .collect();
    Ok(Reply::ok(
        json!({ "name": object.name, "keyPrefix": object.prefix, "fields": fields }),
    ))
}

pub(super) async fn create(inner: &Inner, call: &Call, name: &str) -> Result<Reply, ApiError> {
    let object = object(inner, name)?;
    let given = body_object(call)?;
    let held = inner.hold(&ids_in(&given)).await;
    let id = inner.write(&held, |work| work.create(object, &given))?;
    Ok(Reply {
        status: 201,
        body: Some(json!({ "id": id, "success": true, "errors": [] })),
    })
}

pub(super) async fn by_id(inner: &Inner, call: &Call, name: &str, id: &str) -> Result<Reply, ApiError> {
    let object = object(inner, name)?;
    if call.method == Method::GET {
        return read(inner, call, object, id);
    }
    let given = match call.method == Method::PATCH {
        true => Some(body_object(call)?),
        false => None,
    };
    let held = inner.hold(&to_18(id).into_iter().collect::<Vec<_>>()).await;
    inner.write(&held, |work| {
        let id = work.live(object, id)?;
        match &given {
            Some(given) => work.update(object, &id, given),
            None => work.delete(&id),
        }
    })?;
    Ok(Reply::no_content())
}

pub(super) async fn by_external_id(inner: &Inner, call: &Call, name: &str, field: &str, value: &str) -> Result<Reply, ApiError> {
    let object = object(inner, name)?;
    if call.method == Method::GET {
        let field = external_id(object, field)?;
        let found = inner.by_hand(|work| Ok(work.by_external_id(object, &field, value)))?;
        return match found.as_slice() {
            [] => Err(ApiError::not_found()),
            [id] => read(inner, call, object, id),
            many => Ok(choices(call, object, many)),
        };
    }
    let given = body_object(call)?;
    let held = inner.hold(&[]).await;
    let done = inner.write(&held, |work| upsert(work, object, field, value, &given))?;
    let (status, id, created) = match done {
        Upserted::Ambiguous(many) => return Ok(choices(call, object, &many)),
        Upserted::Created(id) => (201, id, true),
        Upserted::Updated(id) => (200, id, false),
    };
    Ok(Reply {
        status,
        body: Some(json!({ "id": id, "success": true, "errors": [], "created": created })),
    })
}

/// Updates the record whose external id has this value, or makes it.
pub(super) fn upsert(
    work: &mut Work<'_>,
    object: &SObject,
    field: &str,
    value: &str,
    given: &Map<String, Value>,
) -> Result<Upserted, ApiError> {
    if field.eq_ignore_ascii_case("Id") {
        let id = work.live(object, value)?;
        work.update(object, &id, given)?;
        return Ok(Upserted::Updated(id));
    }
    let field = external_id(object, field)?;
    if given.keys().any(|key| key.eq_ignore_ascii_case(&field)) {
        let message = format!("The {field} field should not be specified in the sobject data.");
        return Err(ApiError::record("INVALID_FIELD", message, &[&field]));
    }
    let mut found = work.by_external_id(object, &field, value);
    if found.len() > 1 {
        return Ok(Upserted::Ambiguous(found));
    }
    match found.pop() {
        Some(id) => {
            work.update(object, &id, given)?;
            Ok(Upserted::Updated(id))
        }
        None => {
            let mut given = given.clone();
            given.insert(field, Value::String(value.to_owned()));
            Ok(Upserted::Created(work.create(object, &given)?))
        }
    }
}

fn external_id(object: &SObject, name: &str) -> Result<String, ApiError> {
    let field = object.field(name).filter(|field| field.external_id);
    field.map(|field| field.name.clone()).ok_or_else(|| {
        let message = format!("Provided external ID field does not exist or is not accessible: {name}");
        ApiError::call(404, "NOT_FOUND", message)
    })
}

fn choices(call: &Call, object: &SObject, ids: &[String]) -> Reply {
    let urls = ids
        .iter()
        .map(|id| Value::String(format!("{}/sobjects/{}/{id}", call.base, object.name)));
    Reply {
        status: 300,
        body: Some(urls.collect()),
    }
}

fn read(inner: &Inner, call: &Call, object: &SObject, id: &str) -> Result<Reply, ApiError> {
    let record = inner.by_hand(|work| {
        let id = work.live(object, id)?;
        work.record(&id).cloned().ok_or_else(ApiError::not_found)
    })?;
    let wanted = call
        .parameters
        .get("fields")
        .map(|names| names.split(',').map(str::trim).collect::<Vec<_>>());
    let names = match wanted {
        None => object.fields.iter().map(|field| field.name.clone()).collect(),
        Some(names) => names
            .into_iter()
            .map(|name| {
                let field = object.field(name).ok_or_else(|| ApiError::no_column(name, object.name))?;
                Ok(field.name.clone())
            })
            .collect::<Result<Vec<_>, ApiError>>()?,
    };
    Ok(Reply::ok(shown(call, &record, &names)))
}

fn shown(call: &Call, record: &Record, names: &[String]) -> Value {
    let url = format!("{}/sobjects/{}/{}", call.base, record.object, record.id);
    let mut body = Map::new();
    body.insert("attributes".to_owned(), json!({ "type": record.object, "url": url }));
    for name in names {
        body.insert(name.clone(), record.get(name).clone());
    }
    Value::Object(body)
}

/// Records whose account a new record will lock.
fn ids_in(given: &Map<String, Value>) -> Vec<String> {
    ["AccountId", "OpportunityId"]
        .iter()
        .filter_map(|name| to_18(given.get(*name)?.as_str()?))
        .collect()
}
