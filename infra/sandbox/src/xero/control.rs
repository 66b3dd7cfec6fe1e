//! What finance does in Xero's own pages, and what goes wrong on the way: the handle's acts, free of limits and faults.
//!
//! Each act of finance takes an action id. The same id again gives the earlier result and does nothing, also after a
//! restart, so that a demo that was killed can play its acts from the beginning. An empty id always acts.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Xero;
use super::acts::{self, not_found};
use super::documents::{CREDIT_NOTES, INVOICES};
use super::faults::{Fault, FaultOn};
use super::server::Shared;
use super::settings::Organisation;
use super::webhooks::{WebhookStatus, WebhookTarget};
use super::world::Org;
use super::{journals, payments, views};
use crate::docs::{Change, DocsError};

/// Why an act could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No such organisation: make it by `create_organisation`.
    #[error("the sandbox has no Xero organisation {0}: create it first")]
    NoOrganisation(String),
    /// No such document.
    #[error("organisation {tenant} has no {what} {key}")]
    NotFound {
        /// The organisation.
        tenant: String,
        /// Invoice, journal, ...
        what: &'static str,
        /// The id or number that was asked for.
        key: String,
    },
    /// Xero refuses it, in its own words.
    #[error("Xero refuses: {}", .0.join(" "))]
    Refused(Vec<String>),
    /// The sandbox's file.
    #[error(transparent)]
    Docs(#[from] DocsError),
}

/// Which lock date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// `PeriodLockDate`.
    Period,
    /// `EndOfYearLockDate`.
    EndOfYear,
}

/// A credit note for an invoice.
#[derive(Debug, Clone)]
pub struct Credit {
    /// The line's amount, in the invoice's way of writing amounts (with tax when Inclusive).
    pub amount: Decimal,
    /// Of the credit note and its allocation.
    pub date: NaiveDate,
    /// Its number; the next `CN-0001` when none is given.
    pub number: Option<String>,
}

/// What a credit note became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credited {
    /// `CreditNoteID`.
    pub credit_note_id: String,
    /// With tax, in the document's currency.
    pub total: Decimal,
    /// What of it settled the invoice: less than the total when less was due.
    pub allocated: Decimal,
}

impl Xero {
    /// Makes an organisation, or replaces the settings of one that exists and keeps its books.
    pub fn create_organisation(&self, mut organisation: Organisation) -> Result<(), ControlError> {
        organisation.complete();
        let now = self.shared.clock.now();
        let mut world = self.shared.world();
        let mut org = world
            .draft(&organisation.tenant_id, now)
            .unwrap_or_else(|| Org::new(organisation.clone(), now));
        org.settings = organisation.into();
        Ok(world.commit(org, Vec::new())?)
    }

    /// The settings of an organisation.
    pub fn organisation(&self, tenant: &str) -> Option<Organisation> {
        self.shared.world().orgs.get(tenant).map(|org| (*org.settings).clone())
    }

    /// Sets or lifts a lock date. Doing it twice changes nothing, so it needs no action id.
    pub fn set_lock_date(&self, tenant: &str, lock: Lock, until: Option<NaiveDate>) -> Result<(), ControlError> {
        self.act(tenant, "", |org| {
            let mut settings = (*org.settings).clone();
            match lock {
                Lock::Period => settings.period_lock_date = until,
                Lock::EndOfYear => settings.end_of_year_lock_date = until,
            }
            org.settings = settings.into();
            Ok(())
        })
    }

    /// Changes an invoice (by id or number) as a POST of `changes` would: `{"Reference": "…", "LineItems": […]}`.
    pub fn edit_invoice(&self, tenant: &str, invoice: &str, changes: Value, action: &str) -> Result<views::InvoiceView, ControlError> {
        self.act(tenant, action, |org| {
            let found = acts::invoice(org, tenant, invoice)?;
            let id = acts::change(org, &found.id, &changes, INVOICES)?;
            views::invoice(org, &id).ok_or_else(|| not_found(tenant, "invoice", invoice))
        })
    }

    /// Approves a draft; `due` is needed where the draft has no due date.
    pub fn authorise_invoice(
        &self,
        tenant: &str,
        invoice: &str,
        due: Option<NaiveDate>,
        action: &str,
    ) -> Result<views::InvoiceView, ControlError> {
        self.edit_invoice(tenant, invoice, acts::approval(due), action)
    }

    /// Makes an invoice by hand, of the JSON that a PUT takes.
    pub fn make_invoice(&self, tenant: &str, invoice: Value, action: &str) -> Result<views::InvoiceView, ControlError> {
        self.act(tenant, action, |org| {
            let id = acts::create(org, &invoice, INVOICES)?;
            views::invoice(org, &id).ok_or_else(|| not_found(tenant, "invoice", &id))
        })
    }

    /// Makes a manual journal by hand, of the JSON that a PUT takes; gives `ManualJournalID`.
    pub fn make_journal(&self, tenant: &str, journal: Value, action: &str) -> Result<String, ControlError> {
        self.act(tenant, action, |org| {
            journals::write(org, &journal, None, true).map_err(ControlError::Refused)
        })
    }

    /// Voids an approved invoice, or deletes a draft.
    pub fn void_invoice(&self, tenant: &str, invoice: &str, action: &str) -> Result<views::InvoiceView, ControlError> {
        let draft = {
            let world = self.shared.world();
            let org = world
                .orgs
                .get(tenant)
                .ok_or_else(|| ControlError::NoOrganisation(tenant.to_owned()))?;
            let found = org.find_document(invoice, &INVOICES.types);
            found.is_some_and(|found| matches!(found.status, super::model::Status::Draft | super::model::Status::Submitted))
        };
        let status = if draft { "DELETED" } else { "VOIDED" };
        self.edit_invoice(tenant, invoice, json!({"Status": status}), action)
    }

    /// Records a payment in the invoice's currency, to the first bank account; gives `PaymentID`.
    pub fn record_payment(
        &self,
        tenant: &str,
        invoice: &str,
        amount: Decimal,
        date: NaiveDate,
        action: &str,
    ) -> Result<String, ControlError> {
        self.act(tenant, action, |org| {
            let found = acts::invoice(org, tenant, invoice)?;
            acts::pay(org, tenant, &found, Some(amount), date)
        })
    }

    /// Takes a payment back.
    pub fn delete_payment(&self, tenant: &str, payment_id: &str, action: &str) -> Result<(), ControlError> {
        self.act(tenant, action, |org| {
            payments::write(org, &json!({"PaymentID": payment_id, "Status": "DELETED"}), None).map_err(ControlError::Refused)?;
            Ok(())
        })
    }

    /// Makes an approved credit note on the invoice's first account and tax type, and allocates it to the invoice as far as that is due.
    pub fn create_credit_note_and_allocate(
        &self,
        tenant: &str,
        invoice: &str,
        credit: &Credit,
        action: &str,
    ) -> Result<Credited, ControlError> {
        self.act(tenant, action, |org| {
            let found = acts::invoice(org, tenant, invoice)?;
            acts::credit(org, tenant, &found, credit)
        })
    }

    /// Approves a draft credit note, by its number.
    pub fn authorise_credit_note(&self, tenant: &str, number: &str, action: &str) -> Result<(), ControlError> {
        self.act(tenant, action, |org| {
            let id = org.find_document(number, &CREDIT_NOTES.types).map(|document| document.id.clone());
            let id = id.ok_or_else(|| not_found(tenant, "credit note", number))?;
            acts::change(org, &id, &json!({ "Status": "AUTHORISED" }), CREDIT_NOTES)?;
            Ok(())
        })
    }

    /// What an adviser does behind Tieout's back: voids a posted manual journal, or deletes a draft one.
    pub fn delete_journal(&self, tenant: &str, journal_id: &str, action: &str) -> Result<(), ControlError> {
        self.act(tenant, action, |org| {
            let journal = org.journals.get(&journal_id.to_lowercase());
            let journal = journal.ok_or_else(|| not_found(tenant, "manual journal", journal_id))?;
            let status = if journal.status == super::model::JournalStatus::Draft {
                "DELETED"
            } else {
                "VOIDED"
            };
            let change = json!({"ManualJournalID": journal.id, "Status": status});
            journals::write(org, &change, None, false).map_err(ControlError::Refused)?;
            Ok(())
        })
    }

    /// Archives a contact, by id.
    pub fn archive_contact(&self, tenant: &str, contact_id: &str, action: &str) -> Result<(), ControlError> {
        self.act(tenant, action, |org| {
            let change = json!({"ContactID": contact_id, "ContactStatus": "ARCHIVED"});
            super::contacts::write(org, &change, None, false).map_err(ControlError::Refused)?;
            Ok(())
        })
    }

    /// The next `count` calls of the accounting API that fit fail so, after those ordered before.
    pub fn fail_next(&self, count: usize, on: FaultOn, fault: Fault) -> Result<(), ControlError> {
        let mut world = self.shared.world();
        world.faults.order(count, on, fault);
        Ok(world.save_faults()?)
    }

    /// Forgets the faults that have not struck yet, and the outage.
    pub fn clear_faults(&self) -> Result<(), ControlError> {
        let mut world = self.shared.world();
        world.faults.clear();
        world.faults.outage = false;
        Ok(world.save_faults()?)
    }

    /// While on, the accounting API answers 503.
    pub fn outage(&self, on: bool) -> Result<(), ControlError> {
        let mut world = self.shared.world();
        world.faults.outage = on;
        Ok(world.save_faults()?)
    }

    /// Registers a webhook; a changed target must pass the intent-to-receive dance, which `deliver_due` dances.
    pub fn set_webhook(&self, target: WebhookTarget) -> Result<(), ControlError> {
        let mut world = self.shared.world();
        world.webhooks.set_target(target);
        Ok(world.save_webhooks()?)
    }

    /// The next `count` events are never sent; their place in the sequence stays empty.
    pub fn lose_next_webhooks(&self, count: usize) -> Result<(), ControlError> {
        let mut world = self.shared.world();
        world.webhooks.lose_next += count;
        Ok(world.save_webhooks()?)
    }

    /// The next `count` events are sent in two deliveries each.
    pub fn double_next_webhooks(&self, count: usize) -> Result<(), ControlError> {
        let mut world = self.shared.world();
        world.webhooks.double_next += count;
        Ok(world.save_webhooks()?)
    }

    /// How the webhook stands.
    pub fn webhook_status(&self) -> WebhookStatus {
        self.shared.world().webhooks.status
    }

    /// Events and deliveries that wait for their 200.
    pub fn webhooks_waiting(&self) -> usize {
        self.shared.world().webhooks.waiting()
    }

    /// A person connects the application again, whose consent gives `token`, a new refresh token.
    pub fn consent(&self, client_id: &str, token: &str) -> Result<(), ControlError> {
        let now = self.shared.clock.now();
        Ok(super::tokens::seed_refresh_token(&mut self.shared.world(), client_id, token, now)?)
    }

    /// When the next webhook, or step of the dance, is due; none while nothing waits.
    pub fn next_webhook_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        self.shared.world().webhooks.next_due(self.shared.clock.now())
    }

    fn act<T: Serialize + DeserializeOwned>(
        &self,
        tenant: &str,
        action: &str,
        what: impl FnOnce(&mut Org) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        self.shared.act(tenant, action, what)
    }
}

impl Shared {
    /// Does an act once for its id, on a copy that becomes the truth when it is in the file together with its result.
    pub(super) fn act<T: Serialize + DeserializeOwned>(
        &self,
        tenant: &str,
        action: &str,
        what: impl FnOnce(&mut Org) -> Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        let mut world = self.world();
        let place = format!("{tenant}/{action}");
        if !action.is_empty()
            && let Some(done) = world.docs().get("xero-action", &place)?
        {
            return Ok(done);
        }
        let draft = world.draft(tenant, self.clock.now());
        let mut draft = draft.ok_or_else(|| ControlError::NoOrganisation(tenant.to_owned()))?;
        let result = what(&mut draft)?;
        let mut changes = Vec::new();
        if !action.is_empty() {
            changes.push(Change::put("xero-action", &place, &result)?);
        }
        world.commit(draft, changes)?;
        Ok(result)
    }
}
