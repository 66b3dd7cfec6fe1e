//! What goes wrong: each seed picks its own mix, each request and each message draws from it.
//!
//! A new fault is a rate in [`Mix`], drawn in [`Mix::draw`], and the code where it strikes: `vendor` and `aws` for requests, `world` for
//! deliveries and processes, `history` for people.

mod aws;
mod mix;
mod plan;
mod vendor;

pub use mix::{Mix, Rates};
pub use plan::{Plan, Trouble};

pub(crate) use aws::aws_refusal;
pub(crate) use vendor::vendor_refusal;
