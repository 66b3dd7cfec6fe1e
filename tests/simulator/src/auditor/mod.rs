//! The auditor: an independent model that knows, from the company's life, what must be true.
//!
//! It shares no code with the product: std, serde_json, rust_decimal and chrono are all it uses (a test of its own looks).

pub mod facts;
pub mod seen;
