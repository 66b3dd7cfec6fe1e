//! Posting of an approved proposal: each journal an effect, each posting recorded, then the period closed.

use std::collections::BTreeSet;

use tieout_accounting::Period;
use tieout_accounting::close::{PostedLine, Proposal, ProposedJournal, SummaryLine};
use tieout_accounting::ids::ContractId;
use tieout_ledger::{JournalId, JournalStatus, Ledger, NewJournal, NewJournalLine, Tracking};
use tieout_platform::config::Entity;
use tieout_platform::effect::{Intent, Performer, Permit, State};
use tieout_platform::failure::Failure;
use tieout_platform::vendor::Priority;
use tieout_store::{PeriodRecord, PeriodState, Posting, PostingState, Recorded};

use crate::deployment::Deployment;
use crate::effects::perform;
use crate::error::WorkflowError;
use crate::ids::journal_effect;

use super::accounts::Accounts;
use super::confirm::{Confirmed, confirm};
use super::plan::short_hash;
use super::{lifecycle, proposal_of, stored_period, transition};

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
#[tracing::instrument(skip_all, fields(entity, %period))]
pub async fn post(deployment: &Deployment, entity: &str, period: Period, by: &str) -> Result<Posted, WorkflowError> {
    let entity = deployment.entity(entity)?;
    let record = stored_period(deployment, entity, period).await?;
    let at = deployment.clock.now();
    let record = match lifecycle::posting(&record, by, at, entity.close.approval)? {
        Some(posting) => transition(deployment, entity, period, &record, posting).await?,
        None => record,
    };
    let proposal = approved_proposal(&record)?;
    let ledger = deployment.ledger(entity)?.with_priority(Priority::Close);
    let lock_date = ledger.organisation().await?.lock_date();
    let accounts = Accounts::read(deployment, &proposal).await?;
    let mut journals = Vec::new();
    let mut gone = None;
    for journal in &proposal.journals {
        // What was sent before is recorded all the same: a plan must not give its key to another journal.
        if gone.is_some() && !was_sent(deployment, journal).await? {
            continue;
        }
        if let Some(lock_date) = lock_date.filter(|lock_date| journal.date <= *lock_date) {
            return Err(WorkflowError::Locked {
                entity: entity.id.clone(),
                lock_date,
                date: journal.date,
                ledger: ledger.name(),
            });
        }
        match post_journal(deployment, ledger.as_ref(), entity, &accounts, journal).await? {
            Outcome::Posted(ledger_id) => journals.push(ledger_id),
            Outcome::Gone => gone = gone.or(Some(&journal.key)),
        }
    }
    if let Some(key) = gone {
        transition(deployment, entity, period, &record, lifecycle::open_again(&record)).await?;
        return Err(WorkflowError::JournalVoided {
            journal: key.to_string(),
            period,
        });
    }
    let closed = lifecycle::closed(&record, by, deployment.clock.now());
    transition(deployment, entity, period, &record, closed).await?;
    tracing::info!(journals = journals.len(), "period closed");
    Ok(Posted { period, journals })
}

/// The stored proposal, if it is the one whose hash was approved.
fn approved_proposal(record: &PeriodRecord) -> Result<Proposal, WorkflowError> {
    let proposal = proposal_of(record)?;
    match &record.state {
        PeriodState::Posting { hash, .. } if *hash != short_hash(&proposal) => Err(WorkflowError::ProposalChanged {
            entity: record.entity.clone(),
            period: record.period.clone(),
            hash: hash.clone(),
        }),
        _ => Ok(proposal),
    }
}

/// Whether a journal left, or may have left, in an earlier call that did not come to its end.
async fn was_sent(deployment: &Deployment, journal: &ProposedJournal) -> Result<bool, WorkflowError> {
    let effect = deployment.store.effect(&journal_effect(journal.key.as_str())).await?;
    Ok(effect.is_some_and(|effect| matches!(effect.record.state, State::Attempted { .. } | State::Done { .. })))
}

async fn post_journal(
    deployment: &Deployment,
    ledger: &dyn Ledger,
    entity: &Entity,
    accounts: &Accounts,
    journal: &ProposedJournal,
) -> Result<Outcome, WorkflowError> {
    let capabilities = ledger.capabilities();
    let new = new_journal(entity, accounts, journal, capabilities.line_tracking_max)?;
    if new.lines.is_empty() {
        // It moves amounts between months of one account: the ledger has nothing to hold, our own postings have.
        let reference = format!("none/{}", journal.key);
        record(deployment, entity, &posting_of(journal, &reference)?).await?;
        return Ok(Outcome::Posted(reference));
    }
    new.check(&capabilities).map_err(|fault| WorkflowError::Unreadable {
        what: format!("journal {}", journal.key),
        why: fault.to_string(),
    })?;
    let intent = Intent {
        key: journal_effect(journal.key.as_str()),
        target: ledger.target(),
        body: ledger.journal_body(&new),
    };
    let posting = Sending { ledger, new: &new };
    let settled = perform(deployment, &intent, &posting).await?;
    let posting = posting_of(journal, settled.reference())?;
    match confirm(deployment, ledger, &new, settled.reference()).await? {
        Confirmed::Posted => {
            record(deployment, entity, &posting).await?;
            Ok(Outcome::Posted(settled.reference().to_owned()))
        }
        Confirmed::Gone => {
            record(deployment, entity, &posting).await?;
            let now = deployment.clock.now();
            deployment
                .store
                .mark_posting(&entity.id, &posting.journal_key, PostingState::Voided, now)
                .await?;
            Ok(Outcome::Gone)
        }
    }
}

/// What became of one journal.
enum Outcome {
    /// It is in the ledger under this id, or needs not to be there.
    Posted(String),
    /// Somebody voided it before the period was closed.
    Gone,
}

async fn record(deployment: &Deployment, entity: &Entity, posting: &Posting) -> Result<(), WorkflowError> {
    match deployment.store.record_posting(&entity.id, posting).await? {
        Recorded::Done => Ok(()),
        Recorded::Different(other) => Err(WorkflowError::Unreadable {
            what: format!("posting {}", posting.journal_key),
            why: format!("another journal, {}, is recorded under its key", other.ledger_id),
        }),
    }
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

fn new_journal(entity: &Entity, accounts: &Accounts, journal: &ProposedJournal, tracking_max: usize) -> Result<NewJournal, WorkflowError> {
    let mut lines = Vec::new();
    for line in &journal.lines {
        for share in accounts.split(entity, line)? {
            lines.push(NewJournalLine {
                amount: crate::ledger::minor_to_decimal(share.amount_minor, &entity.currency)?,
                account_code: share.account,
                description: describe(line),
                tracking: tracking(line, tracking_max),
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

/// As many categories as the ledger holds; further ones stay in our own books.
fn tracking(line: &SummaryLine, max: usize) -> Vec<Tracking> {
    let all = line.tracking.iter().map(|(category, option)| Tracking {
        category: category.clone(),
        option: option.clone(),
    });
    all.take(max).collect()
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
    ledger: &'a dyn Ledger,
    new: &'a NewJournal,
}

impl Performer for Sending<'_> {
    /// The ledger takes a second journal with the same reference, and a table that was restored from an earlier day has forgotten the
    /// first one: so it is looked for even where nothing is known of it.
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        if let Some(there) = self.there().await? {
            return Ok(there);
        }
        let written = self.ledger.post_journal(permit).await?;
        if !written.remarks.is_empty() {
            tracing::warn!(remarks = written.remarks.len(), "the ledger had remarks on a journal");
        }
        Ok(JournalId::to_string(&written.record.id))
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        self.there().await
    }
}

impl Sending<'_> {
    /// The journal of this reference, unless it was taken back.
    async fn there(&self) -> Result<Option<String>, Failure> {
        let found = self.ledger.journal_by_reference(&self.new.reference, self.new.date).await?;
        // One that was voided in the ledger is not the one that is asked for.
        let found = found.filter(|journal| journal.status != JournalStatus::Voided);
        Ok(found.map(|journal| journal.id.to_string()))
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing)]
mod tests;
