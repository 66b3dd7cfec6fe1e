//! Stand-ins for the network and the table: a queue that takes everything, a vendor that gives one fixed answer.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tieout_platform::clock::Clock;
use tieout_platform::failure::Failure;
use tieout_platform::http::{Connector, Request, Response, SharedConnector, TransportError};
use tieout_platform::vendor::{Budget, CallLimits, Feedback, Grant, Lease, Priority, StoredToken, TokenVault};

/// Runs a future to its end on this thread.
pub fn wait<F: Future>(future: F) -> F::Output {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime can be built");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// An SQS that takes every message.
#[derive(Debug)]
pub struct AcceptingQueue;

impl AcceptingQueue {
    pub fn shared() -> SharedConnector {
        Arc::new(Self)
    }
}

impl Connector for AcceptingQueue {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let asked: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let entries = asked["Entries"].as_array().cloned().unwrap_or_default();
        assert!(entries.len() <= 10, "more than a batch");
        let taken = |entry: &Value| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "0"});
        let body = json!({"Successful": entries.iter().map(taken).collect::<Vec<_>>(), "Failed": []});
        let mut response = Response::new(Bytes::from(body.to_string()));
        response
            .headers_mut()
            .insert("content-type", http::HeaderValue::from_static("application/x-amz-json-1.0"));
        Box::pin(async move { Ok(response) })
    }
}

/// Gives a valid token to a log-in, and one fixed answer to everything else.
pub struct Vendor {
    pub status: u16,
    pub header: Option<(&'static str, String)>,
    pub body: Bytes,
    /// A log-in gets the fixed answer, too.
    pub answers_login: bool,
}

impl fmt::Debug for Vendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Vendor")
    }
}

impl Connector for Vendor {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        const TOKEN: &str = r#"{"access_token":"token","expires_in":1800,"token_type":"Bearer","instance_url":"https://x.example"}"#;
        let is_login = request.uri().path().ends_with("/token");
        let mut response = Response::new(self.body.clone());
        if is_login && !self.answers_login {
            *response.body_mut() = Bytes::from_static(TOKEN.as_bytes());
        } else {
            *response.status_mut() = http::StatusCode::from_u16(self.status).unwrap_or(http::StatusCode::OK);
            let value = self.header.as_ref().and_then(|(name, value)| Some((*name, value.parse().ok()?)));
            value.map(|(name, value): (_, http::HeaderValue)| response.headers_mut().insert(name, value));
        }
        Box::pin(async move { Ok(response) })
    }
}

/// A sleep moves this clock and takes no time.
#[derive(Debug)]
pub struct LeapingClock(Mutex<DateTime<Utc>>);

impl LeapingClock {
    /// Starts at the first second of 2026.
    pub fn shared() -> Arc<Self> {
        Arc::new(Self(Mutex::new(DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default())))
    }
}

impl Clock for LeapingClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let later = TimeDelta::from_std(duration)
            .ok()
            .and_then(|duration| now.checked_add_signed(duration));
        *now = later.unwrap_or(*now);
        Box::pin(async {})
    }
}

/// Grants every call and stores no token.
#[derive(Debug)]
pub struct AllowAll;

impl Budget for AllowAll {
    fn take<'a>(&'a self, organisation: &'a str, limits: CallLimits, _: Priority) -> BoxFuture<'a, Result<Grant, Failure>> {
        let lease = Lease {
            organisation: organisation.to_owned(),
            limits,
            id: String::new(),
        };
        Box::pin(async move { Ok(Grant::Granted(lease)) })
    }

    fn give_back<'a>(&'a self, _: Lease, _: Feedback) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }
}

impl TokenVault for AllowAll {
    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>, Failure>> {
        Box::pin(async { Ok(None) })
    }

    fn lock<'a>(&'a self, _: &'a str, _: &'a str, _: DateTime<Utc>, _: DateTime<Utc>) -> BoxFuture<'a, Result<bool, Failure>> {
        Box::pin(async { Ok(true) })
    }

    fn rotate<'a>(&'a self, _: &'a str, _: StoredToken) -> BoxFuture<'a, Result<bool, Failure>> {
        Box::pin(async { Ok(true) })
    }

    fn unlock<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }
}
