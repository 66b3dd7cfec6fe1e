//! Counters in CloudWatch's embedded metric format: one JSON line each, from which CloudWatch makes the metric without a call.
//!
//! Source: docs.aws.amazon.com, "Specification: Embedded metric format".

use std::fmt::{Debug, Formatter};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::clock::SharedClock;

/// The namespace of all our metrics.
pub const NAMESPACE: &str = "Tieout";
/// The name of the dimension that every counter has.
const FUNCTION: &str = "Function";
/// The longest value of a dimension; CloudWatch allows 1,024.
const VALUE_LENGTH_MAX_CHARS: usize = 128;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// A webhook's signature, certificate or secret path was missing or wrong: refused without a reason.
    SignatureRefused,
    /// A message in the right hands but of the wrong form was refused.
    MessageRefused,
    /// A hint was put on a queue.
    MessageQueued,
    /// Something waits for a person.
    Parked,
    /// An effect's outcome is not known and is read back.
    EffectUnknown,
    /// An effect whose outcome was not known had happened.
    EffectAdopted,
    /// A message went to the dead-letter queue.
    DeadLettered,
    /// The sweep found what no message told.
    SweepFound,
    /// A close was proposed.
    CloseProposed,
    /// A close was posted.
    ClosePosted,
}

impl Metric {
    /// All of them, for the test that compares them with the template's alarms.
    pub const ALL: [Self; 10] = [
        Self::SignatureRefused,
        Self::MessageRefused,
        Self::MessageQueued,
        Self::Parked,
        Self::EffectUnknown,
        Self::EffectAdopted,
        Self::DeadLettered,
        Self::SweepFound,
        Self::CloseProposed,
        Self::ClosePosted,
    ];

    /// Its name in CloudWatch.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// By what a counter may be told apart; each pair of values is a metric that costs money, so there are few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// The entity's id.
    Entity,
    /// A kind, as a word of ours and never a value from outside.
    Kind,
}

/// The counters of one function.
#[derive(Clone)]
pub struct Metrics {
    function: String,
    clock: SharedClock,
    sink: Sink,
}

#[derive(Clone)]
enum Sink {
    Stdout,
    Kept(Arc<Mutex<Vec<String>>>),
}

impl Metrics {
    /// Counters of `function` on standard output.
    pub fn new(function: &str, clock: SharedClock) -> Self {
        Self {
            function: function.to_owned(),
            clock,
            sink: Sink::Stdout,
        }
    }

    /// Counters that are kept in memory, for tests and the local stack.
    pub fn kept(function: &str, clock: SharedClock) -> Self {
        Self {
            sink: Sink::Kept(Arc::default()),
            ..Self::new(function, clock)
        }
    }

    /// Counts one.
    pub fn count(&self, metric: Metric, dimensions: &[(Dimension, &str)]) {
        self.add(metric, 1, dimensions);
    }

    /// Counts `value`.
    pub fn add(&self, metric: Metric, value: u64, dimensions: &[(Dimension, &str)]) {
        let line = self.line(metric, value, dimensions).to_string();
        match &self.sink {
            Sink::Stdout => {
                // A counter that cannot be written is not worth failing for.
                let _ = writeln!(std::io::stdout().lock(), "{line}");
            }
            Sink::Kept(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).push(line),
        }
    }

    /// The lines kept so far; none where they go to standard output.
    pub fn kept_lines(&self) -> Vec<String> {
        match &self.sink {
            Sink::Stdout => Vec::new(),
            Sink::Kept(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// How often `metric` was counted, of the lines kept.
    pub fn kept_count(&self, metric: Metric) -> u64 {
        let value = |line: &String| serde_json::from_str::<Value>(line).ok()?[metric.name()].as_u64();
        self.kept_lines().iter().filter_map(value).sum()
    }

    fn line(&self, metric: Metric, value: u64, dimensions: &[(Dimension, &str)]) -> Value {
        // CloudWatch leaves out a metric with an empty dimension, so an empty value is none.
        let given: Vec<(String, String)> = dimensions
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (format!("{name:?}"), value.chars().take(VALUE_LENGTH_MAX_CHARS).collect()))
            .collect();
        let mut sets = vec![vec![FUNCTION.to_owned()]];
        if !given.is_empty() {
            let names = given.iter().map(|(name, _)| name.clone());
            sets.push(std::iter::once(FUNCTION.to_owned()).chain(names).collect());
        }
        let name = metric.name();
        let mut line = json!({
            "_aws": {
                "Timestamp": self.clock.now().timestamp_millis(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": sets,
                    "Metrics": [{"Name": name, "Unit": "Count"}],
                }],
            },
            FUNCTION: self.function,
        });
        line[name] = json!(value);
        for (name, value) in given {
            line[name] = json!(value);
        }
        line
    }
}

impl Debug for Metrics {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Metrics")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}
