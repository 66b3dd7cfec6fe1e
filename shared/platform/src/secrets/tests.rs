//! Secrets of the right and of the wrong form, and what Secrets Manager may answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use aws_sdk_secretsmanager::error::ErrorMetadata;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::json;

use super::*;
use crate::http::{Connector, Request, Response, TransportError};

fn check<T: SecretForm + std::fmt::Debug>(rows: &[(&str, Option<&str>)]) {
    for (text, fault) in rows {
        let found = read::<T>("arn:canary-free", text);
        match (found, fault) {
            (Ok(secret), None) => assert!(!format!("{secret:?}").contains("canary"), "{secret:?}"),
            (Err(error), Some(words)) => {
                let message = error.to_string();
                assert!(message.contains(words), "{text}: {message}");
                assert!(!message.replace("canary-free", "").contains("canary"), "{text}: {message}");
                assert_eq!(error.class(), Class::Permanent);
            }
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
}

#[test]
fn secrets_have_forms() {
    let form = Some("another form");
    check::<SalesforceWebhookSecret>(&[
        (r#"{"path": "canary-canary-canary"}"#, None),
        (r#"{"path": "canary"}"#, Some("too short")),
        (r#"{"path": "canary/canary/canary"}"#, Some("other characters")),
        (r#"{"path": ""}"#, Some("too short")),
        (r#"{"paht": "canary-canary-canary"}"#, form),
        (r#"{"path": "canary-canary-canary", "other": "canary"}"#, form),
        (r#"{"path": 5}"#, form),
        ("canary", form),
        ("", form),
    ]);
    check::<XeroWebhookSecret>(&[
        (r#"{"keys": ["canary"]}"#, None),
        (r#"{"keys": ["canary", "canary2"]}"#, None),
        (r#"{"keys": ["canary", "canary2", "canary3"]}"#, Some("too many")),
        (r#"{"keys": []}"#, Some("no key")),
        (r#"{"keys": ["canary", " "]}"#, Some("empty key")),
        (r#"{"keys": "canary"}"#, form),
    ]);
    check::<SalesforceSecret>(&[
        (r#"{"client_id": "canary", "client_secret": "canary"}"#, None),
        (
            r#"{"client_id": "canary", "private_key_pem": "-----BEGIN PRIVATE KEY-----\ncanary"}"#,
            None,
        ),
        (r#"{"client_id": "canary", "private_key_pem": "canary"}"#, Some("not PEM")),
        (r#"{"client_id": "canary"}"#, Some("neither or both")),
        (
            r#"{"client_id": "canary", "client_secret": "canary", "private_key_pem": "-----BEGIN "}"#,
            Some("neither or both"),
        ),
        (r#"{"client_id": "", "client_secret": "canary"}"#, Some("empty client_id")),
        (r#"{"client_id": "canary", "client_secret": " "}"#, Some("empty client_secret")),
    ]);
    check::<XeroSecret>(&[
        (r#"{"client_id": "canary", "client_secret": "canary"}"#, None),
        (
            r#"{"client_id": "canary", "client_secret": ""}"#,
            Some("empty client_id or client_secret"),
        ),
        (r#"{"client_id": "canary"}"#, form),
    ]);
    let large = json!({"client_id": "canary".repeat(SECRET_SIZE_MAX_BYTES), "client_secret": "canary"}).to_string();
    check::<XeroSecret>(&[(&large, Some("too large"))]);
}

/// A Secrets Manager that always gives one answer.
#[derive(Debug)]
struct Always(u16, String);

impl Connector for Always {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        assert_eq!(request.headers()["x-amz-target"], "secretsmanager.GetSecretValue");
        let mut response = Response::new(Bytes::from(self.1.clone()));
        *response.status_mut() = http::StatusCode::from_u16(self.0).unwrap();
        Box::pin(std::future::ready(Ok(response)))
    }
}

async fn answered(status: u16, body: serde_json::Value) -> Result<XeroSecret, SecretError> {
    let settings = AwsSettings::local("http://127.0.0.1:1", Arc::new(Always(status, body.to_string())));
    Secrets::new(&settings).get_json("xero").await
}

#[tokio::test]
async fn secrets_manager_is_asked_and_understood() {
    let text = json!({"client_id": "a", "client_secret": "b"}).to_string();
    let secret = answered(200, json!({"Name": "xero", "SecretString": text})).await.unwrap();
    assert_eq!(secret.client_secret.expose(), "b");
    let error = answered(200, json!({"Name": "xero"})).await.unwrap_err();
    assert!(matches!(error, SecretError::Form { .. }), "{error}");
    let error = answered(400, json!({"__type": "ResourceNotFoundException"})).await.unwrap_err();
    assert!(error.to_string().contains("ResourceNotFoundException"), "{error}");
}

#[test]
fn a_refusal_is_for_ever_and_an_outage_is_not() {
    let transient = Class::Transient { after: None };
    let rows = [
        (400, "ResourceNotFoundException", Class::Permanent),
        (400, "AccessDeniedException", Class::Permanent),
        (400, "ThrottlingException", transient),
        (500, "InternalServiceError", transient),
    ];
    for (status, code, class) in rows {
        let metadata = ErrorMetadata::builder().code(code).build();
        let raw = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
        let error = SdkError::service_error(GetSecretValueError::generic(metadata), raw);
        assert_eq!(refused("xero", &error).class(), class, "{status} {code}");
    }
    assert_eq!(refused("xero", &SdkError::timeout_error("late")).class(), transient);
}
