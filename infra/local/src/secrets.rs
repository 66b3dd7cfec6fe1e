//! Secrets Manager, of which only GetSecretValue: from a map that the caller gives.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tieout_platform::clock::SharedClock;

use crate::http_server::{BindError, LoopbackServer};
use crate::sqs::{LOCAL_ACCOUNT, LOCAL_REGION};

const TARGET: &str = "secretsmanager.GetSecretValue";
const JSON_1_1: &str = "application/x-amz-json-1.1";
/// What Secrets Manager appends to a name to make an ARN: a hyphen and six characters.
const ARN_SUFFIX: &str = "-LocalX";

/// The secrets by name; never printed. A clone is the same map.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    by_name: Arc<RwLock<BTreeMap<String, SecretString>>>,
}

impl Secrets {
    /// The value of `name` from now on: a rotation, to who reads it anew.
    pub fn set(&self, name: impl Into<String>, value: impl Into<SecretString>) {
        let mut map = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        map.insert(name.into(), value.into());
    }

    fn get(&self, name: &str) -> Option<SecretString> {
        let map = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        map.get(name).cloned()
    }
}

impl FromIterator<(String, SecretString)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, SecretString)>>(items: I) -> Self {
        Self {
            by_name: Arc::new(RwLock::new(items.into_iter().collect())),
        }
    }
}

/// The endpoint, running.
#[derive(Debug)]
pub struct SecretsServer {
    server: LoopbackServer,
}

#[derive(Debug)]
struct Shared {
    secrets: Secrets,
    clock: SharedClock,
}

impl SecretsServer {
    /// Serves `secrets` on 127.0.0.1:`port` (0: any free one).
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(secrets: Secrets, clock: SharedClock, port: u16) -> Result<Self, BindError> {
        let shared = Arc::new(Shared { secrets, clock });
        let router = Router::new().fallback(answer).with_state(shared);
        Ok(Self {
            server: LoopbackServer::start("Secrets Manager", port, router).await?,
        })
    }

    /// The endpoint for an AWS client.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Stops.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.secrets.exchange(shared.clock.now(), &headers, &body).map(Body::from)
}

impl Secrets {
    /// Answers a request of the protocol without a socket, for a caller that brings its own connector.
    pub fn exchange(&self, now: DateTime<Utc>, headers: &HeaderMap, body: &[u8]) -> http::Response<Bytes> {
        let target = headers.get("x-amz-target");
        if target.and_then(|value| value.to_str().ok()) != Some(TARGET) {
            return refuse("UnknownOperationException", "only GetSecretValue is here");
        }
        let Ok(request) = serde_json::from_slice::<Value>(body) else {
            return refuse("SerializationException", "the body is not JSON");
        };
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let Some(id) = text("SecretId") else {
            return refuse("ValidationException", "SecretId is missing");
        };
        let current = text("VersionStage").is_none_or(|stage| stage == "AWSCURRENT");
        let name = name_of(id);
        match self.get(name).filter(|_| current) {
            None => refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
            Some(value) => reply(
                StatusCode::OK,
                &json!({
                    "ARN": format!("arn:aws:secretsmanager:{LOCAL_REGION}:{LOCAL_ACCOUNT}:secret:{name}{ARN_SUFFIX}"),
                    "Name": name,
                    "VersionId": "00000000-0000-4000-8000-000000000000",
                    "VersionStages": ["AWSCURRENT"],
                    "SecretString": value.expose_secret(),
                    "CreatedDate": now.timestamp(),
                }),
            ),
        }
    }
}

/// A secret may be asked for by name, or by ARN with or without the suffix.
fn name_of(id: &str) -> &str {
    match id.split_once(":secret:") {
        None => id,
        Some((_, name)) => name.strip_suffix(ARN_SUFFIX).unwrap_or(name),
    }
}

fn refuse(kind: &str, message: &str) -> http::Response<Bytes> {
    let body = json!({ "__type": kind, "Message": message });
    reply(StatusCode::BAD_REQUEST, &body)
}

fn reply(status: StatusCode, body: &Value) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(JSON_1_1);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
