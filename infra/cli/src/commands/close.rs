//! `tieout close`.

use std::io::Write;

use tieout_accounting::Period;
use tieout_accounting::close::Proposal;
use tieout_platform::config::{Entity, Right};
use tieout_store::{PeriodRecord, PeriodState};
use tieout_workflow::close::{Accounts, approve, plan, post};
use tieout_workflow::people::check_right;
use tieout_workflow::{Deployment, WorkflowError};

use crate::arguments::{Close, Which};
use crate::error::CliError;
use crate::target;
use crate::words::{counted, instant};

pub async fn run(command: Close, out: &mut impl Write) -> Result<bool, CliError> {
    match command {
        Close::Plan(which) => {
            let (deployment, period) = open(&which).await?;
            check_right(&deployment, &which.by, Right::Prepare)?;
            let (record, proposal) = plan(&deployment, &which.entity, period, &which.by).await?;
            writeln!(out, "{}", state(&record))?;
            let accounts = Accounts::read(&deployment, &proposal).await?;
            print(deployment.entity(&which.entity)?, &accounts, &proposal, out)?;
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
            let journals = match posted.journals.as_slice() {
                [] => "no journal was needed".to_owned(),
                ids => format!("{} in Xero: {}", counted(ids.len(), "journal", "journals"), ids.join(", ")),
            };
            writeln!(out, "{} {} is closed; {journals}", which.entity, posted.period)?;
        }
        Close::Status { entity, target } => {
            let deployment = target::deployment(&target).await?;
            deployment.entity(&entity)?;
            let records = deployment.store.periods(&entity).await.map_err(WorkflowError::from)?;
            if records.is_empty() {
                writeln!(out, "{entity}: no month was planned yet; `tieout close plan` begins")?;
            }
            records.iter().try_for_each(|record| writeln!(out, "{}", state(record)))?;
        }
    }
    Ok(true)
}

async fn open(which: &Which) -> Result<(Deployment, Period), CliError> {
    let period = Period::parse(&which.period)?;
    Ok((target::deployment(&which.target).await?, period))
}

/// A period in one line: where it stands, since when, who brought it there, and what comes next.
fn state(record: &PeriodRecord) -> String {
    let (name, at, details) = match &record.state {
        PeriodState::Open => ("open", None, "next: plan it".to_owned()),
        PeriodState::Proposed { by, at, hash, revision } => (
            "proposed",
            Some(at),
            format!("by {by}, proposal {revision}, hash {hash}; next: another person approves it"),
        ),
        PeriodState::Approved { proposed_by, by, at, hash } => (
            "approved",
            Some(at),
            format!("by {by}, proposed by {proposed_by}, hash {hash}; next: post it"),
        ),
        PeriodState::Posting { by, at, hash } => (
            "posting",
            Some(at),
            format!("approved by {by}, hash {hash}; next: post it again if it stopped"),
        ),
        PeriodState::Closed { at, by } => ("closed", Some(at), format!("by {by}")),
    };
    let at = at.map(|at| instant(*at)).unwrap_or_default();
    format!("{} {}  {name:<8}  {at:<20}  {details}", record.entity, record.period)
}

fn print(entity: &Entity, accounts: &Accounts, proposal: &Proposal, out: &mut impl Write) -> Result<(), CliError> {
    if proposal.is_empty() {
        writeln!(out, "  nothing to post: the ledger already agrees, or this month is locked in it")?;
    }
    for journal in &proposal.journals {
        writeln!(out, "  {}  {}  {}", journal.date, journal.key, journal.narration)?;
        for line in journal.lines_to_post() {
            for share in accounts.split(entity, line)? {
                let amount = tieout_workflow::amount(share.amount_minor, &entity.currency)?;
                let side = if share.amount_minor > 0 { "debit " } else { "credit" };
                writeln!(
                    out,
                    "    {side} {:>16} {}  {:<8} {:<20} {}",
                    amount.abs(),
                    entity.currency,
                    share.account,
                    line.role.name().replace('_', " "),
                    counted(share.parts, "part", "parts")
                )?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use chrono::DateTime;
    use tieout_accounting::book::Calendar;
    use tieout_accounting::close::{Entity as Closing, Level, propose};
    use tieout_accounting::example;
    use tieout_platform::config::Config;

    use super::*;

    #[test]
    fn each_state_says_when_who_and_what_comes_next() {
        let (at, hash) = (DateTime::UNIX_EPOCH, "0f".to_owned());
        let (ana, ben) = ("ana".to_owned(), "ben".to_owned());
        let rows = [
            (PeriodState::Open, "open                            next: plan it"),
            (
                PeriodState::Proposed {
                    by: ana.clone(),
                    at,
                    hash: hash.clone(),
                    revision: 2,
                },
                "proposed  1970-01-01 00:00 UTC  by ana, proposal 2, hash 0f; next: another person approves it",
            ),
            (
                PeriodState::Approved {
                    proposed_by: ana,
                    by: ben.clone(),
                    at,
                    hash: hash.clone(),
                },
                "approved  1970-01-01 00:00 UTC  by ben, proposed by ana, hash 0f; next: post it",
            ),
            (
                PeriodState::Posting { by: ben.clone(), at, hash },
                "posting   1970-01-01 00:00 UTC  approved by ben, hash 0f; next: post it again if it stopped",
            ),
            (PeriodState::Closed { at, by: ben }, "closed    1970-01-01 00:00 UTC  by ben"),
        ];
        for (state_of, expected) in rows {
            let record = PeriodRecord {
                entity: "uk".to_owned(),
                period: "2026-01".to_owned(),
                state: state_of,
                revision: 1,
                proposal: None,
                snapshot: None,
            };
            assert_eq!(state(&record), format!("uk 2026-01  {expected}"));
        }
    }

    #[test]
    fn a_plan_names_each_account_and_its_role() {
        let config = Config::check(include_str!("../../../../tieout.toml")).unwrap().config;
        let plan = example::annual_plan().unwrap();
        let entity = config
            .entities
            .iter()
            .find(|entity| entity.currency == plan.ledger_currency().code())
            .expect("an entity in the example's currency");
        let closing = Closing {
            id: entity.id.as_str().into(),
            currency: plan.ledger_currency(),
            calendar: Calendar::default(),
        };
        let january = Period::parse("2026-01").unwrap();
        let proposal = propose(&closing, january, &[plan], &[], Level::Tracking).unwrap();
        let mut out = Vec::new();
        print(entity, &Accounts::default(), &proposal, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for (account, role) in [
            (&entity.accounts.contract_asset, "contract asset"),
            (&entity.accounts.revenue, "revenue"),
        ] {
            let is_there = |line: &str| {
                let words: Vec<&str> = line.split_whitespace().collect();
                words.join(" ").contains(&format!("{} {account} {role} 1 part", entity.currency)) && line.ends_with("1 part")
            };
            assert!(text.lines().any(is_there), "{account} {role} in\n{text}");
        }
    }
}
