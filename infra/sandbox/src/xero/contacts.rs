//! Contacts: names are unique among the active ones, numbers among all; archived ones are out of sight (`docs/vendors/xero.md`).

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};

use super::batch;
use super::model::{Contact, bumped};
use super::reply::Reply;
use super::server::Call;
use super::validation::length;
use super::wire::{self, Fields};
use super::world::{Org, new_id};

const NAME_LENGTH_MAX: usize = 255;
const NUMBER_LENGTH_MAX: usize = 50;

/// Answers `/Contacts` and `/Contacts/{id or number}`.
pub(super) fn answer(org: &mut Org, call: &Call<'_>) -> Reply {
    let key = call.path.get(1).map(String::as_str);
    if *call.method == Method::GET {
        return match key {
            Some(key) => one(org, key),
            None => list(org, call),
        };
    }
    if key.is_some_and(|key| find(org, key).is_none()) {
        return Reply::not_found();
    }
    let create_only = *call.method == Method::PUT;
    batch::write_each(org, call, "Contacts", |org, item| write(org, item, key, create_only), show_by_id)
}

/// The contact that a document names by id, number or name; an unknown name makes a new contact.
pub(super) fn resolve(org: &mut Org, fields: &Fields<'_>) -> Result<String, Vec<String>> {
    let missing = || vec!["A Contact must be specified for this type of transaction".to_owned()];
    if let Some(id) = fields.text("ContactID") {
        let contact = org.contacts.get(&id.to_lowercase()).cloned();
        let contact = contact.ok_or_else(|| vec!["The specified ContactID could not be found".to_owned()])?;
        return usable(&contact);
    }
    if let Some(number) = fields.text("ContactNumber")
        && let Some(contact) = by_number(org, number)
    {
        return usable(&contact);
    }
    let name = fields
        .text("Name")
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .ok_or_else(missing)?;
    let mut named = org.contacts.values().filter(|contact| same_name(&contact.name, name));
    if let Some(contact) = named.clone().find(|contact| !contact.archived).or_else(|| named.next()) {
        return usable(contact);
    }
    write(
        org,
        &json!({"Name": name, "ContactNumber": fields.text("ContactNumber")}),
        None,
        true,
    )
}

/// A contact as the API shows it.
pub(super) fn show(contact: &Contact) -> Value {
    wire::without_nulls(json!({
        "ContactID": contact.id,
        "ContactNumber": contact.number,
        "AccountNumber": contact.account_number,
        "ContactStatus": if contact.archived { "ARCHIVED" } else { "ACTIVE" },
        "Name": contact.name,
        "FirstName": contact.first_name,
        "LastName": contact.last_name,
        "EmailAddress": contact.email.as_deref().unwrap_or_default(),
        "TaxNumber": contact.tax_number,
        "CompanyNumber": contact.company_number,
        "BankAccountDetails": "",
        "Addresses": [],
        "Phones": [],
        "UpdatedDateUTC": wire::instant(contact.updated),
        "ContactGroups": [],
        "ContactPersons": [],
        "IsSupplier": false,
        "IsCustomer": true,
        "HasAttachments": false,
        "HasValidationErrors": false,
    }))
}

fn show_by_id(org: &Org, id: &str) -> Value {
    org.contacts.get(id).map_or(Value::Null, |contact| show(contact))
}

fn usable(contact: &Contact) -> Result<String, Vec<String>> {
    if contact.archived {
        return Err(vec![archived(&contact.name)]);
    }
    Ok(contact.id.clone())
}

/// `[?]`: the real wording was not found.
fn archived(name: &str) -> String {
    format!("The contact '{name}' is archived. You must un-archive it before it can be used.")
}

fn same_name(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

fn by_number(org: &Org, number: &str) -> Option<Arc<Contact>> {
    let mut numbered = org.contacts.values().filter(|contact| contact.number.as_deref() == Some(number));
    numbered
        .clone()
        .find(|contact| !contact.archived)
        .or_else(|| numbered.next())
        .cloned()
}

fn find(org: &Org, key: &str) -> Option<Arc<Contact>> {
    org.contacts.get(&key.to_lowercase()).cloned().or_else(|| by_number(org, key))
}

fn one(org: &Org, key: &str) -> Reply {
    match find(org, key) {
        Some(contact) => Reply::records("Contacts", vec![show(&contact)], org.now),
        None => Reply::not_found(),
    }
}

fn list(org: &Org, call: &Call<'_>) -> Reply {
    let ids = call.query.list("IDs");
    let term = call.query.get("searchTerm").map(str::to_lowercase);
    let archived = call.query.is("includeArchived", "true");
    let wanted = |contact: &&Arc<Contact>| {
        let by_id = ids
            .as_ref()
            .is_none_or(|ids| ids.iter().any(|id| id.eq_ignore_ascii_case(&contact.id)));
        let shown = archived || ids.is_some() || !contact.archived;
        shown && by_id && term.as_ref().is_none_or(|term| holds(contact, term))
    };
    let records = org
        .contacts
        .values()
        .filter(wanted)
        .map(|contact| (contact.updated, show(contact)))
        .collect();
    call.query.answer("Contacts", records, org.now)
}

/// `searchTerm` looks at these fields, without case.
fn holds(contact: &Contact, term: &str) -> bool {
    let optional = [
        &contact.number,
        &contact.account_number,
        &contact.company_number,
        &contact.email,
        &contact.first_name,
        &contact.last_name,
    ];
    let found = |text: &str| text.to_lowercase().contains(term);
    found(&contact.name) || optional.into_iter().flatten().any(|text| found(text))
}

/// Creates or updates a contact and gives its id.
///
/// A POST without `ContactID` whose `ContactNumber` is known updates that contact.
pub(super) fn write(org: &mut Org, item: &Value, key: Option<&str>, create_only: bool) -> Result<String, Vec<String>> {
    let fields = Fields::of(item).ok_or_else(|| vec!["A contact must be an object".to_owned()])?;
    let named = fields.text("ContactID").or(key);
    let existing = match named {
        Some(key) => Some(find(org, key).ok_or_else(|| vec!["The specified ContactID could not be found".to_owned()])?),
        None if create_only => None,
        None => fields.text("ContactNumber").and_then(|number| by_number(org, number)),
    };
    let mut errors = Vec::new();
    let mut contact = existing.as_ref().map_or_else(|| blank(org), |contact| (**contact).clone());
    apply(&mut contact, &fields, &mut errors);
    if contact.name.is_empty() {
        errors.push("The contact name must be specified.".to_owned());
    }
    if existing.as_ref().is_some_and(|before| before.archived) && fields.text("ContactStatus") != Some("ACTIVE") {
        errors.push(archived(&contact.name));
    }
    clashes(org, &contact, &mut errors);
    if existing.is_none()
        && org
            .contacts
            .values()
            .any(|other| other.archived && same_name(&other.name, &contact.name))
    {
        errors.push(archived(&contact.name));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    contact.updated = bumped(existing.map(|before| before.updated), org.now);
    let id = contact.id.clone();
    org.put_contact(contact);
    Ok(id)
}

fn blank(org: &Org) -> Contact {
    Contact {
        id: new_id(),
        number: None,
        account_number: None,
        name: String::new(),
        first_name: None,
        last_name: None,
        email: None,
        tax_number: None,
        company_number: None,
        archived: false,
        updated: org.now,
    }
}

fn apply(contact: &mut Contact, fields: &Fields<'_>, errors: &mut Vec<String>) {
    if let Some(name) = fields.text("Name") {
        length("Name", name, NAME_LENGTH_MAX, errors);
        contact.name = name.trim().to_owned();
    }
    let mut take = |name: &str, max: usize, target: &mut Option<String>| {
        if let Some(text) = fields.text(name) {
            length(name, text, max, errors);
            *target = Some(text.to_owned());
        }
    };
    take("ContactNumber", NUMBER_LENGTH_MAX, &mut contact.number);
    take("AccountNumber", NUMBER_LENGTH_MAX, &mut contact.account_number);
    take("FirstName", NAME_LENGTH_MAX, &mut contact.first_name);
    take("LastName", NAME_LENGTH_MAX, &mut contact.last_name);
    take("EmailAddress", NAME_LENGTH_MAX, &mut contact.email);
    take("TaxNumber", NUMBER_LENGTH_MAX, &mut contact.tax_number);
    take("CompanyNumber", NUMBER_LENGTH_MAX, &mut contact.company_number);
    match fields.text("ContactStatus") {
        Some("ARCHIVED") => contact.archived = true,
        Some("ACTIVE") => contact.archived = false,
        Some(other) => errors.push(format!("ContactStatus '{other}' is not valid")),
        None => {}
    }
}

fn clashes(org: &Org, contact: &Contact, errors: &mut Vec<String>) {
    let others = || org.contacts.values().filter(|other| other.id != contact.id);
    if !contact.archived && others().any(|other| !other.archived && same_name(&other.name, &contact.name)) {
        errors.push(format!(
            "The contact name {} is already assigned to another contact. The contact name must be unique across all active contacts.",
            contact.name
        ));
    }
    if contact.number.is_some() && others().any(|other| other.number == contact.number) {
        errors.push("Another contact has this contact number. Please enter a different contact number.".to_owned());
    }
}
