//! The proposal of a close: computed, compared with what is stored, and stored with its hash.

use chrono::{DateTime, TimeDelta, Utc};
use tieout_accounting::Period;
use tieout_accounting::book::Calendar;
use tieout_accounting::close::{Entity as Closing, Level, Proposal, propose_avoiding};
use tieout_accounting::ids::JournalKey;
use tieout_accounting::{Contract, Currency};
use tieout_ledger::{JournalCurrency, JournalStatus, Ledger, Organisation};
use tieout_platform::config::{Entity, Summarise};
use tieout_platform::vendor::Priority;
use tieout_store::{PeriodRecord, PostingState};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::facts::local_day;

use super::books::read_books;
use super::schedule::first_open;
use super::{due_from, last_due, lifecycle, stored_period, transition};

/// Changes of journals are looked for again from a little before the last look, in minutes: clocks differ.
const OVERLAP_MIN: i64 = 10;
/// Digits of a proposal's hash.
const HASH_DIGITS: usize = 16;

/// Plans the close of a period and stores the proposal. What is stored already with the same hash stays as it is, so that an
/// approval is not lost; a period that is approved, being posted or closed is given back unchanged.
///
/// # Errors
/// Where the month is not over, an earlier one is open, or the ledger's base currency is not the entity's.
#[tracing::instrument(skip_all, fields(entity, %period))]
pub async fn plan(deployment: &Deployment, entity: &str, period: Period, by: &str) -> Result<(PeriodRecord, Proposal), WorkflowError> {
    let entity = deployment.entity(entity)?;
    if period > last_due(deployment, entity) {
        return Err(WorkflowError::NotDue {
            entity: entity.id.clone(),
            period,
            due: due_from(entity, period),
            today: local_day(entity, deployment.clock.now()),
        });
    }
    if let Some(first) = first_open(deployment, &entity.id).await?
        && period > first
    {
        return Err(WorkflowError::EarlierOpen {
            entity: entity.id.clone(),
            first,
        });
    }
    let record = stored_period(deployment, entity, period).await?;
    if !lifecycle::may_be_planned(&record.state) {
        let proposal = super::proposal_of(&record)?;
        return Ok((record, proposal));
    }
    let proposal = compute(deployment, entity, period).await?;
    let hash = short_hash(&proposal);
    let at = deployment.clock.now();
    let Some(proposed) = lifecycle::proposed(&record, proposal.canonical_json(), &hash, by, at) else {
        return Ok((record, proposal));
    };
    tracing::info!(was = lifecycle::state_name(&record.state), "close proposed");
    let record = transition(deployment, entity, period, &record, proposed).await?;
    Ok((record, proposal))
}

/// What is to be posted for the period, by all that is known now.
async fn compute(deployment: &Deployment, entity: &Entity, period: Period) -> Result<Proposal, WorkflowError> {
    let ledger = deployment.ledger(entity)?.with_priority(Priority::Close);
    let organisation = ledger.organisation().await?;
    check_base_currency(entity, ledger.as_ref(), &organisation)?;
    look_after_postings(deployment, entity, ledger.as_ref()).await?;
    let books = read_books(deployment, entity, period).await?;
    // A month that the ledger has locked takes no journals: its difference goes into the next month, and keeps its economic period.
    let locked = organisation.lock_date().is_some_and(|lock_date| lock_date >= period.last_day());
    let closing = Closing {
        id: entity.id.as_str().into(),
        currency: Currency::parse(&entity.currency)?,
        calendar: calendar(&books.closed, &organisation),
    };
    if locked || books.closed.contains(&period) {
        return Ok(Proposal {
            entity: closing.id,
            period,
            currency: closing.currency,
            journals: Vec::new(),
        });
    }
    let posted = books.posted_lines()?;
    let used: Vec<JournalKey> = books
        .postings
        .iter()
        .map(|posting| JournalKey::new(posting.journal_key.clone()))
        .collect();
    let contracts: Vec<Contract> = books.contracts.into_iter().map(|(_, contract)| contract).collect();
    let proposal = propose_avoiding(&closing, period, &contracts, &posted, level(entity), &used);
    proposal.map_err(|error| WorkflowError::Unreadable {
        what: format!("the books of {}", entity.id),
        why: error.to_string(),
    })
}

/// What is closed by us or locked in the ledger, whichever is later.
fn calendar(closed: &[Period], organisation: &Organisation) -> Calendar {
    let mut calendar = Calendar::default();
    closed.iter().for_each(|period| calendar.close(*period));
    if let Some(lock_date) = organisation.lock_date() {
        let month = Period::of(lock_date);
        calendar.close(if month.last_day() <= lock_date { month } else { month.previous() });
    }
    calendar
}

fn check_base_currency(entity: &Entity, ledger: &dyn Ledger, organisation: &Organisation) -> Result<(), WorkflowError> {
    if ledger.capabilities().journal_currency == JournalCurrency::Any || organisation.base_currency.as_str() == entity.currency {
        return Ok(());
    }
    Err(WorkflowError::Configuration {
        entity: entity.id.clone(),
        key: "currency",
        problem: format!(
            "is {}, but the base currency of the ledger is {}, and its journals take no other",
            entity.currency, organisation.base_currency
        ),
    })
}

/// Finds which of our journals somebody voided or deleted: they are no longer there, so the next difference holds them again.
async fn look_after_postings(deployment: &Deployment, entity: &Entity, ledger: &dyn Ledger) -> Result<(), WorkflowError> {
    let cursor = format!("journals/{}", entity.id);
    let since = deployment.store.cursor(&cursor).await?.unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    let now = deployment.clock.now();
    let postings = deployment.store.postings(&entity.id).await?;
    if postings.is_empty() {
        return Ok(());
    }
    for journal in ledger.journals_changed_since(since - TimeDelta::minutes(OVERLAP_MIN)).await? {
        let gone = matches!(journal.status, JournalStatus::Voided | JournalStatus::Deleted);
        let ours = postings.iter().find(|posting| posting.ledger_id == journal.id.as_str());
        if let (true, Some(posting)) = (gone, ours) {
            deployment
                .store
                .mark_posting(&entity.id, &posting.journal_key, PostingState::Voided, now)
                .await?;
            tracing::warn!(
                entity = entity.id,
                journal = posting.journal_key,
                "a journal of ours was taken back in the ledger"
            );
        }
    }
    deployment.store.advance_cursor(&cursor, now).await?;
    Ok(())
}

fn level(entity: &Entity) -> Level {
    match entity.close.summarise {
        Summarise::Account => Level::Account,
        Summarise::Tracking => Level::Tracking,
        Summarise::Customer => Level::Customer,
        Summarise::Contract => Level::Contract,
        Summarise::Line => Level::Line,
    }
}

/// The first 16 hexadecimal digits of SHA-256: short enough to be read to somebody, long enough not to meet by chance.
pub(super) fn short_hash(proposal: &Proposal) -> String {
    proposal.hash().chars().take(HASH_DIGITS).collect()
}
