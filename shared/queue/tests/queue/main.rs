//! The queue over a scripted SQS: what is sent, byte by byte, and what the answers mean.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod batch;
mod dead_letters;
mod hints;
mod script;
mod sending;
