//! What the sandbox answers: Xero's success envelope and each of its error shapes.

use axum::body::Body;
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wire;
use super::world::new_id;

/// An answer before it is bytes; it is kept with an idempotency key, so it can be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json; charset=utf-8".to_owned(),
            headers: Vec::new(),
            body: body.to_string(),
        }
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "text/html; charset=utf-8".to_owned(),
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// `{"Id": …, "Status": "OK", "Invoices": […]}`.
    pub(super) fn records(name: &str, records: Vec<Value>, now: DateTime<Utc>) -> Self {
        Self::json(200, &envelope(name, Value::Array(records), now))
    }

    /// 400 with the elements that did not pass; each holds its `ValidationErrors`.
    pub(super) fn validation(elements: Vec<Value>) -> Self {
        Self::json(
            400,
            &json!({
                "ErrorNumber": 10,
                "Type": "ValidationException",
                "Message": "A validation exception occurred",
                "Elements": elements,
            }),
        )
    }

    /// 400 without elements.
    pub(super) fn refused(error_number: u32, kind: &str, message: &str) -> Self {
        Self::json(400, &json!({"ErrorNumber": error_number, "Type": kind, "Message": message}))
    }

    /// 401 with the keys in capitals.
    pub(super) fn unauthorised(detail: &str) -> Self {
        Self::json(
            401,
            &json!({
                "Type": null,
                "Title": "Unauthorized",
                "Status": 401,
                "Detail": detail,
                "Instance": new_id(),
                "Extensions": {},
            }),
        )
    }

    /// 403 with the keys in lower case, as the real one sends it.
    pub(super) fn forbidden() -> Self {
        Self::json(
            403,
            &json!({
                "type": null,
                "title": "Forbidden",
                "status": 403,
                "detail": "AuthenticationUnsuccessful",
                "instance": new_id(),
                "extensions": {},
            }),
        )
    }

    pub(super) fn not_found() -> Self {
        Self::text(404, "The resource you're looking for cannot be found")
    }

    /// 503, the organisation is offline.
    pub(super) fn offline() -> Self {
        Self::text(503, "The Organisation is offline")
    }

    pub(super) fn server_error(status: u16) -> Self {
        Self::json(
            status,
            &json!({
                "ErrorNumber": 500,
                "Type": "InternalServerException",
                "Message": "An error occurred in Xero. Check the API Status page http://status.developer.xero.com for current service status.",
            }),
        )
    }

    /// A caller that does not ask for JSON gets its refusals as XML, declared UTF-16.
    pub(super) fn in_language(self, accepts_json: bool) -> Self {
        if accepts_json || self.status != 400 {
            return self;
        }
        let Ok(body) = serde_json::from_str::<Value>(&self.body) else {
            return self;
        };
        let messages: String = validation_messages(&body)
            .map(|text| format!("<ValidationError><Message>{}</Message></ValidationError>", escaped(text)))
            .collect();
        let field = |name: &str| body.get(name).map_or_else(String::new, plain);
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><ApiException><ErrorNumber>{}</ErrorNumber><Type>{}</Type><Message>{}</Message><Elements><DataContractBase><ValidationErrors>{messages}</ValidationErrors></DataContractBase></Elements></ApiException>",
            field("ErrorNumber"),
            field("Type"),
            escaped(&field("Message")),
        );
        Self {
            content_type: "text/xml; charset=utf-8".to_owned(),
            body: xml,
            ..self
        }
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Ok(content_type) = HeaderValue::from_str(&self.content_type) {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// Xero's envelope around a list.
pub(super) fn envelope(name: &str, records: Value, now: DateTime<Utc>) -> Value {
    let mut envelope = json!({
        "Id": new_id(),
        "Status": "OK",
        "ProviderName": "Tieout sandbox",
        "DateTimeUTC": wire::instant(now),
    });
    if let Some(map) = envelope.as_object_mut() {
        map.insert(name.to_owned(), records);
    }
    envelope
}

fn validation_messages(body: &Value) -> impl Iterator<Item = &str> {
    body.get("Elements")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|element| element.get("ValidationErrors")?.as_array())
        .flatten()
        .filter_map(|error| error.get("Message")?.as_str())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
