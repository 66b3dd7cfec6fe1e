//! Xero behind the port: each call stands in the file of what it reads or writes.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use tieout_platform::effect::Permit;
use tieout_platform::vendor::Priority;

use super::client::XeroLedger;
use super::limits::{self, AMOUNT_DECIMALS};
use super::{body, contacts, credit_notes, invoices, journals, organisation, trial_balance};
use crate::capabilities::Capabilities;
use crate::contact::{ContactMatch, NewContact};
use crate::credit_note::{Allocation, CreditNote, CreditNoteSummary, NewAllocation, NewCreditNote};
use crate::document::{NewLine, Written};
use crate::ids::{ContactId, CreditNoteId, InvoiceId, JournalId, OrganisationId};
use crate::invoice::{Invoice, InvoiceSummary, NewInvoice};
use crate::journal::{Journal, JournalSummary, NewJournal};
use crate::organisation::{Account, Organisation, TaxRate, TrackingCategory};
use crate::port::{Answer, Ledger};
use crate::totals::{Totals, TotalsError, totals_by_line};
use crate::trial_balance::TrialBalance;

impl Ledger for XeroLedger {
    fn name(&self) -> &'static str {
        "Xero"
    }

    fn organisation_id(&self) -> &OrganisationId {
        self.id()
    }

    fn target(&self) -> String {
        self.intent_target()
    }

    fn invoice_url(&self, invoice: &InvoiceId) -> String {
        invoices::url(invoice)
    }

    fn credit_note_url(&self, note: &CreditNoteId) -> String {
        credit_notes::url(note)
    }

    fn journal_url(&self, journal: &JournalId) -> String {
        journals::url(journal)
    }

    fn capabilities(&self) -> Capabilities {
        limits::capabilities(self.calls())
    }

    fn with_priority(&self, priority: Priority) -> Arc<dyn Ledger> {
        Arc::new(self.prioritised(priority))
    }

    /// Xero rounds the tax of each line, ties away from zero: its rounding guide, and a real capture for ties
    /// (`docs/vendors/xero.md`).
    fn totals(&self, lines: &[NewLine], rates: &[TaxRate]) -> Result<Totals, TotalsError> {
        totals_by_line(lines, rates, AMOUNT_DECIMALS)
    }

    fn contact_body(&self, contact: &NewContact) -> String {
        body::contact_body(contact)
    }

    fn invoice_body(&self, invoice: &NewInvoice) -> String {
        body::invoice_body(invoice)
    }

    fn credit_note_body(&self, note: &NewCreditNote) -> String {
        body::credit_note_body(note)
    }

    fn allocation_body(&self, allocation: &NewAllocation) -> String {
        body::allocation_body(allocation)
    }

    fn journal_body(&self, journal: &NewJournal) -> String {
        body::journal_body(journal)
    }

    fn void_journal_body(&self, journal: &JournalId, narration: &str) -> String {
        body::void_journal_body(journal, narration)
    }

    fn find_contact<'a>(&'a self, number: &'a str, name: &'a str) -> Answer<'a, ContactMatch> {
        Box::pin(contacts::find(self, number, name))
    }

    fn invoice<'a>(&'a self, invoice: &'a InvoiceId) -> Answer<'a, Option<Invoice>> {
        Box::pin(invoices::by_id(self, invoice))
    }

    fn invoice_by_key<'a>(&'a self, contact: &'a ContactId, key: &'a str) -> Answer<'a, Option<Invoice>> {
        Box::pin(invoices::by_key(self, contact, key))
    }

    fn invoice_by_number<'a>(&'a self, number: &'a str) -> Answer<'a, Option<Invoice>> {
        Box::pin(invoices::by_number(self, number))
    }

    fn invoices_changed_since(&self, since: DateTime<Utc>) -> Answer<'_, Vec<InvoiceSummary>> {
        Box::pin(invoices::changed_since(self, since))
    }

    fn credit_note<'a>(&'a self, note: &'a CreditNoteId) -> Answer<'a, Option<CreditNote>> {
        Box::pin(credit_notes::by_id(self, note))
    }

    fn credit_note_by_number<'a>(&'a self, number: &'a str) -> Answer<'a, Option<CreditNote>> {
        Box::pin(credit_notes::by_number(self, number))
    }

    fn credit_notes_changed_since(&self, since: DateTime<Utc>) -> Answer<'_, Vec<CreditNoteSummary>> {
        Box::pin(credit_notes::changed_since(self, since))
    }

    fn journal<'a>(&'a self, journal: &'a JournalId) -> Answer<'a, Option<Journal>> {
        Box::pin(journals::by_id(self, journal))
    }

    fn journal_by_reference<'a>(&'a self, reference: &'a str, date: NaiveDate) -> Answer<'a, Option<Journal>> {
        Box::pin(journals::by_reference(self, reference, date))
    }

    fn journals_changed_since(&self, since: DateTime<Utc>) -> Answer<'_, Vec<JournalSummary>> {
        Box::pin(journals::changed_since(self, since))
    }

    fn organisation(&self) -> Answer<'_, Organisation> {
        Box::pin(organisation::organisation(self))
    }

    fn accounts(&self) -> Answer<'_, Vec<Account>> {
        Box::pin(organisation::accounts(self))
    }

    fn tax_rates(&self) -> Answer<'_, Vec<TaxRate>> {
        Box::pin(organisation::tax_rates(self))
    }

    fn tracking(&self) -> Answer<'_, Vec<TrackingCategory>> {
        Box::pin(organisation::tracking(self))
    }

    fn trial_balance(&self, date: NaiveDate) -> Answer<'_, TrialBalance> {
        Box::pin(trial_balance::trial_balance(self, date))
    }

    fn create_contact<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<ContactId>> {
        Box::pin(contacts::create(self, permit))
    }

    fn create_invoice<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<Invoice>> {
        Box::pin(invoices::create(self, permit))
    }

    fn create_credit_note<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<CreditNote>> {
        Box::pin(credit_notes::create(self, permit))
    }

    fn allocate_credit_note<'a>(&'a self, note: &'a CreditNoteId, permit: Permit<'a>) -> Answer<'a, Written<Allocation>> {
        Box::pin(credit_notes::allocate(self, note, permit))
    }

    fn post_journal<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<Journal>> {
        Box::pin(journals::create(self, permit))
    }

    fn void_journal<'a>(&'a self, journal: &'a JournalId, permit: Permit<'a>) -> Answer<'a, Written<Journal>> {
        Box::pin(journals::void(self, journal, permit))
    }
}
