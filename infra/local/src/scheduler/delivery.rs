//! Firings brought to their targets.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Due, ScheduleError, Scheduler};
use crate::function::{FunctionError, LocalFunction};

/// How often a firing is tried: once, and twice more as Lambda does with asynchronous events (here at once).
pub const ATTEMPTS_MAX: u32 = 3;

/// What became of one firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which it was.
    pub due: Due,
    /// The target's last answer.
    pub result: Result<Value, FunctionError>,
    /// How often it was tried.
    pub attempts: u32,
}

impl Scheduler {
    /// Invokes the target of each firing that is due, one after the other, and remembers it whatever the target answers.
    /// `target` finds the function of a schedule; a firing without one is an error of that delivery.
    ///
    /// # Errors
    /// The memory failed.
    pub async fn deliver<'a>(
        &self,
        now: DateTime<Utc>,
        target: impl Fn(&str) -> Option<&'a LocalFunction>,
    ) -> Result<Vec<Delivery>, ScheduleError> {
        let mut deliveries = Vec::new();
        for due in self.due(now)? {
            let (result, attempts) = match target(&due.schedule) {
                Some(function) => attempt(function, &due).await,
                None => {
                    let message = format!("schedule {} has no target", due.schedule);
                    (Err(FunctionError::failed("NoTarget", message)), 0)
                }
            };
            self.fired(&due)?;
            deliveries.push(Delivery { due, result, attempts });
        }
        Ok(deliveries)
    }
}

async fn attempt(function: &LocalFunction, due: &Due) -> (Result<Value, FunctionError>, u32) {
    let mut attempts = 1;
    loop {
        let result = function.call(due.input.clone()).await;
        if result.is_ok() || attempts >= ATTEMPTS_MAX {
            return (result, attempts);
        }
        attempts += 1;
    }
}
