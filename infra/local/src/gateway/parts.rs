//! What both event shapes are made of: headers, query, body.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header;
use serde_json::{Map, Value};
use tieout_platform::entropy::new_uuid;

use super::incoming::Incoming;
use super::route::BodyEncoding;

pub(super) const LOCAL_API: &str = "localapi00";
pub(super) const COMMON_LOG_TIME: &str = "%d/%b/%Y:%H:%M:%S +0000";

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
pub(super) fn all_headers(incoming: &Incoming) -> BTreeMap<String, Vec<String>> {
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
    let id = new_uuid().simple().to_string();
    id.chars().take(24).collect()
}

pub(super) fn query(incoming: &Incoming) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in incoming.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let values = all.entry(percent_decoded(name, true)).or_default();
        values.push(percent_decoded(value, true));
    }
    all
}

/// The body as text or base64, and which it is; none if it is empty.
pub(super) fn body(incoming: &Incoming) -> (Option<String>, bool) {
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

pub(super) fn host(incoming: &Incoming) -> String {
    let host = incoming.headers.get(header::HOST);
    host.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned())
        .unwrap_or_default()
}

pub(super) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        let fields: &mut Map<String, Value> = fields;
        fields.insert(name.to_owned(), value);
    }
}
