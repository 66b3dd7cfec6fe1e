//! Xero: the accounting API and its webhooks.
//!
//! Facts and sources are in `docs/vendors/xero.md`. Nothing is sent when a client is built. Dates on the wire come in two
//! forms and are read in both; amounts never pass through a float.

mod auth;
mod body;
mod client;
mod contacts;
mod credit_notes;
mod dates;
mod invoices;
mod journals;
mod kept;
mod ledger;
mod limits;
mod list;
mod organisation;
mod outgoing;
mod query;
mod reply;
mod trial_balance;
pub mod webhook;
mod wire;

pub use auth::{EXPIRY_MARGIN_S, GRANULAR_SCOPES, REFRESH_LOCK_S, REFRESH_POLL_MS, REFRESH_WAIT_MAX_MS, XeroLogin};
pub use body::SOURCE_URL;
pub use client::{WAIT_MAX_MS, WAIT_MIN_MS, WRITE_WAIT_MAX_MS, Xero, XeroLedger, XeroSettings};
pub use kept::LIST_AGE_MAX_S;
pub use limits::{AMOUNT_DECIMALS, CALLS, DESCRIPTION_LENGTH_MAX, REFERENCE_LENGTH_MAX, UNIT_DECIMALS};
pub use query::{PAGE_SIZE, PAGES_MAX};
