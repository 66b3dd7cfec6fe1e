//! The loop of a function on Lambda.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use super::environment::Environment;
use super::start::{Start, StartError};
use super::variables::{AWS_LAMBDA_RUNTIME_API, Function, TIEOUT_LOG};
use crate::failure::{Failure, chain};
use crate::telemetry;

/// When Lambda ends an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(DateTime<Utc>);

impl Deadline {
    /// A deadline at `instant`.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(instant)
    }

    /// The instant.
    pub fn instant(self) -> DateTime<Utc> {
        self.0
    }

    /// How long it is until then; nothing where it has passed.
    pub fn remaining(self, now: DateTime<Utc>) -> Duration {
        (self.0 - now).to_std().unwrap_or_default()
    }

    fn from_millis(deadline_ms: u64) -> Self {
        let instant = i64::try_from(deadline_ms).ok().and_then(DateTime::from_timestamp_millis);
        Self(instant.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

/// Runs `function` until Lambda ends the process: `init` once, then the handler that it gives for each event.
///
/// A failing init is said once on the log; then the process ends with a failure, and Lambda tries a fresh one at the next event. A
/// handler's [`Failure`] is said on the log and told to Lambda, which for a queue means that the batch comes again.
pub async fn serve<I, H>(function: Function, init: I) -> ExitCode
where
    I: AsyncFnOnce(Start) -> Result<H, StartError>,
    H: AsyncFn(Value, Deadline) -> Result<Value, Failure>,
{
    let environment = Environment::of_function(function);
    telemetry::start(environment.get(&TIEOUT_LOG).unwrap_or(telemetry::DEFAULT_FILTER));
    match run(function, &environment, init).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            tracing::error!(function = function.name(), reason, "the function does not start");
            ExitCode::FAILURE
        }
    }
}

async fn run<I, H>(function: Function, environment: &Environment, init: I) -> Result<(), String>
where
    I: AsyncFnOnce(Start) -> Result<H, StartError>,
    H: AsyncFn(Value, Deadline) -> Result<Value, Failure>,
{
    // Asked first: the library panics where it is missing.
    environment.read(&AWS_LAMBDA_RUNTIME_API).map_err(|error| error.to_string())?;
    let start = Start::of_process(function).map_err(|error| chain(&error))?;
    let handler = Arc::new(init(start).await.map_err(|error| chain(&error))?);
    let service = service_fn(move |event: LambdaEvent<Value>| {
        let handler = Arc::clone(&handler);
        async move {
            let deadline = Deadline::from_millis(event.context.deadline);
            handler(event.payload, deadline).await.map_err(|failure| told(&failure))
        }
    });
    lambda_runtime::run(service).await.map_err(|error| chain(error.as_ref()))
}

/// What Lambda is told of a failure, after the log.
fn told(failure: &Failure) -> Diagnostic {
    let reason = chain(failure);
    tracing::error!(class = ?failure.class(), reason, "the invocation failed");
    Diagnostic {
        error_type: format!("{:?}", failure.class()),
        error_message: reason,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_counts_down_to_nothing() {
        let rows = [(10_000, 4_000, 6_000), (10_000, 10_000, 0), (10_000, 11_000, 0)];
        for (deadline_ms, now_ms, remaining_ms) in rows {
            let now = DateTime::from_timestamp_millis(now_ms).unwrap();
            let remaining = Deadline::from_millis(deadline_ms).remaining(now);
            assert_eq!(remaining, Duration::from_millis(remaining_ms));
        }
        assert_eq!(Deadline::from_millis(u64::MAX).instant(), DateTime::<Utc>::MAX_UTC);
    }
}
