//! Xero as a ledger: each call is the client's own of nearly the same name.

use chrono::{DateTime, NaiveDate, Utc};
use tieout_platform::effect::Permit;

use super::client::Xero;
use crate::contact::{ContactMatch, NewContact};
use crate::credit_note::{Allocation, CreditNote, CreditNoteSummary, NewAllocation, NewCreditNote};
use crate::document::Written;
use crate::error::LedgerError;
use crate::ids::{ContactId, CreditNoteId, InvoiceId, JournalId, TenantId};
use crate::invoice::{Invoice, InvoiceSummary, NewInvoice};
use crate::journal::{Journal, JournalSummary, NewJournal};
use crate::ledger::Ledger;
use crate::organisation::{Account, Organisation, TaxRate, TrackingCategory};
use crate::trial_balance::TrialBalance;

impl Ledger for Xero {
    const HAS_DRAFTS: bool = true;

    fn target(tenant: &TenantId) -> String {
        Self::target(tenant)
    }

    fn contact_body(contact: &NewContact) -> String {
        super::body::contact_body(contact)
    }

    fn invoice_body(invoice: &NewInvoice) -> String {
        super::body::invoice_body(invoice)
    }

    fn credit_note_body(note: &NewCreditNote) -> String {
        super::body::credit_note_body(note)
    }

    fn allocation_body(allocation: &NewAllocation) -> String {
        super::body::allocation_body(allocation)
    }

    fn journal_body(journal: &NewJournal) -> String {
        super::body::journal_body(journal)
    }

    fn void_journal_body(journal: &JournalId, narration: &str) -> String {
        super::body::void_journal_body(journal, narration)
    }

    async fn find_contact(&self, tenant: &TenantId, number: &str, name: &str) -> Result<ContactMatch, LedgerError> {
        Self::find_contact(self, tenant, number, name).await
    }

    async fn invoice(&self, tenant: &TenantId, invoice: &InvoiceId) -> Result<Option<Invoice>, LedgerError> {
        Self::invoice(self, tenant, invoice).await
    }

    async fn invoice_by_number(&self, tenant: &TenantId, number: &str) -> Result<Option<Invoice>, LedgerError> {
        Self::invoice_by_number(self, tenant, number).await
    }

    async fn invoices_changed_since(&self, tenant: &TenantId, since: DateTime<Utc>) -> Result<Vec<InvoiceSummary>, LedgerError> {
        Self::invoices_changed_since(self, tenant, since).await
    }

    async fn credit_note(&self, tenant: &TenantId, note: &CreditNoteId) -> Result<Option<CreditNote>, LedgerError> {
        Self::credit_note(self, tenant, note).await
    }

    async fn credit_note_by_number(&self, tenant: &TenantId, number: &str) -> Result<Option<CreditNote>, LedgerError> {
        Self::credit_note_by_number(self, tenant, number).await
    }

    async fn credit_notes_changed_since(&self, tenant: &TenantId, since: DateTime<Utc>) -> Result<Vec<CreditNoteSummary>, LedgerError> {
        Self::credit_notes_changed_since(self, tenant, since).await
    }

    async fn journal(&self, tenant: &TenantId, journal: &JournalId) -> Result<Option<Journal>, LedgerError> {
        Self::manual_journal(self, tenant, journal).await
    }

    async fn journal_by_reference(&self, tenant: &TenantId, reference: &str, date: NaiveDate) -> Result<Option<Journal>, LedgerError> {
        Self::manual_journal_by_reference(self, tenant, reference, date).await
    }

    async fn journals_changed_since(&self, tenant: &TenantId, since: DateTime<Utc>) -> Result<Vec<JournalSummary>, LedgerError> {
        Self::manual_journals_changed_since(self, tenant, since).await
    }

    async fn organisation(&self, tenant: &TenantId) -> Result<Organisation, LedgerError> {
        Self::organisation(self, tenant).await
    }

    async fn accounts(&self, tenant: &TenantId) -> Result<Vec<Account>, LedgerError> {
        Self::accounts(self, tenant).await
    }

    async fn tax_rates(&self, tenant: &TenantId) -> Result<Vec<TaxRate>, LedgerError> {
        Self::tax_rates(self, tenant).await
    }

    async fn tracking(&self, tenant: &TenantId) -> Result<Vec<TrackingCategory>, LedgerError> {
        Self::tracking(self, tenant).await
    }

    async fn trial_balance(&self, tenant: &TenantId, date: NaiveDate) -> Result<TrialBalance, LedgerError> {
        Self::trial_balance(self, tenant, date).await
    }

    async fn create_contact(&self, tenant: &TenantId, permit: Permit<'_>) -> Result<Written<ContactId>, LedgerError> {
        Self::create_contact(self, tenant, permit).await
    }

    async fn create_invoice(&self, tenant: &TenantId, permit: Permit<'_>) -> Result<Written<Invoice>, LedgerError> {
        Self::create_invoice(self, tenant, permit).await
    }

    async fn create_credit_note(&self, tenant: &TenantId, permit: Permit<'_>) -> Result<Written<CreditNote>, LedgerError> {
        Self::create_credit_note(self, tenant, permit).await
    }

    async fn allocate_credit_note(
        &self,
        tenant: &TenantId,
        note: &CreditNoteId,
        permit: Permit<'_>,
    ) -> Result<Written<Allocation>, LedgerError> {
        Self::allocate_credit_note(self, tenant, note, permit).await
    }

    async fn post_journal(&self, tenant: &TenantId, permit: Permit<'_>) -> Result<Written<Journal>, LedgerError> {
        Self::post_manual_journal(self, tenant, permit).await
    }

    async fn void_journal(&self, tenant: &TenantId, journal: &JournalId, permit: Permit<'_>) -> Result<Written<Journal>, LedgerError> {
        Self::void_manual_journal(self, tenant, journal, permit).await
    }
}
