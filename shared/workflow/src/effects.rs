//! Performing effects, and counting those whose outcome was not known.

use tieout_platform::effect::{self, EffectError, Intent, Performer, Settled};
use tieout_platform::telemetry::Metric;

use crate::deployment::Deployment;

/// As [`effect::perform`], over the deployment's store and clock.
///
/// # Errors
/// See [`EffectError`].
pub async fn perform<P: Performer>(deployment: &Deployment, intent: &Intent, performer: &P) -> Result<Settled, EffectError> {
    let outcome = effect::perform(&deployment.store, deployment.clock.as_ref(), intent, performer).await;
    match &outcome {
        Ok(Settled::Adopted(_)) => deployment.metrics.count(Metric::EffectAdopted, &[]),
        Err(EffectError::OutcomeUnknown { .. }) => deployment.metrics.count(Metric::EffectUnknown, &[]),
        Ok(_) | Err(_) => {}
    }
    outcome
}
