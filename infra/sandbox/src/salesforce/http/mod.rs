//! The entrance: routes, and the faults that stand before them.

mod collections;
mod connection;
mod data;
mod query;
mod records;
mod sandbox;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::Salesforce;
use super::error::ApiError;
use super::faults::Fault;
use super::inner::Inner;
pub(super) use connection::{Cut, CuttableListener};

/// The largest body that is read, in bytes.
const BODY_LIMIT_BYTES: usize = 6 * 1024 * 1024;
/// What a browser gets while Salesforce is down.
const MAINTENANCE_PAGE: &str =
    "<!DOCTYPE html><html><head><title>Down for Maintenance</title></head><body><h1>We are down for maintenance.</h1></body></html>";

/// Marks a response that must never reach the caller: the server cuts the connection instead of sending it.
///
/// A caller of [`Salesforce::router`] that has no connection to cut, such as the simulator, looks for it among the response's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped;

pub(super) fn router(inner: &Arc<Inner>) -> Router {
    let vendor = Router::new()
        .route("/services/oauth2/token", post(token::token))
        .fallback(data::data)
        .with_state(Arc::clone(inner))
        .layer(from_fn_with_state(Arc::clone(inner), faults));
    Router::new()
        .nest("/_sandbox", sandbox::router(Salesforce::over(inner)))
        .fallback_service(vendor)
}

async fn faults(State(inner): State<Arc<Inner>>, request: Request, next: Next) -> Response {
    let cut = request.extensions().get::<ConnectInfo<Cut>>().cloned();
    let is_read = request.method() == Method::GET;
    let path = request.uri().path().to_owned();
    let (outage, fault) = inner.with_state(|state| {
        let fault = match state.faults.outage {
            true => None,
            false => state.faults.take(&path, is_read),
        };
        if fault.is_some()
            && let Err(error) = state.save_faults(&inner.docs)
        {
            tracing::error!(%error, "a fault could not be counted");
        }
        (state.faults.outage, fault)
    });
    if outage {
        return unavailable();
    }
    let mut response = match fault {
        None => next.run(request).await,
        Some(Fault::Status5xx) => unavailable(),
        Some(Fault::DropRequest) => dropped(),
        Some(Fault::HtmlBody) => ([(header::CONTENT_TYPE, "text/html;charset=UTF-8")], MAINTENANCE_PAGE).into_response(),
        Some(Fault::DropReplyAfterEffect) => {
            next.run(request).await;
            dropped()
        }
        Some(Fault::TruncatedJson) => truncated(next.run(request).await).await,
    };
    if let Some(kind) = response.headers_mut().get_mut(header::CONTENT_TYPE)
        && kind == "application/json"
    {
        *kind = HeaderValue::from_static("application/json;charset=UTF-8");
    }
    if response.extensions().get::<Dropped>().is_some()
        && let Some(ConnectInfo(cut)) = cut
    {
        cut.cut();
    }
    response
}

fn unavailable() -> Response {
    ApiError::call(
        503,
        "SERVER_UNAVAILABLE",
        "The server is currently unavailable. Please try again later.",
    )
    .into_response()
}

fn dropped() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(Dropped);
    response
}

/// The first half of the body, with a length that fits it; without a body the answer is lost whole.
async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return dropped();
    };
    if body.is_empty() {
        return dropped();
    }
    let half = body.slice(..body.len() / 2);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(half.len()));
    Response::from_parts(parts, Body::from(half))
}
