//! A function's answer as a response, by the rules of the API that stands before it.

use std::collections::BTreeMap;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::route::EventShape;
use crate::function::FunctionError;
use crate::http_server::json_response;

const JSON: &str = "application/json";

pub(super) fn respond(shape: EventShape, result: Result<Value, FunctionError>) -> Response<Body> {
    let timed_out = matches!(result, Err(FunctionError::TimedOut { .. }));
    let answered = result.ok().and_then(|answer| of(shape, &answer));
    answered.unwrap_or_else(|| match (shape, timed_out) {
        (EventShape::HttpApi, true) => message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        (EventShape::HttpApi, false) => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        (EventShape::RestApi, true) => message(StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
        (EventShape::RestApi, false) => message(StatusCode::BAD_GATEWAY, "Internal server error"),
    })
}

/// A response of the gateway itself.
pub(super) fn message(status: StatusCode, text: &str) -> Response<Body> {
    json_response(status, JSON, &json!({ "message": text })).map(Body::from)
}

/// What a function may answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    /// A number, or its text.
    status_code: Value,
    headers: Option<BTreeMap<String, Value>>,
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    cookies: Option<Vec<Value>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// The response that the answer describes; none if it describes none.
fn of(shape: EventShape, answer: &Value) -> Option<Response<Body>> {
    if shape == EventShape::HttpApi && answer.get("statusCode").is_none_or(Value::is_null) {
        // Format 2.0 takes an answer without a status code as the body of a 200.
        let text = text_of(answer).unwrap_or_else(|| answer.to_string());
        return Some(with_kind(Response::new(Body::from(text)), JSON));
    }
    let answer = Answer::deserialize(answer).ok()?;
    let text = answer.body.unwrap_or_default();
    let body = match answer.is_base64_encoded {
        Some(true) => Body::from(BASE64.decode(text).ok()?),
        _ => Body::from(text),
    };
    let mut response = Response::new(body);
    let status = text_of(&answer.status_code)?.parse::<u16>().ok()?;
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    let headers = response.headers_mut();
    for (name, value) in answer.headers.unwrap_or_default() {
        headers.insert(name.parse::<HeaderName>().ok()?, header_value(&value)?);
    }
    for (name, values) in answer.multi_value_headers.unwrap_or_default() {
        let name = name.parse::<HeaderName>().ok()?;
        headers.remove(&name);
        for value in values {
            headers.append(name.clone(), header_value(&value)?);
        }
    }
    for cookie in answer.cookies.unwrap_or_default() {
        headers.append(header::SET_COOKIE, header_value(&cookie)?);
    }
    let default_kind = match shape {
        EventShape::HttpApi => "text/plain;charset=utf-8",
        EventShape::RestApi => JSON,
    };
    Some(with_kind(response, default_kind))
}

/// The response, of this type if it names none.
fn with_kind(mut response: Response<Body>, kind: &'static str) -> Response<Body> {
    let given = response.headers_mut().entry(header::CONTENT_TYPE);
    given.or_insert(HeaderValue::from_static(kind));
    response
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    text_of(value)?.parse().ok()
}

/// A text, or a number or truth value as its text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
