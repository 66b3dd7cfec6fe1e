//! The store over an embedded DynamoDB that speaks the real protocol, by the real SDK, with answers lost on the way.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod budget;
mod contracts;
mod due;
mod effects;
mod faults;
mod harness;
mod large;
mod numbers;
mod operations;
mod periods;
mod tokens;
