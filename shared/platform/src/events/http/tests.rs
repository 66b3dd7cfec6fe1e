//! Both kinds of events, and what is not one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use serde_json::json;

use super::*;

const MAX_BYTES: usize = 12;

fn http_api() -> Value {
    json!({
        "version": "2.0", "rawPath": "/hook/a", "isBase64Encoded": false, "body": "hello",
        "headers": {"x-hook-signature": "abc=", "content-type": "application/json; charset=utf-8"},
        "requestContext": {"stage": "$default", "http": {"method": "POST", "path": "/hook/a"},
            "authentication": {"clientCert": {"subjectDN": "CN=a", "issuerDN": "CN=b"}}}
    })
}

fn rest_api() -> Value {
    json!({
        "httpMethod": "POST", "path": "/hook/a", "isBase64Encoded": true, "body": "aGVsbG8=",
        "headers": {"X-Hook-Signature": "abc="},
        "multiValueHeaders": {"X-Hook-Signature": ["abc="], "Content-Type": ["application/json; charset=utf-8"]},
        "requestContext": {"stage": "live", "identity": {"clientCert": {"subjectDN": "CN=a", "issuerDN": "CN=b"}}}
    })
}

#[test]
fn both_kinds_are_the_same_request() {
    let one = HttpEvent::parse(&http_api(), MAX_BYTES).unwrap();
    let other = HttpEvent::parse(&rest_api(), MAX_BYTES).unwrap();
    assert!(one == other, "{one:?} {other:?}");
    assert_eq!(
        (one.method.as_str(), one.path.as_str(), one.body.as_slice()),
        ("POST", "/hook/a", b"hello".as_slice())
    );
    assert_eq!(one.only_header("X-HOOK-SIGNATURE"), Ok("abc="));
    let certificate = one.client_certificate.as_ref().unwrap();
    assert_eq!((certificate.subject.as_str(), certificate.issuer.as_str()), ("CN=a", "CN=b"));
    assert!(!format!("{one:?}").contains("hook"), "a path may hold a secret");
}

#[test]
fn a_body_has_a_size_before_and_after_decoding() {
    let rows = [
        (false, json!("123456789012"), Ok(12)),
        (false, json!("1234567890123"), Err(EventError::TooLarge { max_bytes: MAX_BYTES })),
        (false, json!("ééééééé"), Err(EventError::TooLarge { max_bytes: MAX_BYTES })),
        (false, Value::Null, Ok(0)),
        (true, json!("MTIzNDU2Nzg5MDEy"), Ok(12)),
        (
            true,
            json!("MTIzNDU2Nzg5MDEyMw=="),
            Err(EventError::TooLarge { max_bytes: MAX_BYTES }),
        ),
        (true, json!("MTIzNDU2*"), Err(EventError::Base64)),
        (true, json!(""), Ok(0)),
    ];
    for (encoded, body, expected) in rows {
        let mut event = http_api();
        event["isBase64Encoded"] = json!(encoded);
        event["body"] = body;
        let size = HttpEvent::parse(&event, MAX_BYTES).map(|event| event.body.len());
        assert_eq!(size, expected, "{event}");
    }
}

#[test]
fn a_header_is_there_once_or_not_at_all() {
    let mut twice = rest_api();
    twice["multiValueHeaders"]["x-hook-signature"] = json!(["def="]);
    let mut joined = http_api();
    joined["headers"]["x-hook-signature"] = json!("abc=,def=");
    let mut empty = http_api();
    empty["headers"]["x-hook-signature"] = json!(" ");
    let mut none = http_api();
    none["headers"] = Value::Null;
    let mut last_ones_only = rest_api();
    last_ones_only["multiValueHeaders"] = Value::Null;
    let mut empty_list = rest_api();
    empty_list["multiValueHeaders"] = json!({});
    let mut version_1 = http_api();
    version_1["requestContext"] = json!({"httpMethod": "POST", "stage": "$default"});
    version_1["httpMethod"] = json!("POST");
    version_1["path"] = json!("/hook/a");
    version_1["headers"] = json!({"X-HOOK-SIGNATURE": " abc= ", "Content-Length": null});
    let rows = [
        (last_ones_only, Ok("abc=")),
        (empty_list, Ok("abc=")),
        (version_1, Ok("abc=")),
        (twice, Err(HeaderFault::Several)),
        (joined, Err(HeaderFault::Several)),
        (empty, Err(HeaderFault::Missing)),
        (none, Err(HeaderFault::Missing)),
        (http_api(), Ok("abc=")),
    ];
    for (event, expected) in rows {
        let event = HttpEvent::parse(&event, MAX_BYTES).unwrap();
        assert_eq!(event.only_header("x-hook-signature"), expected);
    }
}

#[test]
fn a_stage_is_not_part_of_the_path() {
    let rows = [
        ("$default", "/a/b", "/a/b"),
        ("live", "/live/a/b", "/a/b"),
        ("live", "/a/b", "/a/b"),
        ("live", "/lively/b", "/lively/b"),
    ];
    for (stage, raw, path) in rows {
        let mut event = http_api();
        event["requestContext"]["stage"] = json!(stage);
        event["rawPath"] = json!(raw);
        assert_eq!(HttpEvent::parse(&event, MAX_BYTES).unwrap().path, path);
    }
}

#[test]
fn another_event_is_refused_and_no_certificate_is_none() {
    for event in [
        json!(null),
        json!([]),
        json!({"Records": []}),
        json!({"httpMethod": 5}),
        json!({"httpMethod": "GET"}),
    ] {
        let error = HttpEvent::parse(&event, MAX_BYTES).unwrap_err();
        assert!(matches!(error, EventError::Form { .. }), "{event}: {error}");
    }
    let mut bare = http_api();
    bare["requestContext"]["authentication"] = Value::Null;
    bare["headers"]["x-amzn-mtls-clientcert"] = json!("CN=forged");
    assert_eq!(HttpEvent::parse(&bare, MAX_BYTES).unwrap().client_certificate, None);
}

#[test]
fn the_example_of_aws_is_read() {
    let text = include_str!("../../../../../tests/fixtures/aws/example-apigw-v2-request-no-authorizer.json");
    let event = HttpEvent::parse(&serde_json::from_str(text).unwrap(), MAX_BYTES).unwrap();
    assert_eq!((event.method.as_str(), event.path.as_str(), event.body.len()), ("GET", "/", 0));
    assert!(event.client_certificate.unwrap().subject.ends_with("CN=My Client"));
}
