//! Acts of finance on an organisation's books, checked as the API checks them: for the handle (`control`) and for the pages (`pages`).

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::control::{ControlError, Credit, Credited};
use super::documents::{self, Ask, CREDIT_NOTES, Family, INVOICES};
use super::model::{Document, Line, Status};
use super::world::Org;
use super::{allocations, payments};

/// Decimals of a unit price in what is shown and written here.
pub(super) const UNIT_PLACES: u32 = 4;

pub(super) fn not_found(tenant: &str, what: &'static str, key: &str) -> ControlError {
    ControlError::NotFound {
        tenant: tenant.to_owned(),
        what,
        key: key.to_owned(),
    }
}

/// An invoice by its number or id.
pub(super) fn invoice(org: &Org, tenant: &str, key: &str) -> Result<Document, ControlError> {
    let found = org.find_document(key, &INVOICES.types);
    found.map(|found| (*found).clone()).ok_or_else(|| not_found(tenant, "invoice", key))
}

/// Makes a document as a PUT of `item` would; its id.
pub(super) fn create(org: &mut Org, item: &Value, family: Family) -> Result<String, ControlError> {
    write(org, item, family, true, None)
}

/// Changes the document of that id as a POST of `changes` would.
pub(super) fn change(org: &mut Org, id: &str, changes: &Value, family: Family) -> Result<String, ControlError> {
    write(org, changes, family, false, Some(id))
}

fn write(org: &mut Org, item: &Value, family: Family, create_only: bool, key: Option<&str>) -> Result<String, ControlError> {
    let ask = Ask {
        create_only,
        key,
        unit_places: UNIT_PLACES,
    };
    documents::write(org, item, family, ask).map_err(ControlError::Refused)
}

/// What an approval changes; a draft without a due date needs one.
pub(super) fn approval(due: Option<NaiveDate>) -> Value {
    let mut changes = json!({ "Status": "AUTHORISED", "SentToContact": true });
    if let Some(due) = due {
        changes["DueDate"] = json!(due);
    }
    changes
}

/// The tracking of a line, as it is written.
pub(super) fn tracking(line: &Line) -> Vec<Value> {
    let choices = line.tracking.iter();
    choices
        .map(|choice| json!({ "Name": choice.category, "Option": choice.option }))
        .collect()
}

/// A payment to the first bank account, of all that is due without an amount; its id.
pub(super) fn pay(
    org: &mut Org,
    tenant: &str,
    document: &Document,
    amount: Option<Decimal>,
    date: NaiveDate,
) -> Result<String, ControlError> {
    let bank = org.settings.accounts.iter().find(|account| account.kind == "BANK");
    let bank = bank.ok_or_else(|| not_found(tenant, "bank account", ""))?;
    let amount = amount.unwrap_or_else(|| document.due());
    let payment = json!({
        "Invoice": { "InvoiceID": document.id }, "Account": { "Code": bank.code }, "Amount": amount.to_string(), "Date": date,
    });
    payments::write(org, &payment, None).map_err(ControlError::Refused)
}

/// An approved credit note on the first line's account and tax type, set against the invoice as far as that is due: of a paid invoice
/// nothing is, so the credit note keeps all of its credit.
pub(super) fn credit(org: &mut Org, tenant: &str, document: &Document, credit: &Credit) -> Result<Credited, ControlError> {
    let line = document.lines.first();
    let line = line.ok_or_else(|| not_found(tenant, "line of invoice", &document.number))?;
    let item = json!({
        "CreditNoteNumber": credit.number,
        "LineAmountTypes": document.line_amount_types.code(),
        "LineItems": [{
            "Description": format!("Credit for {}", document.number), "Quantity": 1, "UnitAmount": credit.amount.to_string(),
            "AccountCode": line.account_code, "TaxType": line.tax_type, "Tracking": tracking(line),
        }],
    });
    credit_note(org, document, item, credit.date)
}

/// A credit note over all that is due, on the account of losses, set against the invoice; its id.
pub(super) fn write_off(
    org: &mut Org,
    document: &Document,
    account: &str,
    tax_type: &str,
    date: NaiveDate,
) -> Result<String, ControlError> {
    if document.due().is_zero() {
        return Err(ControlError::Refused(vec![format!("Nothing is due on {}", document.number)]));
    }
    let item = json!({
        "LineAmountTypes": "Inclusive",
        "LineItems": [{
            "Description": format!("Write-off of {}", document.number), "Quantity": 1, "UnitAmount": document.due().to_string(),
            "AccountCode": account, "TaxType": tax_type,
        }],
    });
    let credited = credit_note(org, document, item, date)?;
    Ok(credited.credit_note_id)
}

/// Makes the approved credit note of `item` for an invoice, and sets against it what is due.
fn credit_note(org: &mut Org, document: &Document, mut item: Value, date: NaiveDate) -> Result<Credited, ControlError> {
    let kind = if document.kind.is_sale() { "ACCRECCREDIT" } else { "ACCPAYCREDIT" };
    let head = json!({
        "Type": kind, "Contact": { "ContactID": document.contact_id }, "Date": date, "CurrencyCode": document.currency,
        "CurrencyRate": document.rate.to_string(), "Status": "AUTHORISED", "Reference": document.number,
    });
    super::query::extend(&mut item, head);
    let id = create(org, &item, CREDIT_NOTES)?;
    let total = org.documents.get(&id).map(|credit| credit.total).unwrap_or_default();
    let allocated = total.min(document.due());
    // What is not paid yet has to take the allocation, or say why not.
    if document.status != Status::Paid {
        let allocation = json!({ "Amount": allocated.to_string(), "Date": date, "Invoice": { "InvoiceID": document.id } });
        allocations::allocate(org, &id, &allocation).map_err(ControlError::Refused)?;
    }
    Ok(Credited {
        credit_note_id: id,
        total,
        allocated,
    })
}
