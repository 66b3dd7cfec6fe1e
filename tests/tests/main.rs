//! The repository as a whole, in one binary: style, dependency rules, the template, the shipped functions, the fuzz corpus.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod binaries;
mod corpus;
mod dependency_rules;
mod template;
mod tidy;
mod vendor_walls;
