//! Billing: what falls due by a billing plan, once a day.

use serde_json::{Value, json};
use tieout_platform::failure::Failure;
use tieout_platform::runtime::{Deadline, Start, StartError};
use tieout_workflow::billing::Biller;
use tieout_workflow::start;

/// What stays between two events.
pub struct Handler {
    biller: Biller,
}

impl Handler {
    /// Builds all clients, once.
    ///
    /// # Errors
    /// Where configuration or secrets are missing or wrong: the function does not start.
    pub async fn init(start: Start) -> Result<Self, StartError> {
        Ok(Self {
            biller: start::biller(start).await?,
        })
    }

    /// Answers one event, in the JSON that AWS sends.
    ///
    /// # Errors
    /// Where the event is not one of this function's, or it has to come again.
    pub async fn handle(&self, _: Value, _: Deadline) -> Result<Value, Failure> {
        let billed = self.biller.bill().await?;
        Ok(json!({ "documents": billed.documents, "deals": billed.deals }))
    }
}
