//! What a function says about itself: log records as JSON and counters in CloudWatch's embedded metric format, both on standard output.
//!
//! Bodies, secrets and personal data are never said. CloudWatch stamps each line with its time.

mod metrics;

use tracing::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use metrics::{Dimension, Metric, Metrics, NAMESPACE};

/// What is logged where `TIEOUT_LOG` says nothing.
pub const DEFAULT_FILTER: &str = "info";

/// Starts the log on standard output; a second call changes nothing.
///
/// `filter` is a level, or levels by target: `info,tieout_workflow=debug`. One that cannot be read is [`DEFAULT_FILTER`].
pub fn start(filter: &str) {
    // An error means that a subscriber is there already: in the local stack, where many functions share a process.
    let _ = subscriber(filter, std::io::stdout).try_init();
}

/// The log as JSON lines, written to `writer`.
pub fn subscriber<W>(filter: &str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let default = || DEFAULT_FILTER.parse().unwrap_or_else(|_| Targets::new());
    let filter: Targets = filter.parse().unwrap_or_else(|_| default());
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .without_time()
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(filter).with(lines)
}

#[cfg(test)]
mod tests;
