//! Posting of an approved proposal: each journal an effect, each posting recorded, then the period closed.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use tieout_accounting::Period;
use tieout_accounting::close::{PostedLine, ProposedJournal, SummaryLine};
use tieout_accounting::ids::ContractId;
use tieout_ledger::xero::{Xero, journal_body};
use tieout_ledger::{JournalId, JournalStatus, NewJournal, NewJournalLine, TRACKING_MAX, TenantId, Tracking};
use tieout_platform::config::{Approval, Entity};
use tieout_platform::effect::{Intent, Performer, Permit};
use tieout_platform::failure::Failure;
use tieout_platform::vendor::Priority;
use tieout_store::{PeriodRecord, PeriodState, Posting, PostingState, Recorded};

use crate::deployment::Deployment;
use crate::effects::perform;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::{journal_effect, parked_key, xero_target};
use crate::ledger::tenant_of;
use crate::parking::{Reason, park};

use super::accounts::Accounts;
use super::{MONTH_END, proposal_of, state_name, stored_period, transition};

/// What posting came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The period, closed.
    pub period: Period,
    /// The ledger's ids of its journals.
    pub journals: Vec<String>,
}

/// Posts what was approved, or what a policy lets month-end post, and closes the period. Called again after a crash it goes on.
///
/// # Errors
/// Where nothing is approved, the ledger is locked for a journal's date, or the ledger refuses one.
pub async fn post(deployment: &Deployment, entity: &str, period: Period, by: &str) -> Result<Posted, WorkflowError> {
    let entity = deployment.entity(entity)?;
    let record = stored_period(deployment, entity, period).await?;
    let record = match posting_state(deployment, entity, &record, by)? {
        Some(state) => {
            let posting = PeriodRecord { state, ..record.clone() };
            transition(deployment, entity, period, &record, posting).await?
        }
        None => record,
    };
    let proposal = proposal_of(&record)?;
    let tenant = tenant_of(entity)?;
    let ledger = deployment.ledger.with_priority(Priority::Close);
    let lock_date = ledger.organisation(&tenant).await?.lock_date();
    let accounts = Accounts::read(deployment, entity).await?;
    let mut journals = Vec::new();
    for journal in &proposal.journals {
        if let Some(lock_date) = lock_date.filter(|lock_date| journal.date <= *lock_date) {
            return Err(WorkflowError::impossible(format!(
                "the ledger of {} is locked up to {lock_date}, and a journal is dated {}; unlock it in Xero, post, and lock it again",
                entity.id, journal.date
            )));
        }
        journals.push(post_journal(deployment, &ledger, entity, &accounts, journal).await?);
    }
    let closed = PeriodRecord {
        state: PeriodState::Closed {
            at: deployment.clock.now(),
            by: by.to_owned(),
        },
        ..record.clone()
    };
    transition(deployment, entity, period, &record, closed).await?;
    tracing::info!(entity = entity.id, %period, journals = journals.len(), "period closed");
    Ok(Posted { period, journals })
}

/// The state to go to before the first journal leaves; `None` where an earlier call went there already.
fn posting_state(deployment: &Deployment, entity: &Entity, record: &PeriodRecord, by: &str) -> Result<Option<PeriodState>, WorkflowError> {
    let at = deployment.clock.now();
    match &record.state {
        PeriodState::Approved { by, hash, .. } => Ok(Some(PeriodState::Posting {
            by: by.clone(),
            at,
            hash: hash.clone(),
        })),
        PeriodState::Proposed { hash, .. } if by == MONTH_END && entity.close.approval == Approval::Automatic => {
            Ok(Some(PeriodState::Posting {
                by: "policy: close.approval = automatic".to_owned(),
                at,
                hash: hash.clone(),
            }))
        }
        PeriodState::Posting { .. } => Ok(None),
        state => Err(WorkflowError::impossible(format!(
            "{} {} is {}; only what was approved is posted",
            entity.id,
            record.period,
            state_name(state)
        ))),
    }
}

async fn post_journal(
    deployment: &Deployment,
    ledger: &Xero,
    entity: &Entity,
    accounts: &Accounts,
    journal: &ProposedJournal,
) -> Result<String, WorkflowError> {
    let tenant = tenant_of(entity)?;
    let new = new_journal(entity, accounts, journal)?;
    new.check().map_err(|fault| WorkflowError::Unreadable {
        what: format!("journal {}", journal.key),
        why: fault.to_string(),
    })?;
    let intent = Intent {
        key: journal_effect(journal.key.as_str()),
        target: xero_target(tenant.as_str()),
        body: journal_body(&new),
    };
    let posting = Sending {
        ledger,
        tenant: &tenant,
        new: &new,
        remarks: Mutex::default(),
    };
    let settled = perform(deployment, &intent, &posting).await?;
    let recorded = deployment
        .store
        .record_posting(&entity.id, &posting_of(journal, settled.reference())?)
        .await?;
    match recorded {
        Recorded::Done => {
            let remarks = posting.remarks.into_inner().unwrap_or_else(PoisonError::into_inner);
            stop_at_remarks(deployment, journal, settled.reference(), &remarks).await?;
            Ok(settled.reference().to_owned())
        }
        Recorded::Different(other) => Err(WorkflowError::Unreadable {
            what: format!("posting {}", journal.key),
            why: format!("another journal, {}, is recorded under its key", other.ledger_id),
        }),
    }
}

/// A journal that the ledger altered is in the books all the same: the close stops for a person, and goes on when it is called again.
async fn stop_at_remarks(
    deployment: &Deployment,
    journal: &ProposedJournal,
    ledger_id: &str,
    remarks: &[String],
) -> Result<(), WorkflowError> {
    if remarks.is_empty() {
        return Ok(());
    }
    let mend = "compare the journal in Xero with the proposal; void it there if it is wrong, and the next plan holds it again; then post once more";
    let finding = Finding::new("ManualJournal", ledger_id, remarks.join("; "), mend);
    let key = parked_key("journal", journal.key.as_str());
    park(deployment, &key, Reason::LedgerDiffers, &[finding], json!({})).await?;
    Err(WorkflowError::impossible(format!(
        "the ledger altered journal {}: {}",
        journal.key,
        remarks.join("; ")
    )))
}

fn posting_of(journal: &ProposedJournal, ledger_id: &str) -> Result<Posting, WorkflowError> {
    let lines: Vec<PostedLine> = journal.postings();
    Ok(Posting {
        journal_key: journal.key.to_string(),
        ledger_id: ledger_id.to_owned(),
        date: journal.date,
        posting_period: journal.posting_period.to_string(),
        lines: serde_json::to_value(lines).map_err(|error| WorkflowError::Unreadable {
            what: format!("journal {}", journal.key),
            why: error.to_string(),
        })?,
        state: PostingState::Posted,
    })
}

fn new_journal(entity: &Entity, accounts: &Accounts, journal: &ProposedJournal) -> Result<NewJournal, WorkflowError> {
    let mut lines = Vec::new();
    for line in journal.lines_to_post() {
        for (account_code, amount_minor) in accounts.split(entity, line)? {
            lines.push(NewJournalLine {
                amount: crate::ledger::minor_to_decimal(amount_minor, &entity.currency)?,
                account_code,
                description: describe(line),
                tracking: tracking(line),
            });
        }
    }
    Ok(NewJournal {
        reference: journal.key.to_string(),
        narration: journal.narration.clone(),
        date: journal.date,
        lines,
    })
}

/// Xero has two categories; further ones stay in our own books.
fn tracking(line: &SummaryLine) -> Vec<Tracking> {
    let all = line.tracking.iter().map(|(category, option)| Tracking {
        category: category.clone(),
        option: option.clone(),
    });
    all.take(TRACKING_MAX).collect()
}

/// What a line is, for who looks at the ledger alone.
fn describe(line: &SummaryLine) -> String {
    let role = line.role.name().replace('_', " ");
    let contracts: BTreeSet<&ContractId> = line.parts.iter().map(|part| &part.contract).collect();
    match (&line.obligation, &line.contract, &line.customer) {
        (Some(obligation), Some(contract), _) => format!("{role}, contract {contract}, obligation {obligation}"),
        (_, Some(contract), _) => format!("{role}, contract {contract}"),
        (_, _, Some(customer)) => format!("{role}, customer {customer}"),
        _ => format!("{role}, {} contracts", contracts.len()),
    }
}

struct Sending<'a> {
    ledger: &'a Xero,
    tenant: &'a TenantId,
    new: &'a NewJournal,
    remarks: Mutex<Vec<String>>,
}

impl Performer for Sending<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        let written = self.ledger.post_manual_journal(self.tenant, permit).await?;
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).extend(written.remarks);
        Ok(JournalId::to_string(&written.record.id))
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        let found = self
            .ledger
            .manual_journal_by_reference(self.tenant, &self.new.reference, self.new.date)
            .await?;
        // One that was voided in the ledger is not the one that is asked for.
        let found = found.filter(|journal| journal.status != JournalStatus::Voided);
        Ok(found.map(|journal| journal.id.to_string()))
    }
}
