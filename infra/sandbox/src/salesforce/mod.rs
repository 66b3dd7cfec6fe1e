//! A Salesforce to develop against: what the real one refuses, this one refuses, with its own words.
//!
//! Served on loopback: `/services/oauth2/token`, `/services/data/vXX.0/{query, queryAll, sobjects, composite/sobjects, limits}`,
//! outbound messages, and `/_sandbox/…` by which a person plays the company's sellers and the network's bad days.
//! Everything is kept in [`Docs`](crate::docs::Docs) before it is answered. Facts: `docs/vendors/salesforce.md`.

mod config;
mod control;
mod error;
mod faults;
mod http;
mod ids;
mod inner;
mod outbound;
mod record;
mod schema;
mod soql;
mod start;
mod state;
#[cfg(test)]
mod tests;
mod values;
mod work;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};

pub use config::{DEFAULT_DAILY_LIMIT_CALLS, DEFAULT_PAGE_SIZE_ROWS, DEFAULT_SESSION_S, SalesforceConfig};
pub use control::{AddedOpportunity, NewAccount, NewLine, NewOpportunity};
pub use error::ApiError;
pub use faults::{Calls, Fault};
pub use http::Dropped;
pub use ids::{to_15, to_18};
pub use outbound::{OutboundRule, Posted, Poster, Stats, Trigger};
pub use schema::{CustomField, FieldKind, currency};
pub use start::StartError;

use inner::Inner;

/// How often [`Salesforce::run`] looks for messages that have become due.
const PUMP_PERIOD_MS: u64 = 500;

/// A running organisation; clones are handles of the same one. The server stops when the last handle that [`Salesforce::start`] gave is dropped.
#[derive(Clone)]
pub struct Salesforce {
    /// Its address without a slash at the end, which is its `instance_url` too.
    pub url: String,
    inner: Arc<Inner>,
    _server: Option<Arc<start::Server>>,
}

impl std::fmt::Debug for Salesforce {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Salesforce").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Salesforce {
    /// Opens the organisation and serves it.
    ///
    /// # Errors
    /// When the address is not loopback or taken, the configuration is wrong, or the stored organisation is another one.
    pub async fn start(config: SalesforceConfig) -> Result<Self, StartError> {
        start::start(config).await
    }

    /// Opens the organisation at `url` without a socket; requests come through [`Salesforce::router`]. `listen` of the configuration means nothing.
    ///
    /// # Errors
    /// As [`Salesforce::start`], but for the address.
    pub fn open(config: SalesforceConfig, url: &str) -> Result<Self, StartError> {
        start::without_listener(config, url.to_owned())
    }

    /// The same service without a socket, for a caller that brings its own connector. See [`Dropped`].
    pub fn router(&self) -> Router {
        http::router(&self.inner)
    }

    /// Sends every outbound message that is due at the clock's now, each once (twice by a fault), and answers how many were sent.
    pub async fn deliver_due(&self) -> usize {
        outbound::deliver_due(&self.inner).await
    }

    /// Sends messages as they become due, for ever.
    pub async fn run(&self) {
        loop {
            self.deliver_due().await;
            let pause = self.inner.clock.sleep(Duration::from_millis(PUMP_PERIOD_MS));
            tokio::select! {
                () = pause => {}
                () = self.inner.bell.notified() => {}
            }
        }
    }

    /// Where outbound messages go from now on; not kept over a restart, the configuration names it again.
    pub fn set_endpoint(&self, endpoint: Option<String>) {
        *self.inner.endpoint.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = endpoint;
        self.inner.bell.notify_one();
    }

    /// Notifications that wait to be sent or acked.
    pub fn waiting_notifications(&self) -> usize {
        self.inner.with_state(|state| state.notifications.len())
    }

    /// When the first of them is due.
    pub fn next_delivery_at(&self) -> Option<DateTime<Utc>> {
        self.inner.with_state(|state| state.next_due())
    }

    /// What became of the outbound messages so far.
    pub fn stats(&self) -> Stats {
        self.inner.with_state(|state| state.stats)
    }

    fn over(inner: &Arc<Inner>) -> Self {
        Self {
            url: inner.url.clone(),
            inner: Arc::clone(inner),
            _server: None,
        }
    }
}
