//! Follows an invoice: what finance and customers did with it in the ledger becomes events of its contract.
//!
//! The invoice is read again whatever the message said, so an old message cannot bring back an old state; each fact is stored once.

mod change;
mod credit_note;
mod payments;
mod recorded;

use std::collections::BTreeSet;

use serde_json::json;
use tieout_accounting::Event;
use tieout_ledger::{CreditNote, CreditNoteId, DocumentStatus, Invoice, InvoiceId, Ledger};
use tieout_platform::config::Entity;
use tieout_store::{Appended, Change as Append, Document, DocumentKind, Head, InLedger, Link, Stage, StoredContract};

use crate::deployment::Deployment;
use crate::documents::status_of;
use crate::doubt::{self, ANSWERED, Cause, Doubts, Standing};
use crate::error::WorkflowError;
use crate::facts::{local_day, new_event};
use crate::finding::Finding;
use crate::ids::{credited_fact, parked_document};
use crate::ledger::{CREDIT_NOTE_LINK, INVOICE_LINK, document_link, invoice_key};
use crate::parking::{Reason, park, unpark};
use crate::policy::would_still_stand;
use crate::write_back;

pub use change::{Changes, LedgerState};

/// Credit notes that one invoice may have.
const CREDIT_NOTES_MAX: usize = 50;
/// Facts stored at once: with head and document they are the items of one transaction, which holds a hundred.
const EVENTS_AT_ONCE_MAX: usize = 90;
/// Tries to append while others do, or facts are left.
const TRIES_MAX: u32 = 20;

/// What became of a hint about an invoice or a credit note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// So many events were stored.
    Followed(usize),
    /// Nothing new.
    Unchanged,
    /// Not an invoice of ours.
    NotOurs,
    /// It waits for a person.
    Parked(Reason),
}

/// Acts on what the invoice is now.
///
/// # Errors
/// Transient ones: the message is to come again.
#[tracing::instrument(skip_all, fields(entity = entity.id.as_str(), invoice = %id))]
pub async fn handle(deployment: &Deployment, entity: &Entity, id: &InvoiceId) -> Result<Outcome, WorkflowError> {
    let ledger = deployment.ledger(entity)?.as_ref();
    let Some(link) = deployment.store.linked(INVOICE_LINK, &invoice_key(ledger, id)).await? else {
        return Ok(Outcome::NotOurs);
    };
    let Some(invoice) = ledger.invoice(id).await? else {
        return Ok(Outcome::NotOurs);
    };
    let credit_notes = credit_notes(ledger, &invoice).await?;
    let following = Following {
        deployment,
        link: &link,
        invoice: &invoice,
        credit_notes: &credit_notes,
    };
    let Some(followed) = following.run().await? else {
        return Ok(Outcome::NotOurs);
    };
    let waiting = followed.waiting;
    let pushing = write_back::Pushing::new(deployment, &followed.head, &followed.document)?;
    pushing.push(followed.document, &invoice).await?;
    for note in &waiting {
        Box::pin(handle_credit_note(deployment, entity, note)).await?;
    }
    Ok(followed.outcome)
}

/// Acts on what the credit note is set against now.
///
/// # Errors
/// Transient ones: the message is to come again.
#[tracing::instrument(skip_all, fields(entity = entity.id.as_str(), credit_note = %id))]
pub async fn handle_credit_note(deployment: &Deployment, entity: &Entity, id: &CreditNoteId) -> Result<Outcome, WorkflowError> {
    let Some(note) = deployment.ledger(entity)?.credit_note(id).await? else {
        return Ok(Outcome::NotOurs);
    };
    let ledger = deployment.ledger(entity)?.as_ref();
    let linked = deployment
        .store
        .linked(CREDIT_NOTE_LINK, &document_link(ledger, id.as_str()))
        .await?;
    if let Some(link) = linked {
        let following = credit_note::Following {
            deployment,
            entity,
            link: &link,
            note: &note,
        };
        return following.run().await;
    }
    let invoices: BTreeSet<InvoiceId> = note.allocations.iter().map(|allocation| allocation.invoice.clone()).collect();
    let mut outcome = Outcome::NotOurs;
    for invoice in &invoices {
        match handle(deployment, entity, invoice).await? {
            Outcome::NotOurs => {}
            ours => outcome = ours,
        }
    }
    Ok(outcome)
}

async fn credit_notes(ledger: &dyn Ledger, invoice: &Invoice) -> Result<Vec<CreditNote>, WorkflowError> {
    let mut notes = Vec::new();
    for applied in invoice.credit_notes.iter().take(CREDIT_NOTES_MAX) {
        if let Some(note) = ledger.credit_note(&applied.id).await? {
            notes.push(note);
        }
    }
    Ok(notes)
}

/// A document after its invoice was followed.
struct Followed {
    outcome: Outcome,
    head: Head,
    document: Document,
    /// Credit notes of ours that answer it and could not be followed before it.
    waiting: Vec<CreditNoteId>,
}

struct Following<'a> {
    deployment: &'a Deployment,
    link: &'a Link,
    invoice: &'a Invoice,
    credit_notes: &'a [CreditNote],
}

impl Following<'_> {
    /// Stores what is missing of this version of the invoice; `None` where its contract is not in the table.
    async fn run(&self) -> Result<Option<Followed>, WorkflowError> {
        for _ in 0..TRIES_MAX {
            let Some(contract) = self.deployment.store.contract(&self.link.contract).await? else {
                return Ok(None);
            };
            let Some((document, found)) = self.document(&contract) else {
                return Ok(None);
            };
            let entity = self.deployment.entity(contract.outline.head.entity.as_str())?;
            // An older version, read by somebody slow, changes nothing after a newer one.
            if found.followed_ms.is_some_and(|followed_ms| followed_ms > self.version_ms()) {
                return Ok(Some(Followed {
                    outcome: Outcome::Unchanged,
                    document: document.clone(),
                    head: contract.outline.head,
                    waiting: Vec::new(),
                }));
            }
            let mut changes = self.state(entity, &contract, found)?.changes()?;
            let rest = changes.events.split_off(changes.events.len().min(EVENTS_AT_ONCE_MAX));
            let new: Vec<Event> = changes.events.iter().map(|change| change.event.clone()).collect();
            if let Err(refusal) = would_still_stand(entity, &contract, &new) {
                changes = Changes {
                    events: Vec::new(),
                    findings: vec![refusal.into()],
                };
            }
            let next = self.next(document, found, rest.is_empty());
            let Some((head, document)) = self.store(&contract, next, &changes).await? else {
                continue;
            };
            if rest.is_empty() || changes.events.is_empty() {
                let outcome = self.settle(&changes).await?;
                let waiting = self.waiting(&contract);
                return Ok(Some(Followed {
                    outcome,
                    head,
                    document,
                    waiting,
                }));
            }
        }
        Err(WorkflowError::contended(&self.link.contract))
    }

    /// Credit notes of ours that answer this invoice, now that it is in the books.
    fn waiting(&self, contract: &StoredContract) -> Vec<CreditNoteId> {
        if !self.invoice.status.is_booked() {
            return Vec::new();
        }
        let documents = contract.outline.documents.iter();
        let answering = documents.filter(|document| document.answers.is_some_and(|answers| answers.invoice == self.link.ordinal));
        let authorised = answering.filter_map(Document::in_ledger);
        authorised
            .filter(|found| !found.status.is_draft() && !contract.has_fact(&credited_fact(&found.ledger_id)))
            .filter_map(|found| CreditNoteId::parse(&found.ledger_id).ok())
            .collect()
    }

    fn document<'b>(&self, contract: &'b StoredContract) -> Option<(&'b Document, &'b InLedger)> {
        let of_link = |document: &&Document| document.ordinal == self.link.ordinal;
        let document = contract.outline.documents.iter().find(of_link)?;
        Some((document, document.in_ledger()?))
    }

    /// The document after this version; once all of it is stored it counts as followed, and its follower is about to send it to the CRM.
    fn next(&self, document: &Document, found: &InLedger, is_whole: bool) -> Document {
        let version_ms = self.version_ms();
        let mut next = InLedger {
            status: status_of(self.invoice),
            renumbered: (self.invoice.number != found.number).then(|| self.invoice.number.clone()),
            ..found.clone()
        };
        if is_whole {
            next.followed_ms = Some(version_ms);
            next = next.claimed(version_ms);
        }
        document.at(Stage::InLedger(next))
    }

    /// Head and document as they are stored now; `None` where the contract changed under our feet.
    async fn store(&self, contract: &StoredContract, next: Document, changes: &Changes) -> Result<Option<(Head, Document)>, WorkflowError> {
        let store = &self.deployment.store;
        let outline = &contract.outline;
        if changes.events.is_empty() {
            let before = outline.documents.iter().find(|document| document.ordinal == next.ordinal);
            let written = match before {
                // Nothing new: nothing is written.
                Some(before) if before.stage == next.stage => Some(next),
                _ => store.write_document(&self.link.contract, &next).await?,
            };
            return Ok(written.map(|document| (outline.head.clone(), document)));
        }
        let cause = format!(
            "invoice {} in the ledger, {}",
            self.invoice.number,
            self.invoice.updated_at.to_rfc3339()
        );
        let events = changes.events.iter();
        let change = Append {
            events: events
                .map(|change| new_event(change.event.clone(), &cause, Some(change.fact.clone())))
                .collect(),
            documents: vec![next],
            ..Append::default()
        };
        Ok(match store.append(contract, &change).await? {
            Appended::Done(head, documents) => documents.into_iter().next().map(|document| (*head, document)),
            Appended::Conflict => None,
        })
    }

    fn state<'b>(&'b self, entity: &'b Entity, contract: &StoredContract, found: &'b InLedger) -> Result<LedgerState<'b>, WorkflowError> {
        Ok(LedgerState {
            invoice: self.invoice,
            credit_notes: self.credit_notes,
            entity,
            amount_decimals: self.deployment.ledger(entity)?.capabilities().amount_decimals,
            lines: &found.lines,
            recorded: recorded::Recorded::read(self.invoice, &contract.events),
            signed_on: contract.signed_on(),
            number: &found.number,
            own_notes: own_notes(contract),
            today: local_day(entity, self.deployment.clock.now()),
        })
    }

    /// The ledger's version of the invoice.
    fn version_ms(&self) -> i64 {
        self.invoice.updated_at.timestamp_millis()
    }

    async fn settle(&self, changes: &Changes) -> Result<Outcome, WorkflowError> {
        let case = |kind: &str| parked_document(kind, &self.link.contract, self.link.ordinal);
        let (differs, not_billed) = (case("invoice-differs"), case("invoice-not-billed"));
        if self.invoice.status.is_dead() {
            return self.not_billed(&not_billed).await;
        }
        if !changes.findings.is_empty() {
            let details = json!({ "invoice": self.invoice.number, "status": self.invoice.status.as_str() });
            park(self.deployment, &differs, Reason::LedgerDiffers, &changes.findings, details).await?;
            return Ok(Outcome::Parked(Reason::LedgerDiffers));
        }
        if self.invoice.status != DocumentStatus::Draft {
            unpark(self.deployment, &differs, "the ledger and the contract agree").await?;
        }
        Ok(match changes.events.len() {
            0 => Outcome::Unchanged,
            count => Outcome::Followed(count),
        })
    }

    /// A contract whose invoice was voided or deleted is in doubt, until a person settles it.
    async fn not_billed(&self, case: &str) -> Result<Outcome, WorkflowError> {
        let (contract, number) = (&self.link.contract, &self.invoice.number);
        let status = self.invoice.status.as_str().to_lowercase();
        let cause = Cause {
            case,
            state: &status,
            reason: &format!("invoice {number} is {status} in the ledger"),
        };
        let Some(stored) = self.deployment.store.contract(contract).await? else {
            return Err(WorkflowError::contended(contract));
        };
        if Doubts::of(&stored.events).is_answered(&cause) {
            unpark(self.deployment, case, ANSWERED).await?;
            return Ok(Outcome::Unchanged);
        }
        let problem = format!("is {status} in the ledger, so the deal is not billed");
        let remedy = format!(
            "settle it: `tieout contract settle {contract} --keep` where the customer still owes it, and bill it in the ledger; \
             `--end DAY` where the contract ends"
        );
        let finding = Finding::new("Invoice", number, problem, remedy);
        // The case comes first, so that there is no doubt that nobody is asked about.
        park(self.deployment, case, Reason::NotBilled, &[finding], json!({})).await?;
        match doubt::raise(self.deployment, contract, &cause).await? {
            Standing::Open => Ok(Outcome::Parked(Reason::NotBilled)),
            Standing::Answered => {
                unpark(self.deployment, case, ANSWERED).await?;
                Ok(Outcome::Unchanged)
            }
        }
    }
}

/// Credit notes that are documents of the contract: they are followed by themselves.
fn own_notes(contract: &StoredContract) -> BTreeSet<String> {
    let notes = contract
        .outline
        .documents
        .iter()
        .filter(|document| document.kind == DocumentKind::CreditNote);
    notes.filter_map(Document::in_ledger).map(|found| found.ledger_id.clone()).collect()
}
