//! A Xero that behaves like the real one, on a loopback port: identity, connections, the accounting API, webhooks.
//!
//! Everything that it answered is in the [`Docs`] file first, so it can be killed and started again. What the real
//! one refuses it refuses, in the real one's words where they are known. Time is the given clock's.
//!
//! [`Xero::start`] gives a handle, which clones; through it finance acts and faults are ordered.

mod acts;
mod allocations;
mod batch;
mod contacts;
mod control;
mod delivery;
mod documents;
mod endpoints;
mod faults;
mod filter;
mod idempotency;
mod inspect;
mod invoices;
mod journals;
mod limits;
mod lines;
mod model;
mod pages;
mod payments;
mod postings;
mod query;
mod render;
mod reply;
mod server;
mod settings;
mod settlement;
mod tokens;
mod totals;
mod transitions;
mod trial_balance;
mod validation;
mod views;
mod webhooks;
mod wire;
mod world;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tieout_platform::clock::SharedClock;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

pub use control::{ControlError, Credit, Credited, Lock};
pub use delivery::Poster;
pub use faults::{Fault, FaultOn};
pub use limits::LimitProblem;
pub use settings::{Account, AccountClass, DayRate, Organisation, SystemAccount, TaxRate, TrackingCategory};
pub use views::{InvoiceView, JournalView};
pub use webhooks::{WebhookStatus, WebhookTarget};

use crate::docs::{Docs, DocsError};
use server::Shared;
use tokens::Client;
use world::World;

/// Between two looks at the webhooks by [`Xero::run`].
const PUMP_INTERVAL_S: u64 = 1;

/// What a sandbox's Xero is started with.
#[derive(Debug, Clone)]
pub struct XeroConfig {
    /// Its memory; the kinds that begin with `xero-` are its own.
    pub data: Docs,
    /// Its time.
    pub clock: SharedClock,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where webhooks go; may be set later by [`Xero::set_webhook`].
    pub webhook: Option<WebhookTarget>,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: String,
    /// A refresh token that a person's consent gave; client credentials need none.
    pub refresh_token: Option<String>,
}

/// Why it could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port.
    #[error("the sandbox's Xero could not listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file.
    #[error(transparent)]
    Docs(#[from] DocsError),
    /// The client for webhooks.
    #[error("the client that sends webhooks could not be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// A running Xero; clones are handles of the same one. It stops when the last handle is dropped.
#[derive(Clone)]
pub struct Xero {
    shared: Arc<Shared>,
    url: Arc<str>,
    poster: Poster,
    pump: Arc<tokio::sync::Mutex<()>>,
    _server: Option<Arc<Server>>,
}

/// Stops the listener when the last handle goes.
#[derive(Debug)]
struct Server {
    shared: Arc<Shared>,
    task: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        self.task.abort();
    }
}

impl std::fmt::Debug for Xero {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Xero").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Xero {
    /// Reads what the file holds and listens.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(config: XeroConfig) -> Result<Self, StartError> {
        let listen = |source| StartError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let url = format!("http://{}", listener.local_addr().map_err(listen)?);
        let poster = delivery::over_network(delivery::client()?);
        let xero = Self::open(config, &url, poster)?;
        let router = xero.router();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the sandbox's Xero stopped listening");
            }
        });
        let server = Server {
            shared: Arc::clone(&xero.shared),
            task: task.abort_handle(),
        };
        Ok(Self {
            _server: Some(Arc::new(server)),
            ..xero
        })
    }

    /// The same at `url` without a socket: requests come through [`Xero::router`], webhooks leave through `poster`.
    /// `listen` of the configuration means nothing.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn open(config: XeroConfig, url: &str, poster: Poster) -> Result<Self, StartError> {
        let now = config.clock.now();
        let mut world = World::load(config.data, now)?;
        if let Some(token) = &config.refresh_token {
            tokens::seed_refresh_token(&mut world, &config.client_id, token, now)?;
        }
        world.clients.push(Client {
            id: config.client_id,
            secret: config.client_secret,
            tenant: None,
        });
        if let Some(target) = config.webhook {
            world.webhooks.set_target(target);
            world.save_webhooks()?;
        }
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            clock: config.clock,
            slots: limits::Slots::default(),
            stopped: AtomicBool::new(false),
        });
        Ok(Self {
            url: url.into(),
            poster,
            pump: Arc::default(),
            _server: None,
            shared,
        })
    }

    /// The service without a socket, for a caller that brings its own connector. A connection that is cut is a body that fails before its first byte.
    pub fn router(&self) -> Router {
        Router::new()
            .fallback(server::any_request)
            .layer(DefaultBodyLimit::max(server::BODY_BYTES_MAX))
            .with_state(Arc::clone(&self.shared))
    }

    /// `http://127.0.0.1:PORT`, of the API (`/api.xro/2.0`), of identity (`/connect/token`) and of `/connections`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds a custom connection: an application that sees one organisation and needs no `Xero-Tenant-Id`.
    /// It is not kept over a restart.
    pub fn add_custom_connection(&self, client_id: &str, client_secret: &str, tenant: &str) {
        self.shared.world().clients.push(Client {
            id: client_id.to_owned(),
            secret: client_secret.to_owned(),
            tenant: Some(tenant.to_owned()),
        });
    }

    /// Sends every webhook that is due now and gives how many deliveries were accepted; 0 may mean refused or none.
    ///
    /// Dances the intent-to-receive dance first where it is owed.
    pub async fn deliver_due(&self) -> usize {
        let _alone = self.pump.lock().await;
        match delivery::deliver_due(&self.shared, &self.poster).await {
            Ok(count) => count,
            Err(error) => {
                tracing::error!(%error, "the state of the webhooks could not be written");
                0
            }
        }
    }

    /// Delivers webhooks for ever, each second of the clock.
    pub async fn run(&self) {
        loop {
            self.deliver_due().await;
            self.shared.clock.sleep(Duration::from_secs(PUMP_INTERVAL_S)).await;
        }
    }
}
