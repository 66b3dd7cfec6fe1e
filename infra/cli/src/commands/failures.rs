//! `tieout failures`.

use std::io::Write;

use tieout_workflow::failures::Failure;

use crate::arguments::Failures;
use crate::error::CliError;
use crate::target;
use crate::words::{counted, instant};

pub async fn run(command: Failures, out: &mut impl Write) -> Result<bool, CliError> {
    match command {
        Failures::List { target } => {
            let all = target::failures(&target).await?.list().await?;
            for failure in &all {
                head(failure, out)?;
            }
            writeln!(out, "{}", counted(all.len(), "dead letter", "dead letters"))?;
        }
        Failures::Show { message, target } => {
            let failure = target::failures(&target).await?.show(&message).await?;
            head(&failure, out)?;
            writeln!(out, "    message: {}", failure.letter.body)?;
        }
        Failures::Replay { message, by, target } => {
            target::failures(&target).await?.replay(&message, &by).await?;
            writeln!(out, "{message} is back on its queue")?;
        }
        Failures::Discard { message, by, target } => {
            target::failures(&target).await?.discard(&message, &by).await?;
            writeln!(out, "{message} is deleted; the act is recorded")?;
        }
    }
    Ok(true)
}

fn head(failure: &Failure, out: &mut impl Write) -> std::io::Result<()> {
    let letter = &failure.letter;
    let record = letter
        .hint
        .as_ref()
        .map_or_else(ToString::to_string, |hint| format!("{:?} {}", hint.kind(), hint.record()));
    let sent = letter.sent_at.map_or_else(|| "at an unknown time".to_owned(), instant);
    writeln!(out, "{}  {}  sent {sent}  {record}", letter.message_id, failure.queue)?;
    writeln!(
        out,
        "    cause: {}",
        failure
            .cause
            .as_deref()
            .unwrap_or("unknown: the function was stopped before it could store one")
    )
}
