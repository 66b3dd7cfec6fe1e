//! A posted journal is read again before its period is closed: posted, and with the amounts that were approved.

use rust_decimal::Decimal;
use serde_json::json;
use tieout_ledger::{Journal, JournalId, JournalStatus, Ledger, NewJournal};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::parked_key;
use crate::parking::{Reason, park, unpark};

/// What the ledger has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// What was approved.
    Posted,
    /// Nothing any more: somebody took it back.
    Gone,
}

/// Reads the journal.
///
/// # Errors
/// Where it is a draft or has other amounts: the close stops for a person, each time until it is corrected.
pub async fn confirm(deployment: &Deployment, ledger: &dyn Ledger, new: &NewJournal, ledger_id: &str) -> Result<Confirmed, WorkflowError> {
    let key = parked_key("journal", &new.reference);
    let id = JournalId::parse(ledger_id).map_err(|error| WorkflowError::Unreadable {
        what: format!("journal {}", new.reference),
        why: error.to_string(),
    })?;
    let found = ledger.journal(&id).await?;
    let problem = match &found {
        None => "is not in the ledger",
        Some(journal) => match journal.status {
            JournalStatus::Voided | JournalStatus::Deleted => {
                unpark(deployment, &key, "it was taken back").await?;
                return Ok(Confirmed::Gone);
            }
            JournalStatus::Draft => "is a draft in the ledger",
            JournalStatus::Posted | JournalStatus::Archived if !same_amounts(new, journal) => "has other amounts in the ledger",
            JournalStatus::Posted | JournalStatus::Archived => {
                unpark(deployment, &key, "it is posted as approved").await?;
                return Ok(Confirmed::Posted);
            }
        },
    };
    let remedy = format!(
        "post it in {} as it was approved, or void it there: a voided one is planned anew; then post the close again",
        ledger.name()
    );
    park(
        deployment,
        &key,
        Reason::LedgerDiffers,
        &[Finding::new("Journal", ledger_id, problem, remedy.as_str())],
        json!({}),
    )
    .await?;
    Err(WorkflowError::JournalDiffers {
        journal: new.reference.clone(),
        problem,
        remedy,
    })
}

fn same_amounts(new: &NewJournal, journal: &Journal) -> bool {
    let mut wanted: Vec<(Option<&str>, Decimal)> = new
        .lines
        .iter()
        .map(|line| (Some(line.account_code.as_str()), line.amount))
        .collect();
    let mut found: Vec<(Option<&str>, Decimal)> = journal
        .lines
        .iter()
        .map(|line| (line.account_code.as_deref(), line.amount))
        .collect();
    wanted.sort_unstable();
    found.sort_unstable();
    wanted == found
}
