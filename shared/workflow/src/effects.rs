//! Performing effects, and counting those whose outcome was not known.

use tieout_platform::effect::{self, EffectError, Intent, Performer, Record, Settled};
use tieout_platform::telemetry::Metric;

use crate::deployment::Deployment;

/// As [`effect::perform`], over the deployment's store and clock.
///
/// # Errors
/// See [`EffectError`].
pub async fn perform<P: Performer>(deployment: &Deployment, intent: &Intent, performer: &P) -> Result<Settled, EffectError> {
    let outcome = effect::perform(&deployment.store, deployment.clock.as_ref(), intent, performer).await;
    count(deployment, &outcome);
    outcome
}

/// As [`perform`], for an intent that was stored a moment ago as `record`.
///
/// # Errors
/// See [`EffectError`].
pub async fn perform_issued<P: Performer>(
    deployment: &Deployment,
    record: Record,
    intent: &Intent,
    performer: &P,
) -> Result<Settled, EffectError> {
    let outcome = effect::perform_opened(&deployment.store, deployment.clock.as_ref(), record, intent, performer).await;
    count(deployment, &outcome);
    outcome
}

fn count(deployment: &Deployment, outcome: &Result<Settled, EffectError>) {
    match outcome {
        Ok(Settled::Adopted(_)) => deployment.metrics.count(Metric::EffectAdopted, &[]),
        Err(EffectError::OutcomeUnknown { .. }) => deployment.metrics.count(Metric::EffectUnknown, &[]),
        Ok(_) | Err(_) => {}
    }
}
