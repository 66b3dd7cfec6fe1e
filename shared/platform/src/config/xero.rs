//! The section `[xero]`: how to reach Xero, and those of its limits that the file is checked against. `docs/vendors/xero.md`
//! names the sources.

use serde::Deserialize;

use super::schema::Key;
use super::schema::Shape::{OneOf, Text, Whole};
use super::schema::may;
use crate::vendor::CallLimits;

/// Calls to one organisation that Xero allows.
pub const CALLS: CallLimits = CallLimits {
    minute: 60,
    at_once: 5,
    day: 5_000,
};
/// Tracking categories that an organisation has in use, and so of one line.
pub const LINE_TRACKING_MAX: usize = 2;
/// The longest code of an account, in characters.
pub const ACCOUNT_CODE_LENGTH_MAX: usize = 10;

/// How to reach Xero.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Xero {
    /// The API's address.
    pub url: String,
    /// The identity server's address.
    pub identity_url: String,
    /// How we log in.
    pub login: XeroLogin,
    /// Calls a minute and organisation that we allow ourselves.
    pub calls_per_minute_max: u32,
    /// Calls at once and organisation that we allow ourselves.
    pub calls_at_once_max: u32,
    /// Calls a day and organisation that we allow ourselves; the Starter tier has 1,000.
    pub calls_per_day_max: u32,
}

impl Default for Xero {
    fn default() -> Self {
        Self {
            url: "https://api.xero.com".to_owned(),
            identity_url: "https://identity.xero.com".to_owned(),
            login: XeroLogin::default(),
            calls_per_minute_max: CALLS.minute,
            calls_at_once_max: CALLS.at_once,
            calls_per_day_max: CALLS.day,
        }
    }
}

impl Xero {
    /// What we allow ourselves, in one.
    pub fn calls(&self) -> CallLimits {
        CallLimits {
            minute: self.calls_per_minute_max,
            at_once: self.calls_at_once_max,
            day: self.calls_per_day_max,
        }
    }
}

/// The grant by which we get an access token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum XeroLogin {
    /// A custom connection; no refresh token.
    #[default]
    ClientCredentials,
    /// A web app's rotating refresh token; one refresher at a time.
    RefreshToken,
}

/// The keys of the section.
pub(super) const KEYS: &[Key] = &[
    may("url", Text, "url = \"https://api.xero.com\""),
    may("identity_url", Text, "identity_url = \"https://identity.xero.com\""),
    may(
        "login",
        OneOf(&["client_credentials", "refresh_token"]),
        "login = \"client_credentials\"",
    ),
    may("calls_per_minute_max", Whole(1, CALLS.minute), "calls_per_minute_max = 60"),
    may("calls_at_once_max", Whole(1, CALLS.at_once), "calls_at_once_max = 5"),
    may("calls_per_day_max", Whole(1, CALLS.day), "calls_per_day_max = 5000"),
];
