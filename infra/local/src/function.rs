//! A function as Lambda runs it: an event in, an answer or an error out, a panic or a timeout being errors too.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use tieout_platform::clock::{Clock as _, SharedClock, SystemClock};

/// The longest that Lambda lets a function run, in seconds.
pub const FUNCTION_TIMEOUT_MAX_S: u64 = 900;

/// The handler of a function.
pub trait Function: Send + Sync {
    /// Handles one event; `deadline`, by the stack's clock, is when it will be cut off.
    fn invoke(&self, event: Value, deadline: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>>;
}

/// Why an invocation failed; the same to its caller on AWS ("FunctionError").
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// The handler returned an error.
    #[error("{error_type}: {message}")]
    Failed {
        /// The kind, as the Runtime API's `errorType`.
        error_type: String,
        message: String,
    },
    #[error("the function panicked: {message}")]
    Panicked { message: String },
    /// The handler ran into its timeout.
    #[error("Task timed out after {after_ms} ms")]
    TimedOut { after_ms: u64 },
    /// The function's process ended or never began.
    #[error("the function's runtime is gone: {message}")]
    RuntimeGone { message: String },
}

impl FunctionError {
    /// An error of the handler.
    pub fn failed(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Failed {
            error_type: error_type.into(),
            message: message.into(),
        }
    }
}

/// A function with its name and timeout, as it is deployed. A clone is the same function.
#[derive(Clone)]
pub struct LocalFunction {
    name: String,
    handler: Arc<dyn Function>,
    timeout: Duration,
    clock: SharedClock,
    /// By what the timeout counts; the machine's time without one.
    timed_by: Option<SharedClock>,
}

impl fmt::Debug for LocalFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("LocalFunction");
        told.field("name", &self.name)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl LocalFunction {
    /// Deploys a handler; its timeout is at most [`FUNCTION_TIMEOUT_MAX_S`], and counts in the machine's time.
    pub fn new(name: impl Into<String>, handler: Arc<dyn Function>, timeout: Duration, clock: SharedClock) -> Self {
        Self {
            name: name.into(),
            handler,
            timeout: timeout.min(Duration::from_secs(FUNCTION_TIMEOUT_MAX_S)),
            clock,
            timed_by: None,
        }
    }

    /// The same function, whose timeout counts by `clock`: while that stands still, a function that waits for it is not cut off.
    #[must_use]
    pub fn timed_by(mut self, clock: SharedClock) -> Self {
        self.timed_by = Some(clock);
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Invokes it once.
    ///
    /// # Errors
    /// The handler's own; a panic in it; its timeout.
    pub async fn call(&self, event: Value) -> Result<Value, FunctionError> {
        let allowed = TimeDelta::from_std(self.timeout).unwrap_or(TimeDelta::MAX);
        let deadline = self.clock.now().checked_add_signed(allowed);
        let deadline = deadline.unwrap_or(DateTime::<Utc>::MAX_UTC);
        // Made inside, so that a panic before the first await is caught as well.
        let handled = async { self.handler.invoke(event, deadline).await };
        let guarded = AssertUnwindSafe(handled).catch_unwind();
        let ended = tokio::select! {
            biased;
            ended = guarded => Some(ended),
            () = self.time_limit() => None,
        };
        let result = match ended {
            Some(Ok(result)) => result,
            Some(Err(panic)) => Err(FunctionError::Panicked {
                message: text_of(panic.as_ref()),
            }),
            None => Err(FunctionError::TimedOut {
                after_ms: u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX),
            }),
        };
        if let Err(error) = &result {
            tracing::warn!(function = %self.name, %error, "an invocation failed");
        }
        result
    }

    /// Resolves when the timeout is over.
    fn time_limit(&self) -> BoxFuture<'static, ()> {
        match &self.timed_by {
            Some(clock) => clock.sleep(self.timeout),
            None => SystemClock::default().sleep(self.timeout),
        }
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no text".to_owned())
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
