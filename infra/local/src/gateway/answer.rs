//! A function's answer as a response, by the rules of the API that stands before it.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::route::EventShape;
use crate::function::FunctionError;

/// What the caller gets.
pub(super) fn respond(shape: EventShape, result: Result<Value, FunctionError>) -> Response<Body> {
    let refused = |http: StatusCode, http_text: &str, rest: StatusCode, rest_text: &str| match shape {
        EventShape::HttpApi => message(http, http_text),
        EventShape::RestApi => message(rest, rest_text),
    };
    let answered = match result {
        Ok(answer) => of(shape, &answer),
        Err(FunctionError::TimedOut { .. }) => {
            return refused(
                StatusCode::SERVICE_UNAVAILABLE,
                "Service Unavailable",
                StatusCode::GATEWAY_TIMEOUT,
                "Endpoint request timed out",
            );
        }
        Err(_) => None,
    };
    answered.unwrap_or_else(|| {
        refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal Server Error",
            StatusCode::BAD_GATEWAY,
            "Internal server error",
        )
    })
}

/// A response of the gateway itself.
pub(super) fn message(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": text }).to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The response that the answer describes; none if it describes none.
fn of(shape: EventShape, answer: &Value) -> Option<Response<Body>> {
    let Some(status) = answer.get("statusCode").filter(|code| !code.is_null()) else {
        // Format 2.0 takes an answer without a status code as the body of a 200.
        return (shape == EventShape::HttpApi).then(|| inferred(answer));
    };
    let status = status.to_string();
    let status = status.trim_matches('"').parse::<u16>().ok()?;
    let mut response = Response::new(body(answer)?);
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    let headers = response.headers_mut();
    for (name, value) in object(answer, "headers") {
        headers.insert(header_name(name)?, header_value(value)?);
    }
    for (name, values) in object(answer, "multiValueHeaders") {
        let name = header_name(name)?;
        headers.remove(&name);
        for value in values.as_array()? {
            headers.append(name.clone(), header_value(value)?);
        }
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        headers.append(header::SET_COOKIE, header_value(cookie)?);
    }
    let default = match shape {
        EventShape::HttpApi => "text/plain;charset=utf-8",
        EventShape::RestApi => "application/json",
    };
    if !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(default));
    }
    Some(response)
}

fn inferred(answer: &Value) -> Response<Body> {
    let text = match answer {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn body(answer: &Value) -> Option<Body> {
    let text = match answer.get("body") {
        None | Some(Value::Null) => return Some(Body::empty()),
        Some(body) => body.as_str()?,
    };
    let encoded = answer.get("isBase64Encoded").and_then(Value::as_bool);
    if encoded == Some(true) {
        return BASE64.decode(text).ok().map(Body::from);
    }
    Some(Body::from(text.to_owned()))
}

fn object<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let fields = answer.get(name).and_then(Value::as_object);
    fields.into_iter().flatten()
}

fn header_name(name: &str) -> Option<HeaderName> {
    name.parse().ok()
}

/// A text, or a number or truth value as its text.
fn header_value(value: &Value) -> Option<HeaderValue> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    text.parse().ok()
}
