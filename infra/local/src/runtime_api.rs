//! A Lambda Runtime API to start a real function binary against: `AWS_LAMBDA_RUNTIME_API` is its address.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex as PlainMutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use chrono::TimeDelta;
use futures::future::BoxFuture;
use http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};
use tieout_platform::clock::{Clock, SystemClock};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use uuid::Uuid;

use crate::function::{Function, FunctionError};
use crate::http_server::{BindError, LoopbackServer};
use crate::sqs::{LOCAL_ACCOUNT, LOCAL_REGION};

/// Longest invocation of a binary under test, in seconds.
const INVOCATION_TIMEOUT_S: u64 = 60;
/// Payload of an answer (6 MB) with what JSON adds.
const ANSWER_MAX_BYTES: usize = 8 * 1_024 * 1_024;

type Answer = Result<Value, FunctionError>;

/// The API, running; dropped, it stops.
#[derive(Debug)]
pub struct RuntimeApi {
    server: LoopbackServer,
    shared: Arc<Shared>,
    invocations: mpsc::UnboundedSender<Invocation>,
}

#[derive(Debug)]
struct Invocation {
    id: String,
    event: Value,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<mpsc::UnboundedReceiver<Invocation>>,
    answers: PlainMutex<BTreeMap<String, oneshot::Sender<Answer>>>,
    polled: watch::Sender<bool>,
    init_error: watch::Sender<Option<Value>>,
}

impl RuntimeApi {
    /// Starts it on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> Result<Self, BindError> {
        let (invocations, waiting) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            waiting: Mutex::new(waiting),
            answers: PlainMutex::new(BTreeMap::new()),
            polled: watch::channel(false).0,
            init_error: watch::channel(None).0,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(ANSWER_MAX_BYTES))
            .with_state(Arc::clone(&shared));
        Ok(Self {
            server: LoopbackServer::start("the Runtime API", 0, router).await?,
            shared,
            invocations,
        })
    }

    /// `127.0.0.1:PORT`, the value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Resolves when the function asks for its first event: its start-up is done.
    pub fn first_poll(&self) -> BoxFuture<'static, ()> {
        let mut polled = self.shared.polled.subscribe();
        Box::pin(async move {
            // An error means that the API is gone, and with it the wait.
            let _ = polled.wait_for(|polled| *polled).await;
        })
    }

    /// What the function told when it could not start, if it did.
    pub fn init_error(&self) -> Option<Value> {
        self.shared.init_error.borrow().clone()
    }

    /// Resolves with what the function tells when it cannot start.
    pub fn failed_start(&self) -> BoxFuture<'static, Value> {
        let mut init_error = self.shared.init_error.subscribe();
        Box::pin(async move {
            match init_error.wait_for(Option::is_some).await {
                Ok(error) => error.clone().unwrap_or_default(),
                Err(_) => Value::Null,
            }
        })
    }

    /// Gives the function an event and waits for its answer, at most a minute.
    ///
    /// # Errors
    /// The function's own error; none came; it could not start.
    pub async fn invoke(&self, event: Value) -> Result<Value, FunctionError> {
        let id = Uuid::new_v4().to_string();
        let (answer, answered) = oneshot::channel();
        lock(&self.shared.answers).insert(id.clone(), answer);
        let gone = |message: &str| FunctionError::RuntimeGone {
            message: message.to_owned(),
        };
        let invocation = Invocation { id: id.clone(), event };
        let sent = self.invocations.send(invocation);
        sent.map_err(|_| gone("the Runtime API stopped"))?;
        let limit = Duration::from_secs(INVOCATION_TIMEOUT_S);
        let result = tokio::select! {
            answered = tokio::time::timeout(limit, answered) => match answered {
                Ok(answer) => answer.unwrap_or_else(|_| Err(gone("no answer"))),
                Err(_) => Err(FunctionError::TimedOut { after_ms: INVOCATION_TIMEOUT_S * 1_000 }),
            },
            error = self.failed_start() => Err(gone(&error.to_string())),
        };
        lock(&self.shared.answers).remove(&id);
        result
    }

    /// Stops.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// A binary behind the Runtime API is a function like any other.
impl Function for RuntimeApi {
    fn invoke(
        &self,
        event: Value,
        _deadline: chrono::DateTime<chrono::Utc>,
    ) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(RuntimeApi::invoke(self, event))
    }
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

fn lock<T>(mutex: &PlainMutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
