//! A Salesforce and a Xero that behave like the real ones, to develop and to try against. What the real one refuses, they refuse.

pub mod docs;
pub mod salesforce;
pub mod xero;
