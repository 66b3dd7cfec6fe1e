//! Follows an invoice: what finance and customers did with it in the ledger becomes events of its contract.
//!
//! The invoice is read again whatever the message said, so an old message cannot bring back an old state; each fact is stored once.

mod change;
mod recorded;

use std::collections::BTreeSet;

use serde_json::json;
use tieout_accounting::ids::ContractId;
use tieout_accounting::{Event, Refusal};
use tieout_ledger::{CreditNote, CreditNoteId, DocumentStatus, Invoice, InvoiceId, Ledger};
use tieout_platform::config::Entity;
use tieout_store::{Appended, Head, StoredEvent};

use crate::appending::stored;
use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::finding::Finding;
use crate::ids::parked_key;
use crate::ledger::{INVOICE_LINK, invoice_key};
use crate::parking::{Reason, park, unpark};
use crate::policy::would_stand;
use crate::write_back;

pub use change::{Changes, LedgerState};

/// Credit notes that one invoice may have.
const CREDIT_NOTES_MAX: usize = 50;
/// Facts stored at once: each takes two of the hundred items of a transaction.
const EVENTS_AT_ONCE_MAX: usize = 45;
/// Tries to append while others do, or facts are left.
const TRIES_MAX: u32 = 20;
/// Where a head remembers the newest version whose facts are stored, in milliseconds since 1970.
const SEEN: &str = "ledger_version_ms";

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
pub async fn handle(deployment: &Deployment, entity: &Entity, id: &InvoiceId) -> Result<Outcome, WorkflowError> {
    let ledger = deployment.ledger(entity)?.as_ref();
    let key = invoice_key(ledger, id);
    let Some(link) = deployment.store.linked(INVOICE_LINK, &key).await? else {
        return Ok(Outcome::NotOurs);
    };
    let Some(invoice) = ledger.invoice(id).await? else {
        return Ok(Outcome::NotOurs);
    };
    if invoice.updated_at < link.updated_at {
        return Ok(Outcome::Unchanged);
    }
    let contract = ContractId::new(link.contract);
    let credit_notes = credit_notes(ledger, &invoice).await?;
    let following = Following {
        deployment,
        contract: &contract,
        invoice: &invoice,
        credit_notes: &credit_notes,
    };
    let outcome = following.run().await?;
    deployment.store.advance_link(INVOICE_LINK, &key, invoice.updated_at).await?;
    write_back::tell(deployment, &contract, &invoice).await?;
    Ok(outcome)
}

/// Acts on what the credit note is set against now.
///
/// # Errors
/// Transient ones: the message is to come again.
pub async fn handle_credit_note(deployment: &Deployment, entity: &Entity, id: &CreditNoteId) -> Result<Outcome, WorkflowError> {
    let Some(note) = deployment.ledger(entity)?.credit_note(id).await? else {
        return Ok(Outcome::NotOurs);
    };
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

/// The newest version of the invoice whose facts are stored.
fn seen_ms(head: &Head) -> Option<i64> {
    head.facts.get(SEEN)?.as_str()?.parse().ok()
}

struct Following<'a> {
    deployment: &'a Deployment,
    contract: &'a ContractId,
    invoice: &'a Invoice,
    credit_notes: &'a [CreditNote],
}

impl Following<'_> {
    async fn run(&self) -> Result<Outcome, WorkflowError> {
        for _ in 0..TRIES_MAX {
            let Some((head, events)) = self.deployment.store.contract(self.contract.as_str()).await? else {
                return Ok(Outcome::NotOurs);
            };
            let entity = self.deployment.entity(&head.entity)?;
            if seen_ms(&head).is_some_and(|seen_ms| seen_ms > self.version_ms()) {
                return Ok(Outcome::Unchanged);
            }
            let mut changes = self.state(entity, &head, &events)?.changes()?;
            let rest = changes.events.split_off(changes.events.len().min(EVENTS_AT_ONCE_MAX));
            if let Err(refusal) = self.would_stand(entity, &events, &changes) {
                changes = Changes {
                    events: Vec::new(),
                    findings: vec![refusal.into()],
                };
                return self.settle(&changes).await;
            }
            if self.append(&head, &changes).await? && rest.is_empty() {
                return self.settle(&changes).await;
            }
        }
        Err(WorkflowError::Contended {
            contract: self.contract.to_string(),
        })
    }

    fn state<'a>(&'a self, entity: &'a Entity, head: &'a Head, events: &[StoredEvent]) -> Result<LedgerState<'a>, WorkflowError> {
        Ok(LedgerState {
            invoice: self.invoice,
            credit_notes: self.credit_notes,
            amount_decimals: self.deployment.ledger(entity)?.capabilities().amount_decimals,
            entity,
            lines: recorded::lines_of(head),
            recorded: recorded::Recorded::read(self.invoice, events)?,
            signed_on: events.first().map(|signed| signed.on),
            number: head
                .invoice
                .as_ref()
                .map_or_else(|| self.invoice.number.clone(), |invoice| invoice.number.clone()),
            today: crate::facts::local_day(entity, self.deployment.clock.now()),
        })
    }

    /// The ledger's version of the invoice: an older one, read by somebody slow, changes nothing after it.
    fn version_ms(&self) -> i64 {
        self.invoice.updated_at.timestamp_millis()
    }

    fn would_stand(&self, entity: &Entity, stored: &[StoredEvent], changes: &Changes) -> Result<(), Refusal> {
        let mut events = stored
            .iter()
            .map(|stored| Event::from_value(stored.body.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        events.extend(changes.events.iter().map(|change| change.event.clone()));
        would_stand(entity, self.contract, &events)
    }

    /// `false` where the contract changed under our feet.
    async fn append(&self, head: &Head, changes: &Changes) -> Result<bool, WorkflowError> {
        if changes.events.is_empty() {
            return Ok(true);
        }
        let cause = format!(
            "invoice {} in the ledger, {}",
            self.invoice.number,
            self.invoice.updated_at.to_rfc3339()
        );
        let events = changes
            .events
            .iter()
            .map(|change| stored(self.deployment, &change.event, &cause, Some(change.dedupe_key.clone())))
            .collect();
        let mut head = head.clone();
        head.facts[SEEN] = json!(self.version_ms().to_string());
        let appended = self
            .deployment
            .store
            .append(self.contract.as_str(), head.version, head, events)
            .await?;
        Ok(matches!(appended, Appended::Done(_)))
    }

    async fn settle(&self, changes: &Changes) -> Result<Outcome, WorkflowError> {
        let differs = parked_key("invoice-differs", self.contract.as_str());
        let not_billed = parked_key("invoice-not-billed", self.contract.as_str());
        if self.invoice.status.is_dead() {
            let finding = Finding::new(
                "Invoice",
                &self.invoice.number,
                format!(
                    "is {} in the ledger, so the deal is not billed",
                    self.invoice.status.as_str().to_lowercase()
                ),
                "make a new invoice in the ledger, or reopen the deal in the CRM if it was cancelled",
            );
            park(self.deployment, &not_billed, Reason::NotBilled, &[finding], json!({})).await?;
            return Ok(Outcome::Parked(Reason::NotBilled));
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
}
