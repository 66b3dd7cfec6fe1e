//! Salesforce: outbound messages in, REST out, under our own identity.
//!
//! Facts and sources: `docs/vendors/salesforce.md`. No address from a payload is ever followed.

mod answer;
mod auth;
mod crm;
mod deal_rows;
mod deals;
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

use answer::{read_answer, refuses_token};
use auth::{Session, Token};
use settings::Address;

pub use answer::{BUSY_WAIT_S, QUOTA_WAIT_S};
pub use deals::{CHANGED_MAX, LINES_MAX};
pub use query::PAGES_MAX;
pub use settings::{Login, SalesforceSettings};

use crate::error::{Call, CrmError};
use crate::port::DealFields;

/// The section of `tieout.toml` that the settings come from.
const SECTION: &str = "salesforce";
/// The object that is a deal.
const OPPORTUNITY: &str = "Opportunity";

/// A client of one Salesforce organisation; share it, it keeps its token in the process.
#[derive(Debug)]
pub struct Salesforce {
    connector: SharedConnector,
    clock: SharedClock,
    settings: SalesforceSettings,
    address: Address,
    session: Session,
    fields: DealFields,
}

impl Salesforce {
    /// Builds a client without any I/O. The first call requests the token.
    ///
    /// # Errors
    /// [`CrmError::Setting`] where a setting is not valid in an address or a query.
    pub fn new(connector: SharedConnector, clock: SharedClock, settings: SalesforceSettings) -> Result<Self, CrmError> {
        let address = settings.address()?;
        let fields = crm::fields(&settings);
        Ok(Self {
            connector,
            clock,
            settings,
            address,
            session: Session::default(),
            fields,
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
            .token(&*self.connector, &*self.clock, &self.address.base, login, refused)
            .await
    }

    async fn send(&self, call: Call, token: &Token, method: &Method, path: &str, body: Option<&str>) -> Result<Response, CrmError> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address.base))
            .header(AUTHORIZATION, token.header()?)
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Bytes::new, |body| Bytes::copy_from_slice(body.as_bytes()));
        let request = request.body(body).map_err(|_| CrmError::Setting {
            section: SECTION,
            name: "url",
            remedy: "the query makes too long an address; map fewer or shorter fields",
        })?;
        self.connector
            .send(request)
            .await
            .map_err(|source| CrmError::Unreachable { call, source })
    }
}

#[cfg(test)]
mod tests;
