//! `POST /_sandbox/{tenant}/{act}`: what finance does in Xero's own pages, one act a call, for a person with curl. Not part of Xero; asks for no token.
//!
//! The acts obey Xero's rules: they go through the checks of its API, free of its limits and of ordered faults. `infra/sandbox/README.md` lists them.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::acts::{self, UNIT_PLACES, not_found, tracking};
use super::control::{ControlError, Credit};
use super::documents::{CREDIT_NOTES, Family, INVOICES};
use super::model::Document;
use super::reply::Reply;
use super::server::Shared;
use super::world::Org;
use super::{journals, render};

/// The acts, for who asks for another.
const ACTS: &str = "approve, edit, pay, credit, void, delete, write-off, journal";
/// The tax type of a write-off where none is given.
const NO_TAX: &str = "NONE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    /// An invoice or a credit note, by number or id.
    document: String,
    due: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    invoice: String,
    /// Lines that get another amount, by their place from 1 on.
    #[serde(default)]
    lines: Vec<LineEdit>,
    /// Lines that are added.
    #[serde(default)]
    add: Vec<AddedLine>,
    date: Option<NaiveDate>,
    due: Option<NaiveDate>,
    number: Option<String>,
    reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineEdit {
    line: usize,
    /// The whole line's, in the invoice's way of writing amounts.
    amount: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddedLine {
    description: String,
    amount: Decimal,
    /// The first line's without.
    account: Option<String>,
    /// The first line's without.
    tax_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    invoice: String,
    /// All that is due without.
    amount: Option<Decimal>,
    /// Today without.
    date: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreditPart {
    invoice: String,
    /// In the invoice's way of writing amounts.
    amount: Decimal,
    /// Today without.
    date: Option<NaiveDate>,
    number: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    /// An invoice or a credit note, by number or id.
    document: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteOff {
    invoice: String,
    /// Where the loss is booked.
    account: String,
    tax_type: Option<String>,
    /// Today without.
    date: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewJournal {
    narration: String,
    /// Today without.
    date: Option<NaiveDate>,
    lines: Vec<JournalLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalLine {
    account: String,
    /// Debit positive, in the base currency.
    amount: Decimal,
    description: Option<String>,
}

/// Does an act of finance: a path below `/_sandbox` and its body.
pub(super) fn answer(shared: &Shared, path: &str, body: &[u8]) -> Reply {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).skip(1).collect();
    let [tenant, act] = parts.as_slice() else {
        return Reply::not_found();
    };
    let done = match *act {
        "approve" => on(shared, tenant, body, approve),
        "edit" => on(shared, tenant, body, edit),
        "pay" => on(shared, tenant, body, pay),
        "credit" => on(shared, tenant, body, credit),
        "void" => on(shared, tenant, body, |org, tenant, end: End| finish(org, tenant, &end, "VOIDED")),
        "delete" => on(shared, tenant, body, |org, tenant, end: End| finish(org, tenant, &end, "DELETED")),
        "write-off" => on(shared, tenant, body, write_off),
        "journal" => on(shared, tenant, body, journal),
        other => Err(Reply::json(
            404,
            &problem(&format!("there is no act {other:?}"), "path", &format!("use one of {ACTS}")),
        )),
    };
    done.map_or_else(|refusal| refusal, |shown| Reply::json(200, &shown))
}

fn problem(error: &str, place: &str, action: &str) -> Value {
    json!({ "error": error, "where": place, "action": action })
}

/// Reads the body and does the act on the organisation, wholly or not at all.
fn on<T: DeserializeOwned>(
    shared: &Shared,
    tenant: &str,
    body: &[u8],
    what: impl FnOnce(&mut Org, &str, T) -> Result<Value, ControlError>,
) -> Result<Value, Reply> {
    let wish = serde_json::from_slice::<T>(body).map_err(|error| {
        let action = "send a JSON object with the members that infra/sandbox/README.md names";
        Reply::json(400, &problem(&error.to_string(), "body", action))
    })?;
    shared.act(tenant, "", |org| what(org, tenant, wish)).map_err(|error| {
        let (status, place, action) = match &error {
            ControlError::NoOrganisation(_) => (404, "path", "GET /_sandbox lists the organisations"),
            ControlError::NotFound { .. } => (404, "body", "GET /_sandbox/{tenant}/invoices shows what is there"),
            ControlError::Refused(_) => (400, "body", "do what Xero allows in this state"),
            ControlError::Docs(_) => (500, "sandbox", "look at what the stack printed"),
        };
        Reply::json(status, &problem(&error.to_string(), place, action))
    })
}

/// An invoice or a credit note with its family.
fn either(org: &Org, tenant: &str, key: &str) -> Result<(Document, Family), ControlError> {
    let families = [INVOICES, CREDIT_NOTES];
    let found = families
        .into_iter()
        .find_map(|family| Some(((*org.find_document(key, &family.types)?).clone(), family)));
    found.ok_or_else(|| not_found(tenant, "invoice or credit note", key))
}

fn shown(org: &Org, id: &str) -> Value {
    let document = org.documents.get(id);
    document.map_or(Value::Null, |document| render::document(org, document, UNIT_PLACES, true))
}

/// Changes a document as a POST of `changes` would.
fn change(org: &mut Org, document: &Document, family: Family, changes: &Value) -> Result<Value, ControlError> {
    let id = acts::change(org, &document.id, changes, family)?;
    Ok(shown(org, &id))
}

fn approve(org: &mut Org, tenant: &str, wish: Approve) -> Result<Value, ControlError> {
    let (document, family) = either(org, tenant, &wish.document)?;
    change(org, &document, family, &acts::approval(wish.due))
}

fn finish(org: &mut Org, tenant: &str, end: &End, status: &str) -> Result<Value, ControlError> {
    let (document, family) = either(org, tenant, &end.document)?;
    change(org, &document, family, &json!({ "Status": status }))
}

fn edit(org: &mut Org, tenant: &str, wish: Edit) -> Result<Value, ControlError> {
    let document = acts::invoice(org, tenant, &wish.invoice)?;
    let mut changes = Map::new();
    let members = [
        ("Date", wish.date.map(|date| json!(date))),
        ("DueDate", wish.due.map(|date| json!(date))),
        ("InvoiceNumber", wish.number.map(Value::from)),
        ("Reference", wish.reference.map(Value::from)),
    ];
    for (name, value) in members {
        changes.extend(value.map(|value| (name.to_owned(), value)));
    }
    if !(wish.lines.is_empty() && wish.add.is_empty()) {
        changes.insert("LineItems".to_owned(), lines(&document, &wish.lines, &wish.add)?);
    }
    if changes.is_empty() {
        return Err(ControlError::Refused(vec!["Nothing is to be changed".to_owned()]));
    }
    change(org, &document, INVOICES, &Value::Object(changes))
}

/// All lines of the invoice, the ones that stay by their ids alone.
fn lines(document: &Document, edits: &[LineEdit], add: &[AddedLine]) -> Result<Value, ControlError> {
    let mut items: Vec<Value> = document.lines.iter().map(|line| json!({ "LineItemID": line.id })).collect();
    for edit in edits {
        let item = edit.line.checked_sub(1).and_then(|place| items.get_mut(place));
        let Some(item) = item else {
            let (wanted, all) = (edit.line, document.lines.len());
            return Err(ControlError::Refused(vec![format!(
                "There is no line {wanted}; the invoice has {all}"
            )]));
        };
        item["Quantity"] = json!(1);
        item["UnitAmount"] = json!(edit.amount.to_string());
        let line = edit.line.checked_sub(1).and_then(|place| document.lines.get(place));
        if line.is_some_and(|line| line.discount_rate.is_some()) {
            item["DiscountRate"] = json!(0);
        }
        if line.is_some_and(|line| line.discount_amount.is_some()) {
            item["DiscountAmount"] = json!(0);
        }
    }
    let first = document.lines.first();
    items.extend(add.iter().map(|added| {
        let account = added.account.clone().or_else(|| first?.account_code.clone());
        let tax_type = added.tax_type.clone().or_else(|| first?.tax_type.clone());
        json!({
            "Description": added.description, "Quantity": 1, "UnitAmount": added.amount.to_string(),
            "AccountCode": account, "TaxType": tax_type, "Tracking": first.map(tracking),
        })
    }));
    Ok(Value::Array(items))
}

fn pay(org: &mut Org, tenant: &str, wish: Pay) -> Result<Value, ControlError> {
    let document = acts::invoice(org, tenant, &wish.invoice)?;
    let date = wish.date.unwrap_or_else(|| org.now.date_naive());
    acts::pay(org, tenant, &document, wish.amount, date)?;
    Ok(shown(org, &document.id))
}

fn credit(org: &mut Org, tenant: &str, wish: CreditPart) -> Result<Value, ControlError> {
    let document = acts::invoice(org, tenant, &wish.invoice)?;
    let credit = Credit {
        amount: wish.amount,
        date: wish.date.unwrap_or_else(|| org.now.date_naive()),
        number: wish.number,
    };
    let credited = acts::credit(org, tenant, &document, &credit)?;
    Ok(shown(org, &credited.credit_note_id))
}

fn write_off(org: &mut Org, tenant: &str, wish: WriteOff) -> Result<Value, ControlError> {
    let document = acts::invoice(org, tenant, &wish.invoice)?;
    let date = wish.date.unwrap_or_else(|| org.now.date_naive());
    let tax_type = wish.tax_type.as_deref().unwrap_or(NO_TAX);
    let id = acts::write_off(org, &document, &wish.account, tax_type, date)?;
    Ok(shown(org, &id))
}

fn journal(org: &mut Org, _tenant: &str, wish: NewJournal) -> Result<Value, ControlError> {
    let date = wish.date.unwrap_or_else(|| org.now.date_naive());
    let line = |line: &JournalLine| json!({ "AccountCode": line.account, "LineAmount": line.amount.to_string(), "Description": line.description, "TaxType": NO_TAX });
    let item = json!({
        "Narration": wish.narration, "Date": date, "Status": "POSTED", "LineAmountTypes": "NoTax",
        "JournalLines": wish.lines.iter().map(line).collect::<Vec<Value>>(),
    });
    let id = journals::write(org, &item, None, true).map_err(ControlError::Refused)?;
    let journal = org.journals.get(&id);
    Ok(journal.map_or(Value::Null, |journal| render::journal(org, journal, true)))
}
