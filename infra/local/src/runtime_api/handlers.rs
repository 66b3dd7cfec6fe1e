//! The paths of the Runtime API that a function's runtime calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as PlainMutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};
use tieout_platform::clock::{Clock, SystemClock};
use tokio::sync::{Mutex, mpsc, oneshot, watch};

use super::INVOCATION_TIMEOUT_S;
use crate::function::FunctionError;
use crate::sqs::{LOCAL_ACCOUNT, LOCAL_REGION};

/// Payload of an answer (6 MB) with what JSON adds.
const ANSWER_MAX_BYTES: usize = 8 * 1_024 * 1_024;

pub(super) type Answer = Result<Value, FunctionError>;

#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) event: Value,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) waiting: Mutex<mpsc::UnboundedReceiver<Invocation>>,
    pub(super) answers: PlainMutex<BTreeMap<String, oneshot::Sender<Answer>>>,
    pub(super) polled: watch::Sender<bool>,
    pub(super) init_error: watch::Sender<Option<Value>>,
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(ANSWER_MAX_BYTES))
        .with_state(shared)
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.polled.send_replace(true);
    let Some(invocation) = shared.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let limit = TimeDelta::try_seconds(i64::try_from(INVOCATION_TIMEOUT_S).unwrap_or(i64::MAX));
    let deadline = SystemClock::default().now() + limit.unwrap_or_default();
    let deadline_ms = deadline.timestamp_millis().to_string();
    let arn = format!("arn:aws:lambda:{LOCAL_REGION}:{LOCAL_ACCOUNT}:function:local");
    let name = HeaderName::from_static;
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (name("lambda-runtime-aws-request-id"), invocation.id.as_str()),
            (name("lambda-runtime-deadline-ms"), deadline_ms.as_str()),
            (name("lambda-runtime-invoked-function-arn"), arn.as_str()),
            (
                name("lambda-runtime-trace-id"),
                "Root=1-00000000-000000000000000000000000;Sampled=0",
            ),
        ],
        invocation.event.to_string(),
    )
        .into_response()
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> Response {
    let answer = serde_json::from_slice(&body)
        .map_err(|error| FunctionError::failed("Runtime.InvalidResponse", format!("the answer is not JSON: {error}")));
    accept(&shared, &id, answer)
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> Response {
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| {
        let text = told.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let error = FunctionError::failed(text("errorType"), text("errorMessage"));
    accept(&shared, &id, Err(error))
}

async fn init_error(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let told = serde_json::from_slice(&body).unwrap_or_else(|_| json!({ "errorMessage": "not JSON" }));
    shared.init_error.send_replace(Some(told));
    accepted()
}

fn accept(shared: &Shared, id: &str, answer: Answer) -> Response {
    match lock(&shared.answers).remove(id) {
        Some(waiting) => {
            // Who asked may have given up: the function is told that all is well, as Lambda does.
            let _ = waiting.send(answer);
            accepted()
        }
        None => (
            StatusCode::BAD_REQUEST,
            json!({ "errorType": "InvalidRequestID", "errorMessage": "no such invocation" }).to_string(),
        )
            .into_response(),
    }
}

fn accepted() -> Response {
    let body = json!({ "status": "OK" }).to_string();
    (StatusCode::ACCEPTED, body).into_response()
}

pub(super) fn lock<T>(mutex: &PlainMutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
