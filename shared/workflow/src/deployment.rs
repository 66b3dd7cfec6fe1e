//! Everything a use case stands on: the configuration in force, and the ways to the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use tieout_crm::Crm;
use tieout_ledger::Ledger;
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
    /// The rules that choose the billing entity, compiled.
    pub rules: Arc<Rules>,
    /// The table.
    pub store: Store,
    /// The CRM.
    pub crm: Arc<dyn Crm>,
    /// The ledger of each entity, by the entity's id; see [`Deployment::ledger`].
    pub ledgers: BTreeMap<String, Arc<dyn Ledger>>,
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
            WorkflowError::NotFound {
                what: "entity",
                name: id.to_owned(),
                known: format!("tieout.toml has {}", known.join(", ")),
            }
        })
    }

    /// The entity's ledger: everything that concerns its books goes through this handle.
    ///
    /// # Errors
    /// Where the entity is of another configuration than this one.
    pub fn ledger(&self, entity: &Entity) -> Result<&Arc<dyn Ledger>, WorkflowError> {
        let found = self.ledgers.get(&entity.id);
        found.ok_or_else(|| WorkflowError::NotFound {
            what: "ledger of entity",
            name: entity.id.clone(),
            known: "this deployment was started with another configuration".to_owned(),
        })
    }

    /// The entity whose ledger is that organisation, by the id that webhooks give; letters count in either case.
    pub fn entity_of_organisation(&self, organisation: &str) -> Option<&Entity> {
        let of = |ledger: &Arc<dyn Ledger>| ledger.organisation_id().as_str().eq_ignore_ascii_case(organisation);
        let (id, _) = self.ledgers.iter().find(|(_, ledger)| of(ledger))?;
        self.config.entity(id)
    }
}
