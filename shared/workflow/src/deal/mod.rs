//! Books a deal: closed-won in the CRM becomes a contract and a draft invoice, once.
//!
//! The message is a hint; the record is read again and acted on as it is now. Every step may be run again: the contract's head, order, first
//! events and planned invoice are written in one transaction before anything leaves; the contact and the invoice are effects, and the document
//! remembers how far it came.

mod accept;
mod amend;
mod billing;
pub mod check;
mod contact;
mod contract;
mod credit_note;
mod invoice;
mod numbered;
mod pair;
mod plan;
mod restate;
pub mod settle;
mod standing;
mod terms;
mod version;

use chrono::NaiveDate;
use serde_json::json;
use tieout_accounting::Event;
use tieout_accounting::ids::{ContractId, EntityId};
use tieout_crm::deal::{Deal, DealKind};
use tieout_crm::{CrmError, RecordId};
use tieout_platform::config::Entity;
use tieout_platform::rules::Choice;
use tieout_store::{Created, Document, DocumentKind, NewContract, Order, OrderKey, OrderKind, Outline, StoreError};

use crate::deployment::Deployment;
use crate::doubt::{self, ANSWERED, Cause, Doubts, Standing};
use crate::error::WorkflowError;
use crate::facts::{local_day, new_event};
use crate::finding::Finding;
use crate::ids::{order_of, parked_key};
use crate::parking::{Reason, park, unpark};
use crate::policy::would_stand;
use crate::write_back;

use check::Bookable;
use contact::Found;
use invoice::{Ensured, Making};

/// What became of a hint about a deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There is a contract, and its draft invoice is in the ledger.
    Booked,
    /// There is nothing to do: not won, or booked before and unchanged.
    Unchanged,
    /// It waits for a person.
    Parked(Reason),
}

/// Acts on what the deal is now.
///
/// # Errors
/// Transient ones: the message is to come again. A deal that a person has to correct is not an error but [`Outcome::Parked`].
#[tracing::instrument(skip_all, fields(deal = %record))]
pub async fn handle(deployment: &Deployment, record: &RecordId) -> Result<Outcome, WorkflowError> {
    handle_at(deployment, record, 0).await
}

/// As [`handle`], for a deal that is so many earlier deals away from the one that the message was about.
async fn handle_at(deployment: &Deployment, record: &RecordId, depth: u8) -> Result<Outcome, WorkflowError> {
    let order = order_of(record)?;
    let booking = Booking {
        deployment,
        depth,
        key: parked_key("deal", record.as_str()),
        contract: order.contract(),
        order,
    };
    let deal = match deployment.crm.read_deal(record).await {
        Ok(deal) => deal,
        Err(CrmError::Value { field, value, remedy, .. }) => {
            let finding = Finding::new(field, value, "cannot be worked with", remedy);
            return booking.park(Reason::Findings, &[finding]).await;
        }
        Err(error) => return Err(error.into()),
    };
    let outline = deployment.store.outline_with(&booking.order).await?;
    match (deal, outline) {
        (None, None) => booking.gone(record).await,
        (None, Some(outline)) => booking.changed(&outline, None).await,
        (Some(deal), None) if !deal.is_won => {
            unpark(deployment, &booking.key, "the deal is not closed-won").await?;
            Ok(Outcome::Unchanged)
        }
        (Some(deal), None) => booking.book(&deal).await,
        (Some(deal), Some(outline)) => booking.finish(&deal, outline, None).await,
    }
}

/// What a contract begins with.
struct Begun<'a> {
    rule: &'a str,
    bookable: &'a Bookable,
    documents: Vec<Document>,
    events: Vec<Event>,
}

struct Booking<'a> {
    deployment: &'a Deployment,
    depth: u8,
    order: OrderKey,
    contract: ContractId,
    key: String,
}

impl Booking<'_> {
    async fn book(&self, deal: &Deal) -> Result<Outcome, WorkflowError> {
        if let Some(finding) = self.unclear(deal) {
            return self.park(Reason::OrderWaits, &[finding]).await;
        }
        let (rule, entity) = match self.choose(deal) {
            Ok(chosen) => chosen,
            Err((reason, finding)) => return self.park(reason, &[finding]).await,
        };
        let entity = self.deployment.entity(&entity)?;
        let bookable = match check::check(deal, entity, &self.deployment.config, self.deployment.crm.fields()) {
            Ok(bookable) => bookable,
            Err(findings) => return self.park(Reason::Findings, &findings).await,
        };
        if (deal.kind.is_change() || deal.kind == DealKind::Renewal)
            && let Some(outcome) = self.amend(deal, entity, &rule, &bookable).await?
        {
            return Ok(outcome);
        }
        let found = match contact::find(self.deployment, entity, &bookable.customer).await? {
            Found::Obstacle(reason, finding) => return self.park(reason, &[finding]).await,
            found => found,
        };
        let today = local_day(entity, self.deployment.clock.now());
        let events = contract::first_events(&self.contract, deal, &bookable, today)?;
        if let Err(refusal) = would_stand(entity, &self.contract, &events) {
            return self.park(Reason::Findings, &[refusal.into()]).await;
        }
        let planning = billing::Planning {
            deal,
            bookable: &bookable,
            entity,
            order: &self.order,
            signed_on: deal.close_date,
        };
        let documents = match planning.documents(contract::invoice_lines(&bookable), 1, 0) {
            Ok(documents) => documents,
            Err(finding) => return self.park(Reason::Findings, &[finding]).await,
        };
        let begun = Begun {
            rule: &rule,
            bookable: &bookable,
            documents,
            events,
        };
        match self.sign(deal, entity, begun).await {
            Ok(outline) => self.finish(deal, outline, Some(&found)).await,
            Err(StoreError::TooMany { items, .. }) => self.park(Reason::Findings, &[too_many(items)]).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing that looks like a change is booked as a new contract.
    fn unclear(&self, deal: &Deal) -> Option<Finding> {
        let fields = self.deployment.crm.fields();
        if !deal.is_approved {
            let value = deal.approval.as_deref().unwrap_or("empty");
            let remedy = "have the deal approved in the CRM; the sweep tries again within the hour";
            return Some(Finding::new(&fields.approval, value, "is not approved", remedy));
        }
        match (deal.kind, &deal.amends) {
            (DealKind::Unmapped, _) => Some(Finding::new(
                &fields.kind,
                deal.kind_value.as_deref().unwrap_or_default(),
                "is not among the kinds of tieout.toml, so nobody knows what the deal does to a contract",
                format!("add it to `kinds` under {} in tieout.toml, or correct the deal", fields.orders),
            )),
            (DealKind::New, Some(earlier)) => Some(Finding::new(
                &fields.amends,
                earlier,
                "names an earlier deal, and the kind says that the deal begins a contract",
                "correct the kind, or leave the earlier deal empty",
            )),
            _ => None,
        }
    }

    /// The rule that matched and its entity.
    fn choose(&self, deal: &Deal) -> Result<(String, String), (Reason, Finding)> {
        match self.deployment.rules.choose(&deal.facts()) {
            Choice::One { rule, entity } => Ok((rule, entity)),
            Choice::None => {
                let country = deal.account.as_ref().and_then(|account| account.country.as_deref());
                let country = country.map_or_else(|| "no country".to_owned(), |country| format!("country {country}"));
                let problem = format!("no rule of tieout.toml matches this deal (currency {}, {country})", deal.currency);
                let remedy = "correct the deal or its customer in the CRM, or add a rule to tieout.toml";
                Err((Reason::NoRule, Finding::new("deal", &deal.name, problem, remedy)))
            }
            Choice::Several(rules) => {
                let remedy = "change the rules in tieout.toml so that exactly one matches";
                Err((
                    Reason::SeveralRules,
                    Finding::new(
                        "rules",
                        rules.join(", "),
                        "all match this deal, and only one entity can bill it",
                        remedy,
                    ),
                ))
            }
            Choice::Broken { rule, why } => {
                let remedy = "guard the expression with has(), or fill in the field";
                Err((Reason::BrokenRule, Finding::new("rules", rule, why, remedy)))
            }
        }
    }

    /// Stores what the contract begins with; whoever was faster has stored the same.
    async fn sign(&self, deal: &Deal, entity: &Entity, begun: Begun<'_>) -> Result<Outline, StoreError> {
        let Begun {
            rule,
            bookable,
            documents,
            events,
        } = begun;
        let cause = format!("deal {} won, billed by {} under rule {rule:?}", deal.id, entity.id);
        let events = events.into_iter().map(|event| new_event(event, &cause, None));
        let new = NewContract {
            entity: EntityId::new(entity.id.as_str()),
            customer: bookable.customer.id.to_string(),
            currency: deal.currency.clone(),
            order: Order {
                key: self.order.clone(),
                kind: OrderKind::New,
                fingerprint: deal.fingerprint(),
                modified_at: deal.system_modstamp,
                rule: rule.to_owned(),
                booked: version::of(deal),
                sells: None,
            },
            documents,
            events: events.collect(),
        };
        match self.deployment.store.create(new).await? {
            Created::Done(outline) => {
                tracing::info!(contract = %self.contract, entity = entity.id, rule, "contract booked");
                Ok(*outline)
            }
            Created::Before(outline) => Ok(*outline),
        }
    }

    /// Brings what follows from the contract to its end: each document made and linked, and the CRM in step with it.
    async fn finish(&self, deal: &Deal, outline: Outline, found: Option<&Found>) -> Result<Outcome, WorkflowError> {
        if outline
            .order(&self.order)
            .is_none_or(|order| order.fingerprint != deal.fingerprint())
        {
            return self.changed(&outline, Some(deal)).await;
        }
        let mut outcome = Outcome::Unchanged;
        let today = self.today(&outline)?;
        for document in outline.documents_of(&self.order).filter(|document| !document.is_for_later(today)) {
            let parked = match document.kind {
                DocumentKind::Invoice if document.in_ledger().is_some_and(|ledger| ledger.synced_ms.is_some()) => continue,
                DocumentKind::CreditNote if document.in_ledger().is_some_and(|ledger| ledger.followed_ms.is_some()) => continue,
                DocumentKind::Invoice if self.waits_for_doubt(&outline, document).await? => continue,
                DocumentKind::Invoice => self.invoice(deal, &outline, document, found).await?,
                DocumentKind::CreditNote => self.credit_note(&outline, document).await?,
            };
            if let Some((reason, findings)) = parked {
                return self.park(reason, &findings).await;
            }
            outcome = Outcome::Booked;
        }
        self.close_case(&outline).await?;
        Ok(outcome)
    }

    /// The day where the contract's entity is.
    fn today(&self, outline: &Outline) -> Result<NaiveDate, WorkflowError> {
        let entity = self.deployment.entity(outline.head.entity.as_str())?;
        Ok(local_day(entity, self.deployment.clock.now()))
    }

    /// While a contract is in doubt by anything else than this deal, nothing more of its billing plan is made.
    async fn waits_for_doubt(&self, outline: &Outline, document: &Document) -> Result<bool, WorkflowError> {
        if !document.is_to_come() {
            return Ok(false);
        }
        let contract = self.deployment.store.contract(&outline.head.contract).await?;
        Ok(contract.is_some_and(|contract| Doubts::of(&contract.events).open_cases().any(|case| case != self.key)))
    }

    /// Closes the deal's case, and takes back the doubt that the deal put its contract in: no doubt without a case.
    async fn close_case(&self, outline: &Outline) -> Result<(), WorkflowError> {
        if self.deployment.store.parked_case(&self.key).await?.is_none() {
            return Ok(());
        }
        let (contract, why) = (&outline.head.contract, "the deal is as it was booked");
        let others = doubt::withdraw(self.deployment, contract, &self.key, why).await?;
        unpark(self.deployment, &self.key, "booked").await?;
        if others {
            // Whoever closed the other case meanwhile saw this one open.
            doubt::withdraw(self.deployment, contract, &self.key, why).await?;
        }
        Ok(())
    }

    /// Sees to it that an invoice is in the ledger and the CRM is in step with it; what a person has to do where it cannot be.
    async fn invoice(
        &self,
        deal: &Deal,
        outline: &Outline,
        document: &Document,
        found: Option<&Found>,
    ) -> Result<Option<(Reason, Vec<Finding>)>, WorkflowError> {
        let entity = self.deployment.entity(outline.head.entity.as_str())?;
        // What a person accepted later bears the day of that edit.
        let accepted = outline.superseded.iter().any(|order| order.key == self.order);
        let edited_at = outline.order(&self.order).filter(|_| accepted).map(|order| order.modified_at);
        let making = Making {
            deployment: self.deployment,
            entity,
            contract: &outline.head.contract,
            deal,
            date: match (&document.due, edited_at) {
                (Some(due), _) => due.on,
                (None, edited_at) => edited_at.map_or(deal.close_date, |at| local_day(entity, at)),
            },
            found,
        };
        let (document, invoice) = match making.ensure(document.clone()).await? {
            Ensured::There(document, invoice) => (document, invoice),
            Ensured::Parked(reason, findings) => return Ok(Some((reason, findings))),
        };
        if invoice.status.is_booked() || invoice.status.is_dead() {
            // Adopted after a crash: what finance did meanwhile came when nobody knew whose invoice it was.
            crate::invoice::handle(self.deployment, making.entity, &invoice.id).await?;
        } else {
            let pushing = write_back::Pushing::new(self.deployment, &outline.head, &document)?;
            pushing.push(*document, &invoice).await?;
        }
        Ok(None)
    }

    /// Sees to it that a credit note is in the ledger; what a person has to do where it cannot be.
    async fn credit_note(&self, outline: &Outline, document: &Document) -> Result<Option<(Reason, Vec<Finding>)>, WorkflowError> {
        let making = credit_note::Making {
            deployment: self.deployment,
            entity: self.deployment.entity(outline.head.entity.as_str())?,
            outline,
        };
        Ok(match making.ensure(document.clone()).await? {
            credit_note::Ensured::There => None,
            credit_note::Ensured::Parked(reason, finding) => Some((reason, vec![finding])),
        })
    }

    async fn gone(&self, record: &RecordId) -> Result<Outcome, WorkflowError> {
        let crm = &self.deployment.crm;
        let action = format!(
            "restore the deal in {}; if it is meant to be gone, nothing has to be done",
            crm.name()
        );
        let finding = Finding::new(&crm.fields().id, record, "is deleted, or our user may not see it", action);
        self.park(Reason::RecordDeleted, &[finding]).await
    }

    /// Puts the contract in doubt, both versions side by side, until a person settles it or the deal is set back. What a person has settled is
    /// not asked again.
    async fn changed(&self, outline: &Outline, deal: Option<&Deal>) -> Result<Outcome, WorkflowError> {
        let contract = &outline.head.contract;
        let (what, state) = match deal {
            None => ("is deleted", "deleted".to_owned()),
            Some(deal) if !deal.is_won => ("is no longer closed-won", deal.fingerprint()),
            Some(deal) => ("was edited", deal.fingerprint()),
        };
        let cause = Cause {
            case: &self.key,
            state: &state,
            reason: &format!("deal {} {what}", self.order.id()),
        };
        let Some(stored) = self.deployment.store.contract(contract).await? else {
            return Err(WorkflowError::contended(contract));
        };
        let booked = outline.order(&self.order).map(|order| &order.booked);
        let now = deal.map(version::of);
        let differences = booked.zip(now.as_ref()).map(|(booked, now)| version::differences(booked, now));
        let differences = differences
            .filter(|all| !all.is_empty())
            .map(|all| format!(": {all}"))
            .unwrap_or_default();
        let problem = format!("{what} after it had been booked in contract {contract}{differences}");
        let finding = Finding::new("deal", self.order.id(), problem, remedy(outline));
        if Doubts::of(&stored.events).is_answered(&cause) {
            return self.answered(outline, deal, finding).await;
        }
        // The case comes first, so that there is no doubt that nobody is asked about.
        let details = json!({ "booked": booked, "now": now });
        park(
            self.deployment,
            &self.key,
            Reason::ChangedAfterBooking,
            std::slice::from_ref(&finding),
            details,
        )
        .await?;
        match doubt::raise(self.deployment, contract, &cause).await? {
            Standing::Open => Ok(Outcome::Parked(Reason::ChangedAfterBooking)),
            Standing::Answered => self.answered(outline, deal, finding).await,
        }
    }

    /// What follows from a person's answer about this state of the deal: the credit notes of an end are made, what the billing plan has next is
    /// made as it was booked, and nothing else is asked, but for an invoice that could not be made.
    async fn answered(&self, outline: &Outline, deal: Option<&Deal>, finding: Finding) -> Result<Outcome, WorkflowError> {
        doubt::withdraw(self.deployment, &outline.head.contract, &self.key, ANSWERED).await?;
        if has_unbilled(outline) {
            return self.park(Reason::ChangedAfterBooking, &[finding]).await;
        }
        let today = self.today(outline)?;
        let mut outcome = Outcome::Unchanged;
        let is_unmade = |document: &&Document| document.in_ledger().is_none() && !document.is_for_later(today);
        for document in outline.documents.iter().filter(is_unmade) {
            let parked = match (document.kind, deal) {
                (DocumentKind::CreditNote, _) => self.credit_note(outline, document).await?,
                // What the plan of another order has is made of that order's deal.
                (DocumentKind::Invoice, _) if *outline.order_of(document) != self.order => continue,
                (DocumentKind::Invoice, _) if self.waits_for_doubt(outline, document).await? => continue,
                (DocumentKind::Invoice, Some(deal)) => self.invoice(deal, outline, document, None).await?,
                (DocumentKind::Invoice, None) => Some((Reason::RecordDeleted, vec![self.not_to_be_billed(document)])),
            };
            if let Some((reason, findings)) = parked {
                return self.park(reason, &findings).await;
            }
            outcome = Outcome::Booked;
        }
        unpark(self.deployment, &self.key, ANSWERED).await?;
        Ok(outcome)
    }

    fn not_to_be_billed(&self, document: &Document) -> Finding {
        let on = document.due.as_ref().map(|due| due.on.to_string()).unwrap_or_default();
        let problem = format!("is deleted, and an invoice of its billing plan is due on {on}");
        let remedy = format!("restore the deal in {}, or bill it in the ledger", self.deployment.crm.name());
        Finding::new("deal", self.order.id(), problem, remedy)
    }

    async fn park(&self, reason: Reason, findings: &[Finding]) -> Result<Outcome, WorkflowError> {
        self.park_with(reason, findings, json!({})).await
    }

    async fn park_with(&self, reason: Reason, findings: &[Finding], details: serde_json::Value) -> Result<Outcome, WorkflowError> {
        park(self.deployment, &self.key, reason, findings, details).await?;
        Ok(Outcome::Parked(reason))
    }
}

/// One transaction holds a hundred items.
fn too_many(items: usize) -> Finding {
    let problem = "records would be written at once: lines, planned invoices and what is delivered on a day, and 100 is the most";
    Finding::new("deal", items, problem, "bill it less often, or split the deal")
}

/// How a person ends the doubt about an edited deal.
fn remedy(outline: &Outline) -> String {
    if has_unbilled(outline) {
        return "no invoice was made yet: set the deal back to the version that was booked, and it is billed".to_owned();
    }
    format!(
        "set the deal back in the CRM; or settle it: `tieout contract settle {} --keep` where it stands as booked, `--accept DAY` where the \
         edit is an amendment from that day, `--end DAY` where it ends",
        outline.head.contract
    )
}

/// Whether an invoice that is made at once is not in the ledger yet.
fn has_unbilled(outline: &Outline) -> bool {
    let is_unbilled =
        |document: &Document| document.kind == DocumentKind::Invoice && document.due.is_none() && document.in_ledger().is_none();
    outline.documents.iter().any(is_unbilled)
}
