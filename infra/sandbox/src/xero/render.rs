//! Documents, payments and journals as the API shows them.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::contacts;
use super::model::{Document, Journal, Line, Payment, Tracking};
use super::query::extend;
use super::settings::Organisation;
use super::wire::{self, money, number};
use super::world::Org;

/// An invoice, bill or credit note; without lines as lists show it.
pub(super) fn document(org: &Org, document: &Document, unit_places: u32, with_lines: bool) -> Value {
    let lines: Vec<Value> = match with_lines {
        true => document.lines.iter().map(|one| line(&org.settings, one, unit_places)).collect(),
        false => Vec::new(),
    };
    let mut shown = json!({
        "Type": document.kind.code(),
        "Reference": document.reference,
        "Url": document.url,
        "Payments": payments(org, document),
        "SentToContact": document.sent_to_contact,
        "CurrencyRate": number(document.rate, 6),
        "HasAttachments": false,
        "HasErrors": false,
        "Contact": org.contacts.get(&document.contact_id).map(|contact| contacts::show(contact)),
        "DateString": wire::day_text(document.date),
        "Date": wire::day(document.date),
        "Status": document.status.code(),
        "LineAmountTypes": document.line_amount_types.code(),
        "LineItems": lines,
        "SubTotal": money(document.sub_total),
        "TotalTax": money(document.total_tax),
        "Total": money(document.total),
        "UpdatedDateUTC": wire::instant(document.updated),
        "UpdatedDateUTCString": document.updated.format("%Y-%m-%d %H:%M:%S+00:00").to_string(),
        "CurrencyCode": document.currency,
    });
    if let Some(due) = document.due_date {
        extend(&mut shown, json!({"DueDateString": wire::day_text(due), "DueDate": wire::day(due)}));
    }
    if let Some(day) = document.fully_paid_on {
        extend(&mut shown, json!({"FullyPaidOnDate": wire::day(day)}));
    }
    let due = if document.status.is_gone() { Decimal::ZERO } else { document.due() };
    let own = if document.kind.is_credit() {
        credit_fields(org, document, due)
    } else {
        invoice_fields(org, document, due)
    };
    extend(&mut shown, own);
    wire::without_nulls(shown)
}

fn invoice_fields(org: &Org, document: &Document, due: Decimal) -> Value {
    let mut credits = Vec::new();
    for credit in org.documents.values().filter(|other| other.kind.is_credit()) {
        for allocation in credit.allocations.iter().filter(|allocation| allocation.invoice_id == document.id) {
            credits.push(json!({
                "CreditNoteID": credit.id, "ID": credit.id, "CreditNoteNumber": credit.number,
                "AppliedAmount": money(allocation.amount), "Date": wire::day(allocation.date),
                "DateString": wire::day_text(allocation.date), "LineItems": [], "Total": money(credit.total),
                "HasErrors": false,
            }));
        }
    }
    json!({
        "InvoiceID": document.id,
        "InvoiceNumber": document.number,
        "Prepayments": [],
        "Overpayments": [],
        "CreditNotes": credits,
        "AmountDue": money(due),
        "AmountPaid": money(document.paid),
        "AmountCredited": money(document.credited),
        "IsDiscounted": false,
    })
}

fn credit_fields(org: &Org, document: &Document, remaining: Decimal) -> Value {
    let allocations: Vec<Value> = document
        .allocations
        .iter()
        .map(|allocation| {
            let invoice = org.documents.get(&allocation.invoice_id);
            json!({
                "AllocationID": allocation.id,
                "Amount": money(allocation.amount),
                "Date": wire::day(allocation.date),
                "Invoice": {
                    "InvoiceID": allocation.invoice_id,
                    "InvoiceNumber": invoice.map(|invoice| invoice.number.clone()),
                },
                "IsDeleted": false,
            })
        })
        .collect();
    json!({
        "CreditNoteID": document.id,
        "ID": document.id,
        "CreditNoteNumber": document.number,
        "RemainingCredit": money(remaining),
        "Allocations": allocations,
    })
}

fn payments(org: &Org, document: &Document) -> Vec<Value> {
    let mine = org
        .payments
        .values()
        .filter(|payment| !payment.deleted && payment.document_id == document.id);
    mine.map(|payment| {
        json!({
            "PaymentID": payment.id, "Date": wire::day(payment.date), "Amount": money(payment.amount),
            "Reference": payment.reference, "CurrencyRate": number(payment.rate, 6),
            "HasAccount": false, "HasValidationErrors": false,
        })
    })
    .collect()
}

fn line(settings: &Organisation, line: &Line, unit_places: u32) -> Value {
    let account = line.account_code.as_deref().and_then(|code| settings.account(code));
    let shown = json!({
        "LineItemID": line.id,
        "Description": line.description,
        "Quantity": number(line.quantity, 4),
        "UnitAmount": number(wire::round(line.unit_amount, unit_places), unit_places),
        "ItemCode": line.item_code,
        "AccountCode": line.account_code,
        "AccountID": account.map(|account| account.id.clone()),
        "TaxType": line.tax_type,
        "TaxAmount": money(line.tax_amount),
        "LineAmount": money(line.line_amount),
        "DiscountRate": line.discount_rate.map(|rate| number(rate, 2)),
        "DiscountAmount": line.discount_amount.map(money),
        "Tracking": tracking(settings, &line.tracking),
        "ValidationErrors": [],
    });
    wire::without_nulls(shown)
}

fn tracking(settings: &Organisation, chosen: &[Tracking]) -> Vec<Value> {
    chosen
        .iter()
        .map(|choice| {
            let category = settings.tracking.iter().find(|category| category.name == choice.category);
            json!({
                "Name": choice.category,
                "Option": choice.option,
                "TrackingCategoryID": category.map(|category| category.id.clone()),
                "TrackingOptionID": category.map(|category| category.option_id(&choice.option)),
            })
        })
        .collect()
}

/// A payment with the document that it settles.
pub(super) fn payment(org: &Org, payment: &Payment) -> Value {
    let settled = org.documents.get(&payment.document_id);
    let kind = settled.map(|document| match document.kind.code() {
        "ACCREC" => "ACCRECPAYMENT",
        "ACCPAY" => "ACCPAYPAYMENT",
        "ACCRECCREDIT" => "ARCREDITPAYMENT",
        _ => "APCREDITPAYMENT",
    });
    let account = org.settings.account(&payment.account_code);
    let mut shown = json!({
        "PaymentID": payment.id,
        "Date": wire::day(payment.date),
        "Amount": money(payment.amount),
        "BankAmount": money(payment.amount),
        "Reference": payment.reference,
        "CurrencyRate": number(payment.rate, 6),
        "PaymentType": kind,
        "Status": if payment.deleted { "DELETED" } else { "AUTHORISED" },
        "UpdatedDateUTC": wire::instant(payment.updated),
        "HasAccount": true,
        "IsReconciled": false,
        "Account": account.map(|account| json!({"AccountID": account.id, "Code": account.code, "Name": account.name})),
        "HasValidationErrors": false,
    });
    if let Some(settled) = settled {
        let field = if settled.kind.is_credit() { "CreditNote" } else { "Invoice" };
        extend(&mut shown, json!({field: document(org, settled, 2, false)}));
    }
    wire::without_nulls(shown)
}

/// A manual journal; without lines as lists show it.
pub(super) fn journal(org: &Org, journal: &Journal, with_lines: bool) -> Value {
    let lines = journal.lines.iter().filter(|_| with_lines).map(|line| {
        let account = org.settings.account(&line.account_code);
        json!({
            "LineAmount": money(line.amount),
            "AccountCode": line.account_code,
            "AccountID": account.map(|account| account.id.clone()),
            "Description": line.description,
            "TaxType": line.tax_type,
            "TaxAmount": money(line.tax_amount),
            "Tracking": tracking(&org.settings, &line.tracking),
            "IsBlank": false,
        })
    });
    let shown = json!({
        "ManualJournalID": journal.id,
        "Narration": journal.narration,
        "Date": wire::day(journal.date),
        "Status": journal.status.code(),
        "LineAmountTypes": journal.line_amount_types.code(),
        "Url": journal.url,
        "ShowOnCashBasisReports": journal.show_on_cash_basis,
        "HasAttachments": false,
        "UpdatedDateUTC": wire::instant(journal.updated),
        "JournalLines": lines.collect::<Vec<Value>>(),
    });
    wire::without_nulls(shown)
}
