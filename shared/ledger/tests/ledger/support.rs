//! A connector that answers from a script, a clock that jumps, a budget and a vault in memory, and a maker of permits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tieout_ledger::xero::{Xero, XeroLogin, XeroSettings};
use tieout_ledger::{CreditNoteId, JournalId, Ledger, LedgerError, OrganisationId};
use tieout_platform::clock::Clock;
use tieout_platform::effect::{EffectKey, Intent, MemoryRecords, Performer, Permit, perform};
use tieout_platform::failure::{Class, Classified, Failure};
use tieout_platform::http::{Connector, Request, Response, TransportError};
use tieout_platform::secret::Secret;
use tieout_platform::vendor::{Budget, CallLimits, Feedback, Grant, Lease, Priority, StoredToken, TokenVault};

pub(crate) const TENANT: &str = "aef86862-2015-4b6b-88bc-d89032cecc50";
/// What an intent of a write to it names as its target.
pub(crate) const TARGET: &str = "xero:aef86862-2015-4b6b-88bc-d89032cecc50";
pub(crate) const ID: &str = "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777";

/// What the script says to one request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Reply(u16, Vec<(&'static str, &'static str)>, String),
    NotSent,
    Lost,
}

pub(crate) fn ok(body: impl Into<String>) -> Answer {
    Answer::Reply(200, Vec::new(), body.into())
}

/// Answers in order, the identity server apart from the API; keeps what was sent.
#[derive(Debug, Default)]
pub(crate) struct Script {
    api: Mutex<VecDeque<Answer>>,
    identity: Mutex<VecDeque<Answer>>,
    sent: Mutex<Vec<Request>>,
}

impl Script {
    pub(crate) fn new(api: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Self::with_identity(api, [])
    }

    pub(crate) fn with_identity(api: impl IntoIterator<Item = Answer>, identity: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            api: Mutex::new(api.into_iter().collect()),
            identity: Mutex::new(identity.into_iter().collect()),
            sent: Mutex::default(),
        })
    }

    /// Requests to the API.
    pub(crate) fn calls(&self) -> Vec<Request> {
        self.to("/api.xro/")
    }

    /// Requests to the identity server.
    pub(crate) fn logins(&self) -> Vec<Request> {
        self.to("/connect/")
    }

    fn to(&self, prefix: &str) -> Vec<Request> {
        let sent = self.sent.lock().unwrap();
        sent.iter()
            .filter(|request| request.uri().path().starts_with(prefix))
            .cloned()
            .collect()
    }
}

impl Connector for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let is_login = request.uri().path() == "/connect/token";
        self.sent.lock().unwrap().push(request);
        let answer = if is_login {
            let usual = || ok(r#"{"access_token":"token","expires_in":1800,"token_type":"Bearer"}"#);
            self.identity.lock().unwrap().pop_front().unwrap_or_else(usual)
        } else {
            self.api
                .lock()
                .unwrap()
                .pop_front()
                .expect("the script has an answer for each call")
        };
        let (host, source) = ("xero.test".to_owned(), "scripted".into());
        Box::pin(async move {
            match answer {
                Answer::Reply(status, headers, body) => {
                    let mut reply = http::Response::builder().status(status);
                    for (name, value) in headers {
                        reply = reply.header(name, value);
                    }
                    Ok(reply.body(Bytes::from(body)).unwrap())
                }
                Answer::NotSent => Err(TransportError::NotSent { host, source }),
                Answer::Lost => Err(TransportError::Unknown { host, source }),
            }
        })
    }
}

/// A clock on which a sleep takes no time but moves it.
#[derive(Debug)]
pub(crate) struct JumpClock(Mutex<DateTime<Utc>>);

impl JumpClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-11-22T00:00:00Z".parse().unwrap())))
    }
}

impl Clock for JumpClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        *self.0.lock().unwrap() += TimeDelta::from_std(duration).unwrap();
        Box::pin(async {})
    }
}

/// A store's write of which nobody knows what became: the worst that a budget or vault can say.
fn store_failure() -> Failure {
    let (host, source) = ("dynamodb.test".to_owned(), "scripted".into());
    Failure::from(TransportError::Unknown { host, source })
}

/// Its places are never taken back well, which must not matter. Says to wait as often as it is told, then grants; keeps what came back.
#[derive(Debug, Default)]
pub(crate) struct ScriptedBudget {
    /// Whether the store behind it answers.
    pub(crate) is_broken: Mutex<bool>,
    pub(crate) waits: Mutex<VecDeque<Duration>>,
    pub(crate) taken: Mutex<Vec<Priority>>,
    pub(crate) returned: Mutex<Vec<Feedback>>,
}

impl Budget for ScriptedBudget {
    fn take<'a>(&'a self, organisation: &'a str, limits: CallLimits, priority: Priority) -> BoxFuture<'a, Result<Grant, Failure>> {
        Box::pin(async move {
            if *self.is_broken.lock().unwrap() {
                return Err(store_failure());
            }
            if let Some(wait) = self.waits.lock().unwrap().pop_front() {
                return Ok(Grant::Wait(wait));
            }
            self.taken.lock().unwrap().push(priority);
            Ok(Grant::Granted(Lease {
                organisation: organisation.to_owned(),
                limits,
                id: "1".to_owned(),
            }))
        })
    }

    fn give_back<'a>(&'a self, _: Lease, feedback: Feedback) -> BoxFuture<'a, Result<(), Failure>> {
        self.returned.lock().unwrap().push(feedback);
        Box::pin(async { Err(store_failure()) })
    }
}

/// Keeps one token; can be told that somebody else holds the lock, or rotates behind our back.
#[derive(Debug, Default)]
pub(crate) struct MemoryVault {
    pub(crate) stored: Mutex<Option<StoredToken>>,
    /// So many times somebody else has the lock.
    pub(crate) busy: Mutex<u32>,
    /// What somebody else stores once the lock was refused or the token was read the given number of times.
    pub(crate) overtaken: Mutex<Option<(u32, StoredToken)>>,
    pub(crate) steps: Mutex<Vec<String>>,
    /// So many times a new token is stored, and the answer is lost.
    pub(crate) lost_answers: Mutex<u32>,
}

pub(crate) fn stored(refresh: &str, version: u64) -> StoredToken {
    StoredToken {
        refresh_token: Secret::new(refresh),
        access_token: None,
        version,
    }
}

impl TokenVault for MemoryVault {
    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>, Failure>> {
        let mut overtaken = self.overtaken.lock().unwrap();
        if let Some((reads, token)) = overtaken.take() {
            if reads == 0 {
                *self.stored.lock().unwrap() = Some(token);
            } else {
                *overtaken = Some((reads - 1, token));
            }
        }
        let found = self.stored.lock().unwrap().clone();
        Box::pin(async move { Ok(found) })
    }

    fn lock<'a>(&'a self, _: &'a str, _: &'a str, _: DateTime<Utc>, _: DateTime<Utc>) -> BoxFuture<'a, Result<bool, Failure>> {
        let mut busy = self.busy.lock().unwrap();
        let free = *busy == 0;
        *busy = busy.saturating_sub(1);
        self.steps.lock().unwrap().push(format!("lock {free}"));
        Box::pin(async move { Ok(free) })
    }

    fn rotate<'a>(&'a self, _: &'a str, token: StoredToken) -> BoxFuture<'a, Result<bool, Failure>> {
        let mut stored = self.stored.lock().unwrap();
        let fits = stored.as_ref().is_some_and(|stored| stored.version + 1 == token.version);
        self.steps.lock().unwrap().push(format!("rotate {fits}"));
        if fits {
            *stored = Some(token);
        }
        let mut lost = self.lost_answers.lock().unwrap();
        let is_lost = *lost > 0;
        *lost = lost.saturating_sub(1);
        Box::pin(async move { if is_lost { Err(store_failure()) } else { Ok(fits) } })
    }

    fn unlock<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        self.steps.lock().unwrap().push("unlock".to_owned());
        Box::pin(async { Ok(()) })
    }
}

pub(crate) fn login() -> XeroLogin {
    XeroLogin::ClientCredentials {
        client_id: "client".to_owned(),
        client_secret: Secret::new("secret"),
        scopes: tieout_ledger::xero::GRANULAR_SCOPES.to_owned(),
    }
}

pub(crate) fn refresh_login() -> XeroLogin {
    XeroLogin::RefreshToken {
        client_id: "client".to_owned(),
        client_secret: Secret::new("secret"),
        connection: "xero".to_owned(),
        holder: "me".to_owned(),
    }
}

/// The books of [`TENANT`] over `script`, with an unlimited budget.
pub(crate) fn client(script: &Arc<Script>) -> Arc<dyn Ledger> {
    client_with(script, login(), Arc::default(), Arc::default())
}

pub(crate) fn client_with(script: &Arc<Script>, login: XeroLogin, budget: Arc<ScriptedBudget>, vault: Arc<MemoryVault>) -> Arc<dyn Ledger> {
    let settings = XeroSettings {
        url: "https://api.xero.test".to_owned(),
        identity_url: "https://identity.xero.test/".to_owned(),
        login,
        calls: tieout_ledger::xero::CALLS,
    };
    let script: Arc<dyn Connector> = script.clone();
    let organisation = OrganisationId::parse(TENANT).unwrap();
    Arc::new(Xero::new(script, JumpClock::new(), settings, budget, vault).ledger(organisation))
}

/// Makes bodies; sends nothing.
pub(crate) fn bodies() -> Arc<dyn Ledger> {
    client(&Script::new([]))
}

/// The six writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    Contact,
    Invoice,
    CreditNote,
    Allocation,
    Journal,
    Void,
}

/// What became of one write: the id and the remarks, or the class and the words.
pub(crate) type Outcome = Result<(String, Vec<String>), (Class, String)>;

/// Makes one write with a permit of the real effect code.
pub(crate) async fn write(xero: &Arc<dyn Ledger>, op: Write, body: &str, target: &str) -> Outcome {
    let clock = JumpClock::new();
    let intent = Intent {
        key: EffectKey::new(&["test", "1"]),
        target: target.to_owned(),
        body: body.to_owned(),
    };
    let writer = Writer {
        xero,
        op,
        seen: Mutex::new(None),
    };
    let _ = perform(&MemoryRecords::default(), clock.as_ref(), &intent, &writer).await;
    writer.seen.into_inner().unwrap().expect("the write was tried")
}

struct Writer<'a> {
    xero: &'a Arc<dyn Ledger>,
    op: Write,
    seen: Mutex<Option<Outcome>>,
}

impl Writer<'_> {
    async fn act(&self, permit: Permit<'_>) -> Result<(String, Vec<String>), LedgerError> {
        let xero = self.xero;
        Ok(match self.op {
            Write::Contact => {
                let made = xero.create_contact(permit).await?;
                (made.record.to_string(), made.remarks)
            }
            Write::Invoice => {
                let made = xero.create_invoice(permit).await?;
                (made.record.id.to_string(), made.remarks)
            }
            Write::CreditNote => {
                let made = xero.create_credit_note(permit).await?;
                (made.record.id.to_string(), made.remarks)
            }
            Write::Allocation => {
                let note = CreditNoteId::parse(ID).unwrap();
                let made = xero.allocate_credit_note(&note, permit).await?;
                (made.record.invoice.to_string(), made.remarks)
            }
            Write::Journal => {
                let made = xero.post_journal(permit).await?;
                (made.record.id.to_string(), made.remarks)
            }
            Write::Void => {
                let journal = JournalId::parse(ID).unwrap();
                let made = xero.void_journal(&journal, permit).await?;
                (made.record.id.to_string(), made.remarks)
            }
        })
    }
}

impl Performer for Writer<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        let acted = self.act(permit).await;
        let seen = match &acted {
            Ok(made) => Ok(made.clone()),
            Err(error) => Err((error.class(), error.to_string())),
        };
        *self.seen.lock().unwrap() = Some(seen);
        acted.map(|(reference, _)| reference).map_err(Failure::from)
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}
