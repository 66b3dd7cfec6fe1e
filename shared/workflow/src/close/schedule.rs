//! What the schedule does for an entity each morning: plan what is due, post what is approved.

use serde_json::{Value, json};
use tieout_accounting::Period;
use tieout_platform::config::Approval;
use tieout_platform::telemetry::{Dimension, Metric};
use tieout_store::PeriodState;

use crate::deployment::Deployment;
use crate::error::WorkflowError;

use super::{MONTH_END, Posted, last_due, plan, post};

/// Months that one run closes at most; a new deployment with a long past takes several mornings.
const MONTHS_A_RUN_MAX: usize = 24;

/// What one morning came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonthEnd {
    /// Periods that were posted and closed.
    pub closed: Vec<Posted>,
    /// The period that waits for approval, with the hash of its proposal.
    pub waiting: Option<(Period, String)>,
}

/// What the function keeps between two mornings.
pub struct MonthEndRun {
    /// What it stands on.
    pub deployment: Deployment,
}

impl MonthEndRun {
    /// One morning of an entity, or of all where the timer names none; gives what came of it, for the log.
    ///
    /// # Errors
    /// The first entity's that failed, after all had their turn.
    pub async fn run(&self, entity: Option<&str>) -> Result<Value, WorkflowError> {
        let ids = self.deployment.config.entities.iter().map(|entity| entity.id.as_str());
        let mut answers = serde_json::Map::new();
        let mut failed = None;
        for id in ids.filter(|id| entity.is_none_or(|wanted| wanted == *id)) {
            match month_end(&self.deployment, id).await {
                Ok(morning) => {
                    answers.insert(id.to_owned(), self.answer(id, &morning));
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if let (Some(wanted), true) = (entity, answers.is_empty() && failed.is_none()) {
            self.deployment.entity(wanted)?;
        }
        failed.map_or(Ok(Value::Object(answers)), Err)
    }

    fn answer(&self, entity: &str, morning: &MonthEnd) -> Value {
        let metrics = &self.deployment.metrics;
        let dimensions = [(Dimension::Entity, entity)];
        if !morning.closed.is_empty() {
            metrics.add(
                Metric::ClosePosted,
                morning.closed.len().try_into().unwrap_or(u64::MAX),
                &dimensions,
            );
        }
        if morning.waiting.is_some() {
            metrics.count(Metric::CloseProposed, &dimensions);
        }
        json!({
            "closed": morning.closed.iter().map(|posted| posted.period.to_string()).collect::<Vec<_>>(),
            "waiting": morning.waiting.as_ref().map(|(period, hash)| json!({ "period": period.to_string(), "hash": hash })),
        })
    }
}

/// Goes from the first open period to the last due one, as far as approvals let it.
///
/// # Errors
/// Those of planning and posting.
pub async fn month_end(deployment: &Deployment, entity: &str) -> Result<MonthEnd, WorkflowError> {
    let configured = deployment.entity(entity)?;
    let mut morning = MonthEnd::default();
    for _ in 0..MONTHS_A_RUN_MAX {
        let Some(period) = first_open(deployment, entity).await? else {
            break;
        };
        if period > last_due(deployment, configured) {
            break;
        }
        let (record, _) = plan(deployment, entity, period, MONTH_END).await?;
        let may_post = match &record.state {
            PeriodState::Approved { .. } | PeriodState::Posting { .. } => true,
            PeriodState::Proposed { .. } => configured.close.approval == Approval::Automatic,
            PeriodState::Open | PeriodState::Closed { .. } => false,
        };
        if !may_post {
            if let PeriodState::Proposed { hash, .. } = record.state {
                morning.waiting = Some((period, hash));
            }
            break;
        }
        morning.closed.push(post(deployment, entity, period, MONTH_END).await?);
    }
    Ok(morning)
}

/// The month after the last closed one, else the first month that a contract touches; `None` where there is no contract.
pub(crate) async fn first_open(deployment: &Deployment, entity: &str) -> Result<Option<Period>, WorkflowError> {
    let configured = deployment.entity(entity)?;
    let mut first: Option<Period> = None;
    for record in deployment.store.periods(entity).await? {
        if let PeriodState::Closed { .. } = record.state {
            first = first.max(Some(Period::parse(&record.period)?.next()));
        }
    }
    if first.is_some() {
        return Ok(first);
    }
    let books = super::read_books(deployment, configured, last_due(deployment, configured)).await?;
    let earliest = books.contracts.iter().map(|(_, contract)| contract.first_period()).min();
    Ok(earliest)
}
