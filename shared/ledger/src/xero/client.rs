//! One call: a token, a lease of the budget, the request, the answer's class.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_MODIFIED_SINCE};
use tieout_platform::clock::SharedClock;
use tieout_platform::effect::Permit;
use tieout_platform::http::{Request, Response, SharedConnector};
use tieout_platform::secret::Secret;
use tieout_platform::vendor::{Budget, CallLimits, Feedback, Grant, Lease, Priority, TokenVault};

use super::auth::{Auth, XeroLogin};
use super::kept::Lists;
use super::limits::CALLS;
use super::reply::{self, Kind};
use super::{dates, query};
use crate::error::{LedgerError, Throttle};
use crate::ids::OrganisationId;

/// How long a read waits for the budget: a little longer than the minute in which calls come back.
pub const WAIT_MAX_MS: u64 = 65_000;
/// The same for a write: its wait and its request together stay below the lease of an effect.
pub const WRITE_WAIT_MAX_MS: u64 = 30_000;
/// The shortest wait, so that a budget that answers "now" does not make us spin.
pub const WAIT_MIN_MS: u64 = 50;

/// Where Xero is, and how we log in.
#[derive(Debug, Clone)]
pub struct XeroSettings {
    /// The API, for instance `https://api.xero.com`.
    pub url: String,
    /// The identity server, for instance `https://identity.xero.com`.
    pub identity_url: String,
    /// As whom.
    pub login: XeroLogin,
    /// Calls that we allow ourselves to one organisation; never more than Xero's own limits.
    pub calls: CallLimits,
}

/// The connection of one login, which reaches several organisations; cheap to clone. It can do nothing but hand out
/// [`XeroLedger`]s.
#[derive(Clone)]
pub struct Xero {
    inner: Arc<Inner>,
}

struct Inner {
    connector: SharedConnector,
    clock: SharedClock,
    url: String,
    calls: CallLimits,
    budget: Arc<dyn Budget>,
    auth: Auth,
    lists: Lists,
}

impl std::fmt::Debug for Xero {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Xero").field("url", &self.inner.url).finish_non_exhaustive()
    }
}

impl Xero {
    /// Builds the client; sends nothing.
    pub fn new(
        connector: SharedConnector,
        clock: SharedClock,
        settings: XeroSettings,
        budget: Arc<dyn Budget>,
        tokens: Arc<dyn TokenVault>,
    ) -> Self {
        let auth = Auth::new(
            Arc::clone(&connector),
            Arc::clone(&clock),
            &settings.identity_url,
            settings.login,
            tokens,
        );
        Self {
            inner: Arc::new(Inner {
                connector,
                clock,
                url: settings.url,
                calls: settings.calls.at_most(CALLS),
                budget,
                auth,
                lists: Lists::default(),
            }),
        }
    }

    /// The books of one organisation; its calls have [`Priority::Normal`].
    pub fn ledger(&self, organisation: OrganisationId) -> XeroLedger {
        XeroLedger {
            inner: Arc::clone(&self.inner),
            organisation,
            priority: Priority::Normal,
        }
    }
}

/// One organisation's books, through the port [`Ledger`](crate::Ledger).
#[derive(Clone)]
pub struct XeroLedger {
    inner: Arc<Inner>,
    organisation: OrganisationId,
    priority: Priority,
}

impl std::fmt::Debug for XeroLedger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("XeroLedger")
            .field("organisation", &self.organisation)
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}

impl XeroLedger {
    pub(super) fn id(&self) -> &OrganisationId {
        &self.organisation
    }

    pub(super) fn calls(&self) -> CallLimits {
        self.inner.calls
    }

    pub(super) fn prioritised(&self, priority: Priority) -> Self {
        Self { priority, ..self.clone() }
    }

    /// What the intent of a write names as its target.
    pub(super) fn intent_target(&self) -> String {
        format!("xero:{}", self.organisation)
    }

    /// Lists that are kept, and what time it is.
    pub(super) fn kept(&self) -> (&Lists, DateTime<Utc>) {
        (&self.inner.lists, self.inner.clock.now())
    }

    /// Makes the call. `None` where a read found nothing, or nothing new.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Option<Bytes>, LedgerError> {
        self.check_target(call)?;
        let token = self.inner.auth.token(None).await?;
        let mut response = self.attempt(call, &token).await?;
        if reply::refuses_token(&response) {
            let token = self.inner.auth.token(Some(&token)).await?;
            response = self.attempt(call, &token).await?;
        }
        reply::judge(call.what, call.kind(), response)
    }

    /// Makes a write and gives the body of its good answer.
    pub(super) async fn write(&self, call: &Call<'_>) -> Result<Bytes, LedgerError> {
        let body = self.call(call).await?;
        Ok(body.unwrap_or_default())
    }

    fn check_target(&self, call: &Call<'_>) -> Result<(), LedgerError> {
        let target = self.intent_target();
        match call.permit {
            Some(permit) if !permit.target().eq_ignore_ascii_case(&target) => Err(LedgerError::WrongTarget {
                what: call.what,
                permit: permit.target().to_owned(),
                call: target,
            }),
            _ => Ok(()),
        }
    }

    async fn attempt(&self, call: &Call<'_>, token: &Secret) -> Result<Response, LedgerError> {
        let request = call.request(&self.inner.url, &self.organisation, token)?;
        let lease = self.lease(call).await?;
        let sent = self.inner.connector.send(request).await;
        let feedback = sent.as_ref().map(reply::feedback).unwrap_or_else(|_| Feedback::default());
        if let Err(error) = self.inner.budget.give_back(lease, feedback).await {
            tracing::warn!(what = call.what, %error, "a call was not given back to the budget; its lease expires");
        }
        sent.map_err(|source| reply::unanswered(call.what, call.kind(), source))
    }

    async fn lease(&self, call: &Call<'_>) -> Result<Lease, LedgerError> {
        let wait_max_ms = match call.kind() {
            Kind::Read => WAIT_MAX_MS,
            Kind::Write => WRITE_WAIT_MAX_MS,
        };
        let deadline = self.inner.clock.now() + TimeDelta::milliseconds(wait_max_ms.cast_signed());
        loop {
            let grant = self.inner.budget.take(self.organisation.as_str(), self.inner.calls, self.priority);
            let after = match grant.await.map_err(|source| LedgerError::Budget { what: call.what, source })? {
                Grant::Granted(lease) => return Ok(lease),
                Grant::Wait(after) => after.max(Duration::from_millis(WAIT_MIN_MS)),
            };
            let wake_at = TimeDelta::from_std(after)
                .ok()
                .and_then(|after| self.inner.clock.now().checked_add_signed(after));
            if wake_at.is_none_or(|wake_at| wake_at > deadline) {
                return Err(LedgerError::Throttled {
                    what: call.what,
                    after,
                    problem: Throttle::OwnBudget,
                });
            }
            self.inner.clock.sleep(after).await;
        }
    }
}

/// A call to be made.
pub(super) struct Call<'a> {
    pub(super) what: &'static str,
    method: Method,
    path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) since: Option<DateTime<Utc>>,
    permit: Option<&'a Permit<'a>>,
}

impl<'a> Call<'a> {
    /// A read of `path`, below `api.xro/2.0/`.
    pub(super) fn get(what: &'static str, path: impl Into<String>) -> Self {
        Self {
            what,
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            since: None,
            permit: None,
        }
    }

    /// A creation: `PUT` fails where the number is taken, unlike `POST`, which would change what is there.
    pub(super) fn put(what: &'static str, path: impl Into<String>, permit: &'a Permit<'a>) -> Self {
        Self {
            method: Method::PUT,
            permit: Some(permit),
            ..Self::get(what, path)
        }
        .with("summarizeErrors", "false")
    }

    /// A change of one record.
    pub(super) fn post(what: &'static str, path: impl Into<String>, permit: &'a Permit<'a>) -> Self {
        Self {
            method: Method::POST,
            permit: Some(permit),
            ..Self::get(what, path)
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn since(mut self, since: DateTime<Utc>) -> Self {
        self.since = Some(since);
        self
    }

    fn kind(&self) -> Kind {
        if self.permit.is_some() { Kind::Write } else { Kind::Read }
    }

    fn request(&self, url: &str, organisation: &OrganisationId, token: &Secret) -> Result<Request, LedgerError> {
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(query::address(url, &self.path, &self.query))
            .header(AUTHORIZATION, format!("Bearer {}", token.expose()))
            .header("Xero-Tenant-Id", organisation.as_str())
            .header(ACCEPT, "application/json");
        if let Some(since) = self.since {
            request = request.header(IF_MODIFIED_SINCE, dates::modified_since(since));
        }
        let body = match self.permit {
            Some(permit) => {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .header("Idempotency-Key", permit.idempotency_key());
                Bytes::copy_from_slice(permit.body().as_bytes())
            }
            None => Bytes::new(),
        };
        request.body(body).map_err(|error| LedgerError::Unsendable {
            what: self.what,
            problem: error.to_string(),
        })
    }
}
