//! Appending to a contract under its version, and remembering facts on its head.

use tieout_accounting::event::Event;
use tieout_accounting::ids::ContractId;
use tieout_store::{Appended, Head, StoredEvent};

use crate::deployment::Deployment;
use crate::error::WorkflowError;

/// Tries to write a head while others do.
const TRIES_MAX: u32 = 5;

/// An event with what the books want to know about it.
pub fn stored(deployment: &Deployment, event: &Event, cause: &str, dedupe_key: Option<String>) -> StoredEvent {
    StoredEvent {
        on: event.on,
        known_on: event.known(),
        known_at: deployment.clock.now(),
        cause: cause.to_owned(),
        config_version: deployment.config_version,
        body: event.to_value(),
        dedupe_key,
    }
}

/// Changes the head by `change` and nothing else; again on what somebody else wrote meanwhile.
///
/// # Errors
/// Those of the store; [`WorkflowError::Contended`] where others were faster each time.
pub async fn remember(deployment: &Deployment, contract: &ContractId, change: impl Fn(&mut Head)) -> Result<(), WorkflowError> {
    for _ in 0..TRIES_MAX {
        let Some(mut head) = deployment.store.head(contract.as_str()).await? else {
            break;
        };
        let version = head.version;
        change(&mut head);
        let appended = deployment.store.append(contract.as_str(), version, head, Vec::new()).await?;
        if matches!(appended, Appended::Done(_)) {
            return Ok(());
        }
    }
    Err(WorkflowError::Contended {
        contract: contract.to_string(),
    })
}
