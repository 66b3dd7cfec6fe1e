//! `/Payments`: money against an approved document, never more than is due; taken back by `Status: DELETED`.

use std::sync::Arc;

use http::Method;
use rust_decimal::Decimal;
use serde_json::Value;

use super::model::{Document, DocumentType, Payment, Status, bumped};
use super::reply::Reply;
use super::server::Call;
use super::settings::Account;
use super::wire::{Fields, round};
use super::world::{Org, new_id};
use super::{batch, render, settlement, validation};

const ALL_TYPES: [DocumentType; 4] = [
    DocumentType::SalesInvoice,
    DocumentType::Bill,
    DocumentType::SalesCredit,
    DocumentType::BillCredit,
];

/// Answers `/Payments` and `/Payments/{id}`.
pub(super) fn answer(org: &mut Org, call: &Call<'_>) -> Reply {
    let key = call.path.get(1).map(|key| key.to_lowercase());
    if *call.method == Method::GET {
        return match key {
            Some(key) => match org.payments.get(&key) {
                Some(payment) => Reply::records("Payments", vec![render::payment(org, payment)], org.now),
                None => Reply::not_found(),
            },
            None => {
                let records = org
                    .payments
                    .values()
                    .map(|payment| (payment.updated, render::payment(org, payment)));
                call.query.answer("Payments", records.collect(), org.now)
            }
        };
    }
    if key.as_ref().is_some_and(|key| !org.payments.contains_key(key)) {
        return Reply::not_found();
    }
    let show = |org: &Org, id: &str| org.payments.get(id).map_or(Value::Null, |payment| render::payment(org, payment));
    batch::write_each(org, call, "Payments", |org, item| write(org, item, key.as_deref()), show)
}

/// Makes a payment, or deletes the one that is named, and gives its id.
pub(super) fn write(org: &mut Org, item: &Value, key: Option<&str>) -> Result<String, Vec<String>> {
    let fields = Fields::of(item).ok_or_else(|| vec!["A payment must be an object".to_owned()])?;
    match fields.text("PaymentID").map(str::to_lowercase).or_else(|| key.map(str::to_owned)) {
        Some(id) => delete(org, &id, &fields),
        None => create(org, &fields),
    }
}

fn delete(org: &mut Org, id: &str, fields: &Fields<'_>) -> Result<String, Vec<String>> {
    let payment = org.payments.get(id).cloned();
    let payment = payment.ok_or_else(|| vec!["The specified PaymentID could not be found".to_owned()])?;
    if payment.deleted || fields.text("Status") != Some("DELETED") {
        return Err(vec!["Payment not of valid status for modification".to_owned()]);
    }
    if let Some(message) = validation::locked(&org.settings, payment.date) {
        return Err(vec![message]);
    }
    let gone = Payment {
        deleted: true,
        updated: bumped(Some(payment.updated), org.now),
        ..(*payment).clone()
    };
    org.payments.insert(id.to_owned(), Arc::new(gone));
    settlement::refresh(org, &payment.document_id);
    Ok(id.to_owned())
}

fn create(org: &mut Org, fields: &Fields<'_>) -> Result<String, Vec<String>> {
    let mut errors = Vec::new();
    let settled = settled(org, fields).ok_or_else(|| vec!["The specified invoice or credit note could not be found".to_owned()])?;
    let account = account(org, fields, &mut errors);
    let amount = round(fields.decimal("Amount", &mut errors).unwrap_or_default(), 2);
    let date = fields.date("Date", &mut errors).unwrap_or_else(|| org.now.date_naive());
    if amount <= Decimal::ZERO {
        errors.push("Payment amount must be greater than zero".to_owned());
    }
    if !settled.status.is_posted() {
        errors.push("Payments can only be made against Authorised documents".to_owned());
    } else if amount > settled.due() {
        if settled.status == Status::Paid {
            errors.push("Payments can only be made against Authorised documents".to_owned());
        }
        errors.push("Payment amount exceeds the amount outstanding on this document".to_owned());
    }
    errors.extend(validation::locked(&org.settings, date));
    let sent_rate = fields.decimal("CurrencyRate", &mut errors);
    let sent_rate = sent_rate.map(|rate| validation::rate(rate, &mut errors));
    let rate = sent_rate
        .or_else(|| org.settings.rate_on(&settled.currency, date))
        .unwrap_or(settled.rate);
    let (Some(account), true) = (account, errors.is_empty()) else {
        return Err(errors);
    };
    let payment = Payment {
        id: new_id(),
        document_id: settled.id.clone(),
        account_code: account,
        date,
        amount,
        rate,
        reference: fields.text("Reference").unwrap_or_default().to_owned(),
        deleted: false,
        updated: org.now,
    };
    let id = payment.id.clone();
    org.payments.insert(id.clone(), Arc::new(payment));
    settlement::refresh(org, &settled.id);
    Ok(id)
}

/// The document by `Invoice`, `CreditNote`, `InvoiceNumber` or `CreditNoteNumber`.
fn settled(org: &Org, fields: &Fields<'_>) -> Option<Arc<Document>> {
    let invoice = fields.object("Invoice");
    let credit = fields.object("CreditNote");
    let within = |object: &Option<Fields<'_>>, names: [&str; 2]| {
        let object = object.as_ref()?;
        names.iter().find_map(|name| object.text(name)).map(str::to_owned)
    };
    let key = within(&invoice, ["InvoiceID", "InvoiceNumber"])
        .or_else(|| within(&credit, ["CreditNoteID", "CreditNoteNumber"]))
        .or_else(|| fields.text("InvoiceNumber").map(str::to_owned))
        .or_else(|| fields.text("CreditNoteNumber").map(str::to_owned))?;
    org.find_document(&key, &ALL_TYPES)
}

/// A bank account, or one that payments may be made to.
fn account(org: &Org, fields: &Fields<'_>, errors: &mut Vec<String>) -> Option<String> {
    let object = fields.object("Account");
    let id = object.as_ref().and_then(|object| object.text("AccountID"));
    let code = object.as_ref().and_then(|object| object.text("Code")).or(fields.text("Code"));
    let fits = |account: &&Account| match id {
        Some(id) => account.id.eq_ignore_ascii_case(id),
        None => Some(account.code.as_str()) == code,
    };
    let found = org.settings.accounts.iter().find(fits);
    let usable = found.filter(|account| account.active && (account.kind == "BANK" || account.payments_enabled));
    if usable.is_none() {
        errors.push("Account could not be found or is not a valid account to make payments to".to_owned());
    }
    usable.map(|account| account.code.clone())
}
