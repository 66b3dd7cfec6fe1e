//! The clock's endpoint: `GET` says where it stands and what waits for it, `POST {"to": "…Z"}` moves it and answers when the stack is quiet.
//! `POST` to `quiet` below it runs what is due where it stands, and answers when the stack is quiet.
//!
//! A stack without `--now` has it too, for its commands; its clock is the machine's, and a `POST` is refused. Moves that are asked for at the same
//! time run one after the other.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::{Value, json};
use tieout_local::http_server::LoopbackServer;
use tieout_platform::clock::SharedClock;
use tokio::sync::mpsc;

use super::clock::{self, StackClock, StandingClock};
use super::driver::{self, ClockRequest, MOVE_DAYS_MAX, Refused};
use super::pending::PendingWork;
use super::reading::{Reading, Waiting};
use super::traffic::Traffic;
use super::{Stack, StackError};

const PATH: &str = "/clock";
const QUIET_PATH: &str = "/clock/quiet";
/// A body holds one instant.
const BODY_BYTES_MAX: usize = 1_024;
/// Requests that wait while a move is under way; who comes later waits to be let in.
const REQUESTS_WAITING_MAX: usize = 16;

/// The endpoint, as long as it lives.
#[derive(Debug)]
pub struct Endpoint {
    server: LoopbackServer,
    requests: mpsc::Sender<ClockRequest>,
}

impl Endpoint {
    /// Serves the clock of `stack`; what is asked for is received, and done by [`Stack::stand`].
    ///
    /// # Errors
    /// Where no port is free.
    pub async fn start(stack: &Stack, time: &StackClock) -> Result<(Self, mpsc::Receiver<ClockRequest>), StackError> {
        let (requests, asked) = mpsc::channel(REQUESTS_WAITING_MAX);
        let standing = match time {
            StackClock::Running(_) => None,
            StackClock::Standing { clock, .. } => Some(clock.clone()),
        };
        let shared = Shared {
            view: View {
                clock: stack.clock.clone(),
                standing,
                pending: stack.pending.clone(),
                traffic: stack.traffic.clone(),
            },
            requests: requests.clone(),
        };
        let router = Router::new()
            .route(PATH, get(show).post(go))
            .route(QUIET_PATH, post(quiet))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(Arc::new(shared));
        let server = LoopbackServer::start("the clock", 0, router).await.map_err(StackError::embedded)?;
        Ok((Self { server, requests }, asked))
    }

    /// Its whole address.
    pub fn url(&self) -> String {
        format!("{}{PATH}", self.server.url())
    }

    /// Moves the clock as a `POST` does.
    pub async fn go(&self, to: DateTime<Utc>) -> Option<Result<DateTime<Utc>, Refused>> {
        driver::ask(&self.requests, Some(to)).await
    }
}

struct Shared {
    view: View,
    requests: mpsc::Sender<ClockRequest>,
}

/// From what it is seen what waits.
#[derive(Debug)]
pub struct View {
    clock: SharedClock,
    standing: Option<Arc<StandingClock>>,
    pending: PendingWork,
    traffic: Arc<Traffic>,
}

impl View {
    fn reading(&self) -> Result<Reading, StackError> {
        let waiting = match &self.standing {
            Some(clock) => self.waiting(clock)?,
            None => Vec::new(),
        };
        Ok(Reading {
            now: self.clock.now(),
            stands: self.standing.is_some(),
            waiting,
            requests: self.traffic.sent(),
        })
    }

    fn waiting(&self, standing: &StandingClock) -> Result<Vec<Waiting>, StackError> {
        let entry = |what: String, count: Option<u64>, until: DateTime<Utc>| Waiting { what, count, until };
        let mut waiting = Vec::new();
        if let Some(until) = standing.stuck() {
            waiting.push(entry("a function, for Xero's limit of calls".to_owned(), None, until));
        }
        let messages = self.pending.messages()?.into_iter();
        waiting.extend(messages.map(|pending| entry(pending.what, Some(pending.count), pending.due)));
        if let Some(due) = self.pending.next_timer()?.filter(|due| *due <= self.clock.now()) {
            waiting.push(entry("timers, for the function that waits".to_owned(), None, due));
        }
        Ok(waiting)
    }
}

async fn show(State(shared): State<Arc<Shared>>) -> Response {
    answer(&shared.view)
}

async fn go(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match target(&body) {
        Ok(to) => request(&shared, Some(to)).await,
        Err((what, place)) => {
            let action = format!("send {{\"to\": \"2026-02-03T09:00:00Z\"}}, an instant of at most {MOVE_DAYS_MAX} days from now on");
            refuse(StatusCode::BAD_REQUEST, &what, place, &action)
        }
    }
}

async fn quiet(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    if body.iter().all(u8::is_ascii_whitespace) {
        return request(&shared, None).await;
    }
    let action = "send no body; to move the clock, POST {\"to\": \"2026-02-03T09:00:00Z\"} to /clock";
    refuse(StatusCode::BAD_REQUEST, "the clock is not moved here", "body", action)
}

async fn request(shared: &Shared, to: Option<DateTime<Utc>>) -> Response {
    if shared.view.standing.is_none() {
        let action = "start the stack with `tieout up --now 2026-01-05` to have a clock that is moved";
        return refuse(
            StatusCode::CONFLICT,
            "the stack runs on the machine's clock, which nobody moves",
            "clock",
            action,
        );
    }
    match driver::ask(&shared.requests, to).await {
        Some(Ok(_)) => answer(&shared.view),
        Some(Err(refused)) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &refused.to_string(), "to", &refused.action()),
        None => {
            let action = "start it again on the same folder; what it printed says why it ended";
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "the stack ended while it moved", "clock", action)
        }
    }
}

/// The instant of a body, or what is wrong and where.
fn target(body: &[u8]) -> Result<DateTime<Utc>, (String, &'static str)> {
    let body: Value = serde_json::from_slice(body).map_err(|error| (format!("the body is not JSON: {error}"), "body"))?;
    let Value::Object(members) = &body else {
        return Err(("the body is not an object".to_owned(), "body"));
    };
    if let Some(other) = members.keys().find(|name| *name != "to") {
        return Err((format!("{other:?} means nothing here"), "body"));
    }
    match members.get("to") {
        Some(Value::String(text)) => clock::instant(text).map_err(|what| (what, "to")),
        Some(other) => Err((format!("{other} is not a text"), "to")),
        None => Err(("there is no \"to\"".to_owned(), "body")),
    }
}

fn answer(view: &View) -> Response {
    match view.reading() {
        Ok(reading) => axum::Json(reading).into_response(),
        Err(error) => refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            &tieout_platform::failure::chain(&error),
            "clock",
            "look at what the stack printed",
        ),
    }
}

fn refuse(status: StatusCode, error: &str, place: &str, action: &str) -> Response {
    let body = json!({ "error": error, "where": place, "action": action });
    (status, axum::Json(body)).into_response()
}
