//! What the handle shows of an organisation's books, in types rather than in Xero's JSON.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::model::{Document, DocumentType};
use super::world::Org;
use super::{Xero, trial_balance};

/// An invoice or credit note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceView {
    /// `InvoiceID` or `CreditNoteID`.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Our reference.
    pub reference: String,
    /// The address of its source; empty where it has none.
    pub url: String,
    /// `ContactID`.
    pub contact_id: String,
    /// `ContactNumber`, the CRM's account id where the connector set it.
    pub contact_number: Option<String>,
    /// The contact's name.
    pub contact_name: String,
    /// `DRAFT`, `SUBMITTED`, `AUTHORISED`, `PAID`, `VOIDED`, `DELETED`.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// Foreign units per base unit.
    pub rate: Decimal,
    /// Of the document.
    pub date: NaiveDate,
    /// None on a draft without one.
    pub due_date: Option<NaiveDate>,
    /// Without tax.
    pub sub_total: Decimal,
    /// Tax.
    pub total_tax: Decimal,
    /// With tax.
    pub total: Decimal,
    /// By payments.
    pub amount_paid: Decimal,
    /// By credit notes.
    pub amount_credited: Decimal,
    /// What is left; of a credit note, the remaining credit.
    pub amount_due: Decimal,
}

/// A manual journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalView {
    /// `ManualJournalID`.
    pub id: String,
    /// Its narration.
    pub narration: String,
    /// Of the posting.
    pub date: NaiveDate,
    /// `DRAFT`, `POSTED`, `VOIDED`, `DELETED`.
    pub status: String,
    /// Account code and amount in the base currency, debit positive.
    pub lines: Vec<(String, Decimal)>,
}

impl Xero {
    /// Every sales invoice and bill, drafts and voided ones too, by number. Empty for an unknown organisation.
    pub fn list_invoices(&self, tenant: &str) -> Vec<InvoiceView> {
        self.documents(tenant, &DocumentType::INVOICES)
    }

    /// Every credit note, by number.
    pub fn list_credit_notes(&self, tenant: &str) -> Vec<InvoiceView> {
        self.documents(tenant, &DocumentType::CREDIT_NOTES)
    }

    fn documents(&self, tenant: &str, types: &[DocumentType]) -> Vec<InvoiceView> {
        let world = self.shared.world();
        let Some(org) = world.orgs.get(tenant) else {
            return Vec::new();
        };
        let fitting = org.documents.values().filter(|document| types.contains(&document.kind));
        let mut views: Vec<InvoiceView> = fitting.map(|document| view(org, document)).collect();
        views.sort_by(|left, right| left.number.cmp(&right.number));
        views
    }

    /// Every manual journal, by date.
    pub fn list_journals(&self, tenant: &str) -> Vec<JournalView> {
        let world = self.shared.world();
        let Some(org) = world.orgs.get(tenant) else {
            return Vec::new();
        };
        let mut views: Vec<JournalView> = org
            .journals
            .values()
            .map(|journal| JournalView {
                id: journal.id.clone(),
                narration: journal.narration.clone(),
                date: journal.date,
                status: journal.status.code().to_owned(),
                lines: journal.lines.iter().map(|line| (line.account_code.clone(), line.amount)).collect(),
            })
            .collect();
        views.sort_by(|left, right| (left.date, &left.narration, &left.id).cmp(&(right.date, &right.narration, &right.id)));
        views
    }

    /// Balance of each account at a date by code, debit positive, base currency: the trial balance's year-to-date side.
    pub fn balances(&self, tenant: &str, at: NaiveDate) -> BTreeMap<String, Decimal> {
        let world = self.shared.world();
        let figures = world.orgs.get(tenant).map(|org| trial_balance::figures(org, at));
        figures
            .unwrap_or_default()
            .into_iter()
            .map(|(code, figures)| (code, figures.year))
            .filter(|(_, balance)| !balance.is_zero())
            .collect()
    }
}

/// One document by id.
pub(super) fn invoice(org: &Org, id: &str) -> Option<InvoiceView> {
    org.documents.get(id).map(|document| view(org, document))
}

fn view(org: &Org, document: &Document) -> InvoiceView {
    let contact = org.contacts.get(&document.contact_id);
    InvoiceView {
        id: document.id.clone(),
        number: document.number.clone(),
        reference: document.reference.clone(),
        url: document.url.clone().unwrap_or_default(),
        contact_id: document.contact_id.clone(),
        contact_number: contact.and_then(|contact| contact.number.clone()),
        contact_name: contact.map(|contact| contact.name.clone()).unwrap_or_default(),
        status: document.status.code().to_owned(),
        currency: document.currency.clone(),
        rate: document.rate,
        date: document.date,
        due_date: document.due_date,
        sub_total: document.sub_total,
        total_tax: document.total_tax,
        total: document.total,
        amount_paid: document.paid,
        amount_credited: document.credited,
        amount_due: if document.status.is_gone() { Decimal::ZERO } else { document.due() },
    }
}
