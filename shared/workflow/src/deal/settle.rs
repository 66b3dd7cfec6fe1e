//! Settles a doubt: a person says that the contract stands as it was booked, from which day on an edit of its deal changes it, or on which
//! day it ends.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use tieout_accounting::event::{Event, EventKind, Settled};
use tieout_accounting::ids::ContractId;
use tieout_crm::RecordId;
use tieout_platform::config::{Entity, Right};
use tieout_store::{Appended, Change, Document, DocumentKind, DocumentStatus, Order, Outline, Stage, StoredContract};

use crate::deployment::Deployment;
use crate::doubt::{self, Doubts};
use crate::error::WorkflowError;
use crate::facts::{event, local_day, new_event};
use crate::finding::Finding;
use crate::ids::{line_of, order_of};
use crate::parking::unpark;
use crate::people::{check_reason, check_right};
use crate::policy::would_still_stand;

use super::accept::Edited;
use super::billing;
use super::credit_note::{self, Ensured, Making};
use super::plan::{Difference, Plan, Wanted, When, plan};
use super::standing::{standing, unapproved};
use super::{Outcome, check, contract, version};

/// Tries to append while others do.
const TRIES_MAX: u32 = 5;

/// How a doubt is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The contract stands as it was booked; what was left out is recognised.
    Keep,
    /// The deal as it is now is an amendment; the day is the first under the new terms. What is added is billed, and what falls away is
    /// credited, as drafts.
    Accept(NaiveDate),
    /// All that still runs ends; the day is the first without the service. What was billed beyond it is credited, as drafts.
    End(NaiveDate),
}

impl How {
    /// As the settlement's fact keeps it: asked again, it has to be the same.
    fn text(self) -> String {
        match self {
            Self::Keep => "keep".to_owned(),
            Self::Accept(on) => format!("accept-{on}"),
            Self::End(on) => format!("end-{on}"),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// The drafts that follow, with their numbers.
    pub drafts: Vec<(DocumentKind, String)>,
    /// What a person has to see to before the others can be made.
    pub waiting: Vec<Finding>,
}

/// Settles the doubt of `contract`, once; asked again, it finishes what was left of the documents.
///
/// # Errors
/// [`WorkflowError::Denied`] without the right to prepare; [`WorkflowError::Reason`]; [`WorkflowError::NotFound`];
/// [`WorkflowError::CannotSettle`] where there is no doubt, it was settled in another way, or something has to happen in the ledger first;
/// transient ones of store and ledger.
#[tracing::instrument(skip_all, fields(%contract, by))]
pub async fn settle(deployment: &Deployment, contract: &ContractId, how: How, by: &str, reason: &str) -> Result<Settlement, WorkflowError> {
    check_right(deployment, by, Right::Prepare)?;
    let asked = Asked {
        deployment,
        contract,
        how,
        cause: format!("settled by {by}: {}", check_reason(reason)?),
    };
    for _ in 0..TRIES_MAX {
        let stored = asked.read().await?;
        let entity = deployment.entity(stored.outline.head.entity.as_str())?;
        if !Doubts::of(&stored.events).is_any_open() {
            return asked.finish(entity, &stored).await;
        }
        let change = asked.change(entity, &stored).await?;
        if let Appended::Done(..) = deployment.store.append(&stored, &change).await? {
            return asked.finish(entity, &asked.read().await?).await;
        }
    }
    Err(WorkflowError::contended(contract))
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

    async fn change(&self, entity: &Entity, contract: &StoredContract) -> Result<Change, WorkflowError> {
        let today = local_day(entity, self.deployment.clock.now());
        let (events, documents, accepted) = match self.how {
            How::Keep => (vec![kept(contract, today)], Vec::new(), Vec::new()),
            How::Accept(on) => self.accept(entity, contract, on, today).await?,
            How::End(on) => {
                let (events, documents) = self.end(contract, on, today)?;
                (events, documents, Vec::new())
            }
        };
        if let Err(refusal) = would_still_stand(entity, contract, &events) {
            return Err(WorkflowError::Refused(refusal));
        }
        let settled = doubt::answer_fact(contract, &self.how.text());
        let stored = |event: Event| {
            let fact = matches!(event.kind, EventKind::Settled(_)).then(|| settled.clone());
            new_event(event, &self.cause, fact)
        };
        Ok(Change {
            events: events.into_iter().map(stored).collect(),
            documents,
            accepted,
            ..Change::default()
        })
    }

    /// The events, documents and the later version of an edited deal that changes the contract from `on`.
    async fn accept(
        &self,
        entity: &Entity,
        contract: &StoredContract,
        on: NaiveDate,
        today: NaiveDate,
    ) -> Result<(Vec<Event>, Vec<Document>, Vec<Order>), WorkflowError> {
        let outline = &contract.outline;
        let record = self.edited_deal(contract)?;
        let found = outline.order(&order_of(&record)?);
        let (Some(order), Some(deal)) = (found, self.deployment.crm.read_deal(&record).await?) else {
            let remedy = "restore the deal in the CRM; or settle it as kept, or with the day on which the contract ends";
            return Err(self.refused(&format!("deal {record} is deleted, or our user may not see it"), remedy));
        };
        let is_open = |document: &&Document| document.in_ledger().is_none() && !document.is_to_come() && document.stage != Stage::Dropped;
        if let Some(document) = outline.documents.iter().find(is_open) {
            let what = document.number().unwrap_or("one of its documents");
            return Err(self.refused(
                &format!("{what} is not in the ledger yet"),
                "set the deal back, so that it is made, and edit the deal then",
            ));
        }
        let fields = self.deployment.crm.fields();
        let standing = standing(contract)?;
        let bookable = check::check(&deal, entity, &self.deployment.config, fields).map_err(|findings| self.found(&findings))?;
        // Of an order whose lines are the difference, only an accepted edit says what it sells.
        let is_edited = outline.superseded.iter().any(|earlier| earlier.key == order.key);
        let edited = Edited {
            booked: &order.booked,
            is_whole: deal.restates || (order.sells.is_some() && !is_edited),
            deal: &deal,
            bookable: &bookable,
            terms: &standing.terms,
            fields,
            on,
        };
        let difference = edited.difference().map_err(|findings| self.found(&findings))?;
        self.refuse_moved(outline, &difference)?;
        let days = When {
            agreed: today.min(on).max(standing.signed_on),
            effective: on,
        };
        if on < standing.signed_on {
            let problem = format!("{on} is before the contract was signed, on {}", standing.signed_on);
            return Err(self.refused(&problem, "accept it from that day or later"));
        }
        let (lines, billed) = contract::billed(&difference.added, &bookable);
        let delivered: Vec<Event> = contract::delivered(lines, standing.signed_on.max(days.agreed), today).collect();
        let plan = plan(&standing, days, &Wanted::Difference(difference)).map_err(|findings| self.found(&findings))?;
        let events = plan.events.iter().cloned().map(|planned| event(planned.on, today, planned.kind));
        let planning = billing::Planning {
            deal: &deal,
            bookable: &bookable,
            entity,
            order: &order.key,
            signed_on: local_day(entity, deal.system_modstamp),
        };
        let invoices = planning.added(billed, outline).map_err(|finding| self.found(&[finding]))?;
        let last = invoices.last().map_or(outline.last_ordinal(), |document| document.ordinal);
        let notes = credit_note::planned(outline, &plan, last, on, on.max(today));
        let follow = |document: Document| document.following(order.key.clone());
        let lowered = billing::lowered(outline, &plan, on).into_iter();
        let documents = lowered.chain(invoices.into_iter().chain(notes).map(follow));
        let accepted = Order {
            fingerprint: deal.fingerprint(),
            modified_at: deal.system_modstamp,
            sells: Some(order.sold() + plan.price_change()),
            booked: version::of(&deal),
            ..order.clone()
        };
        let events = events
            .chain(delivered)
            .chain([settled(contract, &plan, on, today, Settled::Changed)]);
        Ok((events.collect(), documents.collect(), vec![accepted]))
    }

    /// Other days of service of what is still to be billed would be billed for the days that were agreed before.
    fn refuse_moved(&self, outline: &Outline, difference: &Difference) -> Result<(), WorkflowError> {
        let to_come = outline.documents.iter().filter(|document| document.is_to_come());
        let to_bill = to_come.flat_map(|document| &document.plan).map(|line| line_of(&line.obligation));
        let moved = to_bill.filter(|line| difference.moved.iter().any(|moved| moved.line == **line));
        match moved.into_iter().next() {
            None => Ok(()),
            Some(line) => Err(self.refused(
                &format!("line {line} has other days of service, and its billing plan has invoices to come"),
                "set the days back; end the line with an order, and win one for the other days",
            )),
        }
    }

    /// The one deal that holds the contract in doubt.
    fn edited_deal(&self, contract: &StoredContract) -> Result<RecordId, WorkflowError> {
        let doubts = Doubts::of(&contract.events);
        let cases: Vec<&str> = doubts.open_cases().collect();
        let deal = match cases.as_slice() {
            [case] => case.strip_prefix("deal/").and_then(|id| self.deployment.crm.record_id(id).ok()),
            _ => None,
        };
        deal.ok_or_else(|| {
            let problem = format!("it is in doubt by {}, and not by one edited deal alone", cases.join(" and "));
            self.refused(&problem, "settle it as kept, or with the day on which it ends")
        })
    }

    /// The events and the credit notes of an end.
    fn end(&self, contract: &StoredContract, on: NaiveDate, today: NaiveDate) -> Result<(Vec<Event>, Vec<Document>), WorkflowError> {
        self.refuse_unfinished(contract)?;
        let standing = standing(contract)?;
        if on < standing.signed_on {
            let problem = format!("{on} is before the contract was signed, on {}", standing.signed_on);
            return Err(self.refused(&problem, "end it on that day or later"));
        }
        let days = When { agreed: on, effective: on };
        let plan = plan(&standing, days, &Wanted::End).map_err(|findings| {
            let finding = findings.first();
            let problem = finding
                .map(|finding| format!("{} {}", finding.value, finding.problem))
                .unwrap_or_default();
            self.refused(&problem, "settle it as kept, or name an earlier day")
        })?;
        let settled = settled(contract, &plan, on, today, Settled::Ended);
        let ends = plan.events.iter().cloned().map(|planned| event(planned.on, today, planned.kind));
        let last = contract.outline.last_ordinal();
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
        let doubts = Doubts::of(&contract.events);
        let remedy = "see it with `tieout contract show`; a contract without doubt changes by an order in the CRM";
        let Some(settlement) = doubts.settlement() else {
            return Err(self.refused("it is not in doubt", remedy));
        };
        if settlement.how != self.how.text() {
            return Err(self.refused(&format!("it was settled before, as {:?}", settlement.how), remedy));
        }
        for case in &settlement.cases {
            unpark(self.deployment, case, &self.cause).await?;
        }
        if let How::Accept(_) = self.how {
            return self.finish_accepted(contract, &settlement.cases).await;
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
                    settlement.drafts.extend(made.as_ref().and_then(draft));
                }
                Ensured::Parked(_, finding) => settlement.waiting.push(finding),
            }
        }
        Ok(settlement)
    }

    /// Makes what follows from an accepted edit, as whoever reads the deal next would.
    async fn finish_accepted(&self, contract: &StoredContract, cases: &BTreeSet<&str>) -> Result<Settlement, WorkflowError> {
        let mut settlement = Settlement::default();
        for case in cases.iter().filter_map(|case| case.strip_prefix("deal/")) {
            let Ok(record) = self.deployment.crm.record_id(case) else {
                continue;
            };
            let outcome = Box::pin(super::handle(self.deployment, &record)).await?;
            let outline = self.deployment.store.outline(self.contract).await?;
            let outline = outline.as_ref().unwrap_or(&contract.outline);
            settlement
                .drafts
                .extend(outline.documents_of(&order_of(&record)?).filter_map(draft));
            if let Outcome::Parked(reason) = outcome {
                let remedy = format!("see `tieout worklist show deal/{record}`");
                settlement
                    .waiting
                    .push(Finding::new("deal", &record, format!("waits: {}", reason.as_str()), remedy));
            }
        }
        Ok(settlement)
    }

    fn found(&self, findings: &[Finding]) -> WorkflowError {
        let problems: Vec<String> = findings
            .iter()
            .map(|finding| format!("{}: {} {}", finding.field, finding.value, finding.problem))
            .collect();
        let remedies: Vec<&str> = findings.iter().map(|finding| finding.remedy.as_str()).collect();
        self.refused(&problems.join("; "), &remedies.join("; "))
    }

    fn refused(&self, problem: &str, remedy: &str) -> WorkflowError {
        WorkflowError::CannotSettle {
            contract: self.contract.to_string(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

/// How a change or an end settles the doubt: one that lies in it settles it on its day; an earlier or a later one comes beside.
fn settled(contract: &StoredContract, plan: &Plan, on: NaiveDate, today: NaiveDate, how: Settled) -> Event {
    let in_doubt = doubted_on(contract).is_some_and(|since| since <= on) && on <= today;
    match in_doubt && plan.events.iter().any(|planned| planned.on == on) {
        true => event(on, today, EventKind::Settled(how)),
        false => kept(contract, today),
    }
}

fn kept(contract: &StoredContract, today: NaiveDate) -> Event {
    let kind = EventKind::Settled(Settled::Kept);
    event(doubt::first_day(contract, &kind, today), today, kind)
}

/// The newest doubt's day.
fn doubted_on(contract: &StoredContract) -> Option<NaiveDate> {
    let doubts = contract.events.iter().rev();
    let mut days = doubts.filter(|stored| matches!(stored.event.kind, EventKind::Doubted(_)));
    days.next().map(|stored| stored.event.on)
}

/// Kind and number of a document that waits for finance.
fn draft(document: &Document) -> Option<(DocumentKind, String)> {
    let found = document.in_ledger().filter(|found| found.status.is_draft())?;
    Some((document.kind, found.number.clone()))
}
