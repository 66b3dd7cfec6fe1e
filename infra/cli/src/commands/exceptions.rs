//! `tieout exceptions`.

use std::io::Write;

use crate::arguments::Target;
use crate::error::CliError;
use crate::target;
use tieout_workflow::WorkflowError;

pub async fn run(which: &Target, out: &mut impl Write) -> Result<bool, CliError> {
    let deployment = target::deployment(which).await?;
    let parked = deployment.store.parked().await.map_err(WorkflowError::from)?;
    for case in &parked {
        let message = &case.message;
        writeln!(
            out,
            "{}  {}  since {}, seen {} times",
            case.key,
            case.kind,
            case.since.format("%Y-%m-%d %H:%M"),
            case.times
        )?;
        writeln!(out, "    {}: {:?} {}", message.field, message.value, message.what)?;
        writeln!(out, "    fix: {}", message.remedy)?;
        if case.details.as_object().is_some_and(|details| !details.is_empty()) {
            writeln!(out, "    {}", case.details)?;
        }
    }
    writeln!(out, "{} open cases", parked.len())?;
    Ok(true)
}
