//! The simulator's tests, in one binary: `cargo test -p tieout-simulator crash::` runs one module of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod crash;
mod guards;
mod kept;
mod seeds;
mod table;
