//! Who may do what, by `tieout.toml`.

use tieout_platform::config::Right;

use crate::deployment::Deployment;
use crate::error::WorkflowError;

/// Whether `by` has the right.
///
/// # Errors
/// A sentence that says who is missing what.
pub fn check_right(deployment: &Deployment, by: &str, right: Right) -> Result<(), WorkflowError> {
    let Some(person) = deployment.config.people.iter().find(|person| person.id == by) else {
        return Err(WorkflowError::impossible(format!("{by:?} is not among [[people]] of tieout.toml")));
    };
    if person.may.contains(&right) {
        return Ok(());
    }
    Err(WorkflowError::impossible(format!(
        "{by} may not {}; see `may` under [[people]] of tieout.toml",
        name(right)
    )))
}

/// Approving is for people, never for a schedule.
///
/// # Errors
/// A sentence that says who is missing what.
pub(super) fn may_approve(deployment: &Deployment, by: &str) -> Result<(), WorkflowError> {
    check_right(deployment, by, Right::Approve)
}

fn name(right: Right) -> &'static str {
    match right {
        Right::Prepare => "prepare",
        Right::Approve => "approve",
        Right::Operate => "operate",
    }
}
