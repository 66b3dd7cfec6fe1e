//! `tieout.toml`: who the group is, which rules it books by, and who may do what.
//!
//! [`Config::check`] finds all mistakes at once: first the form (syntax, keys, kinds), then the meaning of all that has the right form.

mod billing;
mod check;
mod find;
mod finding;
mod forms;
mod meaning;
mod model;
mod orders;
mod presets;
mod schema;
mod shape;
#[cfg(test)]
mod tests;
mod words;
pub mod xero;

pub use billing::{Alignment, Billing, Frequency, Timing};
pub use check::{Checked, FILE_SIZE_MAX_BYTES};
pub use finding::{FILE_NAME, Finding};
pub use forms::{organisation_id_15, salesforce_id_18};
pub use model::*;
pub use orders::{DealKind, Orders};
pub use presets::Preset;
pub use schema::{CLOSE_DAY_MAX, DUE_DAYS_MAX, ENTITIES_MAX, PEOPLE_MAX, PRODUCTS_MAX, RULES_MAX};
pub use xero::{Xero, XeroLogin};
