//! Books a deal: closed-won in the CRM becomes a contract and a draft invoice, once.
//!
//! The message is a hint; the record is read again and acted on as it is now. Every step may be run again: the contract's first events
//! go with its head in one transaction, the contact and the invoice are effects, and the head remembers how far it came.

pub mod check;
mod contact;
mod contract;
mod invoice;
mod pair;
mod version;

use std::collections::BTreeMap;

use serde_json::json;
use tieout_accounting::Event;
use tieout_accounting::ids::ContractId;
use tieout_crm::deal::{Deal, DealKind};
use tieout_crm::{CrmError, RecordId};
use tieout_platform::config::Entity;
use tieout_platform::rules::Choice;
use tieout_store::{Appended, Head};

use crate::appending::stored;
use crate::deployment::Deployment;
use crate::error::WorkflowError;
use crate::facts::local_day;
use crate::finding::Finding;
use crate::ids::{contract_of, invoice_number, parked_key};
use crate::parking::{Reason, park, unpark};
use crate::policy::would_stand;
use crate::told::told_ms;
use crate::write_back;

use check::{Bookable, BookedLine};

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
/// Transient ones: the message is to come again. A deal that a person has to mend is not an error but [`Outcome::Parked`].
pub async fn handle(deployment: &Deployment, record: &RecordId) -> Result<Outcome, WorkflowError> {
    let contract = contract_of(record);
    let booking = Booking {
        deployment,
        key: parked_key("deal", contract.as_str()),
        contract,
    };
    let deal = match deployment.crm.read_deal(record).await {
        Ok(deal) => deal,
        Err(CrmError::Value { field, value, remedy, .. }) => {
            let finding = Finding::new(field, value, "cannot be worked with", remedy);
            return booking.park(Reason::Findings, &[finding]).await;
        }
        Err(error) => return Err(error.into()),
    };
    let head = deployment.store.head(booking.contract.as_str()).await?;
    match (deal, head) {
        (None, None) => booking.gone().await,
        (None, Some(head)) => booking.changed(&head, None).await,
        (Some(deal), None) if !deal.is_won => {
            unpark(deployment, &booking.key, "the deal is not closed-won").await?;
            Ok(Outcome::Unchanged)
        }
        (Some(deal), None) => booking.book(&deal).await,
        (Some(deal), Some(head)) if head.fingerprint == deal.fingerprint() => booking.finish(&deal, head).await,
        (Some(deal), Some(head)) => booking.changed(&head, Some(&deal)).await,
    }
}

/// The revenue account of each obligation, as it was when the deal was booked.
fn revenue_accounts(lines: &[BookedLine]) -> BTreeMap<&str, &str> {
    lines
        .iter()
        .map(|line| (line.obligation.as_str(), line.revenue_account.as_str()))
        .collect()
}

struct Booking<'a> {
    deployment: &'a Deployment,
    contract: ContractId,
    key: String,
}

impl Booking<'_> {
    async fn book(&self, deal: &Deal) -> Result<Outcome, WorkflowError> {
        if deal.kind == DealKind::Cancellation {
            let finding = Finding::new(
                &self.deployment.crm.fields().kind,
                "Cancellation",
                "ends or takes back something",
                "credit the invoice in the ledger: Tieout follows it",
            );
            return self.park(Reason::Cancellation, &[finding]).await;
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
        if let Some((reason, finding)) = contact::obstacle(self.deployment, entity, &bookable.customer).await? {
            return self.park(reason, &[finding]).await;
        }
        let today = local_day(entity, self.deployment.clock.now());
        let events = contract::first_events(&self.contract, deal, &bookable, today)?;
        if let Err(refusal) = would_stand(entity, &self.contract, &events) {
            return self.park(Reason::Findings, &[refusal.into()]).await;
        }
        let head = self.sign(deal, entity, &rule, &bookable, &events).await?;
        self.finish(deal, head).await
    }

    /// The rule that matched and its entity.
    fn choose(&self, deal: &Deal) -> Result<(String, String), (Reason, Finding)> {
        match self.deployment.rules.choose(&deal.facts()) {
            Choice::One { rule, entity } => Ok((rule, entity)),
            Choice::None => {
                let country = deal.account.as_ref().and_then(|account| account.country.as_deref());
                let country = country.unwrap_or("no country");
                let seen = format!("{country}, {}", deal.currency);
                let mend = "add a rule to tieout.toml or correct the deal";
                Err((Reason::NoRule, Finding::new("rules", seen, "is matched by none", mend)))
            }
            Choice::Several(rules) => {
                let mend = "change tieout.toml so that exactly one matches";
                Err((
                    Reason::SeveralRules,
                    Finding::new("rules", rules.join(", "), "all match this deal", mend),
                ))
            }
            Choice::Broken { rule, why } => {
                let mend = "guard the expression with has(), or fill in the field";
                Err((Reason::BrokenRule, Finding::new("rules", rule, why, mend)))
            }
        }
    }

    /// Stores what the contract begins with; whoever was faster has stored the same.
    async fn sign(&self, deal: &Deal, entity: &Entity, rule: &str, bookable: &Bookable, events: &[Event]) -> Result<Head, WorkflowError> {
        let cause = format!("deal {} won, billed by {} under rule {rule:?}", self.contract, entity.id);
        // One key stands for all of them: they are stored together or not at all.
        let key = |index: usize| (index == 0).then(|| "booked".to_owned());
        let events = events
            .iter()
            .enumerate()
            .map(|(index, event)| stored(self.deployment, event, &cause, key(index)))
            .collect();
        let head = Head {
            contract: self.contract.to_string(),
            entity: entity.id.clone(),
            currency: deal.currency.clone(),
            customer: bookable.customer.id.to_string(),
            source_record: deal.id.to_string(),
            fingerprint: deal.fingerprint(),
            system_modstamp: deal.system_modstamp.to_rfc3339(),
            version: 0,
            revision: 0,
            config_version: self.deployment.config_version,
            rule: rule.to_owned(),
            invoice: None,
            facts: json!({
                "deal": version::of(deal),
                "revenue_accounts": revenue_accounts(&bookable.lines),
                "invoice_number": invoice_number(&entity.invoices.number_prefix, &self.contract),
            }),
        };
        match self.deployment.store.append(self.contract.as_str(), 0, head, events).await? {
            Appended::Done(_) => {
                tracing::info!(contract = %self.contract, entity = entity.id, rule, "contract booked");
            }
            Appended::Conflict(_) | Appended::AlreadyThere { .. } => {}
        }
        let head = self.deployment.store.head(self.contract.as_str()).await?;
        head.ok_or_else(|| WorkflowError::Contended {
            contract: self.contract.to_string(),
        })
    }

    /// Brings what follows from the contract to its end: the draft invoice, its link, and what the CRM is told.
    async fn finish(&self, deal: &Deal, head: Head) -> Result<Outcome, WorkflowError> {
        if head.invoice.is_some() && told_ms(&head).is_some() {
            unpark(self.deployment, &self.key, "booked").await?;
            return Ok(Outcome::Unchanged);
        }
        let entity = self.deployment.entity(&head.entity)?;
        let invoice = match invoice::ensure(self.deployment, entity, &self.contract, deal, head).await? {
            invoice::Ensured::There(invoice) => invoice,
            invoice::Ensured::Parked(reason, findings) => return self.park(reason, &findings).await,
        };
        if invoice.status.is_booked() || invoice.status.is_dead() {
            // Adopted after a crash: what finance did meanwhile was told when nobody knew whose invoice it was.
            invoice::follow(self.deployment, entity, &invoice).await?;
        }
        write_back::tell(self.deployment, &self.contract, &invoice).await?;
        unpark(self.deployment, &self.key, "booked").await?;
        Ok(Outcome::Booked)
    }

    async fn gone(&self) -> Result<Outcome, WorkflowError> {
        let crm = &self.deployment.crm;
        let finding = Finding::new(
            &crm.fields().id,
            &self.contract,
            "is deleted, or our user may not see it",
            format!(
                "restore the deal in {}; if it is meant to be gone, nothing has to be done",
                crm.name()
            ),
        );
        self.park(Reason::RecordDeleted, &[finding]).await
    }

    /// Both versions side by side; nothing is changed by itself.
    async fn changed(&self, head: &Head, deal: Option<&Deal>) -> Result<Outcome, WorkflowError> {
        let now = deal.map(version::of);
        let what = match deal {
            None => "is deleted",
            Some(deal) if !deal.is_won => "is no longer closed-won",
            Some(_) => "was edited",
        };
        let finding = Finding::new(
            "deal",
            &self.contract,
            format!("{what} after it had been booked"),
            match head.invoice {
                Some(_) => "correct the invoice in the ledger if it should change, or set the deal back in the CRM",
                None => "no invoice was made yet: set the deal back to the version that was booked, and it is billed",
            },
        );
        let details = json!({ "booked": head.facts.get("deal"), "now": now });
        park(self.deployment, &self.key, Reason::ChangedAfterBooking, &[finding], details).await?;
        Ok(Outcome::Parked(Reason::ChangedAfterBooking))
    }

    async fn park(&self, reason: Reason, findings: &[Finding]) -> Result<Outcome, WorkflowError> {
        park(self.deployment, &self.key, reason, findings, json!({})).await?;
        Ok(Outcome::Parked(reason))
    }
}
