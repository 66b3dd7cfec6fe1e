//! The web server of the queues: AWS JSON protocol 1.0 on the loopback interface.

use std::sync::Arc;

use crate::ids::new_uuid;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::errors::SqsError;
use super::{Sqs, protocol, queue_name, queue_url};
use crate::http_server::{LoopbackServer, address_of, aws_target, bind, json_response};

/// A body may hold a batch of 1 MiB, escaped as JSON (six bytes a character at worst), and its attributes.
const REQUEST_MAX_BYTES: usize = 8 * 1_024 * 1_024;
const TARGET_PREFIX: &str = "AmazonSQS.";
const JSON_1_0: &str = "application/x-amz-json-1.0";

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
        let target = aws_target(headers);
        let mut response = match run(self, base_url, target, body).await {
            Ok(answer) => json_response(StatusCode::OK, JSON_1_0, &answer),
            Err(error) => refusal(target, &error),
        };
        put(&mut response, "x-amzn-requestid", &new_uuid().to_string());
        response
    }
}

async fn run(sqs: &Sqs, base_url: &str, target: &str, body: &[u8]) -> Result<Value, SqsError> {
    let Some(action) = target.strip_prefix(TARGET_PREFIX) else {
        return Err(SqsError::UnknownOperation(target.to_owned()));
    };
    let request = if body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(body)?
    };
    let result = protocol::act(sqs, base_url, action, &request).await;
    if let Err(error) = &result {
        let queue = queue_name(request["QueueUrl"].as_str().unwrap_or_default());
        tracing::debug!(action, queue, code = %error.codes().1, "refused");
    }
    result
}

fn refusal(target: &str, error: &SqsError) -> http::Response<Bytes> {
    let (shape, code) = error.codes();
    let (status, fault) = if error.is_senders_fault() {
        (StatusCode::BAD_REQUEST, "Sender")
    } else {
        tracing::error!(%error, target, "the local queues failed");
        (StatusCode::INTERNAL_SERVER_ERROR, "Receiver")
    };
    let body = json!({ "__type": shape, "message": error.to_string() });
    let mut response = json_response(status, JSON_1_0, &body);
    put(&mut response, "x-amzn-query-error", &format!("{code};{fault}"));
    response
}

fn put(response: &mut http::Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}
