//! Who may do what, by `tieout.toml`.

use tieout_platform::config::{Person, Right};

use crate::deployment::Deployment;
use crate::error::WorkflowError;

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;

/// Whether `by` has the right.
///
/// # Errors
/// [`WorkflowError::NotFound`] for somebody unknown; [`WorkflowError::Denied`].
pub fn check_right(deployment: &Deployment, by: &str, right: Right) -> Result<(), WorkflowError> {
    if check_person(deployment, by)?.may.contains(&right) {
        return Ok(());
    }
    Err(WorkflowError::Denied {
        by: by.to_owned(),
        what: name(right),
    })
}

/// The person of that id.
///
/// # Errors
/// [`WorkflowError::NotFound`] for somebody unknown.
pub fn check_person<'a>(deployment: &'a Deployment, id: &str) -> Result<&'a Person, WorkflowError> {
    let found = deployment.config.people.iter().find(|person| person.id == id);
    found.ok_or_else(|| WorkflowError::NotFound {
        what: "person",
        name: id.to_owned(),
        known: "people stand under [[people]] of tieout.toml".to_owned(),
    })
}

/// The reason of a decision, without spaces around it.
///
/// # Errors
/// [`WorkflowError::Reason`] where it is empty or longer than 500 characters.
pub fn check_reason(reason: &str) -> Result<&str, WorkflowError> {
    let reason = reason.trim();
    match reason.chars().count() {
        1..=REASON_CHARS_MAX => Ok(reason),
        count => Err(WorkflowError::Reason {
            count,
            max: REASON_CHARS_MAX,
        }),
    }
}

/// Approving is for people, never for a schedule.
///
/// # Errors
/// A sentence that says who is missing what.
pub fn may_approve(deployment: &Deployment, by: &str) -> Result<(), WorkflowError> {
    check_right(deployment, by, Right::Approve)
}

fn name(right: Right) -> &'static str {
    match right {
        Right::Prepare => "prepare",
        Right::Approve => "approve",
        Right::Operate => "operate",
    }
}
