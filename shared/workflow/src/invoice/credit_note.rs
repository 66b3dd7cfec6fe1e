//! Follows a credit note of ours: once finance has authorised it, it is an event of its contract, and it is set against the invoice that
//! it corrects. Where nothing is outstanding there, a person decides: refund or set off.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::json;
use tieout_accounting::event::{CreditReason, Credited, DocumentLine, Event, EventKind};
use tieout_ledger::{CreditNote, CreditNoteId, Invoice, InvoiceId, Ledger, NewAllocation};
use tieout_platform::config::Entity;
use tieout_platform::effect::{EffectError, EffectKey, Intent, Performer, Permit, Settled, State};
use tieout_platform::failure::Failure;
use tieout_store::{Appended, Change, Document, InLedger, Link, Stage, StoredContract};

use crate::deployment::Deployment;
use crate::documents::note_status_of;
use crate::effects::perform;
use crate::error::WorkflowError;
use crate::facts::{event, local_day, new_event};
use crate::finding::Finding;
use crate::ids::{allocation_effect, credited_fact, parked_document};
use crate::parking::{Reason, park, unpark};
use crate::policy::would_still_stand;

use super::Outcome;

/// Tries to append while others do.
const TRIES_MAX: u32 = 5;

pub(super) struct Following<'a> {
    pub deployment: &'a Deployment,
    pub entity: &'a Entity,
    pub link: &'a Link,
    pub note: &'a CreditNote,
}

impl Following<'_> {
    /// Stores what the note says, and sets it against its invoice.
    pub async fn run(&self) -> Result<Outcome, WorkflowError> {
        for _ in 0..TRIES_MAX {
            let Some(contract) = self.deployment.store.contract(&self.link.contract).await? else {
                return Ok(Outcome::NotOurs);
            };
            let document = contract.outline.document(self.link.ordinal);
            let Some((document, found)) = document.and_then(|document| Some((document, document.in_ledger()?))) else {
                return Ok(Outcome::NotOurs);
            };
            if found.followed_ms.is_some_and(|followed_ms| followed_ms > self.version_ms()) {
                return Ok(Outcome::Unchanged);
            }
            let (events, findings) = self.news(&contract, document, found)?;
            let count = events.len();
            if !self.store(&contract, document, found, events, findings.is_empty()).await? {
                continue;
            }
            if !findings.is_empty() {
                let details = json!({ "credit_note": self.note.number, "status": self.note.status.as_str() });
                park(self.deployment, &self.key(), Reason::LedgerDiffers, &findings, details).await?;
                return Ok(Outcome::Parked(Reason::LedgerDiffers));
            }
            if self.note.status.is_booked()
                && let Some(parked) = self.set_against(&contract, document).await?
            {
                return Ok(parked);
            }
            unpark(self.deployment, &self.key(), "the ledger and the contract agree").await?;
            return Ok(if count == 0 { Outcome::Unchanged } else { Outcome::Followed(count) });
        }
        Err(WorkflowError::contended(&self.link.contract))
    }

    /// The event that is missing, or what only a person can decide.
    fn news(&self, contract: &StoredContract, document: &Document, found: &InLedger) -> Result<(Vec<Event>, Vec<Finding>), WorkflowError> {
        let recorded = contract
            .events
            .iter()
            .find(|stored| stored.fact.as_deref() == Some(self.fact().as_str()));
        let recorded = recorded.and_then(|stored| match &stored.event.kind {
            EventKind::Credited(credited) => Some(credited),
            _ => None,
        });
        let note = self.note;
        if note.status.is_dead() {
            let finding = match recorded {
                Some(_) => self.finding(
                    "was voided after it had been followed",
                    "make it again in the ledger and set it against the invoice",
                ),
                None => self.finding(
                    "is deleted, so what fell away is not credited",
                    "make a credit note in the ledger, or set the order back in the CRM",
                ),
            };
            return Ok((Vec::new(), vec![finding]));
        }
        if !note.status.is_booked() {
            return Ok((Vec::new(), Vec::new()));
        }
        let Some(lines) = lines(note, found) else {
            let remedy = "take the line out and credit it by itself";
            return Ok((Vec::new(), vec![self.finding("has a line that belongs to none of ours", remedy)]));
        };
        if let Some(recorded) = recorded {
            let same = recorded.lines == lines && recorded.tax.unwrap_or_default() == note.total_tax;
            let remedy = "set it back, or give a further credit note for the difference";
            let findings = if same {
                Vec::new()
            } else {
                vec![self.finding("was edited after it had been followed", remedy)]
            };
            return Ok((Vec::new(), findings));
        }
        let Some(credited) = self.credited(contract, document, lines) else {
            return Ok((
                Vec::new(),
                vec![self.finding("answers an invoice that is not in the ledger", "approve the invoice first")],
            ));
        };
        let signed_on = contract.signed_on().unwrap_or(note.date);
        let today = local_day(self.entity, self.deployment.clock.now());
        let event = event(note.date.max(signed_on), today, EventKind::Credited(credited));
        Ok(match would_still_stand(self.entity, contract, std::slice::from_ref(&event)) {
            Ok(()) => (vec![event], Vec::new()),
            Err(refusal) => (Vec::new(), vec![refusal.into()]),
        })
    }

    fn credited(&self, contract: &StoredContract, document: &Document, lines: Vec<DocumentLine>) -> Option<Credited> {
        let answers = document.answers?;
        let invoice = contract.outline.document(answers.invoice)?;
        let note = self.note;
        let is_foreign = note.currency.as_str() != self.entity.currency;
        Some(Credited {
            credit_note: document.number()?.into(),
            invoice: invoice.number()?.into(),
            lines,
            tax: (!note.total_tax.is_zero()).then(|| note.total_tax.normalize()),
            reason: if answers.cancelled {
                CreditReason::Cancellation
            } else {
                CreditReason::Billing
            },
            for_service: None,
            rate: note.rate_to_base.filter(|_| is_foreign).map(|rate| rate.normalize()),
        })
    }

    /// Whether it is stored; not where somebody else wrote meanwhile.
    async fn store(
        &self,
        contract: &StoredContract,
        document: &Document,
        found: &InLedger,
        events: Vec<Event>,
        is_whole: bool,
    ) -> Result<bool, WorkflowError> {
        let next = document.at(Stage::InLedger(InLedger {
            status: note_status_of(self.note),
            renumbered: (self.note.number != found.number).then(|| self.note.number.clone()),
            followed_ms: if is_whole { Some(self.version_ms()) } else { found.followed_ms },
            ..found.clone()
        }));
        if events.is_empty() {
            if next.stage == document.stage {
                return Ok(true);
            }
            return Ok(self.deployment.store.write_document(&self.link.contract, &next).await?.is_some());
        }
        let cause = format!(
            "credit note {} in the ledger, {}",
            self.note.number,
            self.note.updated_at.to_rfc3339()
        );
        let change = Change {
            events: events
                .into_iter()
                .map(|event| new_event(event, &cause, Some(self.fact())))
                .collect(),
            documents: vec![next],
            ..Change::default()
        };
        Ok(matches!(self.deployment.store.append(contract, &change).await?, Appended::Done(..)))
    }

    /// Sets what is left of it against what is outstanding; a person decides about the rest.
    async fn set_against(&self, contract: &StoredContract, document: &Document) -> Result<Option<Outcome>, WorkflowError> {
        let answered = document.answers.and_then(|answers| {
            let invoice = contract.outline.document(answers.invoice)?;
            InvoiceId::parse(&invoice.in_ledger()?.ledger_id).ok()
        });
        let left = self.note.remaining_credit;
        let allocations = self.note.allocations.iter();
        let here = allocations.filter(|allocation| Some(&allocation.invoice) == answered.as_ref());
        let before: Decimal = here.map(|allocation| allocation.amount).sum();
        let Some(invoice) = answered.filter(|_| !left.is_zero() || !before.is_zero()) else {
            return self.credit_left(left).await;
        };
        // What was set against it by a call whose answer was lost is taken for that call's work, whatever is due by now.
        let is_ours = !before.is_zero() && self.is_under_way().await?;
        if left.is_zero() && !is_ours {
            return Ok(None);
        }
        let found = self.deployment.ledger(self.entity)?.invoice(&invoice).await?;
        let Some(found) = found.filter(|found| found.status.is_booked()) else {
            return self.credit_left(left).await;
        };
        let amount = if is_ours { before } else { found.amount_due.min(left) };
        if amount <= Decimal::ZERO {
            return self.credit_left(left).await;
        }
        match self.allocate(&found, amount).await {
            Ok(Settled::Now(_)) => self.credit_left(left - amount).await,
            // The note was read with it, or finance took it back since: what is left is a question.
            Ok(Settled::Adopted(_) | Settled::Before(_)) | Err(WorkflowError::Effect(EffectError::DoneDifferently { .. })) => {
                self.credit_left(left).await
            }
            Err(WorkflowError::Effect(EffectError::Refused { reason, .. })) => {
                let problem = format!("cannot be set against {}: {reason}", found.number);
                let finding = self.finding(&problem, "set it against the invoice in the ledger");
                park(self.deployment, &self.key(), Reason::RefusedByLedger, &[finding], json!({})).await?;
                Ok(Some(Outcome::Parked(Reason::RefusedByLedger)))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the allocation was sent and its outcome is not recorded: what the ledger has may be it.
    async fn is_under_way(&self) -> Result<bool, WorkflowError> {
        let effect = self.deployment.store.effect(&self.effect()).await?;
        Ok(effect.is_some_and(|effect| matches!(effect.record.state, State::Attempted { .. })))
    }

    async fn allocate(&self, invoice: &Invoice, amount: Decimal) -> Result<Settled, WorkflowError> {
        let ledger = self.deployment.ledger(self.entity)?.as_ref();
        let allocation = NewAllocation {
            invoice: invoice.id.clone(),
            amount: amount.normalize(),
            date: self.note.date.max(invoice.date),
        };
        let intent = Intent {
            key: self.effect(),
            target: ledger.target(),
            body: ledger.allocation_body(&allocation),
        };
        let performer = Allocating {
            ledger,
            note: &self.note.id,
            invoice: &invoice.id,
        };
        Ok(perform(self.deployment, &intent, &performer).await?)
    }

    /// Asks what is to become of money that is set against no invoice.
    async fn credit_left(&self, left: Decimal) -> Result<Option<Outcome>, WorkflowError> {
        if left.is_zero() {
            return Ok(None);
        }
        let problem = format!("has {} {left} left that is set against no invoice", self.note.currency);
        let remedy = "pay it back to the customer, or set it against an invoice, in the ledger";
        let finding = self.finding(&problem, remedy);
        park(self.deployment, &self.key(), Reason::CreditLeft, &[finding], json!({})).await?;
        Ok(Some(Outcome::Parked(Reason::CreditLeft)))
    }

    fn effect(&self) -> EffectKey {
        allocation_effect(&self.link.contract, self.link.ordinal)
    }

    fn finding(&self, problem: &str, remedy: &str) -> Finding {
        Finding::new("Credit note", &self.note.number, problem, remedy)
    }

    fn fact(&self) -> String {
        credited_fact(self.note.id.as_str())
    }

    fn key(&self) -> String {
        parked_document("credit-note", &self.link.contract, self.link.ordinal)
    }

    fn version_ms(&self) -> i64 {
        self.note.updated_at.timestamp_millis()
    }
}

/// What each obligation is credited; `None` where a line belongs to none.
fn lines(note: &CreditNote, found: &InLedger) -> Option<Vec<DocumentLine>> {
    let mut credited: BTreeMap<&str, Decimal> = BTreeMap::new();
    for line in note.lines.iter().filter(|line| !line.line_amount.is_zero()) {
        let id = line.line_id.as_ref().map(|id| id.as_str());
        let known = found.lines.iter().find(|known| id.is_some() && known.line.as_deref() == id);
        let known = known.or_else(|| found.lines.iter().find(|known| known.description == line.description))?;
        *credited.entry(known.obligation.as_str()).or_default() += line.line_amount;
    }
    let line = |(obligation, amount): (&str, Decimal)| DocumentLine {
        obligation: obligation.into(),
        amount: amount.normalize(),
    };
    Some(credited.into_iter().map(line).collect())
}

struct Allocating<'a> {
    ledger: &'a dyn Ledger,
    note: &'a CreditNoteId,
    invoice: &'a InvoiceId,
}

impl Performer for Allocating<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        let written = self.ledger.allocate_credit_note(self.note, permit).await?;
        if !written.remarks.is_empty() {
            tracing::warn!(credit_note = %self.note, remarks = written.remarks.len(), "the ledger had remarks on an allocation");
        }
        Ok(format!("{}/{}", self.note, self.invoice))
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        let note = self.ledger.credit_note(self.note).await?;
        let is_set = note.is_some_and(|note| note.allocations.iter().any(|allocation| allocation.invoice == *self.invoice));
        Ok(is_set.then(|| format!("{}/{}", self.note, self.invoice)))
    }
}
