//! The services as their clients see them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
mod gateway;
mod runtime_api;
mod runtime_binary;
mod rust_sdk;
mod sqs_check;
mod sqs_http;
mod sqs_killed;
mod stack;
