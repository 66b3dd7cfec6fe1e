//! The port: what the use cases ask of one organisation's books. A vendor's module implements it, and nobody else names
//! the vendor.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use futures::future::BoxFuture;
use tieout_platform::effect::Permit;
use tieout_platform::vendor::Priority;

use crate::capabilities::Capabilities;
use crate::contact::{ContactMatch, NewContact};
use crate::credit_note::{Allocation, CreditNote, CreditNoteSummary, NewAllocation, NewCreditNote};
use crate::document::{NewLine, Written};
use crate::error::LedgerError;
use crate::ids::{ContactId, CreditNoteId, InvoiceId, JournalId, OrganisationId};
use crate::invoice::{Invoice, InvoiceSummary, NewInvoice};
use crate::journal::{Journal, JournalSummary, NewJournal};
use crate::organisation::{Account, Organisation, TaxRate, TrackingCategory};
use crate::totals::{Totals, TotalsError};
use crate::trial_balance::TrialBalance;

/// What a call comes to. The classes of [`LedgerError`] say what the caller may do.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, LedgerError>>;

/// One organisation's books, with the priority of its calls.
///
/// Reads may be repeated. Each write asks for a [`Permit`], refuses one for another [`target`](Ledger::target), and sends the
/// permit's body byte for byte; the bodies are made here too, so that the same input gives the same bytes whoever stores the
/// intent.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// What people call the ledger, for their instructions: `Xero`.
    fn name(&self) -> &'static str;

    /// The organisation, as webhooks and hints name it.
    fn organisation_id(&self) -> &OrganisationId;

    /// What the intent of a write to this organisation names as its target; unlike any other ledger's.
    fn target(&self) -> String;

    /// The address of an invoice, for who looks at it in a browser.
    fn invoice_url(&self, invoice: &InvoiceId) -> String;

    /// The address of a credit note.
    fn credit_note_url(&self, note: &CreditNoteId) -> String;

    /// The address of a journal.
    fn journal_url(&self, journal: &JournalId) -> String;

    /// What it can and cannot do.
    fn capabilities(&self) -> Capabilities;

    /// The same books, with calls of another priority.
    fn with_priority(&self, priority: Priority) -> Arc<dyn Ledger>;

    /// The totals that the ledger will compute for these lines: amounts as given, tax rounded by the ledger's own rule.
    ///
    /// # Errors
    /// Where a line's tax type is not in use, or a sum is out of range.
    fn totals(&self, lines: &[NewLine], rates: &[TaxRate]) -> Result<Totals, TotalsError>;

    /// The body that creates a contact.
    fn contact_body(&self, contact: &NewContact) -> String;

    /// The body that creates an invoice; texts that are too long for the ledger are cut.
    fn invoice_body(&self, invoice: &NewInvoice) -> String;

    /// The body that creates a credit note; texts that are too long for the ledger are cut.
    fn credit_note_body(&self, note: &NewCreditNote) -> String;

    /// The body that sets a part of a credit note against an invoice.
    fn allocation_body(&self, allocation: &NewAllocation) -> String;

    /// The body that posts a journal.
    fn journal_body(&self, journal: &NewJournal) -> String;

    /// The body that voids a journal; `narration` is the journal's own.
    fn void_journal_body(&self, journal: &JournalId, narration: &str) -> String;

    /// The contact with the key `number` (the CRM's id of the customer) among all, archived ones included, else the one with
    /// exactly `name` among the active. A name that belongs to another key, or differs only in capitals, is ambiguous.
    fn find_contact<'a>(&'a self, number: &'a str, name: &'a str) -> Answer<'a, ContactMatch>;

    /// The invoice, whatever its status; `None` where there is none under this id, or it is a bill.
    fn invoice<'a>(&'a self, invoice: &'a InvoiceId) -> Answer<'a, Option<Invoice>>;

    /// The invoice to `contact` that bears our key ([`NewInvoice::key`]); a voided or deleted one only where no other bears it. A table that was
    /// restored has forgotten the number of what it sent.
    fn invoice_by_key<'a>(&'a self, contact: &'a ContactId, key: &'a str) -> Answer<'a, Option<Invoice>>;

    /// The invoice with exactly this number; a voided or deleted one only where no other has it. To find out whether a
    /// creation took effect.
    fn invoice_by_number<'a>(&'a self, number: &'a str) -> Answer<'a, Option<Invoice>>;

    /// Sales invoices that changed at or after `since`; may hold one twice.
    fn invoices_changed_since(&self, since: DateTime<Utc>) -> Answer<'_, Vec<InvoiceSummary>>;

    /// The credit note, whatever its status, with what it was set against; `None` where there is none under this id, or it is
    /// a supplier's.
    fn credit_note<'a>(&'a self, note: &'a CreditNoteId) -> Answer<'a, Option<CreditNote>>;

    /// The credit note with exactly this number, as with invoices.
    fn credit_note_by_number<'a>(&'a self, number: &'a str) -> Answer<'a, Option<CreditNote>>;

    /// Credit notes to customers that changed at or after `since`; may hold one twice.
    fn credit_notes_changed_since(&self, since: DateTime<Utc>) -> Answer<'_, Vec<CreditNoteSummary>>;

    /// The journal with its lines.
    fn journal<'a>(&'a self, journal: &'a JournalId) -> Answer<'a, Option<Journal>>;

    /// The journal that bears our key, among those of `date`; a voided one only where no other bears it. To find out whether a
    /// posting took effect.
    fn journal_by_reference<'a>(&'a self, reference: &'a str, date: NaiveDate) -> Answer<'a, Option<Journal>>;

    /// Journals that changed at or after `since`, not only ours; may hold one twice.
    fn journals_changed_since(&self, since: DateTime<Utc>) -> Answer<'_, Vec<JournalSummary>>;

    /// The organisation with its lock dates, as they are now.
    fn organisation(&self) -> Answer<'_, Organisation>;

    /// All accounts, archived ones too; may be minutes old.
    fn accounts(&self) -> Answer<'_, Vec<Account>>;

    /// All tax rates, those out of use too; may be minutes old.
    fn tax_rates(&self) -> Answer<'_, Vec<TaxRate>>;

    /// All tracking categories with their options in use; may be minutes old.
    fn tracking(&self) -> Answer<'_, Vec<TrackingCategory>>;

    /// Balances at the end of `date`, on the accruals basis.
    fn trial_balance(&self, date: NaiveDate) -> Answer<'_, TrialBalance>;

    /// Creates the contact of [`contact_body`](Ledger::contact_body).
    fn create_contact<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<ContactId>>;

    /// Creates the invoice of [`invoice_body`](Ledger::invoice_body), a draft where the ledger has drafts. Its totals are to be
    /// compared with [`totals`](Ledger::totals).
    fn create_invoice<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<Invoice>>;

    /// Creates the credit note of [`credit_note_body`](Ledger::credit_note_body), a draft where the ledger has drafts.
    fn create_credit_note<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<CreditNote>>;

    /// Sets a part of an authorised credit note against an invoice, by [`allocation_body`](Ledger::allocation_body). To find out
    /// whether it took effect, read the credit note: its allocations name the invoices.
    fn allocate_credit_note<'a>(&'a self, note: &'a CreditNoteId, permit: Permit<'a>) -> Answer<'a, Written<Allocation>>;

    /// Posts the journal of [`journal_body`](Ledger::journal_body); remarks say where what is there differs from what was sent.
    fn post_journal<'a>(&'a self, permit: Permit<'a>) -> Answer<'a, Written<Journal>>;

    /// Voids a journal, by [`void_journal_body`](Ledger::void_journal_body).
    fn void_journal<'a>(&'a self, journal: &'a JournalId, permit: Permit<'a>) -> Answer<'a, Written<Journal>>;
}
