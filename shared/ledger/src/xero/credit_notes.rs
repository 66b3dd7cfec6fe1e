//! Credit notes to customers, and what they are set against.

use chrono::{DateTime, Utc};
use tieout_platform::effect::Permit;

use super::client::{Call, XeroLedger};
use super::list::record_of;
use super::query::{PAGES_MAX, equals};
use super::reply::{Kind, misfit, written};
use super::wire::{AllocationWire, DocumentWire, Read, currency, date, id, lines, need, rate_to_base, status, updated};
use crate::credit_note::{Allocation, CreditNote, CreditNoteSummary};
use crate::document::Written;
use crate::error::LedgerError;
use crate::ids::{AllocationId, ContactId, CreditNoteId, InvoiceId};

const READ: &str = "read credit note";
const LIST: &str = "list credit notes";
const CREATE: &str = "create credit note";
const ALLOCATE: &str = "allocate credit note";
const SALES: &str = "ACCRECCREDIT";

/// The credit note, whatever its status; `None` where there is none under this id, or it is a supplier's.
///
/// # Errors
/// Those of a read.
pub(super) async fn by_id(books: &XeroLedger, note: &CreditNoteId) -> Result<Option<CreditNote>, LedgerError> {
    let call = Call::get(READ, format!("CreditNotes/{note}")).with("unitdp", "4");
    let wires: Vec<DocumentWire> = books.records(&call, "CreditNotes").await?;
    let wire = wires.into_iter().find(is_sale);
    wire.map(read).transpose().map_err(|problem| misfit(READ, Kind::Read, problem))
}

/// The credit note with exactly this number; where several have it, the one that counts, else the one changed last.
///
/// # Errors
/// Those of a read; `Unsendable` where the number holds a quote or a backslash.
pub(super) async fn by_number(books: &XeroLedger, number: &str) -> Result<Option<CreditNote>, LedgerError> {
    let clause = equals("CreditNoteNumber", number).ok_or_else(|| LedgerError::Unsendable {
        what: READ,
        problem: "the number holds a quote or a backslash".to_owned(),
    })?;
    let call = Call::get(READ, "CreditNotes").with("where", clause).with("unitdp", "4");
    let wires: Vec<DocumentWire> = books.pages(call, "CreditNotes", PAGES_MAX).await?;
    let read = wires
        .into_iter()
        .filter(|wire| is_sale(wire) && wire.credit_note_number.as_deref() == Some(number))
        .map(read)
        .collect::<Read<Vec<CreditNote>>>()
        .map_err(|problem| misfit(READ, Kind::Read, problem))?;
    Ok(read.into_iter().max_by_key(|note| (!note.status.is_dead(), note.updated_at)))
}

/// All credit notes to customers that changed at or after `since`, in the order of their ids.
///
/// # Errors
/// Those of a read.
pub(super) async fn changed_since(books: &XeroLedger, since: DateTime<Utc>) -> Result<Vec<CreditNoteSummary>, LedgerError> {
    let call = Call::get(LIST, "CreditNotes")
        .with("where", format!("Type==\"{SALES}\""))
        .with("order", "CreditNoteID ASC")
        .since(since);
    let wires: Vec<DocumentWire> = books.pages(call, "CreditNotes", PAGES_MAX).await?;
    let summaries = wires.into_iter().filter(is_sale).map(summary).collect::<Read<Vec<_>>>();
    summaries.map_err(|problem| misfit(LIST, Kind::Read, problem))
}

/// Creates the draft of [`credit_note_body`](super::credit_note_body).
///
/// # Errors
/// Those of a write; `AlreadyThere` where the number is taken.
pub(super) async fn create(books: &XeroLedger, permit: Permit<'_>) -> Result<Written<CreditNote>, LedgerError> {
    let call = Call::put(CREATE, "CreditNotes", &permit).with("unitdp", "4");
    let body = books.write(&call).await?;
    let (item, remarks) = written(CREATE, &body, "CreditNotes", Some("CreditNoteID"))?;
    let record = record_of("CreditNotes", item).and_then(read);
    let record = record.map_err(|problem| misfit(CREATE, Kind::Write, problem))?;
    Ok(Written { record, remarks })
}

/// Sets a part of an authorised credit note against an invoice, by [`allocation_body`](super::allocation_body).
/// To find out whether it took effect, read the credit note: its allocations name the invoices.
///
/// # Errors
/// Those of a write.
pub(super) async fn allocate(books: &XeroLedger, note: &CreditNoteId, permit: Permit<'_>) -> Result<Written<Allocation>, LedgerError> {
    let call = Call::put(ALLOCATE, format!("CreditNotes/{note}/Allocations"), &permit);
    let body = books.write(&call).await?;
    // Not every version of the API gives an allocation its id.
    let (item, remarks) = written(ALLOCATE, &body, "Allocations", None)?;
    let record = record_of("Allocations", item).and_then(allocation);
    let record = record.map_err(|problem| misfit(ALLOCATE, Kind::Write, problem))?;
    Ok(Written { record, remarks })
}

/// Where people see it.
pub(super) fn url(note: &CreditNoteId) -> String {
    format!("https://go.xero.com/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={note}")
}

fn is_sale(wire: &DocumentWire) -> bool {
    wire.kind.as_deref() == Some(SALES)
}

fn read(wire: DocumentWire) -> Read<CreditNote> {
    let note_id = id("CreditNoteID", wire.credit_note_id, CreditNoteId::parse)?;
    let allocations = wire.allocations.unwrap_or_default().into_iter();
    let allocations = allocations.filter(|allocation| allocation.is_deleted != Some(true));
    Ok(CreditNote {
        link: url(&note_id),
        id: note_id,
        number: wire.credit_note_number.unwrap_or_default(),
        status: status(wire.status.as_deref())?,
        date: need("Date", date("Date", wire.date.as_deref())?)?,
        currency: currency("CurrencyCode", wire.currency_code)?,
        rate_to_base: rate_to_base(wire.currency_rate),
        sub_total: need("SubTotal", wire.sub_total)?,
        total_tax: need("TotalTax", wire.total_tax)?,
        total: need("Total", wire.total)?,
        remaining_credit: need("RemainingCredit", wire.remaining_credit)?,
        lines: lines(wire.line_items, wire.line_amount_types.as_deref())?,
        allocations: allocations.map(allocation).collect::<Read<Vec<_>>>()?,
        contact: id("ContactID", wire.contact.and_then(|contact| contact.id), ContactId::parse)?,
        reference: wire.reference.unwrap_or_default(),
        updated_at: updated(wire.updated.as_deref(), wire.updated_text.as_deref())?,
    })
}

fn allocation(wire: AllocationWire) -> Read<Allocation> {
    Ok(Allocation {
        id: wire.id.and_then(|id| AllocationId::parse(&id).ok()),
        invoice: id(
            "allocation's InvoiceID",
            wire.invoice.and_then(|invoice| invoice.id),
            InvoiceId::parse,
        )?,
        amount: need("allocation's Amount", wire.amount)?,
        date: date("allocation's Date", wire.date.as_deref())?,
    })
}

fn summary(wire: DocumentWire) -> Read<CreditNoteSummary> {
    Ok(CreditNoteSummary {
        id: id("CreditNoteID", wire.credit_note_id, CreditNoteId::parse)?,
        number: wire.credit_note_number.unwrap_or_default(),
        status: status(wire.status.as_deref())?,
        updated_at: updated(wire.updated.as_deref(), wire.updated_text.as_deref())?,
    })
}
