//! Between an invoice as the ledger has it and a document as we keep it.

use tieout_ledger::{CreditNote, CreditNoteId, DocumentStatus as Ledgers, Invoice, InvoiceId, Ledger};
use tieout_store::{Document, DocumentKind, DocumentStatus};

/// Where people see the document in its ledger, once it is there.
pub fn url(ledger: &dyn Ledger, document: &Document) -> Option<String> {
    let id = &document.in_ledger()?.ledger_id;
    match document.kind {
        DocumentKind::Invoice => InvoiceId::parse(id).ok().map(|id| ledger.invoice_url(&id)),
        DocumentKind::CreditNote => CreditNoteId::parse(id).ok().map(|id| ledger.credit_note_url(&id)),
    }
}

/// How far the invoice came: the ledger's status, and by what it was settled.
pub fn status_of(invoice: &Invoice) -> DocumentStatus {
    match invoice.status {
        Ledgers::Draft | Ledgers::Submitted => DocumentStatus::Drafted,
        Ledgers::Voided => DocumentStatus::Voided,
        Ledgers::Deleted => DocumentStatus::Deleted,
        Ledgers::Paid if invoice.amount_paid.is_zero() && !invoice.amount_credited.is_zero() => DocumentStatus::Credited,
        Ledgers::Paid => DocumentStatus::Paid,
        Ledgers::Authorised if invoice.amount_paid.is_zero() => DocumentStatus::Authorised,
        Ledgers::Authorised => DocumentStatus::PartPaid,
    }
}

/// How far a credit note came: it counts as paid once nothing is left of it.
pub fn note_status_of(note: &CreditNote) -> DocumentStatus {
    match note.status {
        Ledgers::Draft | Ledgers::Submitted => DocumentStatus::Drafted,
        Ledgers::Authorised => DocumentStatus::Authorised,
        Ledgers::Paid => DocumentStatus::Paid,
        Ledgers::Voided => DocumentStatus::Voided,
        Ledgers::Deleted => DocumentStatus::Deleted,
    }
}
