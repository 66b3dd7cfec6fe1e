//! The sweep: what no message told, on both sides.

use serde_json::{Value, json};
use tieout_platform::failure::Failure;
use tieout_platform::runtime::{Deadline, Start, StartError};
use tieout_workflow::start;
use tieout_workflow::sweep::Sweeper;

/// What stays between two events.
pub struct Handler {
    sweeper: Sweeper,
}

impl Handler {
    /// Builds all clients, once.
    ///
    /// # Errors
    /// Where configuration or secrets are missing or wrong: the function does not start.
    pub async fn init(start: Start) -> Result<Self, StartError> {
        Ok(Self {
            sweeper: start::sweeper(start).await?,
        })
    }

    /// Answers one event, in the JSON that AWS sends.
    ///
    /// # Errors
    /// Where the event is not one of this function's, or it has to come again.
    pub async fn handle(&self, _: Value, _: Deadline) -> Result<Value, Failure> {
        let found = self.sweeper.sweep().await?;
        Ok(json!({ "deals": found.deals, "documents": found.documents, "unfinished": found.unfinished }))
    }
}
