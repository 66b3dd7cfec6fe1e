//! The work list: everything that needs a person is a case on it, with what it is about, whose move it is, and what to do.
//!
//! Resolving a case is a decision with a name and a reason, and it sticks: the same findings are not filed again. A case that was snoozed or
//! assigned stays the same case. What a case is about is read when it is looked at: cases keep ids, never names of people or customers.

mod about;

use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;
use serde_json::Value;
use tieout_store::{Assigned, Parked, ParkedMessage, Resolved, Snoozed};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::parking::{Mover, Reason};
use crate::people::{check_person, check_reason};

pub use about::About;

/// Cases of a list whose names are read in the CRM; those after them stand with their ids.
const NAMED_MAX: usize = 50;
/// Cases looked into side by side.
const AT_ONCE: usize = 8;

/// The list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkList {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// The age of the oldest case that is shown, in whole days.
    pub oldest_days: Option<i64>,
    /// Cases that were left out because somebody snoozed them.
    pub asleep: usize,
    /// The oldest first.
    pub cases: Vec<CaseView>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseView {
    /// The record that it is about; one case for each.
    pub key: String,
    /// The reason's code.
    pub reason: String,
    pub since: DateTime<Utc>,
    /// In whole days.
    pub age_days: i64,
    pub last_seen: DateTime<Utc>,
    /// How often it was found.
    pub times: u64,
    pub whose_move: WhoseMove,
    /// Until when somebody snoozed it; `None` where it is awake.
    pub snoozed: Option<Snooze>,
    pub about: About,
    /// What is wrong, and what to do.
    pub findings: Vec<ParkedMessage>,
    /// Both versions, proposals, whatever helps.
    pub details: Value,
}

/// Who is to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhoseMove {
    /// The people who can, by the reason.
    pub group: Mover,
    /// The one who was named.
    pub person: Option<String>,
    /// Who named them.
    pub assigned_by: Option<String>,
}

/// A snooze that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snooze {
    /// The first day on which the case is listed again.
    pub until: NaiveDate,
    pub by: String,
    pub reason: String,
}

/// A case with what became of earlier ones under its key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseHistory {
    /// The open case.
    pub open: Option<CaseView>,
    /// The oldest first.
    pub closed: Vec<ClosedCase>,
}

/// A case that was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClosedCase {
    pub reason: String,
    /// What was wrong.
    pub what: String,
    pub since: DateTime<Utc>,
    pub closed_at: DateTime<Utc>,
    /// The person who resolved it; `None` where what it waited for had happened.
    pub by: Option<String>,
    pub why: String,
}

/// The open cases, of one entity or all; those that are snoozed only where `all` are asked for. Days are those of UTC.
///
/// # Errors
/// [`WorkflowError::NotFound`] for an unknown entity; those of the store. A CRM that does not answer leaves cases without names.
pub async fn list(deployment: &Deployment, entity: Option<&str>, all: bool) -> Result<WorkList, WorkflowError> {
    let entity = entity.map(|id| deployment.entity(id)).transpose()?.map(|entity| entity.id.as_str());
    let at = deployment.clock.now();
    let parked = deployment.store.parked().await?;
    let views = futures::stream::iter(&parked).map(|case| view(deployment, case)).buffered(AT_ONCE);
    let views: Vec<CaseView> = views.try_collect().await?;
    // What nobody knows the entity of is everybody's.
    let is_asked = |case: &CaseView| match (entity, &case.about.entity) {
        (Some(asked), Some(found)) => asked == found,
        (None, _) | (_, None) => true,
    };
    let (awake, hidden): (Vec<CaseView>, Vec<CaseView>) =
        views.into_iter().filter(is_asked).partition(|case| all || case.snoozed.is_none());
    let named = futures::stream::iter(awake.into_iter().enumerate()).map(|(index, mut case)| async move {
        if index < NAMED_MAX {
            case.about.add_names(deployment).await;
        }
        case
    });
    // The names of a deal that is not booked come with the entity that the rules choose.
    let cases: Vec<CaseView> = named.buffered(AT_ONCE).collect().await;
    let cases: Vec<CaseView> = cases.into_iter().filter(is_asked).collect();
    Ok(WorkList {
        at,
        oldest_days: cases.iter().map(|case| case.age_days).max(),
        asleep: hidden.len(),
        cases,
    })
}

/// The case of `key`, with the closed ones before it.
///
/// # Errors
/// [`WorkflowError::NotFound`] where there never was one; those of the store.
pub async fn show(deployment: &Deployment, key: &str) -> Result<CaseHistory, WorkflowError> {
    let open = match deployment.store.parked_case(key).await? {
        Some(case) => {
            let mut view = view(deployment, &case).await?;
            view.about.add_names(deployment).await;
            Some(view)
        }
        None => None,
    };
    let closed: Vec<ClosedCase> = deployment.store.resolved(key).await?.into_iter().map(closed).collect();
    if open.is_none() && closed.is_empty() {
        return Err(not_found(key));
    }
    Ok(CaseHistory { open, closed })
}

/// Closes a case for good: the same findings are not filed again, others are.
///
/// # Errors
/// [`WorkflowError::NotFound`] for an unknown person, or where no case is open under `key`; [`WorkflowError::Reason`]; [`WorkflowError::CannotSettle`]
/// where the case holds a contract in doubt; those of the store.
pub async fn resolve(deployment: &Deployment, key: &str, by: &str, reason: &str) -> Result<(), WorkflowError> {
    check_person(deployment, by)?;
    if let Some(contract) = about::contract_in_doubt(deployment, key).await? {
        return Err(WorkflowError::CannotSettle {
            remedy: format!("say whether it stands or ends: `tieout contract settle {contract}`"),
            contract: contract.to_string(),
            problem: format!("case {key} holds it in doubt, which resolving the case would not end"),
        });
    }
    let was_open = deployment.store.resolve(key, by, check_reason(reason)?).await?;
    tracing::info!(key, by, was_open, "a case is resolved");
    was_open.then_some(()).ok_or_else(|| not_found(key))
}

/// Says whose move a case is.
///
/// # Errors
/// As [`resolve`].
pub async fn assign(deployment: &Deployment, key: &str, to: &str, by: &str) -> Result<(), WorkflowError> {
    check_person(deployment, to)?;
    check_person(deployment, by)?;
    let assigned = Assigned {
        to: to.to_owned(),
        by: by.to_owned(),
        at: deployment.clock.now(),
    };
    let is_open = deployment.store.assign_case(key, &assigned).await?;
    is_open.then_some(()).ok_or_else(|| not_found(key))
}

/// Hides a case from the list until a day of UTC; other findings wake it before.
///
/// # Errors
/// As [`resolve`]; [`WorkflowError::NotLater`] where the day is not after today.
pub async fn snooze(deployment: &Deployment, key: &str, until: NaiveDate, by: &str, reason: &str) -> Result<(), WorkflowError> {
    check_person(deployment, by)?;
    let reason = check_reason(reason)?;
    let at = deployment.clock.now();
    let today = at.date_naive();
    if until <= today {
        return Err(WorkflowError::NotLater { until, today });
    }
    let Some(case) = deployment.store.parked_case(key).await? else {
        return Err(not_found(key));
    };
    let snoozed = Snoozed {
        until,
        by: by.to_owned(),
        reason: reason.to_owned(),
        at,
        digest: case.digest,
    };
    let is_open = deployment.store.snooze_case(key, &snoozed).await?;
    is_open.then_some(()).ok_or_else(|| not_found(key))
}

fn not_found(key: &str) -> WorkflowError {
    WorkflowError::NotFound {
        what: "case",
        name: key.to_owned(),
        known: "`tieout worklist list --all` shows those that are open".to_owned(),
    }
}

async fn view(deployment: &Deployment, case: &Parked) -> Result<CaseView, WorkflowError> {
    let now = deployment.clock.now();
    Ok(CaseView {
        key: case.key.clone(),
        reason: case.kind.clone(),
        since: case.since,
        age_days: (now - case.since).num_days(),
        last_seen: case.last_seen,
        times: case.times,
        whose_move: whose_move(case),
        snoozed: case
            .snoozed
            .as_ref()
            .filter(|_| case.is_asleep(now.date_naive()))
            .map(|snoozed| Snooze {
                until: snoozed.until,
                by: snoozed.by.clone(),
                reason: snoozed.reason.clone(),
            }),
        about: about::read(deployment, case).await?,
        findings: std::iter::once(&case.message).chain(&case.others).cloned().collect(),
        details: case.details.clone(),
    })
}

fn whose_move(case: &Parked) -> WhoseMove {
    // A reason that newer code wrote is at least somebody's who can update this code.
    let group = Reason::parse(&case.kind).map_or(Mover::Administrator, Reason::mover);
    WhoseMove {
        group,
        person: case.assigned.as_ref().map(|assigned| assigned.to.clone()),
        assigned_by: case.assigned.as_ref().map(|assigned| assigned.by.clone()),
    }
}

fn closed(case: Resolved) -> ClosedCase {
    ClosedCase {
        reason: case.parked.kind,
        what: case.parked.message.what,
        since: case.parked.since,
        closed_at: case.at,
        by: case.by,
        why: case.why,
    }
}
