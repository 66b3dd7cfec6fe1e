//! Requests through the gateway: the events that functions get, the answers that callers get.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::common::client;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tieout_local::function::{Function, FunctionError, LocalFunction};
use tieout_local::gateway::{BodyEncoding, ClientCertificate, EventShape, Gateway, PAYLOAD_MAX_BYTES, Route};
use tieout_platform::clock::{ManualClock, SharedClock};

/// Answers with its event, or as the header `x-answer` says.
struct Mirror;

impl Function for Mirror {
    fn invoke(&self, event: Value, _deadline: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(async move {
            match event["headers"]["x-answer"].as_str() {
                None => Ok(json!({ "statusCode": 200, "body": event.to_string() })),
                Some("error") => Err(FunctionError::failed("E", "secret detail")),
                Some("panic") => panic!("on purpose"),
                Some(answer) => Ok(serde_json::from_str(answer).unwrap()),
            }
        })
    }
}

async fn gateway() -> Gateway {
    let clock: SharedClock = ManualClock::new("2026-01-31T23:00:00Z".parse().unwrap());
    let mirror = || LocalFunction::new("mirror", Arc::new(Mirror), Duration::from_secs(5), clock.clone());
    let certificate = ClientCertificate::new("CN=salesforce", "CN=authority");
    let routes = vec![
        Route::any("/salesforce/{secret}", mirror()).with_client_certificate(certificate.clone()),
        Route::any("/encoded", mirror()).encoded(BodyEncoding::AlwaysBase64),
        Route::any("/rest/{secret}", mirror())
            .shaped(EventShape::RestApi)
            .with_client_certificate(certificate),
        Route::any("/xero", mirror()).on(http::Method::POST),
    ];
    Gateway::start(routes, clock, 0).await.unwrap()
}

async fn event(request: reqwest::RequestBuilder) -> Value {
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn the_http_api_event_has_the_fields_of_awss_example() {
    let text = include_str!("../../../../tests/fixtures/aws/example-apigw-v2-request-no-authorizer.json");
    let example: Value = serde_json::from_str(text).unwrap();
    let gateway = gateway().await;
    let request = client()
        .get(format!("{}/salesforce/s3", gateway.url()))
        .header("User-Agent", "curl/7.58.0")
        .header("X-Twice", "1")
        .header("X-Twice", "2");
    let ours = event(request).await;
    for pointer in [
        "",
        "/requestContext",
        "/requestContext/http",
        "/requestContext/authentication/clientCert",
        "/headers",
    ] {
        let keys = |value: &Value| -> BTreeSet<String> {
            let fields = value.pointer(pointer).unwrap().as_object().unwrap();
            fields.keys().cloned().collect()
        };
        let missing: Vec<String> = keys(&example).difference(&keys(&ours)).cloned().collect();
        assert!(missing.is_empty(), "{pointer} lacks {missing:?}");
    }
    assert_eq!(ours["headers"]["x-twice"], "1,2");
    assert_eq!(ours["rawPath"], "/salesforce/s3");
    assert_eq!(ours["pathParameters"], json!({ "secret": "s3" }));
    assert_eq!(ours["routeKey"], "ANY /salesforce/{secret}");
    assert_eq!(ours["requestContext"]["time"], "31/Jan/2026:23:00:00 +0000");
    let certificate = &ours["requestContext"]["authentication"]["clientCert"];
    assert_eq!(certificate["subjectDN"], "CN=salesforce");
    assert_eq!(certificate["issuerDN"], "CN=authority");
    assert!(ours.get("body").is_none());
    gateway.shutdown().await;
}

#[tokio::test]
async fn bodies_go_as_text_or_as_base64() {
    let gateway = gateway().await;
    let check = async |path: &str, kind: &str, body: &[u8], sent: &str, encoded: bool| {
        let request = client()
            .post(format!("{}{path}", gateway.url()))
            .header("content-type", kind)
            .body(body.to_vec());
        let event = event(request).await;
        assert_eq!(event["body"], sent, "{path} {kind}");
        assert_eq!(event["isBase64Encoded"], encoded, "{path} {kind}");
    };
    check("/xero", "application/json", b"{}", "{}", false).await;
    check("/xero", "text/xml; charset=utf-8", "<é/>".as_bytes(), "<é/>", false).await;
    check("/xero", "application/soap+xml", b"<a/>", "<a/>", false).await;
    check("/xero", "application/octet-stream", b"abc", "YWJj", true).await;
    check("/xero", "text/plain", b"\xff", "/w==", true).await;
    check("/encoded", "text/xml", b"abc", "YWJj", true).await;
    check("/rest/s", "text/xml", b"abc", "abc", false).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn the_rest_api_event_has_its_own_shape() {
    let gateway = gateway().await;
    let request = client()
        .post(format!("{}/rest/s3?a=1&a=%32&b=x+y", gateway.url()))
        .header("content-type", "text/xml")
        .body("<a/>");
    let event = event(request).await;
    let check = |pointer: &str, expected: Value| {
        assert_eq!(event.pointer(pointer), Some(&expected), "{pointer}");
    };
    check("/httpMethod", json!("POST"));
    check("/path", json!("/rest/s3"));
    check("/resource", json!("/rest/{secret}"));
    check("/pathParameters", json!({ "secret": "s3" }));
    check("/headers/Content-Type", json!("text/xml"));
    check("/multiValueHeaders/Content-Type", json!(["text/xml"]));
    check("/queryStringParameters", json!({ "a": "2", "b": "x y" }));
    check("/multiValueQueryStringParameters", json!({ "a": ["1", "2"], "b": ["x y"] }));
    check("/requestContext/httpMethod", json!("POST"));
    check("/requestContext/identity/clientCert/subjectDN", json!("CN=salesforce"));
    check("/requestContext/identity/sourceIp", json!("127.0.0.1"));
    check("/body", json!("<a/>"));
    gateway.shutdown().await;
}

#[tokio::test]
async fn answers_become_responses() {
    let gateway = gateway().await;
    let check = async |answer: &str, status: u16, kind: &str, body: &str| {
        let request = client().post(format!("{}/xero", gateway.url())).header("x-answer", answer);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{answer}");
        let told = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(told, kind, "{answer}");
        assert_eq!(response.text().await.unwrap(), body, "{answer}");
    };
    let json_type = "application/json";
    let text_type = "text/plain;charset=utf-8";
    check(r#"{"statusCode":401}"#, 401, text_type, "").await;
    check(
        r#"{"statusCode":200,"headers":{"Content-Type":"text/xml"},"body":"<a/>"}"#,
        200,
        "text/xml",
        "<a/>",
    )
    .await;
    check(r#"{"statusCode":200,"body":"YWJj","isBase64Encoded":true}"#, 200, text_type, "abc").await;
    check(r#"{"done":true}"#, 200, json_type, r#"{"done":true}"#).await;
    let broken = r#"{"message":"Internal Server Error"}"#;
    check("error", 500, json_type, broken).await;
    check("panic", 500, json_type, broken).await;
    check(r#"{"statusCode":"often"}"#, 500, json_type, broken).await;
    check(r#"{"statusCode":200,"body":{}}"#, 500, json_type, broken).await;
    gateway.shutdown().await;
}

#[tokio::test]
async fn what_no_function_sees() {
    let gateway = gateway().await;
    let check = async |method: http::Method, path: &str, length: usize, status: u16| {
        let request = client()
            .request(method.clone(), format!("{}{path}", gateway.url()))
            .body(vec![b'x'; length]);
        let answered = request.send().await.unwrap().status();
        assert_eq!(answered, status, "{method} {path} {length}");
    };
    check(http::Method::POST, "/other", 1, 404).await;
    check(http::Method::GET, "/xero", 0, 404).await;
    check(http::Method::POST, "/xero", PAYLOAD_MAX_BYTES + 1, 413).await;
    check(http::Method::POST, "/xero", 1_000_000, 200).await;
    gateway.shutdown().await;
}
