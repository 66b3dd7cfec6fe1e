//! Who may do what, by `tieout.toml`.

use tieout_platform::config::Right;

use crate::deployment::Deployment;
use crate::error::WorkflowError;

/// Whether `by` has the right.
///
/// # Errors
/// [`WorkflowError::NotFound`] for somebody unknown; [`WorkflowError::Denied`].
pub fn check_right(deployment: &Deployment, by: &str, right: Right) -> Result<(), WorkflowError> {
    let Some(person) = deployment.config.people.iter().find(|person| person.id == by) else {
        return Err(WorkflowError::NotFound {
            what: "person",
            name: by.to_owned(),
            known: "people stand under [[people]] of tieout.toml".to_owned(),
        });
    };
    if person.may.contains(&right) {
        return Ok(());
    }
    Err(WorkflowError::Denied {
        by: by.to_owned(),
        what: name(right),
    })
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
