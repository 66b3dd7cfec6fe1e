//! The web server of the queues: AWS JSON protocol 1.0 on the loopback interface.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use tieout_platform::entropy::new_uuid;

use super::errors::SqsError;
use super::{Sqs, protocol, queue_url};
use crate::http_server::{LoopbackServer, address_of, bind};

/// A body may hold a batch of 1 MiB, escaped as JSON (six bytes a character at worst), and its attributes.
const REQUEST_MAX_BYTES: usize = 8 * 1_024 * 1_024;
const TARGET_PREFIX: &str = "AmazonSQS.";
const JSON_1_0: &str = "application/x-amz-json-1.0";

/// The queues' server, running.
#[derive(Debug)]
pub struct SqsServer {
    sqs: Sqs,
    server: LoopbackServer,
}

#[derive(Debug)]
struct Shared {
    sqs: Sqs,
    base_url: String,
}

impl SqsServer {
    /// Serves `sqs` on 127.0.0.1:`port` (0: any free one).
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(sqs: Sqs, port: u16) -> Result<Self, SqsError> {
        const WHAT: &str = "the queues";
        let listener = bind(WHAT, port).await?;
        let shared = Arc::new(Shared {
            sqs: sqs.clone(),
            base_url: format!("http://{}", address_of(&listener)),
        });
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(REQUEST_MAX_BYTES))
            .with_state(shared);
        Ok(Self {
            sqs,
            server: LoopbackServer::serve(WHAT, listener, router),
        })
    }

    /// The endpoint for an AWS client.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The address of a queue; only its last part counts, so an older one goes on to work on another port.
    pub fn queue_url(&self, name: &str) -> String {
        queue_url(&self.url(), name)
    }

    /// Ends long polls and stops.
    pub async fn shutdown(self) {
        self.sqs.close();
        self.server.shutdown().await;
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.sqs.exchange(&shared.base_url, &headers, &body).await.map(Body::from)
}

impl Sqs {
    /// Answers a request of the protocol without a socket, for a caller that brings its own connector; `base_url` is what the URLs of queues begin with.
    pub async fn exchange(&self, base_url: &str, headers: &HeaderMap, body: &[u8]) -> http::Response<Bytes> {
        let target = headers.get("x-amz-target");
        let target = target.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let result = match target.strip_prefix(TARGET_PREFIX) {
            None => Err(SqsError::UnknownOperation(target.to_owned())),
            Some(action) => run(self, base_url, action, body).await,
        };
        match result {
            Ok(json) => reply(StatusCode::OK, &json, None),
            Err(error) => {
                let (shape, code, status) = error.codes();
                let fault = if error.is_senders_fault() {
                    "Sender"
                } else {
                    tracing::error!(%error, target, "the local queues failed");
                    "Receiver"
                };
                let json = json!({ "__type": shape, "message": error.to_string() });
                reply(status, &json, Some(&format!("{code};{fault}")))
            }
        }
    }
}

async fn run(sqs: &Sqs, base_url: &str, action: &str, body: &[u8]) -> Result<Value, SqsError> {
    let request = if body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(body).map_err(|error| SqsError::Serialization(error.to_string()))?
    };
    let result = protocol::act(sqs, base_url, action, &request).await;
    if let Err(error) = &result {
        tracing::debug!(action, queue = protocol::queue_of(&request), code = %error.codes().1, "refused");
    }
    result
}

fn reply(status: StatusCode, json: &Value, query_error: Option<&str>) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(json.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_1_0));
    let values = [
        ("x-amzn-requestid", Some(new_uuid().to_string())),
        ("x-amzn-query-error", query_error.map(str::to_owned)),
    ];
    for (name, value) in values {
        if let Some(value) = value.and_then(|text| text.parse().ok()) {
            headers.insert(name, value);
        }
    }
    response
}
