//! The ledger crate from outside: a scripted connector in the network's place, no waiting, no network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod addresses;
mod adversarial;
mod auth;
mod bodies;
mod calls;
mod examples;

mod openapi;
mod outcomes;
mod reads;
mod samples;
mod support;
mod webhook;
