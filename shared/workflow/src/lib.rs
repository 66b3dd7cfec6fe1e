//! The use cases, over accounting, CRM, ledger, store and queue: what Tieout does, one folder each.

pub mod billing;
pub mod close;
pub mod contracts;
pub mod deal;
mod deployment;
mod documents;
mod doubt;
mod effects;
mod error;
mod facts;
pub mod failures;
mod finding;
mod ids;
pub mod invoice;
mod ledger;
#[cfg(test)]
#[allow(clippy::expect_used)]
mod memory_ledger;
mod parking;
pub mod people;
mod policy;
pub mod start;
pub mod sweep;
pub mod tie_out;
pub mod webhooks;
pub mod workers;
pub mod worklist;
mod write_back;

pub use deployment::Deployment;
pub use error::WorkflowError;
pub use finding::Finding;
pub use ledger::minor_to_decimal as amount;
pub use parking::{Mover, Reason};
