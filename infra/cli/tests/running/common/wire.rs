//! The wire beneath all functions: it counts the requests that leave, and at one of them does what the plan says.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;
use tieout_platform::http::{Connector, Network, Request, Response, TransportError};
use tokio::sync::Notify;

/// What happens at the request that a plan waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The process dies before the request leaves.
    CrashBefore,
    /// The request takes effect, and the process dies before it sees the answer.
    CrashAfter,
    /// The request takes effect, and the connection breaks before the answer.
    AnswerLost,
    /// Nothing is done; 429 with a wait.
    Throttled,
    /// Nothing is done; 500 without a readable body.
    ServerError,
    /// The request takes effect, and the answer is 500.
    ServerErrorAfter,
    /// The request takes effect, and half of the answer comes.
    Truncated,
    /// Nothing is done; 400 with words that repeat what was sent.
    Refused,
}

impl Trouble {
    /// A crash after a read leaves what a crash before it leaves. What AWS answers is the business of its SDK, which tries again by itself:
    /// of its requests only the answers to writes are lost.
    fn concerns(self, request: &Request) -> bool {
        match self {
            Self::CrashBefore => true,
            Self::CrashAfter => !is_read(request),
            Self::AnswerLost => !is_aws(request) || !is_read(request),
            _ => !is_aws(request),
        }
    }

    /// Whether the process is gone afterwards.
    pub fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }
}

#[derive(Debug, Default)]
struct Plan {
    armed: Option<(usize, Trouble)>,
    seen: usize,
    met: Option<String>,
    dead: bool,
}

/// The connector of a world: the network, with one trouble at a time.
pub struct Wire {
    network: Network,
    plan: Mutex<Plan>,
    died: Notify,
    /// Access tokens and hosts that requests went out with.
    heard: Mutex<(BTreeSet<String>, BTreeSet<String>)>,
    /// Counts whatever moves, so that the clock can tell whether somebody waits for it.
    pub moves: AtomicUsize,
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Wire")
    }
}

impl Wire {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            network: Network::new().unwrap(),
            plan: Mutex::default(),
            died: Notify::new(),
            heard: Mutex::default(),
            moves: AtomicUsize::new(0),
        })
    }

    /// The access tokens that were used so far.
    pub fn tokens(&self) -> BTreeSet<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// The hosts that were asked so far.
    pub fn hosts(&self) -> BTreeSet<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    fn hear(&self, request: &Request) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        heard
            .0
            .extend(header.and_then(|header| header.strip_prefix("Bearer ")).map(str::to_owned));
        heard.1.extend(request.uri().host().map(str::to_owned));
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request of this number, from 0, meets `trouble`.
    pub fn arm(&self, at: usize, trouble: Trouble) {
        *self.plan() = Plan {
            armed: Some((at, trouble)),
            ..Plan::default()
        };
    }

    /// Ends the plan; gives what was met, if it was.
    pub fn disarm(&self) -> Option<String> {
        std::mem::take(&mut *self.plan()).met
    }

    /// Resolves when the process has died.
    pub async fn died(&self) {
        self.died.notified().await;
    }

    fn trouble(&self, request: &Request) -> Result<Option<Trouble>, ()> {
        let mut plan = self.plan();
        if plan.dead {
            return Err(());
        }
        let Some((at, trouble)) = plan.armed.filter(|(_, trouble)| trouble.concerns(request)) else {
            return Ok(None);
        };
        let number = plan.seen;
        plan.seen += 1;
        if at != number {
            return Ok(None);
        }
        plan.met = Some(named(request));
        plan.dead = trouble.is_crash();
        Ok(Some(trouble))
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        self.moves.fetch_add(1, Ordering::Relaxed);
        self.hear(&request);
        let Ok(trouble) = self.trouble(&request) else {
            return std::future::pending().await;
        };
        let host = request.uri().host().unwrap_or_default().to_owned();
        let answer = match trouble {
            None => self.network.send(request).await,
            Some(Trouble::CrashBefore) => return self.die().await,
            Some(Trouble::CrashAfter) => {
                let _ = self.network.send(request).await;
                return self.die().await;
            }
            Some(Trouble::AnswerLost) => {
                let _ = self.network.send(request).await;
                Err(TransportError::Unknown {
                    host,
                    source: "the answer was lost".into(),
                })
            }
            Some(Trouble::Throttled) => Ok(throttled()),
            Some(Trouble::Refused) => Ok(refused(&request)),
            Some(Trouble::ServerError) => Ok(answer(500, "oops")),
            Some(Trouble::ServerErrorAfter) => {
                let _ = self.network.send(request).await;
                Ok(answer(500, "oops"))
            }
            Some(Trouble::Truncated) => self
                .network
                .send(request)
                .await
                .map(|response| response.map(|body| body.slice(..body.len() / 2))),
        };
        self.moves.fetch_add(1, Ordering::Relaxed);
        answer
    }

    async fn die(&self) -> Result<Response, TransportError> {
        self.died.notify_one();
        std::future::pending().await
    }
}

impl Connector for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

fn named(request: &Request) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    format!("{} {}", request.method(), target.unwrap_or_else(|| request.uri().path()))
}

fn answer(status: u16, body: &'static str) -> Response {
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response
}

fn is_aws(request: &Request) -> bool {
    request.headers().contains_key("x-amz-target")
}

/// Requests that change nothing, whatever becomes of them.
fn is_read(request: &Request) -> bool {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    target.map_or(request.method() == http::Method::GET, |target| {
        [".GetItem", ".BatchGetItem", ".Query", ".GetSecretValue"]
            .iter()
            .any(|read| target.ends_with(read))
    })
}

/// A refusal in the form of both vendors at once, which says again what was sent.
fn refused(request: &Request) -> Response {
    let said = String::from_utf8_lossy(request.body()).into_owned();
    let body = serde_json::json!({
        "ErrorNumber": 10, "Type": "ValidationException", "Message": said, "error": "invalid_grant", "error_description": said,
        "Elements": [{"ValidationErrors": [{"Message": said}], "StatusAttributeString": "ERROR"}],
    });
    let mut response = answer(400, "");
    *response.body_mut() = Bytes::from(body.to_string());
    response
}

fn throttled() -> Response {
    let mut response = answer(429, "");
    response.headers_mut().insert("retry-after", http::HeaderValue::from_static("7"));
    response
        .headers_mut()
        .insert("x-rate-limit-problem", http::HeaderValue::from_static("minute"));
    response
}
