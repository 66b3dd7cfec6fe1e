//! The event that a request becomes: of an HTTP API, or of a REST API.

use std::collections::BTreeMap;

use crate::ids::new_uuid;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, header};
use serde_json::{Value, json};

use super::route::{BodyEncoding, ClientCertificate, EventShape, Route};
use crate::sqs::LOCAL_ACCOUNT;

const LOCAL_API: &str = "localapi00";
const SOURCE_IP: &str = "127.0.0.1";
const COMMON_LOG_TIME: &str = "%d/%b/%Y:%H:%M:%S +0000";

/// Values by name, in the order in which they were sent.
type Multiple = BTreeMap<String, Vec<String>>;

/// A request that a route takes.
#[derive(Debug)]
pub(super) struct Incoming<'a> {
    pub(super) route: &'a Route,
    pub(super) request: &'a Request<Bytes>,
    pub(super) path_parameters: BTreeMap<String, String>,
    pub(super) received_at: DateTime<Utc>,
}

impl Incoming<'_> {
    pub(super) fn event(&self) -> Value {
        match self.route.shape {
            EventShape::HttpApi => self.http_api(),
            EventShape::RestApi => self.rest_api(),
        }
    }

    /// Payload format 2.0: headers in lower case, repeated ones joined by a comma.
    fn http_api(&self) -> Value {
        let mut headers = joined(self.headers());
        let cookies = headers.remove("cookie");
        let query = joined(self.query());
        let (path, method, host) = (self.path(), self.request.method().as_str(), self.host());
        let mut context = json!({
            "accountId": LOCAL_ACCOUNT,
            "apiId": LOCAL_API,
            "domainName": host,
            "domainPrefix": host.split('.').next().unwrap_or_default(),
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE_IP,
                "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
            },
            "requestId": new_uuid().to_string(),
            "routeKey": self.route.key(),
            "stage": "$default",
            "time": self.received_at.format(COMMON_LOG_TIME).to_string(),
            "timeEpoch": self.received_at.timestamp_millis(),
        });
        if let Some(certificate) = &self.route.client_certificate {
            context["authentication"] = json!({ "clientCert": certificate_json(certificate) });
        }
        let (body, encoded) = self.body();
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route.key(),
            "rawPath": path,
            "rawQueryString": self.request.uri().query().unwrap_or_default(),
            "headers": headers,
            "requestContext": context,
            "isBase64Encoded": encoded,
        });
        let cookies = cookies.map(|cookies| json!(cookies.split(';').map(str::trim).collect::<Vec<_>>()));
        for (name, value) in [
            ("cookies", cookies),
            ("queryStringParameters", unless_empty(&query)),
            ("pathParameters", unless_empty(&self.path_parameters)),
            ("body", body.map(Value::from)),
        ] {
            if let Some(value) = value {
                event[name] = value;
            }
        }
        event
    }

    /// Payload format 1.0 of a REST API: headers as senders write them (`Content-Type`), once single and once multiple.
    fn rest_api(&self) -> Value {
        let headers = self.headers().into_iter();
        let headers: Multiple = headers.map(|(name, values)| (title_case(&name), values)).collect();
        let query = self.query();
        let (path, method) = (self.path(), self.request.method().as_str());
        let mut identity = json!({
            "sourceIp": SOURCE_IP,
            "userAgent": headers.get("User-Agent").and_then(|values| values.last()),
            "accessKey": null, "accountId": null, "apiKey": null, "caller": null, "user": null, "userArn": null,
        });
        if let Some(certificate) = &self.route.client_certificate {
            identity["clientCert"] = certificate_json(certificate);
        }
        let (body, encoded) = self.body();
        json!({
            "resource": self.route.path,
            "path": path,
            "httpMethod": method,
            "headers": last(&headers),
            "multiValueHeaders": headers,
            "queryStringParameters": unless_empty(&last(&query)),
            "multiValueQueryStringParameters": unless_empty(&query),
            "pathParameters": unless_empty(&self.path_parameters),
            "stageVariables": null,
            "requestContext": {
                "resourceId": "local0",
                "resourcePath": self.route.path,
                "httpMethod": method,
                "path": format!("/local{path}"),
                "accountId": LOCAL_ACCOUNT,
                "apiId": LOCAL_API,
                "domainName": self.host(),
                "protocol": "HTTP/1.1",
                "stage": "local",
                "requestId": new_uuid().to_string(),
                "requestTime": self.received_at.format(COMMON_LOG_TIME).to_string(),
                "requestTimeEpoch": self.received_at.timestamp_millis(),
                "identity": identity,
            },
            "body": body,
            "isBase64Encoded": encoded,
        })
    }

    fn path(&self) -> &str {
        self.request.uri().path()
    }

    fn host(&self) -> String {
        let host = self.request.headers().get(header::HOST);
        host.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned())
            .unwrap_or_default()
    }

    /// The sender's headers and those that the gateway adds.
    fn headers(&self) -> Multiple {
        let mut all = Multiple::new();
        for (name, value) in self.request.headers() {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            all.entry(name.as_str().to_owned()).or_default().push(value);
        }
        let forwarded = all.entry("x-forwarded-for".to_owned()).or_default();
        forwarded.push(SOURCE_IP.to_owned());
        let trace = new_uuid().simple().to_string().split_off(8);
        for (name, value) in [
            ("x-forwarded-port", "443".to_owned()),
            ("x-forwarded-proto", "https".to_owned()),
            ("x-amzn-trace-id", format!("Root=1-{:08x}-{trace}", self.received_at.timestamp())),
            ("content-length", self.request.body().len().to_string()),
        ] {
            all.entry(name.to_owned()).or_insert_with(|| vec![value]);
        }
        all
    }

    fn query(&self) -> Multiple {
        let mut all = Multiple::new();
        let query = self.request.uri().query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            all.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        all
    }

    /// The body as text or base64, and which it is; none if it is empty.
    fn body(&self) -> (Option<String>, bool) {
        let body = self.request.body();
        if body.is_empty() {
            return (None, false);
        }
        let plain = self.route.body_encoding == BodyEncoding::ByContentType && self.is_text();
        match std::str::from_utf8(body) {
            Ok(text) if plain => (Some(text.to_owned()), false),
            _ => (Some(BASE64.encode(body)), true),
        }
    }

    /// Text and the JSON and XML types go as they are; so does a body of no type.
    fn is_text(&self) -> bool {
        let Some(kind) = self.request.headers().get(header::CONTENT_TYPE) else {
            return true;
        };
        let kind = String::from_utf8_lossy(kind.as_bytes()).to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.starts_with("text/")
            || matches!(kind, "application/json" | "application/xml" | "application/javascript")
            || kind.ends_with("+json")
            || kind.ends_with("+xml")
    }
}

/// A certificate as AWS describes it, valid for the century.
fn certificate_json(certificate: &ClientCertificate) -> Value {
    json!({
        "clientCertPem": "-----BEGIN CERTIFICATE-----\nlocal\n-----END CERTIFICATE-----\n",
        "subjectDN": certificate.subject_dn,
        "issuerDN": certificate.issuer_dn,
        "serialNumber": "1",
        "validity": { "notBefore": "Jan  1 00:00:00 2000 GMT", "notAfter": "Dec 31 23:59:59 2099 GMT" },
    })
}

fn joined(all: Multiple) -> BTreeMap<String, String> {
    all.into_iter().map(|(name, values)| (name, values.join(","))).collect()
}

fn last(all: &Multiple) -> BTreeMap<String, String> {
    all.iter()
        .filter_map(|(name, values)| Some((name.clone(), values.last()?.clone())))
        .collect()
}

fn unless_empty<V: serde::Serialize>(all: &BTreeMap<String, V>) -> Option<Value> {
    (!all.is_empty()).then(|| json!(all))
}

fn title_case(name: &str) -> String {
    let word = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
