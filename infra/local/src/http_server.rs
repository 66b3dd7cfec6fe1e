//! A web server on the loopback interface that stops when it is told to, or when it is dropped.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a stopping server waits for requests under way, in milliseconds.
const STOP_GRACE_MS: u64 = 2_000;

/// A server of this crate could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on 127.0.0.1:{port} for {what}: {source}; choose a free port, or 0 for any")]
pub struct BindError {
    what: &'static str,
    port: u16,
    source: std::io::Error,
}

/// A running server; it binds 127.0.0.1 only.
#[derive(Debug)]
pub struct LoopbackServer {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl LoopbackServer {
    /// Serves `router` on `port` (0: any free one); `what` names it in errors.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(what: &'static str, port: u16, router: Router) -> Result<Self, BindError> {
        let listener = bind(what, port).await?;
        Ok(Self::serve(what, listener, router))
    }

    /// Serves `router` on a listener that is bound already (its address may be known to the router).
    pub(crate) fn serve(what: &'static str, listener: TcpListener, router: Router) -> Self {
        Self::run(what, listener, |listener, stopped| {
            axum::serve(listener, router).with_graceful_shutdown(stopped).into_future()
        })
    }

    /// Runs a server that ends when the future that it is given does.
    pub(crate) fn run<F, E>(what: &'static str, listener: TcpListener, serve: impl FnOnce(TcpListener, BoxFuture<'static, ()>) -> F) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display + Send,
    {
        let address = address_of(&listener);
        let (stop, mut stopped) = watch::channel(false);
        let stopped = Box::pin(async move {
            // An error means that the owner was dropped: the same as a stop.
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        let served = serve(listener, stopped);
        let task = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(what, %error, "a local server ended");
            }
        });
        Self { address, stop, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops accepting, waits shortly for what is under way, and ends.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let grace = Duration::from_millis(STOP_GRACE_MS);
        if tokio::time::timeout(grace, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

pub(crate) async fn bind(what: &'static str, port: u16) -> Result<TcpListener, BindError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| BindError { what, port, source })
}

pub(crate) fn address_of(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().unwrap_or_else(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

/// The action that a request of an AWS JSON protocol asks for; empty if it names none.
pub(crate) fn aws_target(headers: &HeaderMap) -> &str {
    let target = headers.get("x-amz-target");
    target.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

pub(crate) fn json_response(status: StatusCode, content_type: &'static str, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
