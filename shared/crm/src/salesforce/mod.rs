//! Salesforce: outbound messages in, REST out, under our own identity.
//!
//! Facts and sources: `interfaces.md` A and B. No address from a payload is ever followed.

mod auth;
mod deal_rows;
mod deals;
mod errors;
pub mod ids;
pub mod outbound;
mod query;
mod row;
mod settings;
mod web;
mod write_back;

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;
use tieout_platform::clock::SharedClock;
use tieout_platform::http::{Response, SharedConnector};

use auth::{Session, Token};
use errors::{read_answer, refuses_token};
use settings::Place;

pub use deals::{CHANGED_MAX, Changed, ChangedDeals, LINES_MAX};
pub use errors::{BUSY_WAIT_S, Call, CrmError, MESSAGE_LENGTH_MAX, QUOTA_WAIT_S};
pub use query::PAGES_MAX;
pub use settings::{Login, SalesforceSettings};
pub use write_back::{WriteBackEffect, write_back_body};

/// A client of one Salesforce organisation; share it, it keeps its token in the process.
#[derive(Debug)]
pub struct Salesforce {
    connector: SharedConnector,
    clock: SharedClock,
    settings: SalesforceSettings,
    place: Place,
    session: Session,
}

impl Salesforce {
    /// Builds a client, without any I/O; the token is asked for with the first call.
    ///
    /// # Errors
    /// [`CrmError::Setting`] where a setting cannot stand in an address or a query.
    pub fn new(connector: SharedConnector, clock: SharedClock, settings: SalesforceSettings) -> Result<Self, CrmError> {
        let place = settings.place()?;
        Ok(Self {
            connector,
            clock,
            settings,
            place,
            session: Session::default(),
        })
    }

    /// Makes one call, and a second one with a new token where Salesforce refuses the first one's: a call that is answered
    /// with 401, or as an invalid session, was not carried out, so that this is safe for writes as well.
    async fn call(&self, call: Call, method: Method, path: &str, body: Option<&str>) -> Result<Value, CrmError> {
        let token = self.token(None).await?;
        let mut response = self.send(call, &token, &method, path, body).await?;
        if refuses_token(&response) {
            let token = self.token(Some(token.serial)).await?;
            response = self.send(call, &token, &method, path, body).await?;
        }
        read_answer(call, &response, self.clock.now())
    }

    async fn token(&self, refused: Option<u64>) -> Result<Token, CrmError> {
        let login = &self.settings.login;
        self.session
            .token(&*self.connector, &*self.clock, &self.place.base, login, refused)
            .await
    }

    async fn send(&self, call: Call, token: &Token, method: &Method, path: &str, body: Option<&str>) -> Result<Response, CrmError> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.place.base))
            .header(AUTHORIZATION, token.header()?)
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Bytes::new, |body| Bytes::copy_from_slice(body.as_bytes()));
        let request = request.body(body).map_err(|_| CrmError::Setting {
            name: "url",
            mend: "with a query it is no address; shorten the mapped fields",
        })?;
        self.connector
            .send(request)
            .await
            .map_err(|source| CrmError::Transport { call, source })
    }
}

#[cfg(test)]
mod tests;
