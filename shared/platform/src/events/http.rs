//! A request through API Gateway: HTTP API (payload 2.0 and 1.0) and REST API alike.
//!
//! Source of the forms: docs.aws.amazon.com, "Create AWS Lambda proxy integrations for HTTP APIs" and "Set up Lambda proxy
//! integrations" of REST APIs; mutual TLS: `requestContext.authentication.clientCert`, `requestContext.identity.clientCert`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::EventError;

/// The stage of an HTTP API that does not show in paths.
const DEFAULT_STAGE: &str = "$default";
const EXPECTED: &str = "HTTP requests of API Gateway";

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpEvent {
    /// The method in capitals, for instance `POST`.
    pub method: String,
    /// The path without the stage and the query; it may hold a secret, so it is never logged.
    pub path: String,
    /// The body's bytes, decoded where the event had them as base64.
    pub body: Vec<u8>,
    /// The client certificate that API Gateway has verified; never from a header.
    pub client_certificate: Option<ClientCertificate>,
    headers: BTreeMap<String, Vec<String>>,
}

/// Distinguished names of a client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
}

/// Why a header has no single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// It is not there, or empty.
    #[error("the header is missing")]
    Missing,
    /// It is there more than once.
    #[error("the header is there more than once")]
    Several,
}

impl HttpEvent {
    /// Reads an event whose body may have up to `body_max_bytes`, as sent and as decoded.
    ///
    /// # Errors
    /// Where it is no HTTP event, or its body is too large or not base64.
    pub fn parse(event: &Value, body_max_bytes: usize) -> Result<Self, EventError> {
        let context = &event["requestContext"];
        let (method, path) = match context["http"]["method"].as_str() {
            Some(method) => (method, without_stage(event["rawPath"].as_str(), context["stage"].as_str())),
            None => (text(event, "httpMethod")?, event["path"].as_str()),
        };
        let path = path.ok_or(EventError::Form {
            part: "path",
            fault: "missing",
            expected: EXPECTED,
        })?;
        Ok(Self {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            body: body(event, body_max_bytes)?,
            client_certificate: certificate(context),
            headers: headers(event),
        })
    }

    /// All values of a header, whatever the case of its name; an HTTP API joins repeated ones by commas.
    pub fn header(&self, name: &str) -> &[String] {
        self.headers.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The one value of a header whose value has no comma in itself: a signature, a content type.
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn only_header(&self, name: &str) -> Result<&str, HeaderFault> {
        match self.header(name) {
            [] => Err(HeaderFault::Missing),
            [value] if value.trim().is_empty() => Err(HeaderFault::Missing),
            [value] if !value.contains(',') => Ok(value.trim()),
            _ => Err(HeaderFault::Several),
        }
    }
}

impl std::fmt::Debug for HttpEvent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("HttpEvent")
            .field("method", &self.method)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

fn text<'e>(event: &'e Value, part: &'static str) -> Result<&'e str, EventError> {
    event[part].as_str().ok_or(EventError::Form {
        part,
        fault: if event[part].is_null() { "missing" } else { "not a text" },
        expected: EXPECTED,
    })
}

/// A named stage of an HTTP API is the first segment of its paths.
fn without_stage<'e>(path: Option<&'e str>, stage: Option<&str>) -> Option<&'e str> {
    let path = path?;
    let stage = stage.filter(|stage| *stage != DEFAULT_STAGE);
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    Some(rest.filter(|rest| rest.starts_with('/')).unwrap_or(path))
}

fn body(event: &Value, max_bytes: usize) -> Result<Vec<u8>, EventError> {
    let Some(text) = event["body"].as_str() else {
        return Ok(Vec::new());
    };
    let too_large = EventError::TooLarge { max_bytes };
    if event["isBase64Encoded"] != Value::Bool(true) {
        let fits = text.len() <= max_bytes;
        return if fits { Ok(text.as_bytes().to_vec()) } else { Err(too_large) };
    }
    // Before decoding, so that nothing large is allocated.
    if text.len() > max_bytes.div_ceil(3).saturating_mul(4) {
        return Err(too_large);
    }
    let decoded = STANDARD.decode(text).map_err(|_| EventError::Base64)?;
    if decoded.len() > max_bytes { Err(too_large) } else { Ok(decoded) }
}

fn certificate(context: &Value) -> Option<ClientCertificate> {
    let found = [&context["authentication"]["clientCert"], &context["identity"]["clientCert"]];
    let found = found.into_iter().find(|found| found.is_object())?;
    Some(ClientCertificate {
        subject: found["subjectDN"].as_str()?.to_owned(),
        issuer: found["issuerDN"].as_str()?.to_owned(),
    })
}

/// A REST API gives all values in `multiValueHeaders` and the last ones in `headers`; an HTTP API has the latter only.
fn headers(event: &Value) -> BTreeMap<String, Vec<String>> {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |name: &str, value: &str| {
        headers.entry(name.to_ascii_lowercase()).or_default().push(value.to_owned());
    };
    if let Some(all) = event["multiValueHeaders"].as_object().filter(|all| !all.is_empty()) {
        for (name, values) in all {
            let values = values.as_array().into_iter().flatten();
            values.filter_map(Value::as_str).for_each(|value| add(name, value));
        }
    } else if let Some(last) = event["headers"].as_object() {
        for (name, value) in last {
            value.as_str().into_iter().for_each(|value| add(name, value));
        }
    }
    headers
}

#[cfg(test)]
mod tests;
