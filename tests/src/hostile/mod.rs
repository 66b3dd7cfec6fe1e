//! Hostile input: for each thing that comes in from outside, a function that takes any bytes and must not panic.
//!
//! libFuzzer calls them (`tests/fuzz`), and `tests/tests/corpus.rs` calls them for every file of the committed corpus and every input
//! that ever failed, so that they cannot rot.

// A panic is how a target says that something does not hold.
#![allow(clippy::expect_used)]

mod arithmetic;
mod configuration;
mod doors;
mod draw;
mod lives;
mod money;
mod outbound_message;
mod queue_message;
mod schedules;
mod story;
mod vendor_reply;
mod wire;
pub mod wounds;
mod xero_webhook;

pub use arithmetic::arithmetic;
pub use configuration::configuration;
pub use doors::salesforce_door;
pub use outbound_message::outbound_message;
pub use queue_message::queue_message;
pub use story::story;
pub use vendor_reply::vendor_reply;
pub use xero_webhook::xero_webhook;

/// A target: any bytes in, a panic where something does not hold.
pub type Target = fn(&[u8]);

/// All targets, by the names of their binaries and of their folders in the corpus.
pub const TARGETS: [(&str, Target); 8] = [
    ("story", story),
    ("arithmetic", arithmetic),
    ("outbound_message", outbound_message),
    ("xero_webhook", xero_webhook),
    ("salesforce_door", salesforce_door),
    ("queue_message", queue_message),
    ("vendor_reply", vendor_reply),
    ("configuration", configuration),
];
