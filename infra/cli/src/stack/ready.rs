//! Where everything is, once it is up: one JSON object for tools and tests.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tieout_local::stack::{Services, dead_letter_queue_name};
use tieout_platform::config::Config;

use super::secrets;
use super::{DEALS_QUEUE, INVOICES_QUEUE, TABLE};

/// The addresses of a stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ready {
    /// Where outbound messages go, the secret path included.
    pub salesforce_webhook: String,
    /// Where Xero's webhooks go.
    pub xero_webhook: String,
    /// The key that they are signed with.
    pub xero_webhook_key: String,
    /// Salesforce's organisation.
    pub organisation_id: String,
    /// The embedded DynamoDB.
    pub dynamodb: String,
    /// The embedded SQS.
    pub sqs: String,
    /// The embedded Secrets Manager.
    pub secrets: String,
    /// Salesforce.
    pub salesforce: String,
    /// Xero.
    pub xero: String,
    /// Xero's identity server.
    pub xero_identity: String,
    /// The table's name.
    pub table: String,
    /// The queue of deals.
    pub deals_queue: String,
    /// The queue of invoices.
    pub invoices_queue: String,
    /// Dead letters of the queue of deals.
    pub deals_dead_letters: String,
    /// Dead letters of the queue of invoices.
    pub invoices_dead_letters: String,
    /// The clock of a stack of `tieout up`: `GET` says what time it is, `POST` moves one that stands still. Absent where nobody can ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
}

impl Ready {
    pub(super) fn new(config: &Config, services: &Services, gateway: &str) -> Self {
        Self {
            salesforce_webhook: format!("{gateway}/salesforce/{}", secrets::WEBHOOK_PATH),
            xero_webhook: format!("{gateway}/xero"),
            xero_webhook_key: secrets::XERO_WEBHOOK_KEY.to_owned(),
            organisation_id: config.salesforce.organisation_id.clone(),
            dynamodb: services.dynamodb_url.clone(),
            sqs: services.sqs_url.clone(),
            secrets: services.secrets_url.clone(),
            salesforce: config.salesforce.url.clone(),
            xero: config.xero.url.clone(),
            xero_identity: config.xero.identity_url.clone(),
            table: TABLE.to_owned(),
            deals_queue: services.queue_url(DEALS_QUEUE),
            invoices_queue: services.queue_url(INVOICES_QUEUE),
            deals_dead_letters: services.queue_url(&dead_letter_queue_name(DEALS_QUEUE)),
            invoices_dead_letters: services.queue_url(&dead_letter_queue_name(INVOICES_QUEUE)),
            clock: None,
        }
    }

    /// Writes the object to `file`, whole or not at all.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, file: &Path) -> std::io::Result<()> {
        let next = file.with_extension("next");
        std::fs::write(&next, serde_json::to_string_pretty(self)?)?;
        std::fs::rename(next, file)
    }
}
