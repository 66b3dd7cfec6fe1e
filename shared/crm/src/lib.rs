//! What we ask of a CRM, and Salesforce as one.
//!
//! [`deal`] speaks of no vendor; [`salesforce`] reads deals, writes back what became of their invoices, and verifies messages.

pub mod deal;
pub mod salesforce;
