//! What we ask of a ledger, in one place. Xero is one; another gets a module beside it and this trait.
//!
//! All calls name the organisation. Reads may be repeated; writes ask for a permit and refuse one for another target.
//! The errors of all are [`LedgerError`]; their classes say what the caller may do.

use chrono::{DateTime, NaiveDate, Utc};
use tieout_platform::effect::Permit;

use crate::contact::{ContactMatch, NewContact};
use crate::credit_note::{Allocation, CreditNote, CreditNoteSummary, NewAllocation, NewCreditNote};
use crate::document::Written;
use crate::error::LedgerError;
use crate::ids::{ContactId, CreditNoteId, InvoiceId, JournalId, TenantId};
use crate::invoice::{Invoice, InvoiceSummary, NewInvoice};
use crate::journal::{Journal, JournalSummary, NewJournal};
use crate::organisation::{Account, Organisation, TaxRate, TrackingCategory};
use crate::trial_balance::TrialBalance;

/// A ledger with all organisations that one login reaches.
pub trait Ledger: Send + Sync {
    /// Whether invoices and credit notes begin as drafts that are not in the books.
    const HAS_DRAFTS: bool;

    /// What the intent of a write to this organisation names as its target.
    fn target(tenant: &TenantId) -> String;

    /// The body that creates a contact.
    fn contact_body(contact: &NewContact) -> String;

    /// The body that creates an invoice; the same input gives the same bytes.
    fn invoice_body(invoice: &NewInvoice) -> String;

    /// The body that creates a credit note.
    fn credit_note_body(note: &NewCreditNote) -> String;

    /// The body that sets a part of a credit note against an invoice.
    fn allocation_body(allocation: &NewAllocation) -> String;

    /// The body that posts a journal.
    fn journal_body(journal: &NewJournal) -> String;

    /// The body that takes a journal back; `narration` is the journal's own.
    fn void_journal_body(journal: &JournalId, narration: &str) -> String;

    /// The contact with `number` among all, else the one with exactly `name` among the active.
    fn find_contact(&self, tenant: &TenantId, number: &str, name: &str) -> impl Future<Output = Result<ContactMatch, LedgerError>> + Send;

    /// The invoice, whatever its status.
    fn invoice(&self, tenant: &TenantId, invoice: &InvoiceId) -> impl Future<Output = Result<Option<Invoice>, LedgerError>> + Send;

    /// The invoice with exactly this number; a dead one only where no other has it. To find out whether a creation took effect.
    fn invoice_by_number(&self, tenant: &TenantId, number: &str) -> impl Future<Output = Result<Option<Invoice>, LedgerError>> + Send;

    /// Sales invoices that changed at or after `since`; may hold one twice.
    fn invoices_changed_since(
        &self,
        tenant: &TenantId,
        since: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<InvoiceSummary>, LedgerError>> + Send;

    /// The credit note, whatever its status, with what it was set against.
    fn credit_note(&self, tenant: &TenantId, note: &CreditNoteId) -> impl Future<Output = Result<Option<CreditNote>, LedgerError>> + Send;

    /// The credit note with exactly this number. To find out whether a creation took effect.
    fn credit_note_by_number(
        &self,
        tenant: &TenantId,
        number: &str,
    ) -> impl Future<Output = Result<Option<CreditNote>, LedgerError>> + Send;

    /// Credit notes to customers that changed at or after `since`; may hold one twice.
    fn credit_notes_changed_since(
        &self,
        tenant: &TenantId,
        since: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<CreditNoteSummary>, LedgerError>> + Send;

    /// The journal with its lines.
    fn journal(&self, tenant: &TenantId, journal: &JournalId) -> impl Future<Output = Result<Option<Journal>, LedgerError>> + Send;

    /// The journal that bears our key, among those of `date`. To find out whether a posting took effect.
    fn journal_by_reference(
        &self,
        tenant: &TenantId,
        reference: &str,
        date: NaiveDate,
    ) -> impl Future<Output = Result<Option<Journal>, LedgerError>> + Send;

    /// Journals that changed at or after `since`, not only ours; may hold one twice.
    fn journals_changed_since(
        &self,
        tenant: &TenantId,
        since: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<JournalSummary>, LedgerError>> + Send;

    /// The organisation with its lock dates, as they are now.
    fn organisation(&self, tenant: &TenantId) -> impl Future<Output = Result<Organisation, LedgerError>> + Send;

    /// All accounts; may be minutes old.
    fn accounts(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<Account>, LedgerError>> + Send;

    /// All tax rates; may be minutes old.
    fn tax_rates(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<TaxRate>, LedgerError>> + Send;

    /// All tracking categories; may be minutes old.
    fn tracking(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<TrackingCategory>, LedgerError>> + Send;

    /// Balances at the end of `date`.
    fn trial_balance(&self, tenant: &TenantId, date: NaiveDate) -> impl Future<Output = Result<TrialBalance, LedgerError>> + Send;

    /// Creates the contact of [`contact_body`](Ledger::contact_body).
    fn create_contact(&self, tenant: &TenantId, permit: Permit<'_>)
    -> impl Future<Output = Result<Written<ContactId>, LedgerError>> + Send;

    /// Creates the invoice of [`invoice_body`](Ledger::invoice_body), a draft where the ledger has drafts.
    fn create_invoice(&self, tenant: &TenantId, permit: Permit<'_>) -> impl Future<Output = Result<Written<Invoice>, LedgerError>> + Send;

    /// Creates the credit note of [`credit_note_body`](Ledger::credit_note_body).
    fn create_credit_note(
        &self,
        tenant: &TenantId,
        permit: Permit<'_>,
    ) -> impl Future<Output = Result<Written<CreditNote>, LedgerError>> + Send;

    /// Sets a part of a credit note against an invoice, by [`allocation_body`](Ledger::allocation_body).
    fn allocate_credit_note(
        &self,
        tenant: &TenantId,
        note: &CreditNoteId,
        permit: Permit<'_>,
    ) -> impl Future<Output = Result<Written<Allocation>, LedgerError>> + Send;

    /// Posts the journal of [`journal_body`](Ledger::journal_body); remarks say where what is there differs from what was sent.
    fn post_journal(&self, tenant: &TenantId, permit: Permit<'_>) -> impl Future<Output = Result<Written<Journal>, LedgerError>> + Send;

    /// Takes a journal back, by [`void_journal_body`](Ledger::void_journal_body).
    fn void_journal(
        &self,
        tenant: &TenantId,
        journal: &JournalId,
        permit: Permit<'_>,
    ) -> impl Future<Output = Result<Written<Journal>, LedgerError>> + Send;
}
