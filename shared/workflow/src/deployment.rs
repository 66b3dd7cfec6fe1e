//! Everything a use case stands on: the configuration in force, and the four doors to the world.

use std::sync::Arc;

use tieout_crm::salesforce::Salesforce;
use tieout_ledger::xero::Xero;
use tieout_platform::clock::SharedClock;
use tieout_platform::config::{Config, Entity};
use tieout_platform::rules::Rules;
use tieout_platform::telemetry::Metrics;
use tieout_store::Store;

use crate::error::WorkflowError;

/// One deployment, as one process sees it; built once, at init.
#[derive(Clone)]
pub struct Deployment {
    /// What the group decided.
    pub config: Arc<Config>,
    /// The version of it that is in force.
    pub config_version: u64,
    /// The rules that choose the billing entity, compiled.
    pub rules: Arc<Rules>,
    /// The table.
    pub store: Store,
    /// The CRM.
    pub crm: Arc<Salesforce>,
    /// The ledgers.
    pub ledger: Arc<Xero>,
    /// The time.
    pub clock: SharedClock,
    /// What is counted.
    pub metrics: Metrics,
}

impl Deployment {
    /// The entity of that id.
    ///
    /// # Errors
    /// Where the configuration in force has none.
    pub fn entity(&self, id: &str) -> Result<&Entity, WorkflowError> {
        let found = self.config.entity(id);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.config.entities.iter().map(|entity| entity.id.as_str()).collect();
            WorkflowError::impossible(format!("there is no entity {id:?} in tieout.toml; it has {}", known.join(", ")))
        })
    }

    /// The entity whose ledger is that Xero organisation.
    pub fn entity_of_tenant(&self, tenant: &str) -> Option<&Entity> {
        self.config.entity_of_tenant(tenant)
    }
}
