//! Sales invoices.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tieout_platform::effect::Permit;

use super::body::document_key;
use super::client::{Call, XeroLedger};
use super::list::record_of;
use super::query::PAGES_MAX;
use super::reply::{Kind, misfit, written};
use super::wire::{AdvanceWire, DocumentWire, PaymentWire, Read, currency, date, id, lines, need, rate_to_base, status, updated};
use crate::document::Written;
use crate::error::LedgerError;
use crate::ids::{ContactId, CreditNoteId, InvoiceId, PaymentId};
use crate::invoice::{AppliedCredit, Invoice, InvoiceSummary, Payment};

const READ: &str = "read invoice";
const LIST: &str = "list invoices";
const CREATE: &str = "create invoice";
/// Xero leaves voided and deleted ones out unless they are asked for.
const ALL_STATUSES: &str = "DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED";
pub(super) const SALES: &str = "ACCREC";

/// The invoice, whatever its status; `None` where there is none under this id, or it is a bill.
///
/// # Errors
/// Those of a read.
pub(super) async fn by_id(books: &XeroLedger, invoice: &InvoiceId) -> Result<Option<Invoice>, LedgerError> {
    let call = Call::get(READ, format!("Invoices/{invoice}")).with("unitdp", "4");
    let wires: Vec<DocumentWire> = books.records(&call, "Invoices").await?;
    let wire = wires.into_iter().find(is_sale);
    wire.map(read).transpose().map_err(|problem| misfit(READ, Kind::Read, problem))
}

/// The invoice with exactly this number. Where several have it, the one that counts, else the one changed last:
/// the caller looks at [`DocumentStatus::is_dead`](crate::DocumentStatus::is_dead).
///
/// # Errors
/// Those of a read.
pub(super) async fn by_number(books: &XeroLedger, number: &str) -> Result<Option<Invoice>, LedgerError> {
    let call = Call::get(READ, "Invoices")
        .with("InvoiceNumbers", number)
        .with("Statuses", ALL_STATUSES)
        .with("unitdp", "4");
    one_of(books, call, |wire| wire.invoice_number.as_deref() == Some(number)).await
}

/// The invoice to `contact` that bears our key, as [`by_number`] chooses.
///
/// # Errors
/// Those of a read.
pub(super) async fn by_key(books: &XeroLedger, contact: &ContactId, key: &str) -> Result<Option<Invoice>, LedgerError> {
    let call = Call::get(READ, "Invoices")
        .with("ContactIDs", contact.as_str())
        .with("Statuses", ALL_STATUSES)
        .with("unitdp", "4");
    one_of(books, call, |wire| wire.url.as_deref().and_then(document_key) == Some(key)).await
}

/// Of the sales invoices that `fits`, the one that counts, else the one changed last.
async fn one_of(books: &XeroLedger, call: Call<'_>, fits: impl Fn(&DocumentWire) -> bool) -> Result<Option<Invoice>, LedgerError> {
    let wires: Vec<DocumentWire> = books.pages(call, "Invoices", PAGES_MAX).await?;
    let read = wires.into_iter().filter(|wire| is_sale(wire) && fits(wire)).map(read);
    let read = read
        .collect::<Read<Vec<Invoice>>>()
        .map_err(|problem| misfit(READ, Kind::Read, problem))?;
    Ok(read
        .into_iter()
        .max_by_key(|invoice| (!invoice.status.is_dead(), invoice.updated_at)))
}

/// All sales invoices that changed at or after `since`, in the order of their ids. Some changes do not count as such at Xero
/// (a due date on a part-paid invoice), so a sweep reaches back further than its last run.
///
/// # Errors
/// Those of a read.
pub(super) async fn changed_since(books: &XeroLedger, since: DateTime<Utc>) -> Result<Vec<InvoiceSummary>, LedgerError> {
    let call = Call::get(LIST, "Invoices")
        .with("where", format!("Type==\"{SALES}\""))
        .with("Statuses", ALL_STATUSES)
        .with("order", "InvoiceID ASC")
        .since(since);
    let wires: Vec<DocumentWire> = books.pages(call, "Invoices", PAGES_MAX).await?;
    let summaries = wires.into_iter().filter(is_sale).map(summary).collect::<Read<Vec<_>>>();
    summaries.map_err(|problem| misfit(LIST, Kind::Read, problem))
}

/// Creates the draft of [`invoice_body`](super::invoice_body). Its totals are to be compared with the expected ones.
///
/// # Errors
/// Those of a write; `AlreadyThere` where the number is taken.
pub(super) async fn create(books: &XeroLedger, permit: Permit<'_>) -> Result<Written<Invoice>, LedgerError> {
    let call = Call::put(CREATE, "Invoices", &permit).with("unitdp", "4");
    let body = books.write(&call).await?;
    let (item, remarks) = written(CREATE, &body, "Invoices", Some("InvoiceID"))?;
    let record = record_of("Invoices", item).and_then(read);
    let record = record.map_err(|problem| misfit(CREATE, Kind::Write, problem))?;
    Ok(Written { record, remarks })
}

/// Where people see it.
pub(super) fn url(invoice: &InvoiceId) -> String {
    format!("https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID={invoice}")
}

fn is_sale(wire: &DocumentWire) -> bool {
    wire.kind.as_deref() == Some(SALES)
}

fn read(wire: DocumentWire) -> Read<Invoice> {
    let invoice_id = id("InvoiceID", wire.invoice_id, InvoiceId::parse)?;
    let payments = wire.payments.unwrap_or_default().into_iter().filter(|payment| {
        // A deleted payment is no payment, where it is shown at all.
        payment.status.as_deref() != Some("DELETED")
    });
    let mut payments = payments.map(payment).collect::<Read<Vec<_>>>()?;
    let advances = wire.prepayments.into_iter().chain(wire.overpayments).flatten();
    let advances = advances.filter_map(|advance| in_advance(advance, wire.date.as_deref()));
    let advances = merged(advances.collect::<Read<Vec<_>>>()?)?;
    let amount_credited = wire.amount_credited.unwrap_or_default();
    let advanced = sum_of(&advances, amount_credited)?;
    payments.extend(advances);
    Ok(Invoice {
        link: url(&invoice_id),
        id: invoice_id,
        number: wire.invoice_number.unwrap_or_default(),
        status: status(wire.status.as_deref())?,
        date: need("Date", date("Date", wire.date.as_deref())?)?,
        due_date: date("DueDate", wire.due_date.as_deref())?,
        currency: currency("CurrencyCode", wire.currency_code)?,
        rate_to_base: rate_to_base(wire.currency_rate),
        sub_total: need("SubTotal", wire.sub_total)?,
        total_tax: need("TotalTax", wire.total_tax)?,
        total: need("Total", wire.total)?,
        amount_due: need("AmountDue", wire.amount_due)?,
        amount_paid: need("AmountPaid in range", wire.amount_paid.unwrap_or_default().checked_add(advanced))?,
        amount_credited: amount_credited - advanced,
        lines: lines(wire.line_items, wire.line_amount_types.as_deref())?,
        payments,
        credit_notes: wire
            .credit_notes
            .unwrap_or_default()
            .into_iter()
            .map(credit)
            .collect::<Read<Vec<_>>>()?,
        contact: id("ContactID", wire.contact.and_then(|contact| contact.id), ContactId::parse)?,
        reference: wire.reference.unwrap_or_default(),
        key: wire.url.as_deref().and_then(document_key).map(str::to_owned),
        updated_at: updated(wire.updated.as_deref(), wire.updated_text.as_deref())?,
    })
}

fn payment(wire: PaymentWire) -> Read<Payment> {
    Ok(Payment {
        id: id("PaymentID", wire.id, PaymentId::parse)?,
        date: need("payment's Date", date("payment's Date", wire.date.as_deref())?)?,
        amount: need("payment's Amount", wire.amount)?,
        rate_to_base: rate_to_base(wire.currency_rate),
    })
}

/// Money that came before the invoice, or beyond another one, and was set against this one: a payment like any other. Where its day is not given
/// it is the invoice's, before which no payment counts.
fn in_advance(wire: AdvanceWire, invoice_date: Option<&str>) -> Option<Read<Payment>> {
    let amount = wire.applied_amount?;
    let day = wire.date.as_deref().or(invoice_date);
    let read = || {
        Ok(Payment {
            id: id("PrepaymentID", wire.prepayment_id.or(wire.overpayment_id), PaymentId::parse)?,
            date: need("prepayment's Date", date("prepayment's Date", day)?)?,
            amount,
            rate_to_base: rate_to_base(wire.currency_rate),
        })
    };
    Some(read())
}

/// One payment for each prepayment, however often it was set against the invoice: facts are told apart by its id.
fn merged(advances: Vec<Payment>) -> Read<Vec<Payment>> {
    let mut merged: Vec<Payment> = Vec::with_capacity(advances.len());
    for advance in advances {
        match merged.iter_mut().find(|known| known.id == advance.id) {
            Some(known) => known.amount = need("AppliedAmount in range", known.amount.checked_add(advance.amount))?,
            None => merged.push(advance),
        }
    }
    Ok(merged)
}

/// How much of `AmountCredited` is money: Xero sums credit notes, prepayments and overpayments up in it.
fn sum_of(advances: &[Payment], credited: Decimal) -> Read<Decimal> {
    let sum = advances
        .iter()
        .try_fold(Decimal::ZERO, |sum, advance| sum.checked_add(advance.amount));
    Ok(need("AppliedAmount in range", sum)?.clamp(Decimal::ZERO, credited.max(Decimal::ZERO)))
}

fn credit(wire: DocumentWire) -> Read<AppliedCredit> {
    Ok(AppliedCredit {
        id: id("CreditNoteID", wire.credit_note_id, CreditNoteId::parse)?,
        number: wire.credit_note_number.unwrap_or_default(),
        date: date("credit note's Date", wire.date.as_deref())?,
        applied_amount: need("AppliedAmount", wire.applied_amount)?,
    })
}

fn summary(wire: DocumentWire) -> Read<InvoiceSummary> {
    Ok(InvoiceSummary {
        id: id("InvoiceID", wire.invoice_id, InvoiceId::parse)?,
        number: wire.invoice_number.unwrap_or_default(),
        status: status(wire.status.as_deref())?,
        updated_at: updated(wire.updated.as_deref(), wire.updated_text.as_deref())?,
    })
}
