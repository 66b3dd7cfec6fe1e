//! The close of each entity, each morning: planned when due, posted when approved.

use serde_json::Value;
use tieout_platform::events::ScheduleEvent;
use tieout_platform::failure::Failure;
use tieout_platform::runtime::{Deadline, Start, StartError};
use tieout_workflow::close::MonthEndRun;
use tieout_workflow::start;

/// What stays between two events.
pub struct Handler {
    month_end: MonthEndRun,
}

impl Handler {
    /// Builds all clients, once.
    ///
    /// # Errors
    /// Where configuration or secrets are missing or wrong: the function does not start.
    pub async fn init(start: Start) -> Result<Self, StartError> {
        Ok(Self {
            month_end: start::month_end(start).await?,
        })
    }

    /// Answers one event, in the JSON that AWS sends.
    ///
    /// # Errors
    /// Where the event is not one of this function's, or it has to come again.
    pub async fn handle(&self, event: Value, _: Deadline) -> Result<Value, Failure> {
        let timer = ScheduleEvent::parse(&event)?;
        Ok(self.month_end.run(timer.entity.as_deref()).await?)
    }
}
