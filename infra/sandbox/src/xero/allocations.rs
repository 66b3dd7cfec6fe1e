//! `PUT /CreditNotes/{id}/Allocations`: a credit note settles invoices of the same contact and currency.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::model::{Allocation, DocumentType, Status};
use super::reply::Reply;
use super::server::Call;
use super::wire::{self, Fields, money, round};
use super::world::{Org, new_id};
use super::{batch, settlement, validation};

/// Answers the endpoint; the credit note's id or number is in the path.
pub(super) fn answer(org: &mut Org, call: &Call<'_>, credit_key: &str) -> Reply {
    let Some(credit) = org.find_document(credit_key, &DocumentType::CREDIT_NOTES) else {
        return Reply::not_found();
    };
    let show = |org: &Org, id: &str| show(org, &credit.id, id);
    batch::write_each(org, call, "Allocations", |org, item| allocate(org, &credit.id, item), show)
}

/// Allocates and gives the allocation's id.
pub(super) fn allocate(org: &mut Org, credit_id: &str, item: &Value) -> Result<String, Vec<String>> {
    let fields = Fields::of(item).ok_or_else(|| vec!["An allocation must be an object".to_owned()])?;
    let credit = org.documents.get(credit_id).cloned();
    let credit = credit.ok_or_else(|| vec!["The specified CreditNoteID could not be found".to_owned()])?;
    let named = fields.object("Invoice");
    let key = named.and_then(|invoice| invoice.text("InvoiceID").or(invoice.text("InvoiceNumber")));
    let invoice = key.and_then(|key| org.find_document(key, &DocumentType::INVOICES));
    let invoice = invoice.ok_or_else(|| vec!["The specified InvoiceID could not be found".to_owned()])?;
    let mut errors = Vec::new();
    let amount = round(fields.decimal("Amount", &mut errors).unwrap_or_default(), 2);
    let date = fields.date("Date", &mut errors);
    if date.is_none() && errors.is_empty() {
        errors.push("Date must be specified".to_owned());
    }
    if amount <= Decimal::ZERO {
        errors.push("Amount must be greater than zero".to_owned());
    }
    if credit.status != Status::Authorised || invoice.status != Status::Authorised {
        errors.push("Allocations can only be made between Authorised documents".to_owned());
    }
    if credit.kind.is_sale() != invoice.kind.is_sale() || credit.contact_id != invoice.contact_id || credit.currency != invoice.currency {
        errors.push("The credit note and the invoice must have the same type, contact and currency".to_owned());
    }
    if amount > invoice.due() {
        errors.push("The amount allocated exceeds the amount outstanding on this invoice".to_owned());
    }
    if amount > credit.due() {
        errors.push("The amount allocated exceeds the remaining credit on this credit note".to_owned());
    }
    errors.extend(date.and_then(|date| validation::locked(&org.settings, date)));
    let (Some(date), true) = (date, errors.is_empty()) else {
        return Err(errors);
    };
    let id = new_id();
    let mut changed = (*credit).clone();
    changed.allocations.push(Allocation {
        id: id.clone(),
        invoice_id: invoice.id.clone(),
        amount,
        date,
    });
    org.put_document(changed);
    settlement::refresh(org, credit_id);
    settlement::refresh(org, &invoice.id);
    Ok(id)
}

fn show(org: &Org, credit_id: &str, id: &str) -> Value {
    let credit = org.documents.get(credit_id);
    let found = credit.and_then(|credit| credit.allocations.iter().find(|allocation| allocation.id == id));
    found.map_or(Value::Null, |allocation| {
        json!({
            "AllocationID": allocation.id,
            "Amount": money(allocation.amount),
            "Date": wire::day(allocation.date),
            "Invoice": {"InvoiceID": allocation.invoice_id, "LineItems": [], "ValidationErrors": []},
            "CreditNote": {"CreditNoteID": credit_id, "ID": credit_id, "LineItems": []},
            "ValidationErrors": [],
        })
    })
}
