//! A web server on the loopback interface that stops when it is told to, or when it is dropped.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
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
        let address = address_of(&listener);
        let (stop, stopped) = watch::channel(false);
        let served = axum::serve(listener, router).with_graceful_shutdown(until(stopped));
        let task = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(what, %error, "a local server ended");
            }
        });
        Self { address, stop, task }
    }

    /// Where it listens.
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

/// Resolves when the sender says so or is gone.
pub(crate) async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the owner was dropped: the same as a stop.
    let _ = stopped.wait_for(|stop| *stop).await;
}

pub(crate) async fn bind(what: &'static str, port: u16) -> Result<TcpListener, BindError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| BindError { what, port, source })
}

pub(crate) fn address_of(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().unwrap_or_else(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}
