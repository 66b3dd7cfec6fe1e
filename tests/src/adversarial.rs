//! Adversarial input: for each thing that comes in from outside, a function that takes any bytes and must not panic.
//!
//! libFuzzer drives them (`tests/fuzz`). `tests/tests/corpus.rs` runs them over the committed corpus, which holds every input that
//! ever failed.

// A target reports a violation by a panic.
#![allow(clippy::expect_used)]

mod arithmetic;
mod configuration;
mod draw;
mod histories;
mod money;
pub mod mutations;
mod outbound_message;
mod queue_message;
mod schedules;
mod story;
mod vendor_reply;
mod webhooks;
mod wire;
mod xero_webhook;

pub use arithmetic::arithmetic;
pub use configuration::configuration;
pub use outbound_message::outbound_message;
pub use queue_message::queue_message;
pub use story::story;
pub use vendor_reply::vendor_reply;
pub use webhooks::webhook_event;
pub use xero_webhook::xero_webhook;

/// A target: any bytes in, a panic where something does not hold.
pub type Target = fn(&[u8]);

/// All targets, by the names of their binaries and of their folders in the corpus.
pub const TARGETS: [(&str, Target); 8] = [
    ("story", story),
    ("arithmetic", arithmetic),
    ("outbound_message", outbound_message),
    ("xero_webhook", xero_webhook),
    ("webhook_event", webhook_event),
    ("queue_message", queue_message),
    ("vendor_reply", vendor_reply),
    ("configuration", configuration),
];
