//! The two event shapes of API Gateway, made from a request.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, header};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::route::BodyEncoding;
use crate::sqs::LOCAL_ACCOUNT;

const LOCAL_API: &str = "localapi00";
const COMMON_LOG_TIME: &str = "%d/%b/%Y:%H:%M:%S +0000";

/// The certificate that a caller showed to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Distinguished name of the caller.
    pub subject_dn: String,
    /// Distinguished name of who issued it.
    pub issuer_dn: String,
    /// Serial number.
    pub serial_number: String,
    /// The certificate itself, PEM.
    pub pem: String,
    /// As AWS writes it: `Aug 29 00:28:21 2020 GMT`.
    pub not_before: String,
    /// As [`ClientCertificate::not_before`].
    pub not_after: String,
}

impl ClientCertificate {
    /// A certificate of these names, valid for the century.
    pub fn new(subject_dn: impl Into<String>, issuer_dn: impl Into<String>) -> Self {
        Self {
            subject_dn: subject_dn.into(),
            issuer_dn: issuer_dn.into(),
            serial_number: "1".to_owned(),
            pem: "-----BEGIN CERTIFICATE-----\nlocal\n-----END CERTIFICATE-----\n".to_owned(),
            not_before: "Jan  1 00:00:00 2000 GMT".to_owned(),
            not_after: "Dec 31 23:59:59 2099 GMT".to_owned(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "clientCertPem": self.pem,
            "subjectDN": self.subject_dn,
            "issuerDN": self.issuer_dn,
            "serialNumber": self.serial_number,
            "validity": { "notBefore": self.not_before, "notAfter": self.not_after },
        })
    }
}

/// A request, with what its route says about it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// GET, POST and so on.
    pub method: Method,
    /// As it was sent.
    pub path: String,
    /// As it was sent, without the question mark.
    pub query: String,
    /// As they were sent.
    pub headers: HeaderMap,
    /// As it was sent.
    pub body: Bytes,
    /// Who sent it.
    pub source_ip: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// The route's path with its parameters in braces.
    pub resource: String,
    /// The route's method and path.
    pub route_key: String,
    /// The parameters' values.
    pub path_parameters: BTreeMap<String, String>,
    /// What the caller showed.
    pub client_certificate: Option<ClientCertificate>,
    /// How the body goes.
    pub body_encoding: BodyEncoding,
}

/// Payload format 2.0: headers in lower case, repeated ones joined by a comma.
pub fn http_api_event(incoming: &Incoming) -> Value {
    let mut headers: BTreeMap<String, String> = all_headers(incoming)
        .into_iter()
        .map(|(name, values)| (name, values.join(",")))
        .collect();
    let cookies = headers.remove("cookie");
    let mut context = json!({
        "accountId": LOCAL_ACCOUNT,
        "apiId": LOCAL_API,
        "domainName": host(incoming),
        "domainPrefix": host(incoming).split('.').next().unwrap_or_default(),
        "http": {
            "method": incoming.method.as_str(),
            "path": incoming.path,
            "protocol": "HTTP/1.1",
            "sourceIp": incoming.source_ip,
            "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
        },
        "requestId": Uuid::new_v4().to_string(),
        "routeKey": incoming.route_key,
        "stage": "$default",
        "time": incoming.received_at.format(COMMON_LOG_TIME).to_string(),
        "timeEpoch": incoming.received_at.timestamp_millis(),
    });
    if let Some(certificate) = &incoming.client_certificate {
        let authentication = json!({ "clientCert": certificate.json() });
        put(&mut context, "authentication", authentication);
    }
    let (body, encoded) = body(incoming);
    let mut event = json!({
        "version": "2.0",
        "routeKey": incoming.route_key,
        "rawPath": incoming.path,
        "rawQueryString": incoming.query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": encoded,
    });
    if let Some(cookies) = cookies {
        let each: Vec<&str> = cookies.split(';').map(str::trim).collect();
        put(&mut event, "cookies", json!(each));
    }
    let query: BTreeMap<String, String> = query(incoming)
        .into_iter()
        .map(|(name, values)| (name, values.join(",")))
        .collect();
    if !query.is_empty() {
        put(&mut event, "queryStringParameters", json!(query));
    }
    if !incoming.path_parameters.is_empty() {
        put(&mut event, "pathParameters", json!(incoming.path_parameters));
    }
    if let Some(body) = body {
        put(&mut event, "body", json!(body));
    }
    event
}

/// Payload format 1.0 of a REST API: headers as senders write them (`Content-Type`), once single and once multiple.
pub fn rest_api_event(incoming: &Incoming) -> Value {
    let headers: BTreeMap<String, Vec<String>> = all_headers(incoming)
        .into_iter()
        .map(|(name, values)| (title_case(&name), values))
        .collect();
    let query = query(incoming);
    let mut identity = json!({
        "sourceIp": incoming.source_ip,
        "userAgent": headers.get("User-Agent").and_then(|values| values.last()),
        "accessKey": null, "accountId": null, "apiKey": null, "caller": null, "user": null, "userArn": null,
    });
    if let Some(certificate) = &incoming.client_certificate {
        put(&mut identity, "clientCert", certificate.json());
    }
    let (body, encoded) = body(incoming);
    json!({
        "resource": incoming.resource,
        "path": incoming.path,
        "httpMethod": incoming.method.as_str(),
        "headers": last(&headers),
        "multiValueHeaders": headers,
        "queryStringParameters": null_if_empty(json!(last(&query)), query.is_empty()),
        "multiValueQueryStringParameters": null_if_empty(json!(query), query.is_empty()),
        "pathParameters": null_if_empty(json!(incoming.path_parameters), incoming.path_parameters.is_empty()),
        "stageVariables": null,
        "requestContext": {
            "resourceId": "local0",
            "resourcePath": incoming.resource,
            "httpMethod": incoming.method.as_str(),
            "path": format!("/local{}", incoming.path),
            "accountId": LOCAL_ACCOUNT,
            "apiId": LOCAL_API,
            "domainName": host(incoming),
            "protocol": "HTTP/1.1",
            "stage": "local",
            "requestId": Uuid::new_v4().to_string(),
            "requestTime": incoming.received_at.format(COMMON_LOG_TIME).to_string(),
            "requestTimeEpoch": incoming.received_at.timestamp_millis(),
            "identity": identity,
        },
        "body": body,
        "isBase64Encoded": encoded,
    })
}

/// Decodes `%41`, and `+` as a space where it is a query; what is no escape stays.
pub(super) fn percent_decoded(text: &str, query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let escaped = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None if first == b'+' && query => bytes.push(b' '),
            None => bytes.push(first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The sender's headers and those that the gateway adds.
fn all_headers(incoming: &Incoming) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &incoming.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        all.entry(name.as_str().to_owned()).or_default().push(value);
    }
    let forwarded = all.entry("x-forwarded-for".to_owned()).or_default();
    forwarded.push(incoming.source_ip.clone());
    for (name, value) in [
        ("x-forwarded-port", "443".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
        (
            "x-amzn-trace-id",
            format!("Root=1-{:08x}-{}", incoming.received_at.timestamp(), trace_id()),
        ),
        ("content-length", incoming.body.len().to_string()),
    ] {
        all.entry(name.to_owned()).or_insert_with(|| vec![value]);
    }
    all
}

fn trace_id() -> String {
    let id = Uuid::new_v4().simple().to_string();
    id.chars().take(24).collect()
}

fn query(incoming: &Incoming) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in incoming.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let values = all.entry(percent_decoded(name, true)).or_default();
        values.push(percent_decoded(value, true));
    }
    all
}

/// The body as text or base64, and which it is; none if it is empty.
fn body(incoming: &Incoming) -> (Option<String>, bool) {
    if incoming.body.is_empty() {
        return (None, false);
    }
    let text = std::str::from_utf8(&incoming.body).ok();
    let plain = incoming.body_encoding == BodyEncoding::ByContentType && is_text(incoming);
    match text.filter(|_| plain) {
        Some(text) => (Some(text.to_owned()), false),
        None => (Some(BASE64.encode(&incoming.body)), true),
    }
}

/// Text and the JSON and XML types go as they are; so does a body of no type.
fn is_text(incoming: &Incoming) -> bool {
    let Some(kind) = incoming.headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let kind = String::from_utf8_lossy(kind.as_bytes()).to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/")
        || matches!(kind, "application/json" | "application/xml" | "application/javascript")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

fn host(incoming: &Incoming) -> String {
    let host = incoming.headers.get(header::HOST);
    host.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned())
        .unwrap_or_default()
}

fn title_case(name: &str) -> String {
    let word = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

fn last(all: &BTreeMap<String, Vec<String>>) -> BTreeMap<&String, &String> {
    all.iter()
        .filter_map(|(name, values)| Some((name, values.last()?)))
        .collect()
}

fn null_if_empty(value: Value, empty: bool) -> Value {
    if empty { Value::Null } else { value }
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        let fields: &mut Map<String, Value> = fields;
        fields.insert(name.to_owned(), value);
    }
}
