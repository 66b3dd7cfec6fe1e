//! `/_sandbox/…`: the sandbox's own hand, for a person with curl.
//!
//! `POST accounts`, `POST opportunities`, `POST opportunities/ID/lines | close-won | reopen`, `GET opportunities/ID/written-back`,
//! `GET records/OBJECT`, `GET | PATCH | DELETE record/ID`, `GET status`, `POST faults`, `POST deliver`.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::salesforce::error::ApiError;
use crate::salesforce::faults::{Calls, Fault};
use crate::salesforce::{NewAccount, NewLine, NewOpportunity, Salesforce};

type Body<T> = Result<Json<T>, JsonRejection>;
type Answer = Result<Json<Value>, ApiError>;

pub(super) fn router(salesforce: Salesforce) -> Router {
    Router::new()
        .route("/accounts", post(add_account))
        .route("/opportunities", post(add_opportunity))
        .route("/opportunities/{id}/lines", post(add_line))
        .route("/opportunities/{id}/written-back", get(written_back))
        .route("/opportunities/{id}/{act}", post(act))
        .route("/records/{object}", get(list))
        .route("/record/{id}", get(record).patch(edit).delete(delete))
        .route("/status", get(status))
        .route("/faults", post(faults))
        .route("/deliver", post(deliver))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .with_state(salesforce)
}

/// What can be made to go wrong; absent members change nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Trouble {
    outage: Option<bool>,
    lose_messages: Option<u32>,
    double_messages: Option<u32>,
    lock_rows: Option<LockRows>,
    fail_next: Option<FailNext>,
    expire_tokens: bool,
    clear: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockRows {
    account: Option<String>,
    calls: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailNext {
    calls: u32,
    fault: Fault,
    of: Option<Calls>,
}

fn given<T: DeserializeOwned>(body: Body<T>) -> Result<T, ApiError> {
    match body {
        Ok(Json(given)) => Ok(given),
        Err(error) => Err(ApiError::call(400, "JSON_PARSER_ERROR", error.body_text())),
    }
}

async fn add_account(State(salesforce): State<Salesforce>, body: Body<NewAccount>) -> Answer {
    Ok(Json(json!({ "id": salesforce.add_account(given(body)?)? })))
}

async fn add_opportunity(State(salesforce): State<Salesforce>, body: Body<NewOpportunity>) -> Answer {
    let added = salesforce.add_opportunity(given(body)?)?;
    Ok(Json(json!({ "id": added.id, "line_ids": added.line_ids })))
}

async fn add_line(State(salesforce): State<Salesforce>, Path(id): Path<String>, body: Body<NewLine>) -> Answer {
    Ok(Json(json!({ "id": salesforce.add_line(&id, &given(body)?)? })))
}

async fn act(State(salesforce): State<Salesforce>, Path((id, act)): Path<(String, String)>) -> Answer {
    match act.as_str() {
        "close-won" => salesforce.close_won(&id)?,
        "reopen" => salesforce.reopen(&id)?,
        _ => return Err(ApiError::not_found()),
    }
    one(&salesforce, &id)
}

async fn written_back(State(salesforce): State<Salesforce>, Path(id): Path<String>) -> Answer {
    Ok(Json(Value::Object(salesforce.written_back(&id))))
}

async fn list(State(salesforce): State<Salesforce>, Path(object): Path<String>) -> Json<Value> {
    Json(salesforce.list(&object).into_iter().map(Value::Object).collect())
}

async fn record(State(salesforce): State<Salesforce>, Path(id): Path<String>) -> Answer {
    one(&salesforce, &id)
}

async fn edit(State(salesforce): State<Salesforce>, Path(id): Path<String>, body: Body<Map<String, Value>>) -> Answer {
    salesforce.edit(&id, given(body)?)?;
    one(&salesforce, &id)
}

async fn delete(State(salesforce): State<Salesforce>, Path(id): Path<String>) -> Response {
    match salesforce.delete(&id) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn status(State(salesforce): State<Salesforce>) -> Answer {
    let faults = salesforce.inner.with_state(|state| json!(state.faults));
    Ok(Json(json!({
        "now": salesforce.inner.clock.now(),
        "endpoint_set": salesforce.inner.endpoint().is_some(),
        "waiting_notifications": salesforce.waiting_notifications(),
        "next_delivery_at": salesforce.next_delivery_at(),
        "messages": salesforce.stats(),
        "faults": faults,
    })))
}

async fn faults(State(salesforce): State<Salesforce>, body: Body<Trouble>) -> Answer {
    let trouble = given(body)?;
    if trouble.clear {
        salesforce.clear_faults()?;
    }
    if let Some(on) = trouble.outage {
        salesforce.outage(on)?;
    }
    if let Some(messages) = trouble.lose_messages {
        salesforce.lose_next_messages(messages)?;
    }
    if let Some(messages) = trouble.double_messages {
        salesforce.double_next_messages(messages)?;
    }
    if let Some(lock) = trouble.lock_rows {
        salesforce.lock_rows(lock.account.as_deref(), lock.calls)?;
    }
    if let Some(fail) = trouble.fail_next {
        salesforce.fail_next_of(fail.of.unwrap_or(Calls::Data), fail.calls, fail.fault)?;
    }
    if trouble.expire_tokens {
        salesforce.expire_tokens()?;
    }
    status(State(salesforce)).await
}

async fn deliver(State(salesforce): State<Salesforce>) -> Answer {
    Ok(Json(json!({ "sent": salesforce.deliver_due().await })))
}

fn one(salesforce: &Salesforce, id: &str) -> Answer {
    let fields = salesforce.record(id).ok_or_else(ApiError::not_found)?;
    Ok(Json(Value::Object(fields)))
}
