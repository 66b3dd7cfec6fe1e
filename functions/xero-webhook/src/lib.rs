//! Webhooks of Xero: signature verified, put on the queue, answered.

use serde_json::Value;
use tieout_platform::failure::Failure;
use tieout_platform::runtime::{Deadline, Start, StartError};
use tieout_workflow::start;
use tieout_workflow::webhooks::XeroWebhook;

/// What stays between two events.
pub struct Handler {
    webhook: XeroWebhook,
}

impl Handler {
    /// Builds all clients, once.
    ///
    /// # Errors
    /// Where configuration or secrets are missing or wrong: the function does not start.
    pub async fn init(start: Start) -> Result<Self, StartError> {
        Ok(Self {
            webhook: start::xero_webhook(start).await?,
        })
    }

    /// Answers one event, in the JSON that AWS sends.
    ///
    /// # Errors
    /// Where the event is not one of this function's, or it has to come again.
    pub async fn handle(&self, event: Value, _: Deadline) -> Result<Value, Failure> {
        Ok(self.webhook.answer(&event).await)
    }
}
