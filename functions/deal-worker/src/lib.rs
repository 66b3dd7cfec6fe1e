//! Deals from the queue: contract, draft invoice, write-back.

use serde_json::Value;
use tieout_platform::failure::Failure;
use tieout_platform::runtime::{Deadline, Start, StartError};
use tieout_workflow::start;
use tieout_workflow::workers::Worker;

/// What stays between two events.
pub struct Handler {
    worker: Worker,
}

impl Handler {
    /// Builds all clients, once.
    ///
    /// # Errors
    /// Where configuration or secrets are missing or wrong: the function does not start.
    pub async fn init(start: Start) -> Result<Self, StartError> {
        Ok(Self {
            worker: start::deal_worker(start).await?,
        })
    }

    /// Answers one event, in the JSON that AWS sends.
    ///
    /// # Errors
    /// Where the event is not one of this function's, or it has to come again.
    pub async fn handle(&self, event: Value, deadline: Deadline) -> Result<Value, Failure> {
        Ok(self.worker.handle(&event, deadline.instant()).await?)
    }
}
