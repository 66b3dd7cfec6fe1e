//! Salesforce: outbound messages in, REST out, under our own identity.
//!
//! Facts and sources: `interfaces.md` A and B. No address from a payload is ever followed.

pub mod ids;
pub mod outbound;
