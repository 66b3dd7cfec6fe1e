//! How a sandbox organisation is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tieout_platform::clock::SharedClock;

use super::outbound::{OutboundRule, Poster};
use super::schema::CustomField;
use crate::docs::Docs;

/// Rows in one page of a query's answer, unless configured.
pub const DEFAULT_PAGE_SIZE_ROWS: usize = 2_000;
/// Calls in 24 hours, unless configured: an Enterprise organisation's without its users' share.
pub const DEFAULT_DAILY_LIMIT_CALLS: u64 = 100_000;
/// Life of an access token, unless configured: the session policy of a new organisation.
pub const DEFAULT_SESSION_S: u64 = 2 * 60 * 60;

/// An organisation.
pub struct SalesforceConfig {
    /// Where everything is kept.
    pub docs: Docs,
    /// What time it is.
    pub clock: SharedClock,
    /// A loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// 18 characters, beginning with `00D`.
    pub organisation_id: String,
    /// The app's consumer key.
    pub client_id: String,
    /// The app's consumer secret.
    pub client_secret: String,
    /// The app's certificate for the JWT bearer flow, as an RSA public key in PEM; without it that flow is refused.
    pub jwt_public_key_pem: Option<String>,
    /// What an assertion may name as its audience, beside the sandbox's own address.
    pub audiences: Vec<String>,
    /// The one user who approved the app.
    pub username: String,
    /// Whether records have a `CurrencyIsoCode`.
    pub multi_currency: bool,
    /// The organisation's currencies, the corporate one first; used with `multi_currency`.
    pub currencies: Vec<String>,
    /// Fields beside the standard ones and Tieout's.
    pub custom_fields: Vec<CustomField>,
    /// Where outbound messages go; without it they wait.
    pub endpoint: Option<String>,
    /// Which saves make an outbound message.
    pub outbound: Vec<OutboundRule>,
    /// What carries outbound messages; the network when there is none.
    pub poster: Option<Poster>,
    /// Rows in one page of a query's answer, of nested ones too.
    pub page_size: usize,
    /// Calls in 24 hours.
    pub daily_limit: u64,
    /// Life of an access token.
    pub session: Duration,
    /// How long a write holds its account's lock, on the clock; zero for none.
    pub write_time: Duration,
    /// HTTP status of `UNABLE_TO_LOCK_ROW` for a single record: 400 or 500, both are seen in the field.
    pub lock_status: u16,
}

impl SalesforceConfig {
    /// A multi-currency organisation on a free loopback port, with one outbound message for every save of an opportunity and no endpoint.
    pub fn new(docs: Docs, clock: SharedClock) -> Self {
        Self {
            docs,
            clock,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            organisation_id: "00DTi0000000001MAA".to_owned(),
            client_id: "tieout-local-client".to_owned(),
            client_secret: "tieout-local-secret".to_owned(),
            jwt_public_key_pem: None,
            audiences: vec!["https://login.salesforce.com".to_owned(), "https://test.salesforce.com".to_owned()],
            username: "tieout@sandbox.example".to_owned(),
            multi_currency: true,
            currencies: ["GBP", "USD", "EUR"].map(str::to_owned).to_vec(),
            custom_fields: Vec::new(),
            endpoint: None,
            outbound: vec![OutboundRule::every_opportunity()],
            poster: None,
            page_size: DEFAULT_PAGE_SIZE_ROWS,
            daily_limit: DEFAULT_DAILY_LIMIT_CALLS,
            session: Duration::from_secs(DEFAULT_SESSION_S),
            write_time: Duration::ZERO,
            lock_status: 400,
        }
    }
}
