//! Secrets Manager, of which only GetSecretValue: from a map that the caller gives.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tieout_platform::clock::SharedClock;

use crate::http_server::{BindError, LoopbackServer, aws_target, json_response};
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

    /// Serves them on 127.0.0.1:`port` (0: any free one).
    ///
    /// # Errors
    /// The port is taken.
    pub async fn serve(self, clock: SharedClock, port: u16) -> Result<LoopbackServer, BindError> {
        let shared = Arc::new(Shared { secrets: self, clock });
        let router = Router::new().fallback(answer).with_state(shared);
        LoopbackServer::start("Secrets Manager", port, router).await
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

#[derive(Debug)]
struct Shared {
    secrets: Secrets,
    clock: SharedClock,
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.secrets.exchange(shared.clock.now(), &headers, &body).map(Body::from)
}

impl Secrets {
    /// Answers a request of the protocol without a socket, for a caller that brings its own connector.
    pub fn exchange(&self, now: DateTime<Utc>, headers: &HeaderMap, body: &[u8]) -> http::Response<Bytes> {
        match self.answer(now, aws_target(headers), body) {
            Ok(answer) => json_response(StatusCode::OK, JSON_1_1, &answer),
            Err((kind, message)) => {
                let body = json!({ "__type": kind, "Message": message });
                json_response(StatusCode::BAD_REQUEST, JSON_1_1, &body)
            }
        }
    }

    /// The answer, or the kind and text of a refusal.
    fn answer(&self, now: DateTime<Utc>, target: &str, body: &[u8]) -> Result<Value, (&'static str, &'static str)> {
        if target != TARGET {
            return Err(("UnknownOperationException", "only GetSecretValue is here"));
        }
        let request: Value = serde_json::from_slice(body).map_err(|_| ("SerializationException", "the body is not JSON"))?;
        let id = request["SecretId"].as_str();
        let name = name_of(id.ok_or(("ValidationException", "SecretId is missing"))?);
        let current = request["VersionStage"].as_str().is_none_or(|stage| stage == "AWSCURRENT");
        let found = self.get(name).filter(|_| current);
        let missing = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
        let value = found.ok_or(missing)?;
        Ok(json!({
            "ARN": format!("arn:aws:secretsmanager:{LOCAL_REGION}:{LOCAL_ACCOUNT}:secret:{name}{ARN_SUFFIX}"),
            "Name": name,
            "VersionId": "00000000-0000-4000-8000-000000000000",
            "VersionStages": ["AWSCURRENT"],
            "SecretString": value.expose_secret(),
            "CreatedDate": now.timestamp(),
        }))
    }
}

/// A secret may be asked for by name, or by ARN with or without the suffix.
fn name_of(id: &str) -> &str {
    match id.split_once(":secret:") {
        None => id,
        Some((_, name)) => name.strip_suffix(ARN_SUFFIX).unwrap_or(name),
    }
}
