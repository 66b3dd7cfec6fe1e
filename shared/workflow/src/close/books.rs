//! The books of an entity as the table has them now: contracts computed from their events, and what was posted and is still there.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tieout_accounting::Contract;
use tieout_accounting::book::{Book, PeriodAct};
use tieout_accounting::close::PostedLine;
use tieout_accounting::ids::{ContractId, EntityId};
use tieout_accounting::{Currency, Event, Period};
use tieout_platform::config::Entity;
use tieout_store::{Outline, PeriodState, Posting, PostingState, StoredContract};

use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::facts::{local_day, price_change};
use crate::policy::policy;

use super::rates::Known;

/// The books of one entity.
#[derive(Debug)]
pub struct Books {
    /// The contracts, by id, each with its head, orders and documents.
    pub contracts: Vec<(Outline, Contract)>,
    /// By how much further orders changed the price of a contract.
    pub ordered: BTreeMap<ContractId, Decimal>,
    /// All journals that we posted.
    pub postings: Vec<Posting>,
    /// The periods that are closed.
    pub closed: Vec<Period>,
}

impl Books {
    /// The lines of journals that are still in the ledger.
    ///
    /// # Errors
    /// Where a posting was written by newer code.
    pub fn posted_lines(&self) -> Result<Vec<PostedLine>, WorkflowError> {
        let mut lines = Vec::new();
        for posting in self.postings.iter().filter(|posting| posting.state == PostingState::Posted) {
            let read: Vec<PostedLine> = serde_json::from_value(posting.lines.clone()).map_err(|error| WorkflowError::Unreadable {
                what: format!("posting {}", posting.journal_key),
                why: error.to_string(),
            })?;
            lines.extend(read);
        }
        Ok(lines)
    }
}

/// Reads all contracts and postings of an entity, computing at least through `until`.
///
/// # Errors
/// Those of the store; a contract that the accounting refuses is named.
pub async fn read_books(deployment: &Deployment, entity: &Entity, until: Period) -> Result<Books, WorkflowError> {
    let acts = acts(deployment, entity).await?;
    let ledger_currency = Currency::parse(&entity.currency)?;
    let read = deployment.store.contracts_of(&EntityId::new(entity.id.as_str())).await?;
    let known = Known::of(&read)?;
    let book = book(entity, &known, acts.clone(), until)?;
    let (mut contracts, mut ordered) = (Vec::new(), BTreeMap::new());
    for StoredContract { outline, events } in read {
        let head = &outline.head;
        let currency = Currency::parse(&head.currency)?;
        if currency != ledger_currency && !known.knows(currency) {
            // Its draft is not made yet, and waits for a person: the ledger has named no rate that it could be translated at.
            tracing::warn!(
                contract = head.contract.as_str(),
                currency = head.currency,
                "a contract has no rate yet"
            );
            continue;
        }
        let events: Vec<Event> = events.into_iter().map(|stored| stored.event).collect();
        ordered.insert(head.contract.clone(), events.iter().map(price_change).sum());
        let contract = Contract::from_events(&head.contract, &events, &book);
        let contract = contract.map_err(|refusal| refusal.within(head.contract.as_str()))?;
        contracts.push((outline, contract));
    }
    Ok(Books {
        contracts,
        ordered,
        postings: deployment.store.postings(&entity.id).await?,
        closed: acts.into_iter().map(|act| act.period).collect(),
    })
}

/// One contract computed as in the books of its entity; `None` where its currency has no rate yet.
///
/// # Errors
/// Those of the store; the accounting's refusal.
pub async fn read_contract(
    deployment: &Deployment,
    entity: &Entity,
    contract: &StoredContract,
    until: Period,
) -> Result<Option<Contract>, WorkflowError> {
    let head = &contract.outline.head;
    let (currency, ledger_currency) = (Currency::parse(&head.currency)?, Currency::parse(&entity.currency)?);
    // The rates of an entity are those of all its documents.
    let known = if currency == ledger_currency {
        Known::of(std::slice::from_ref(contract))?
    } else {
        Known::of(&deployment.store.contracts_of(&head.entity).await?)?
    };
    if currency != ledger_currency && !known.knows(currency) {
        return Ok(None);
    }
    let book = book(entity, &known, acts(deployment, entity).await?, until)?;
    let events: Vec<Event> = contract.events.iter().map(|stored| stored.event.clone()).collect();
    Ok(Some(Contract::from_events(&head.contract, &events, &book)?))
}

/// The closes of an entity, each on the day on which it was made.
async fn acts(deployment: &Deployment, entity: &Entity) -> Result<Vec<PeriodAct>, WorkflowError> {
    let mut acts = Vec::new();
    for record in deployment.store.periods(&entity.id).await? {
        if let PeriodState::Closed { at, .. } = record.state {
            acts.push(PeriodAct {
                on: local_day(entity, at),
                period: Period::parse(&record.period)?,
                closed: true,
            });
        }
    }
    Ok(acts)
}

fn book(entity: &Entity, known: &Known, closed: Vec<PeriodAct>, until: Period) -> Result<Book, WorkflowError> {
    Ok(Book {
        policy: policy(entity),
        rates: known.table()?,
        closed,
        until: Some(until),
        ..Book::new(Currency::parse(&entity.currency)?)
    })
}
