//! Requests through API Gateway, as AWS documents them: HTTP API (payload 2.0) and REST API, body plain or base64.
//!
//! Written by hand and not by the local gateway, so that the functions are tested against both independently.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Http,
    Rest,
}

#[derive(Debug, Clone)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub headers: BTreeMap<&'static str, String>,
    pub body: Vec<u8>,
    pub base64: bool,
    /// Subject and issuer.
    pub certificate: Option<(String, String)>,
}

impl Request {
    pub fn post(path: String, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST",
            path,
            headers: BTreeMap::from([("content-type", content_type.to_owned())]),
            body: body.into(),
            base64: false,
            certificate: None,
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn event(&self, shape: Shape) -> Value {
        let body = if self.base64 {
            STANDARD.encode(&self.body)
        } else {
            String::from_utf8(self.body.clone()).unwrap()
        };
        let mut event = match shape {
            Shape::Http => self.http(),
            Shape::Rest => self.rest(),
        };
        event["body"] = if self.body.is_empty() { Value::Null } else { json!(body) };
        event["isBase64Encoded"] = json!(self.base64);
        event
    }

    fn certificate_json(&self) -> Option<Value> {
        let (subject, issuer) = self.certificate.as_ref()?;
        Some(json!({
            "clientCertPem": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----",
            "subjectDN": subject,
            "issuerDN": issuer,
            "serialNumber": "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
            "validity": { "notBefore": "May 28 12:30:02 2026 GMT", "notAfter": "Aug 5 09:36:04 2027 GMT" },
        }))
    }

    fn http(&self) -> Value {
        let mut context = json!({
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "id.execute-api.eu-west-2.amazonaws.com",
            "domainPrefix": "id",
            "http": { "method": self.method, "path": self.path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "agent" },
            "requestId": "id",
            "routeKey": "ANY /salesforce/{secret}",
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1_773_342_238_000_u64,
        });
        if let Some(certificate) = self.certificate_json() {
            context["authentication"] = json!({ "clientCert": certificate });
        }
        json!({
            "version": "2.0",
            "routeKey": "ANY /salesforce/{secret}",
            "rawPath": self.path,
            "rawQueryString": "",
            "headers": self.headers,
            "requestContext": context,
        })
    }

    fn rest(&self) -> Value {
        let capital: BTreeMap<String, &String> = self
            .headers
            .iter()
            .map(|(name, value)| (name[..1].to_uppercase() + &name[1..], value))
            .collect();
        let several: BTreeMap<&String, [&String; 1]> = capital.iter().map(|(name, value)| (name, [*value])).collect();
        let mut identity = json!({ "sourceIp": "192.0.2.1", "userAgent": "agent", "accountId": null, "apiKey": null });
        if let Some(certificate) = self.certificate_json() {
            identity["clientCert"] = certificate;
        }
        json!({
            "resource": "/{proxy+}",
            "path": self.path,
            "httpMethod": self.method,
            "headers": capital,
            "multiValueHeaders": several,
            "queryStringParameters": null,
            "multiValueQueryStringParameters": null,
            "pathParameters": null,
            "stageVariables": null,
            "requestContext": {
                "resourceId": "abc123",
                "resourcePath": "/{proxy+}",
                "httpMethod": self.method,
                "path": format!("/prod{}", self.path),
                "stage": "prod",
                "requestId": "id",
                "identity": identity,
            },
        })
    }
}
