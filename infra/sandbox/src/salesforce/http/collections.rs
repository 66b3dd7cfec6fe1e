//! `…/composite/sobjects`: up to 200 records at once, each with its own outcome in an answer that is 200 whatever they are.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::data::{Call, Reply, body_object};
use super::records::{Upserted, object, upsert as upsert_one};
use crate::salesforce::error::ApiError;
use crate::salesforce::ids::to_18;
use crate::salesforce::inner::Inner;
use crate::salesforce::schema::SObject;
use crate::salesforce::work::Work;

/// The most records of one call.
const RECORDS_LIMIT: usize = 200;
const ROLLED_BACK: &str = "Record rolled back because not all records were valid and the request was using AllOrNone header";

/// One record's outcome: its id and whether an upsert made it.
type Done = Result<(String, Option<bool>), ApiError>;

/// `POST` makes records, `PATCH` changes them by id.
pub(super) async fn write(inner: &Inner, call: &Call) -> Result<Reply, ApiError> {
    let (records, all_or_none) = request(call)?;
    let creating = call.method == Method::POST;
    let mut seen = BTreeSet::new();
    every(inner, &records, all_or_none, |work, record| {
        let object = typed(inner, record)?;
        if creating {
            return Ok((work.create(object, record)?, None));
        }
        let (id, rest) = without_id(record)?;
        let id = work.live(object, &id).map_err(|error| match error.code {
            // Among records there is no resource to miss: the id is what is wrong.
            "NOT_FOUND" => ApiError::record("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[]),
            _ => error,
        })?;
        if !seen.insert(id.clone()) {
            let message = format!("duplicate id specified: {id}");
            return Err(ApiError::record("DUPLICATE_VALUE", message, &["Id"]));
        }
        work.update(object, &id, &rest)?;
        Ok((id, None))
    })
    .await
}

/// `PATCH …/composite/sobjects/<Object>/<external id>`.
pub(super) async fn upsert(inner: &Inner, call: &Call, name: &str, field: &str) -> Result<Reply, ApiError> {
    let (records, all_or_none) = request(call)?;
    let target = object(inner, name)?;
    every(inner, &records, all_or_none, |work, record| {
        if typed(inner, record)?.name != target.name {
            let message = format!("The record's type must be {}", target.name);
            return Err(ApiError::record("INVALID_TYPE", message, &[]));
        }
        let key = record.keys().find(|key| key.eq_ignore_ascii_case(field)).cloned();
        let value = key.as_ref().and_then(|key| record.get(key)).and_then(Value::as_str);
        let value = value.ok_or_else(|| ApiError::record("MISSING_ARGUMENT", format!("{field} not specified"), &[field]))?;
        let mut rest = record.clone();
        rest.retain(|name, _| Some(name) != key.as_ref());
        match upsert_one(work, target, field, value, &rest)? {
            Upserted::Created(id) => Ok((id, Some(true))),
            Upserted::Updated(id) => Ok((id, Some(false))),
            Upserted::Ambiguous(_) => {
                let message = format!("{field}: more than one record found for external id field");
                Err(ApiError::record("DUPLICATE_EXTERNAL_ID", message, &[field]))
            }
        }
    })
    .await
}

async fn every(
    inner: &Inner,
    records: &[Map<String, Value>],
    all_or_none: bool,
    mut one: impl FnMut(&mut Work<'_>, &Map<String, Value>) -> Done,
) -> Result<Reply, ApiError> {
    let ids: Vec<String> = records.iter().filter_map(|record| to_18(&without_id(record).ok()?.0)).collect();
    let held = inner.hold(&ids).await;
    let outcomes = inner.write(&held, |work| {
        let begin = work.mark();
        let mut outcomes: Vec<Done> = Vec::with_capacity(records.len());
        for record in records {
            let mark = work.mark();
            let done = one(work, record);
            if done.is_err() {
                work.roll_back(mark);
            }
            outcomes.push(done);
        }
        if all_or_none && outcomes.iter().any(Result::is_err) {
            work.roll_back(begin);
            for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
                *outcome = Err(ApiError::record("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK, &[]));
            }
        }
        Ok(outcomes)
    })?;
    Ok(Reply::ok(outcomes.iter().map(shown).collect()))
}

fn shown(outcome: &Done) -> Value {
    match outcome {
        Ok((id, None)) => json!({ "id": id, "success": true, "errors": [] }),
        Ok((id, Some(created))) => {
            json!({ "id": id, "success": true, "errors": [], "created": created })
        }
        Err(error) => json!({ "success": false, "errors": [error.in_collection()] }),
    }
}

fn request(call: &Call) -> Result<(Vec<Map<String, Value>>, bool), ApiError> {
    let mut body = body_object(call)?;
    let all_or_none = match body.remove("allOrNone") {
        None => false,
        Some(Value::Bool(flag)) => flag,
        Some(_) => {
            return Err(ApiError::call(
                400,
                "JSON_PARSER_ERROR",
                "allOrNone must be a boolean at [line:1, column:1]",
            ));
        }
    };
    let Some(Value::Array(given)) = body.remove("records") else {
        return Err(ApiError::call(400, "MISSING_ARGUMENT", "records not specified"));
    };
    if given.len() > RECORDS_LIMIT {
        let message = format!(
            "The maximum number of records allowed is {RECORDS_LIMIT}, but {} were given",
            given.len()
        );
        return Err(ApiError::call(400, "LIMIT_EXCEEDED", message));
    }
    let records = given
        .into_iter()
        .map(|record| match record {
            Value::Object(members) => Ok(members),
            _ => Err(ApiError::call(
                400,
                "JSON_PARSER_ERROR",
                "Each record must be an object at [line:1, column:1]",
            )),
        })
        .collect::<Result<_, _>>()?;
    Ok((records, all_or_none))
}

fn typed<'a>(inner: &'a Inner, record: &Map<String, Value>) -> Result<&'a SObject, ApiError> {
    let name = record
        .get("attributes")
        .and_then(|attributes| attributes.get("type"))
        .and_then(Value::as_str)
        .ok_or_else(|| ApiError::record("INVALID_TYPE", "Must specify a type attribute for each sobject", &[]))?;
    let unknown = || ApiError::record("INVALID_TYPE", format!("sObject type '{name}' is not supported."), &[]);
    inner.schema.object(name).ok_or_else(unknown)
}

fn without_id(record: &Map<String, Value>) -> Result<(String, Map<String, Value>), ApiError> {
    let key = record.keys().find(|key| key.eq_ignore_ascii_case("id"));
    let id = key.and_then(|key| record.get(key)).and_then(Value::as_str);
    let missing = || ApiError::record("MISSING_ARGUMENT", "Id not specified in an update call", &["Id"]);
    let id = id.ok_or_else(missing)?.to_owned();
    let mut rest = record.clone();
    rest.retain(|name, _| !name.eq_ignore_ascii_case("id"));
    Ok((id, rest))
}
