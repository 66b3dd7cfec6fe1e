//! Where a request is meant to go, and what it does there.

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderValue, Response as Answer, StatusCode, header};
use serde_json::{Value, json};
use tieout_platform::clock::Clock;
use tieout_platform::http::{RESPONSE_SIZE_MAX_BYTES, Request, Response, TransportError};
use tieout_sandbox::salesforce::Dropped;
use tower::ServiceExt;

use crate::faults::{Mix, Rates};
use crate::world::{DYNAMODB, SECRETS, SQS, World};

/// The receiver of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// One of the three services.
    Aws {
        /// Its host.
        host: &'static str,
        /// For instance `PutItem`.
        operation: String,
    },
    /// Salesforce, its login too.
    Salesforce {
        /// Whether it is the login.
        login: bool,
    },
    /// Xero.
    Xero {
        /// Whether it is the identity server.
        login: bool,
    },
    /// Nowhere: an address that nobody configured.
    Elsewhere {
        /// Its host.
        host: String,
    },
}

impl Host {
    pub(super) fn of(world: &World, request: &Request) -> Self {
        let host = request.uri().host().unwrap_or_default();
        let path = request.uri().path();
        let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
        let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
        if let Some(host) = [DYNAMODB, SQS, SECRETS].into_iter().find(|known| *known == host) {
            return Self::Aws {
                host,
                operation: operation.to_owned(),
            };
        }
        let is = |url: &str| url.strip_prefix("https://").is_some_and(|known| known == host);
        if is(&world.config.config.salesforce.url) {
            return Self::Salesforce {
                login: path.starts_with("/services/oauth2/"),
            };
        }
        let login = is(&world.config.config.xero.identity_url);
        if login || is(&world.config.config.xero.url) {
            return Self::Xero { login };
        }
        Self::Elsewhere { host: host.to_owned() }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Aws { host, .. } => host,
            Self::Salesforce { .. } => "salesforce",
            Self::Xero { login: true } => "identity",
            Self::Xero { .. } => "xero",
            Self::Elsewhere { host } => host,
        }
    }

    pub(super) fn rates<'m>(&self, mix: &'m Mix) -> &'m Rates {
        match self {
            Self::Aws { host: DYNAMODB, .. } => &mix.table,
            Self::Aws { .. } | Self::Elsewhere { .. } => &mix.queue,
            Self::Salesforce { login: true } | Self::Xero { login: true } => &mix.identity,
            Self::Salesforce { .. } => &mix.salesforce,
            Self::Xero { .. } => &mix.xero,
        }
    }

    pub(super) fn is_send_batch(&self) -> bool {
        matches!(self, Self::Aws { operation, .. } if operation == "SendMessageBatch")
    }
}

/// The request takes effect.
pub(super) async fn arrive(world: &World, host: &Host, request: Request) -> Result<Response, TransportError> {
    match host {
        Host::Aws { host: DYNAMODB, operation } => Ok(table(world, operation, &request)),
        Host::Aws { host: SQS, operation } => {
            let answer = world
                .sqs
                .exchange(&format!("http://{SQS}"), request.headers(), request.body())
                .await;
            if !operation.starts_with("Receive") && !operation.starts_with("Get") {
                world.ring_queues();
            }
            Ok(answer)
        }
        Host::Aws { .. } => Ok(world.secrets.exchange(world.clock.now(), request.headers(), request.body())),
        Host::Salesforce { .. } | Host::Xero { .. } => {
            let router = match host {
                Host::Salesforce { .. } => &world.routers.salesforce,
                _ => &world.routers.xero,
            };
            let answer = served(host, router.clone(), request).await;
            world.ring_vendors();
            answer
        }
        Host::Elsewhere { host } => Err(TransportError::NotSent {
            host: host.clone(),
            source: "no such host".into(),
        }),
    }
}

async fn served(host: &Host, router: axum::Router, request: Request) -> Result<Response, TransportError> {
    let cut = || TransportError::Unknown {
        host: host.name().to_owned(),
        source: "the connection was cut".into(),
    };
    let answer = router.oneshot(request.map(Body::from)).await.map_err(|_| cut())?;
    let (parts, body) = answer.into_parts();
    if parts.extensions.get::<Dropped>().is_some() {
        return Err(cut());
    }
    let body = to_bytes(body, RESPONSE_SIZE_MAX_BYTES).await.map_err(|_| cut())?;
    Ok(Answer::from_parts(parts, body))
}

fn table(world: &World, operation: &str, request: &Request) -> Response {
    let result = match serde_json::from_slice::<Value>(request.body()) {
        Ok(mut body) => {
            if let Some(seam) = world.disabled {
                seam.ask_table(operation, &mut body);
            }
            let mut result = world.table().act(operation, &body).map_err(|refusal| refusal.body);
            if let Some(seam) = world.disabled {
                seam.answer_of_table(operation, &body, &mut result);
            }
            if result.is_ok() && matches!(operation, "PutItem" | "TransactWriteItems") {
                world.watch(&body);
            }
            result
        }
        Err(error) => Err(json!({ "__type": "SerializationException", "Message": error.to_string() })),
    };
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(body) => (StatusCode::BAD_REQUEST, body),
    };
    let mut answer = Answer::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("application/x-amz-json-1.0");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

/// The first half of a batch of messages: the rest is refused by the service.
pub(super) fn part_of(request: Request) -> Request {
    let Ok(mut body) = serde_json::from_slice::<Value>(request.body()) else {
        return request;
    };
    if let Some(entries) = body["Entries"].as_array_mut() {
        let half = entries.len() / 2;
        if half == 0 {
            return request;
        }
        entries.truncate(half);
    }
    request.map(|_| Bytes::from(body.to_string()))
}

/// The answer to a batch of which a part was taken. What was cut off is named as failed by who asked for it: its entry is in no list.
pub(super) fn answer_of_part(request: &Request, answer: Response) -> Response {
    let Ok(mut body) = serde_json::from_slice::<Value>(answer.body()) else {
        return answer;
    };
    let asked = serde_json::from_slice::<Value>(request.body()).unwrap_or_default();
    if body.get("Successful").is_none() {
        return answer;
    }
    let taken = asked["Entries"].as_array().map_or(0, Vec::len);
    body["Failed"] =
        json!([{ "Id": taken.to_string(), "Code": "InternalError", "SenderFault": false, "Message": "ordered by the simulator" }]);
    answer.map(|_| Bytes::from(body.to_string()))
}
