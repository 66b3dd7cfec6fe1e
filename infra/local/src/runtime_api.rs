//! A Lambda Runtime API to start a real function binary against: `AWS_LAMBDA_RUNTIME_API` is its address.

mod handlers;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex as PlainMutex};
use std::time::Duration;

use crate::ids::new_uuid;
use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{Mutex, mpsc, oneshot, watch};

use crate::function::{Function, FunctionError};
use crate::http_server::{BindError, LoopbackServer};
use crate::sqs::LOCAL_REGION;

use handlers::{Invocation, Shared, lock, router};

/// Longest invocation of a binary under test, in seconds.
const INVOCATION_TIMEOUT_S: u64 = 60;
/// The memory that a function is told to have.
const MEMORY_SIZE_MB: u32 = 256;

/// The API, running; dropped, it stops.
#[derive(Debug)]
pub struct RuntimeApi {
    server: LoopbackServer,
    shared: Arc<Shared>,
    invocations: mpsc::UnboundedSender<Invocation>,
}

impl RuntimeApi {
    /// Starts it on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start() -> Result<Self, BindError> {
        let (invocations, waiting) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            waiting: Mutex::new(waiting),
            answers: PlainMutex::new(BTreeMap::new()),
            polled: watch::channel(false).0,
            init_error: watch::channel(None).0,
        });
        Ok(Self {
            server: LoopbackServer::start("the Runtime API", 0, router(Arc::clone(&shared))).await?,
            shared,
            invocations,
        })
    }

    /// `127.0.0.1:PORT`, the value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The environment variables that Lambda itself sets, for a process that is to be the function `name`; region and
    /// credentials are those of the local stack.
    pub fn environment(&self, name: &str) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_LAMBDA_RUNTIME_API", self.address().to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MEMORY_SIZE_MB.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("AWS_REGION", LOCAL_REGION.to_owned()),
            ("AWS_DEFAULT_REGION", LOCAL_REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("TZ", ":UTC".to_owned()),
        ]
    }

    /// Resolves when the function asks for its first event: its start-up is done.
    pub fn first_poll(&self) -> BoxFuture<'static, ()> {
        let mut polled = self.shared.polled.subscribe();
        Box::pin(async move {
            // An error means that the API is gone, and with it the wait.
            let _ = polled.wait_for(|polled| *polled).await;
        })
    }

    /// What the function told when it could not start, if it did.
    pub fn init_error(&self) -> Option<Value> {
        self.shared.init_error.borrow().clone()
    }

    /// Resolves with what the function tells when it cannot start.
    pub fn failed_start(&self) -> BoxFuture<'static, Value> {
        let mut init_error = self.shared.init_error.subscribe();
        Box::pin(async move {
            match init_error.wait_for(Option::is_some).await {
                Ok(error) => error.clone().unwrap_or_default(),
                Err(_) => Value::Null,
            }
        })
    }

    /// Gives the function an event and waits for its answer, at most a minute.
    ///
    /// # Errors
    /// The function's own error; none came; it could not start.
    pub async fn invoke(&self, event: Value) -> Result<Value, FunctionError> {
        let id = new_uuid().to_string();
        let (answer, answered) = oneshot::channel();
        lock(&self.shared.answers).insert(id.clone(), answer);
        let gone = |message: &str| FunctionError::RuntimeGone {
            message: message.to_owned(),
        };
        let invocation = Invocation { id: id.clone(), event };
        let sent = self.invocations.send(invocation);
        sent.map_err(|_| gone("the Runtime API stopped"))?;
        let limit = Duration::from_secs(INVOCATION_TIMEOUT_S);
        let result = tokio::select! {
            answered = tokio::time::timeout(limit, answered) => match answered {
                Ok(answer) => answer.unwrap_or_else(|_| Err(gone("no answer"))),
                Err(_) => Err(FunctionError::TimedOut { after_ms: INVOCATION_TIMEOUT_S * 1_000 }),
            },
            error = self.failed_start() => Err(gone(&error.to_string())),
        };
        lock(&self.shared.answers).remove(&id);
        result
    }

    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}

/// A binary behind the Runtime API is a function like any other.
impl Function for RuntimeApi {
    fn invoke(&self, event: Value, _deadline: chrono::DateTime<chrono::Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(RuntimeApi::invoke(self, event))
    }
}
