//! The entrance: one handler for every path, and the order in which a call is tried.
//!
//! Outage, token, tenant, limits, faults, idempotency key, and only then the endpoint.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use tieout_platform::clock::SharedClock;

use super::faults::Fault;
use super::idempotency;
use super::limits::{LimitProblem, Slots};
use super::query::Query;
use super::reply::Reply;
use super::world::World;
use super::{endpoints, inspect, pages, tokens};
use crate::docs::Change;

/// The largest request body: 3.5 MB.
pub(super) const BODY_BYTES_MAX: usize = 3_500_000;
const API: &str = "/api.xro/2.0/";
/// What a 429 by order asks a caller to wait.
const ORDERED_RETRY_AFTER_S: i64 = 5;

/// What every request needs.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) world: Mutex<World>,
    pub(super) clock: SharedClock,
    pub(super) slots: Slots,
    pub(super) stopped: AtomicBool,
}

impl Shared {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call of the accounting API.
pub(super) struct Call<'a> {
    pub(super) method: &'a Method,
    /// The parts of the path after `/api.xro/2.0/`, decoded.
    pub(super) path: Vec<String>,
    pub(super) query: Query,
    pub(super) body: &'a [u8],
}

impl Call<'_> {
    pub(super) fn is_write(&self) -> bool {
        self.method == Method::PUT || self.method == Method::POST
    }
}

/// Answers any request.
pub(super) async fn any_request(State(shared): State<Arc<Shared>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if shared.stopped.load(Ordering::Relaxed) {
        return closed();
    }
    let now = shared.clock.now();
    match (uri.path(), &method) {
        ("/connect/token", &Method::POST) => tokens::answer(&mut shared.world(), &headers, &body, now).into_response(),
        ("/connections", &Method::GET) => connections(&shared, &headers).into_response(),
        (path, &Method::GET) if path.starts_with("/_sandbox") => inspect::answer(&shared.world(), path).into_response(),
        (path, &Method::POST) if path.starts_with("/_sandbox") => pages::answer(&shared, path, &body).into_response(),
        (path, _) if path.starts_with(API) => api(&shared, &method, &uri, &headers, &body).await,
        _ => Reply::not_found().into_response(),
    }
}

fn connections(shared: &Shared, headers: &HeaderMap) -> Reply {
    let world = shared.world();
    match tokens::bearer(&world, headers, shared.clock.now()) {
        Ok(token) => endpoints::connections(&world, token.tenant.as_deref()),
        Err(refusal) => refusal,
    }
}

async fn api(shared: &Shared, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let accepts_json = text("accept").is_some_and(|accept| accept.contains("application/json"));
    let call = Call {
        method,
        path: segments(uri.path()),
        query: Query::new(uri.query(), headers),
        body,
    };
    let (tenant, daily_limit) = match admitted_tenant(shared, headers) {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.in_language(accepts_json).into_response(),
    };
    let Some(_slot) = shared.slots.take(&tenant) else {
        return LimitProblem::Concurrent.reply(0).into_response();
    };
    let fault = match counted(shared, &tenant, daily_limit, &call) {
        Ok(fault) => fault,
        Err(refusal) => return refusal.into_response(),
    };
    match fault {
        Some(Fault::DropRequest) => return closed(),
        Some(Fault::Status5xx { status }) => {
            return Reply::server_error(status.clamp(500, 599)).into_response();
        }
        Some(Fault::HtmlBody) => {
            return Reply::text(502, "<html><body><h1>502 Bad Gateway</h1></body></html>").into_response();
        }
        Some(Fault::TooMany429 { problem }) => {
            return problem.reply(ORDERED_RETRY_AFTER_S).into_response();
        }
        _ => {}
    }
    let key = text("idempotency-key");
    let target = uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let reply = keyed(shared, &tenant, &call, key, &target);
    let window = shared.world().windows.get(&tenant).cloned().unwrap_or_default();
    let response = window.stamp(reply.in_language(accepts_json), daily_limit);
    match fault {
        Some(Fault::DropReplyAfterEffect) => closed(),
        Some(Fault::TruncatedJson) => {
            let half = response.body.len() / 2;
            let body = response.body.chars().take(half).collect();
            Reply { body, ..response }.into_response()
        }
        Some(Fault::SlowReply { delay_ms }) => {
            shared.clock.sleep(Duration::from_millis(delay_ms)).await;
            response.into_response()
        }
        _ => response.into_response(),
    }
}

/// The organisation of a call with its daily limit, or the refusal.
fn admitted_tenant(shared: &Shared, headers: &HeaderMap) -> Result<(String, u32), Reply> {
    let world = shared.world();
    if world.faults.outage {
        return Err(Reply::offline());
    }
    let token = tokens::bearer(&world, headers, shared.clock.now())?;
    let asked = headers.get("xero-tenant-id").and_then(|value| value.to_str().ok());
    let tenant = match (asked.filter(|asked| !asked.is_empty()), &token.tenant) {
        (Some(asked), Some(own)) if asked != own => return Err(Reply::forbidden()),
        (Some(asked), _) => asked.to_owned(),
        (None, Some(own)) => own.clone(),
        (None, None) if world.orgs.len() == 1 => world.orgs.keys().next().cloned().unwrap_or_default(),
        (None, None) => return Err(Reply::forbidden()),
    };
    let org = world.orgs.get(&tenant).ok_or_else(Reply::forbidden)?;
    Ok((tenant, org.settings.daily_limit))
}

/// Counts the call against the limits, and takes the fault that it shall have.
fn counted(shared: &Shared, tenant: &str, daily_limit: u32, call: &Call<'_>) -> Result<Option<Fault>, Reply> {
    let mut world = shared.world();
    let mut window = world.windows.get(tenant).cloned().unwrap_or_default();
    window.admit(shared.clock.now(), daily_limit)?;
    let change = Change::put("xero-window", tenant, &window).map_err(|error| broken(&error))?;
    world.save(&[change]).map_err(|error| broken(&error))?;
    world.windows.insert(tenant.to_owned(), window);
    let fault = world.faults.take(call.is_write());
    if fault.is_some() {
        world.save_faults().map_err(|error| broken(&error))?;
    }
    Ok(fault)
}

/// The endpoint's answer, under the idempotency key where there is one.
fn keyed(shared: &Shared, tenant: &str, call: &Call<'_>, key: Option<&str>, target: &str) -> Reply {
    let mut world = shared.world();
    let now = shared.clock.now();
    let key = key.filter(|_| call.is_write());
    let hash = idempotency::request_hash(call.method.as_str(), target, call.body);
    if let Some(earlier) = key.and_then(|key| idempotency::earlier(&world, tenant, key, &hash, now)) {
        return earlier;
    }
    let Some(mut draft) = world.draft(tenant, now) else {
        return Reply::forbidden();
    };
    let reply = endpoints::answer(&mut draft, call);
    let mut changes = idempotency::forget_old(&mut world, now);
    let place = key.map(|key| idempotency::place(tenant, key));
    let kept = match place.as_ref().map(|place| idempotency::keep(place, hash, now, &reply)).transpose() {
        Ok(kept) => kept,
        Err(error) => return broken(&error),
    };
    let kept = kept.map(|(kept, change)| {
        changes.push(change);
        kept
    });
    let saved = if reply.is_success() && call.is_write() {
        world.commit(draft, changes)
    } else if changes.is_empty() {
        Ok(())
    } else {
        world.save(&changes)
    };
    if let Err(error) = saved {
        return broken(&error);
    }
    if let (Some(place), Some(kept)) = (place, kept) {
        world.kept.insert(place, kept);
    }
    reply
}

/// The sandbox itself failed: its file could not be written.
fn broken(error: &crate::docs::DocsError) -> Reply {
    tracing::error!(%error, "the sandbox's Xero could not use its file");
    Reply::server_error(500)
}

fn segments(path: &str) -> Vec<String> {
    let rest = path.strip_prefix(API).unwrap_or_default();
    rest.split('/').filter(|part| !part.is_empty()).map(super::query::decoded).collect()
}

/// Closes the connection without an answer: the body fails before its first byte, so nothing is flushed.
fn closed() -> Response {
    let failure = futures::stream::once(async { Err::<Bytes, io::Error>(io::ErrorKind::ConnectionReset.into()) });
    let mut response = Response::new(Body::from_stream(failure));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
