//! The one seam to the world: everything that leaves a function is an HTTP request through a [`Connector`].
//!
//! In production it is the network; the simulator puts its own in the same place.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;

use crate::failure::{Class, Classified};

/// A request with its whole body.
pub type Request = http::Request<Bytes>;
/// A response with its whole body.
pub type Response = http::Response<Bytes>;
/// A connector that many clients share.
pub type SharedConnector = Arc<dyn Connector>;

/// The longest wait for a connection.
pub const CONNECT_TIMEOUT_MS: u64 = 5_000;
/// The longest wait for a whole answer; below the timeout of every function.
pub const REQUEST_TIMEOUT_MS: u64 = 55_000;
/// The largest answer that is read; the largest page of a vendor is near 3.5 MB.
pub const RESPONSE_SIZE_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Sends one request and gives back the whole answer; follows no redirect, retries nothing.
pub trait Connector: Debug + Send + Sync {
    /// Sends `request`.
    ///
    /// # Errors
    /// [`TransportError::NotSent`] where the other side cannot have seen it, [`TransportError::Unknown`] otherwise.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}

/// No answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The request never left: safe to send again.
    #[error("no connection to {host}")]
    NotSent {
        /// The host, never the whole address: a path may hold a secret.
        host: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The request may have arrived and taken effect.
    #[error("no whole answer from {host}")]
    Unknown {
        /// The host.
        host: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is larger than [`RESPONSE_SIZE_MAX_BYTES`].
    #[error("the answer of {host} is larger than {RESPONSE_SIZE_MAX_BYTES} bytes")]
    TooLarge {
        /// The host.
        host: String,
    },
}

impl Classified for TransportError {
    fn class(&self) -> Class {
        match self {
            Self::NotSent { .. } => Class::Transient { after: None },
            Self::Unknown { .. } | Self::TooLarge { .. } => Class::UnknownOutcome,
        }
    }
}

/// The network, by `reqwest`: TLS by rustls, no redirects, no proxy surprises, bounded times and sizes.
#[derive(Debug, Clone)]
pub struct Network {
    client: reqwest::Client,
}

impl Network {
    /// Builds the client; once per process, at init.
    ///
    /// # Errors
    /// Where the machine's root certificates cannot be read.
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(CONNECT_TIMEOUT_MS))
            .timeout(Duration::from_millis(REQUEST_TIMEOUT_MS))
            .user_agent(concat!("tieout/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let unknown = |source: reqwest::Error, host: &str| TransportError::Unknown {
            host: host.to_owned(),
            source: Box::new(source.without_url()),
        };
        let outgoing = reqwest::Request::try_from(request).map_err(|source| TransportError::NotSent {
            host: host.clone(),
            source: Box::new(source.without_url()),
        })?;
        let mut answer = match self.client.execute(outgoing).await {
            Ok(answer) => answer,
            Err(source) if source.is_connect() || source.is_builder() => {
                return Err(TransportError::NotSent {
                    host,
                    source: Box::new(source.without_url()),
                });
            }
            Err(source) => return Err(unknown(source, &host)),
        };
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|source| unknown(source, &host))? {
            if body.len() + chunk.len() > RESPONSE_SIZE_MAX_BYTES {
                return Err(TransportError::TooLarge { host });
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl Connector for Network {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}
