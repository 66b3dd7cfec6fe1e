//! Settles a doubt: a person says that the contract stands as it was booked, or on which day it ends.

use chrono::NaiveDate;
use tieout_accounting::event::{Event, EventKind, Settled};
use tieout_accounting::ids::ContractId;
use tieout_platform::config::{Entity, Right};
use tieout_store::{Appended, Change, Document, DocumentKind, DocumentStatus, Stage, StoredContract};

use crate::deployment::Deployment;
use crate::doubt::{self, Settler};
use crate::error::WorkflowError;
use crate::facts::{event, local_day, new_event};
use crate::finding::Finding;
use crate::parking::unpark;
use crate::people::check_right;
use crate::policy::would_still_stand;

use super::billing;
use super::credit_note::{self, Ensured, Making};
use super::plan::{Wanted, When, plan};
use super::standing::{standing, unapproved};
use super::terms::Billed;

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;
/// Tries to append while others do.
const TRIES_MAX: u32 = 5;

/// How a doubt is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The contract stands as it was booked; what was left out is recognised.
    Keep,
    /// All that still runs ends; the day is the first without the service. What was billed beyond it is credited, as drafts.
    End(NaiveDate),
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Numbers of the draft credit notes that follow.
    pub credit_notes: Vec<String>,
    /// Credit notes that a person has to see to first.
    pub waiting: Vec<Finding>,
}

/// Settles the doubt of `contract`, once; asked again, it finishes what was left of the credit notes.
///
/// # Errors
/// [`WorkflowError::Denied`] without the right to prepare; [`WorkflowError::NotFound`]; [`WorkflowError::CannotSettle`] where there is no
/// doubt, no reason, or something has to happen in the ledger first; transient ones of store and ledger.
#[tracing::instrument(skip_all, fields(%contract, by))]
pub async fn settle(deployment: &Deployment, contract: &ContractId, how: How, by: &str, reason: &str) -> Result<Settlement, WorkflowError> {
    check_right(deployment, by, Right::Prepare)?;
    let asked = Asked {
        deployment,
        contract,
        how,
        cause: format!("settled by {by}: {}", checked(contract, reason)?),
    };
    for _ in 0..TRIES_MAX {
        let stored = asked.read().await?;
        let entity = deployment.entity(stored.outline.head.entity.as_str())?;
        if doubt::open_cases(&stored).is_empty() {
            return asked.finish(entity, &stored).await;
        }
        let change = asked.change(entity, &stored)?;
        if let Appended::Done(..) = deployment.store.append(&stored, &change).await? {
            return asked.finish(entity, &asked.read().await?).await;
        }
    }
    Err(WorkflowError::Contended {
        contract: contract.to_string(),
    })
}

fn checked<'a>(contract: &ContractId, reason: &'a str) -> Result<&'a str, WorkflowError> {
    let reason = reason.trim();
    match reason.chars().count() {
        1..=REASON_CHARS_MAX => Ok(reason),
        count => Err(WorkflowError::CannotSettle {
            contract: contract.to_string(),
            problem: format!("the reason has {count} characters"),
            remedy: format!("write why, in 1 to {REASON_CHARS_MAX}"),
        }),
    }
}

struct Asked<'a> {
    deployment: &'a Deployment,
    contract: &'a ContractId,
    how: How,
    cause: String,
}

impl Asked<'_> {
    async fn read(&self) -> Result<StoredContract, WorkflowError> {
        let found = self.deployment.store.contract(self.contract).await?;
        found.ok_or_else(|| WorkflowError::NotFound {
            what: "contract",
            name: self.contract.to_string(),
            known: "`tieout contract list` shows them".to_owned(),
        })
    }

    fn change(&self, entity: &Entity, contract: &StoredContract) -> Result<Change, WorkflowError> {
        let today = local_day(entity, self.deployment.clock.now());
        let (events, documents) = match self.how {
            How::Keep => (vec![kept(contract, today)], Vec::new()),
            How::End(on) => self.end(contract, on, today)?,
        };
        if let Err(refusal) = would_still_stand(entity, contract, &events) {
            return Err(WorkflowError::Refused(refusal));
        }
        let settled = doubt::settled_fact(contract, Settler::Person);
        let stored = |event: Event| {
            let fact = matches!(event.kind, EventKind::Settled(_)).then(|| settled.clone());
            new_event(event, &self.cause, fact)
        };
        Ok(Change {
            events: events.into_iter().map(stored).collect(),
            documents,
            orders: Vec::new(),
        })
    }

    /// The events and the credit notes of an end. One that lies in the doubt settles it; an earlier or a later one comes beside.
    fn end(&self, contract: &StoredContract, on: NaiveDate, today: NaiveDate) -> Result<(Vec<Event>, Vec<Document>), WorkflowError> {
        self.refuse_unfinished(contract)?;
        let mut standing = standing(contract)?;
        if on < standing.signed_on {
            let problem = format!("{on} is before the contract was signed, on {}", standing.signed_on);
            return Err(self.refused(&problem, "end it on that day or later"));
        }
        // What was voided or deleted in the ledger is credited already.
        for term in &mut standing.terms {
            let is_alive = |ordinal: u32| contract.outline.document(ordinal).is_some_and(is_alive);
            for bill in term
                .bills
                .iter_mut()
                .filter(|bill| bill.state == Billed::Made && !is_alive(bill.document))
            {
                bill.state = Billed::Gone;
            }
        }
        let days = When { agreed: on, effective: on };
        let plan = plan(&standing, days, &Wanted::End).map_err(|findings| {
            let finding = findings.first();
            let problem = finding
                .map(|finding| format!("{} {}", finding.value, finding.problem))
                .unwrap_or_default();
            self.refused(&problem, "settle it as kept, or name an earlier day")
        })?;
        let settled = kept(contract, today);
        let in_doubt = doubted_on(contract).is_some_and(|since| since <= on) && on <= today;
        let settled = match in_doubt {
            true => event(on, today, EventKind::Settled(Settled::Ended)),
            false => settled,
        };
        let ends = plan.events.iter().cloned().map(|planned| event(planned.on, today, planned.kind));
        let last = contract
            .outline
            .documents
            .iter()
            .map(|document| document.ordinal)
            .max()
            .unwrap_or(0);
        let notes = credit_note::planned(&contract.outline, &plan, last, on, on.max(today));
        let documents = billing::lowered(&contract.outline, &plan, on).into_iter().chain(notes);
        Ok((ends.chain([settled]).collect(), documents.collect()))
    }

    /// What is not in the ledger yet, or not approved, may still become anything: nobody knows what an end would give back.
    fn refuse_unfinished(&self, contract: &StoredContract) -> Result<(), WorkflowError> {
        // What a billing plan has to come is lowered or dropped.
        let is_begun = |document: &&Document| !document.is_to_come() && document.stage != Stage::Dropped;
        let unfinished = |document: &&Document| document.in_ledger().is_none_or(|found| found.status == DocumentStatus::Drafted);
        let invoices = contract
            .outline
            .documents
            .iter()
            .filter(|document| document.kind == DocumentKind::Invoice);
        if let Some(document) = invoices.filter(is_begun).find(unfinished) {
            let number = document.number().unwrap_or("(without a number yet)");
            return Err(self.refused(
                &format!("its invoice {number} is a draft"),
                "approve it in the ledger, or delete it there, and end the contract then",
            ));
        }
        match unapproved(contract) {
            None => Ok(()),
            Some(note) => Err(self.refused(
                &format!("its credit note {} is a draft", note.number().unwrap_or("(without a number yet)")),
                "approve it in the ledger, or delete it there, and end the contract then",
            )),
        }
    }

    /// Closes the cases of what a person settled, and makes the credit notes that follow from it.
    async fn finish(&self, entity: &Entity, contract: &StoredContract) -> Result<Settlement, WorkflowError> {
        let cases = doubt::settled_cases(contract);
        if cases.is_empty() {
            let remedy = "see it with `tieout contract show`; a contract without doubt changes by an order in the CRM";
            return Err(self.refused("it is not in doubt", remedy));
        }
        for case in &cases {
            unpark(self.deployment, case, &self.cause).await?;
        }
        let outline = &contract.outline;
        let making = Making {
            deployment: self.deployment,
            entity,
            outline,
        };
        let notes = outline.documents_of(&outline.head.origin);
        let mut settlement = Settlement::default();
        for note in notes.filter(|document| document.kind == DocumentKind::CreditNote) {
            match making.ensure(note.clone()).await? {
                Ensured::There => {
                    let made = self.deployment.store.document(self.contract, note.ordinal).await?;
                    settlement
                        .credit_notes
                        .extend(made.as_ref().and_then(Document::number).map(str::to_owned));
                }
                Ensured::Parked(_, finding) => settlement.waiting.push(finding),
            }
        }
        Ok(settlement)
    }

    fn refused(&self, problem: &str, remedy: &str) -> WorkflowError {
        WorkflowError::CannotSettle {
            contract: self.contract.to_string(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

fn kept(contract: &StoredContract, today: NaiveDate) -> Event {
    let kind = EventKind::Settled(Settled::Kept);
    event(doubt::first_day(contract, &kind, today), today, kind)
}

fn is_alive(document: &Document) -> bool {
    let dead = |status: DocumentStatus| matches!(status, DocumentStatus::Voided | DocumentStatus::Deleted);
    document.in_ledger().is_some_and(|found| !dead(found.status))
}

/// The newest doubt's day.
fn doubted_on(contract: &StoredContract) -> Option<NaiveDate> {
    let doubts = contract.events.iter().rev();
    let mut days = doubts.filter(|stored| matches!(stored.event.kind, EventKind::Doubted(_)));
    days.next().map(|stored| stored.event.on)
}
