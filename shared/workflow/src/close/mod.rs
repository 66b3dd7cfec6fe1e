//! Month-end of an entity: plan, approve, post. A close is a difference, so it may be planned again at any time.
//!
//! `plan` computes and stores a proposal with its hash; `approve` is for another person than its preparer and for that hash;
//! `post` makes each journal an effect, records the postings and closes the period. A policy may let month-end post what it proposed.

mod accounts;
mod books;
mod confirm;
mod lifecycle;
mod plan;
mod post;
mod rates;
mod schedule;

use chrono::{Days, NaiveDate};
use tieout_accounting::Period;
use tieout_accounting::close::Proposal;
use tieout_platform::config::Entity;
use tieout_store::{PeriodRecord, PeriodState};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::facts::local_day;
use crate::people::may_approve;

pub use accounts::{Accounts, Share, account};
pub(crate) use books::read_contract;
pub use books::{Books, read_books};
pub use plan::plan;
pub use post::{Posted, post};
pub use schedule::{MonthEnd, MonthEndRun, month_end};

/// What month-end signs as.
pub const MONTH_END: &str = "month-end";

/// Approves the stored proposal of a period, if its hash is still `hash`.
///
/// # Errors
/// [`WorkflowError::WrongState`], [`WorkflowError::StaleHash`], [`WorkflowError::SamePerson`], [`WorkflowError::Denied`]; those of the store.
#[tracing::instrument(skip_all, fields(entity, %period))]
pub async fn approve(deployment: &Deployment, entity: &str, period: Period, hash: &str, by: &str) -> Result<PeriodRecord, WorkflowError> {
    let entity = deployment.entity(entity)?;
    may_approve(deployment, by)?;
    let record = stored_period(deployment, entity, period).await?;
    let approved = lifecycle::approved(&record, hash, by, deployment.clock.now())?;
    transition(deployment, entity, period, &record, approved).await
}

/// The period as stored; an open one where nothing happened to it.
pub(crate) async fn stored_period(deployment: &Deployment, entity: &Entity, period: Period) -> Result<PeriodRecord, WorkflowError> {
    let found = deployment.store.period(&entity.id, &period.to_string()).await?;
    Ok(found.unwrap_or_else(|| PeriodRecord {
        entity: entity.id.clone(),
        period: period.to_string(),
        state: PeriodState::Open,
        revision: 0,
        proposal: None,
        snapshot: None,
    }))
}

/// Moves the period on, if it is still what was read.
pub(crate) async fn transition(
    deployment: &Deployment,
    entity: &Entity,
    period: Period,
    read: &PeriodRecord,
    new: PeriodRecord,
) -> Result<PeriodRecord, WorkflowError> {
    let name = period.to_string();
    if !deployment.store.transition(&entity.id, &name, read.revision, &new).await? {
        return Err(WorkflowError::Contended {
            contract: format!("period {} {period}", entity.id),
        });
    }
    Ok(PeriodRecord {
        revision: read.revision + 1,
        ..new
    })
}

/// The proposal that a period's record holds.
pub(crate) fn proposal_of(record: &PeriodRecord) -> Result<Proposal, WorkflowError> {
    let text = record.proposal.as_deref().unwrap_or_default();
    serde_json::from_str(text).map_err(|error| WorkflowError::Unreadable {
        what: format!("the proposal of {} {}", record.entity, record.period),
        why: error.to_string(),
    })
}

/// The last month that is over where the entity is, and whose close is due by its policy.
pub(crate) fn last_due(deployment: &Deployment, entity: &Entity) -> Period {
    let today = local_day(entity, deployment.clock.now());
    let before = Period::of(today).previous();
    if today >= due_from(entity, before) {
        before
    } else {
        before.previous()
    }
}

/// The first day on which the close of a month is due, where the entity is.
fn due_from(entity: &Entity, period: Period) -> NaiveDate {
    let days_before = u64::from(entity.close.day.saturating_sub(1));
    period.next().first_day() + Days::new(days_before)
}
