//! The running stack: its path, its crashes, its doubles and its bad input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    dead_code
)]

mod bad_input;
mod common;
mod crash;
mod month;
mod path;
mod twice;
