//! `/services/data/…`: session, version and daily limit, then the resource.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{BODY_LIMIT_BYTES, collections, query, records};
use crate::salesforce::error::ApiError;
use crate::salesforce::inner::Inner;

/// The versions that are served; older ones are retired.
const VERSIONS: std::ops::RangeInclusive<u32> = 31..=68;
/// The longest address that Salesforce takes, in bytes.
const URI_LIMIT_BYTES: usize = 16_384;

/// A call that was let in.
pub(super) struct Call {
    pub(super) method: Method,
    /// `/services/data/v60.0`.
    pub(super) base: String,
    /// The path behind `base`, each part decoded.
    pub(super) parts: Vec<String>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What a call answers.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body: Some(body),
        }
    }

    pub(super) fn no_content() -> Self {
        Self { status: 204, body: None }
    }
}

pub(super) async fn data(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let uri = request.uri().clone();
    if uri.to_string().len() > URI_LIMIT_BYTES {
        return ApiError::call(414, "URI_TOO_LONG", "The request URI is too long").into_response();
    }
    if uri.path().trim_end_matches('/') == "/services/data" {
        return Json(versions()).into_response();
    }
    let admitted = admit(&inner, request.headers());
    let mut response = match admitted {
        Ok(()) => match call(request, &uri).await {
            Ok(call) => match answer(&inner, &call).await {
                Ok(reply) => reply_response(reply),
                Err(error) => locked_status(&inner, error).into_response(),
            },
            Err(error) => error.into_response(),
        },
        Err(error) => return error.into_response(),
    };
    let used = inner.with_state(|state| state.usage.used(inner.clock.now()));
    let info = format!("api-usage={used}/{}", inner.access.daily_limit);
    if let Ok(info) = HeaderValue::from_str(&info) {
        response.headers_mut().insert("Sforce-Limit-Info", info);
    }
    response
}

/// The object in the body.
pub(super) fn body_object(call: &Call) -> Result<Map<String, Value>, ApiError> {
    let is_json = call
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !is_json {
        return Err(ApiError::call(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "Content type of the request is not supported: use application/json",
        ));
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ApiError::call(
            400,
            "JSON_PARSER_ERROR",
            "The body must be a JSON object at [line:1, column:1]",
        )),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let message = format!("Unexpected character or end of input at [line:{line}, column:{column}]");
            Err(ApiError::call(400, "JSON_PARSER_ERROR", message))
        }
    }
}

fn reply_response(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    match reply.body {
        Some(body) => (status, Json(body)).into_response(),
        None => status.into_response(),
    }
}

/// A row that could not be locked answers 400 or 500: both are seen.
fn locked_status(inner: &Inner, error: ApiError) -> ApiError {
    match error.code {
        "UNABLE_TO_LOCK_ROW" => ApiError {
            status: inner.lock_status,
            ..error
        },
        _ => error,
    }
}

/// The session is good and the day's calls are not used up; counts this one.
fn admit(inner: &Inner, headers: &HeaderMap) -> Result<(), ApiError> {
    let now = inner.clock.now();
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| ["bearer", "oauth"].contains(&scheme.to_ascii_lowercase().as_str()))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| ApiError::call(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"))?;
    inner.with_state(|state| {
        if state.sessions.get(token).is_none_or(|session| session.ends_at <= now) {
            return Err(ApiError::call(401, "INVALID_SESSION_ID", "Session expired or invalid"));
        }
        if state.usage.used(now) >= inner.access.daily_limit {
            return Err(ApiError::call(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
        }
        state.usage.count(now);
        Ok(state.save_usage(&inner.docs)?)
    })
}

async fn call(request: Request, uri: &Uri) -> Result<Call, ApiError> {
    let mut parts = uri
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .map(decoded)
        .collect::<Option<Vec<String>>>()
        .ok_or_else(ApiError::not_found)?;
    let served = match parts.as_slice() {
        [services, data, version, ..] if services == "services" && data == "data" => version
            .strip_prefix('v')
            .and_then(|version| version.strip_suffix(".0"))
            .and_then(|version| version.parse().ok())
            .is_some_and(|version| VERSIONS.contains(&version)),
        _ => false,
    };
    if !served {
        return Err(ApiError::not_found());
    }
    let rest = parts.split_off(3);
    let base = format!("/{}", parts.join("/"));
    let Query(parameters) =
        Query::try_from_uri(uri).map_err(|_| ApiError::call(400, "INVALID_QUERY_STRING", "The query string could not be read"))?;
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT_BYTES)
        .await
        .map_err(|_| ApiError::call(413, "REQUEST_TOO_LARGE", "The request body is too large"))?;
    Ok(Call {
        method: head.method,
        base,
        parts: rest,
        parameters,
        headers: head.headers,
        body,
    })
}

async fn answer(inner: &Inner, call: &Call) -> Result<Reply, ApiError> {
    let parts: Vec<&str> = call.parts.iter().map(String::as_str).collect();
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    match parts.as_slice() {
        ["query"] => only(call, &[get]).and_then(|()| query::first(inner, call, false)),
        ["queryAll"] => only(call, &[get]).and_then(|()| query::first(inner, call, true)),
        ["query" | "queryAll", locator] => only(call, &[get]).and_then(|()| query::next(inner, call, locator)),
        ["limits"] => only(call, &[get]).map(|()| Reply::ok(limits(inner))),
        ["sobjects", object, "describe"] => {
            only(call, &[get])?;
            records::describe(inner, object)
        }
        ["sobjects", object] => {
            only(call, &[post])?;
            records::create(inner, call, object).await
        }
        ["sobjects", object, id] => {
            only(call, &[get, patch, delete])?;
            records::by_id(inner, call, object, id).await
        }
        ["sobjects", object, field, value] => {
            only(call, &[get, patch])?;
            records::by_external_id(inner, call, object, field, value).await
        }
        ["composite", "sobjects"] => {
            only(call, &[post, patch])?;
            collections::write(inner, call).await
        }
        ["composite", "sobjects", object, field] => {
            only(call, &[patch])?;
            collections::upsert(inner, call, object, field).await
        }
        _ => Err(ApiError::not_found()),
    }
}

fn only(call: &Call, allowed: &[Method]) -> Result<(), ApiError> {
    if allowed.contains(&call.method) {
        return Ok(());
    }
    let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    let message = format!("HTTP Method '{}' not allowed. Allowed are {}", call.method, names.join(","));
    Err(ApiError::call(405, "METHOD_NOT_ALLOWED", message))
}

fn limits(inner: &Inner) -> Value {
    let max = inner.access.daily_limit;
    let used = inner.with_state(|state| state.usage.used(inner.clock.now()));
    json!({ "DailyApiRequests": { "Max": max, "Remaining": max.saturating_sub(used) } })
}

fn versions() -> Value {
    VERSIONS
        .map(|version| json!({ "version": format!("{version}.0"), "url": format!("/services/data/v{version}.0"), "label": format!("v{version}.0") }))
        .collect()
}

/// Undoes `%XX`.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
