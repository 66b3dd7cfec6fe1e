//! Each shipped binary, started against a Lambda Runtime API and given the events that AWS would send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod doors;
mod http;
mod process;
mod refusals;
mod salesforce_door;
mod work;
mod world;
mod xero_door;
