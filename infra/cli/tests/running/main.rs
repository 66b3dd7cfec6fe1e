//! The running stack: the whole path, crashes, duplicates, bad input, secrets in logs, load, and a restored table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs,
    dead_code
)]

mod bad_input;
mod billing;
mod canaries;
mod clock;
mod common;
mod contracts;
mod crash;
mod doubt;
mod load;
mod month;
mod orders;
mod path;
mod restore;
mod sandbox;
mod twice;
mod worklist;
