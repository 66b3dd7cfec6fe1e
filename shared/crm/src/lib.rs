//! What we ask of a CRM, and Salesforce as one.
//!
//! [`Crm`] is the port, and nothing outside [`salesforce`] names the vendor. Reads may be repeated freely; the write-back asks for
//! a [`Permit`](tieout_platform::effect::Permit), which only the effect code makes.

pub mod deal;
mod error;
mod ids;
mod port;
pub mod salesforce;

pub use error::{Call, CrmError, MESSAGE_LENGTH_MAX};
pub use ids::{ID_LENGTH_MAX, IdError, RecordId};
pub use port::{Answer, ChangedDeal, ChangedDeals, Crm, DealFields, Subject, WriteBackEffect};
