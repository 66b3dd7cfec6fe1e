//! Invoices and credit notes are made and changed in one way: read, checked, totalled, moved on (`docs/vendors/xero.md`).

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use super::model::{Document, DocumentType, LineAmountTypes, Status, bumped};
use super::wire::Fields;
use super::world::{Org, new_id};
use super::{contacts, lines, totals, transitions, validation};

const NUMBER_LENGTH_MAX: usize = 255;

/// Which of the two families an endpoint serves, with the names of its fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub(super) types: [DocumentType; 2],
    pub(super) id_field: &'static str,
    pub(super) number_field: &'static str,
    /// What messages call it.
    pub(super) noun: &'static str,
    prefix: &'static str,
}

/// Invoices and bills.
pub(super) const INVOICES: Family = Family {
    types: DocumentType::INVOICES,
    id_field: "InvoiceID",
    number_field: "InvoiceNumber",
    noun: "Invoice",
    prefix: "INV-",
};

/// Credit notes of both sides.
pub(super) const CREDIT_NOTES: Family = Family {
    types: DocumentType::CREDIT_NOTES,
    id_field: "CreditNoteID",
    number_field: "CreditNoteNumber",
    noun: "Credit note",
    prefix: "CN-",
};

/// How a write was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    /// PUT creates; POST creates or updates.
    pub(super) create_only: bool,
    /// The id or number in the path.
    pub(super) key: Option<&'a str>,
    pub(super) unit_places: u32,
}

/// Creates or updates a document and gives its id, or all that is wrong with it.
pub(super) fn write(org: &mut Org, item: &Value, family: Family, ask: Ask<'_>) -> Result<String, Vec<String>> {
    let fields = Fields::of(item).ok_or_else(|| vec![format!("The {} must be an object", family.noun)])?;
    let mut errors = Vec::new();
    let existing = existing(org, &fields, family, ask)?;
    let mut document = match &existing {
        Some(before) => (**before).clone(),
        None => blank(org, &fields, family)?,
    };
    head(org, &mut document, &fields, family, existing.is_some(), &mut errors);
    if let Some(sent) = fields.list("LineItems") {
        lines::replace(&mut document, &org.settings.clone(), sent, ask.unit_places, &mut errors);
    } else if existing
        .as_ref()
        .is_some_and(|before| before.line_amount_types != document.line_amount_types)
    {
        lines::retax(&mut document, &org.settings);
    }
    if document.lines.is_empty() {
        errors.push("One or more line items must be specified".to_owned());
    }
    totals::total(&mut document);
    let wanted = status(&fields, &document, &mut errors);
    transitions::step(&org.settings, existing.as_deref(), &mut document, wanted, family, &mut errors);
    if !errors.is_empty() {
        errors.dedup();
        return Err(errors);
    }
    document.updated = bumped(existing.map(|before| before.updated), org.now);
    let id = document.id.clone();
    org.put_document(document);
    Ok(id)
}

/// The document that a write changes. Numbers of sales documents are unique; those of bills are not.
fn existing(org: &Org, fields: &Fields<'_>, family: Family, ask: Ask<'_>) -> Result<Option<Arc<Document>>, Vec<String>> {
    if let Some(key) = fields.text(family.id_field).or(ask.key) {
        let found = org.find_document(key, &family.types);
        let found = found.ok_or_else(|| vec![format!("The specified {} could not be found", family.id_field)])?;
        if ask.create_only && fields.text(family.id_field).is_some() {
            return Err(vec![format!("{} not of valid status for creation", family.noun)]);
        }
        return Ok(Some(found));
    }
    let is_purchase = fields.text("Type").is_some_and(|kind| kind.starts_with("ACCPAY"));
    let number = fields.text(family.number_field).filter(|_| !is_purchase);
    let sale = family.types.map(|kind| if kind.is_sale() { Some(kind) } else { None });
    let sale: Vec<DocumentType> = sale.into_iter().flatten().collect();
    let found = number.and_then(|number| org.find_document(number, &sale));
    // A deleted document gives its number free, a voided one does not.
    let found = found.filter(|found| found.status != Status::Deleted && Some(found.number.as_str()) == number);
    if found.is_some() && ask.create_only {
        return Err(vec![format!("{} # must be unique.", family.noun)]);
    }
    Ok(found)
}

fn blank(org: &Org, fields: &Fields<'_>, family: Family) -> Result<Document, Vec<String>> {
    let kind = family.types.into_iter().find(|kind| fields.text("Type") == Some(kind.code()));
    let Some(kind) = kind else {
        let sent = fields.text("Type").unwrap_or_default();
        return Err(vec![format!("{} type '{sent}' is not valid", family.noun)]);
    };
    let number = fields.text(family.number_field).map(str::to_owned);
    Ok(Document {
        kind,
        id: new_id(),
        number: number.unwrap_or_else(|| if kind.is_sale() { next_number(org, family) } else { String::new() }),
        reference: String::new(),
        url: None,
        contact_id: String::new(),
        date: org.now.date_naive(),
        due_date: None,
        line_amount_types: LineAmountTypes::Exclusive,
        currency: org.settings.base_currency.clone(),
        rate: Decimal::ONE,
        status: Status::Draft,
        lines: Vec::new(),
        sub_total: Decimal::ZERO,
        total_tax: Decimal::ZERO,
        total: Decimal::ZERO,
        paid: Decimal::ZERO,
        credited: Decimal::ZERO,
        fully_paid_on: None,
        sent_to_contact: false,
        allocations: Vec::new(),
        updated: org.now,
    })
}

/// The next free `INV-0001`.
fn next_number(org: &Org, family: Family) -> String {
    let used = org
        .documents
        .values()
        .filter_map(|document| document.number.strip_prefix(family.prefix)?.parse::<u32>().ok());
    format!("{}{:04}", family.prefix, used.max().unwrap_or(0) + 1)
}

/// Everything but the lines and the status.
fn head(org: &mut Org, document: &mut Document, fields: &Fields<'_>, family: Family, is_update: bool, errors: &mut Vec<String>) {
    if let Some(kind) = fields.text("Type").filter(|kind| *kind != document.kind.code()) {
        errors.push(format!("{} type '{kind}' cannot be changed", family.noun));
    }
    match fields.object("Contact") {
        Some(contact) => match contacts::resolve(org, &contact) {
            Ok(id) => document.contact_id = id,
            Err(mut messages) => errors.append(&mut messages),
        },
        None if is_update => {}
        None => errors.push("A Contact must be specified for this type of transaction".to_owned()),
    }
    if let Some(number) = fields.text(family.number_field) {
        validation::length(family.number_field, number, NUMBER_LENGTH_MAX, errors);
        let taken = |other: &&Arc<Document>| {
            other.id != document.id && other.kind == document.kind && other.number == number && other.status != Status::Deleted
        };
        if document.kind.is_sale() && org.documents.values().any(|other| taken(&other)) {
            errors.push(format!("{} # must be unique.", family.noun));
        }
        document.number = number.to_owned();
    }
    if let Some(reference) = fields.text("Reference") {
        validation::length("Reference", reference, NUMBER_LENGTH_MAX, errors);
        document.reference = reference.to_owned();
    }
    if let Some(url) = fields.text("Url") {
        document.url = Some(url.to_owned());
    }
    document.sent_to_contact = fields.flag("SentToContact").unwrap_or(document.sent_to_contact);
    let date_before = document.date;
    document.date = fields.date("Date", errors).unwrap_or(document.date);
    document.due_date = fields.date("DueDate", errors).or(document.due_date);
    if let Some(text) = fields.text("LineAmountTypes") {
        match LineAmountTypes::parse(text) {
            Some(types) => document.line_amount_types = types,
            None => errors.push(format!("LineAmountTypes '{text}' is not valid")),
        }
    }
    currency(org, document, fields, date_before, is_update, errors);
}

/// The currency, and the rate: what is sent, else the day's.
fn currency(org: &Org, document: &mut Document, fields: &Fields<'_>, date_before: NaiveDate, is_update: bool, errors: &mut Vec<String>) {
    let before = document.currency.clone();
    if let Some(code) = fields.text("CurrencyCode") {
        validation::currency(&org.settings, code, errors);
        document.currency = code.to_owned();
    }
    if let Some(rate) = fields.decimal("CurrencyRate", errors) {
        document.rate = validation::rate(rate, errors);
    } else if !is_update || before != document.currency || date_before != document.date {
        match org.settings.rate_on(&document.currency, document.date) {
            Some(rate) => document.rate = rate,
            None => errors.push(format!(
                "No exchange rate is available for {} on {}",
                document.currency, document.date
            )),
        }
    }
    if document.currency == org.settings.base_currency && document.rate != Decimal::ONE {
        errors.push("CurrencyRate must be 1 for the base currency".to_owned());
    }
}

fn status(fields: &Fields<'_>, document: &Document, errors: &mut Vec<String>) -> Status {
    let Some(text) = fields.text("Status") else {
        return document.status;
    };
    Status::parse(text).unwrap_or_else(|| {
        errors.push(format!("Status '{text}' is not valid"));
        document.status
    })
}
