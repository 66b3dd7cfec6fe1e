//! `tieout close`.

use std::io::Write;

use tieout_accounting::Period;
use tieout_accounting::close::Proposal;
use tieout_platform::config::Right;
use tieout_store::{PeriodRecord, PeriodState};
use tieout_workflow::close::{approve, check_right, plan, post};
use tieout_workflow::{Deployment, WorkflowError};

use crate::arguments::{Close, Which};
use crate::error::CliError;
use crate::target;

pub async fn run(command: Close, out: &mut impl Write) -> Result<bool, CliError> {
    match command {
        Close::Plan(which) => {
            let (deployment, period) = open(&which).await?;
            check_right(&deployment, &which.by, Right::Prepare)?;
            let (record, proposal) = plan(&deployment, &which.entity, period, &which.by).await?;
            print(&deployment, &record, &proposal, out)?;
        }
        Close::Approve { hash, which } => {
            let (deployment, period) = open(&which).await?;
            let record = approve(&deployment, &which.entity, period, &hash, &which.by).await?;
            writeln!(out, "{}", state(&record))?;
        }
        Close::Post(which) => {
            let (deployment, period) = open(&which).await?;
            check_right(&deployment, &which.by, Right::Prepare).or_else(|_| check_right(&deployment, &which.by, Right::Approve))?;
            let posted = post(&deployment, &which.entity, period, &which.by).await?;
            writeln!(
                out,
                "{} {} is closed; journals in Xero: {}",
                which.entity,
                posted.period,
                posted.journals.join(", ")
            )?;
        }
        Close::Status { entity, target } => {
            let deployment = target::deployment(&target).await?;
            deployment.entity(&entity)?;
            for record in deployment.store.periods(&entity).await.map_err(WorkflowError::from)? {
                writeln!(out, "{}", state(&record))?;
            }
        }
    }
    Ok(true)
}

async fn open(which: &Which) -> Result<(Deployment, Period), CliError> {
    let period = Period::parse(&which.period)?;
    Ok((target::deployment(&which.target).await?, period))
}

fn state(record: &PeriodRecord) -> String {
    let words = match &record.state {
        PeriodState::Open => "open".to_owned(),
        PeriodState::Proposed { by, at, hash, revision } => {
            format!(
                "proposed by {by} at {}, hash {hash}, proposal {revision}",
                at.format("%Y-%m-%d %H:%M")
            )
        }
        PeriodState::Approved { proposed_by, by, at, hash } => {
            format!(
                "proposed by {proposed_by}, approved by {by} at {}, hash {hash}",
                at.format("%Y-%m-%d %H:%M")
            )
        }
        PeriodState::Posting { by, at, .. } => format!("posting since {}, approved by {by}", at.format("%Y-%m-%d %H:%M")),
        PeriodState::Closed { at, by } => format!("closed at {} by {by}", at.format("%Y-%m-%d %H:%M")),
    };
    format!("{} {}  {words}", record.entity, record.period)
}

fn print(deployment: &Deployment, record: &PeriodRecord, proposal: &Proposal, out: &mut impl Write) -> Result<(), CliError> {
    writeln!(out, "{}", state(record))?;
    let entity = deployment.entity(&record.entity)?;
    if proposal.is_empty() {
        writeln!(out, "  nothing to post: the ledger already agrees, or this month is locked in it")?;
    }
    for journal in &proposal.journals {
        writeln!(out, "  {}  {}  {}", journal.date, journal.key, journal.narration)?;
        for line in journal.lines_to_post() {
            let amount = tieout_workflow::amount(line.amount_minor, &entity.currency)?;
            let side = if line.amount_minor > 0 { "debit " } else { "credit" };
            writeln!(
                out,
                "    {side} {:>16} {}  {:<20} {} parts",
                amount.abs(),
                entity.currency,
                line.role.name(),
                line.parts.len()
            )?;
        }
    }
    Ok(())
}
