//! Contacts: found by our key, then by name; created where there is none.

use tieout_platform::effect::Permit;

use super::client::{Call, XeroLedger};
use super::query::{PAGES_MAX, equals};
use super::reply::Kind;
use super::reply::{misfit, written};
use super::wire::{ContactWire, Read, id};
use crate::contact::{Contact, ContactMatch};
use crate::document::Written;
use crate::error::LedgerError;
use crate::ids::ContactId;

const FIND: &str = "find contact";
const CREATE: &str = "create contact";

/// Looks for the contact with `number` (the CRM's account id) among all, archived ones included, then for one with exactly
/// `name` among the active ones. A name that belongs to another number, or differs only in capitals, is ambiguous.
///
/// # Errors
/// Those of a read.
pub(super) async fn find(books: &XeroLedger, number: &str, name: &str) -> Result<ContactMatch, LedgerError> {
    let by_number = list(books, "ContactNumber", number, true).await?;
    let (active, archived): (Vec<Found>, Vec<Found>) = by_number
        .into_iter()
        .filter(|found| found.contact.number.as_deref() == Some(number))
        .partition(|found| found.is_active);
    if !active.is_empty() {
        return Ok(one_or_many(active));
    }
    if let Some(found) = archived.into_iter().next() {
        return Ok(ContactMatch::Archived {
            contact: found.contact,
            merged_into: found.merged_into,
        });
    }
    find_by_name(books, name).await
}

async fn find_by_name(books: &XeroLedger, name: &str) -> Result<ContactMatch, LedgerError> {
    let name = name.trim();
    let by_name = list(books, "Name", name, false).await?;
    let same: Vec<Found> = by_name
        .into_iter()
        .filter(|found| found.is_active && found.contact.name.trim().to_lowercase() == name.to_lowercase())
        .collect();
    let is_sure = |found: &Found| found.contact.name.trim() == name && found.contact.number.is_none();
    Ok(match same.as_slice() {
        [] => ContactMatch::None,
        [found] if is_sure(found) => one_or_many(same),
        _ => ContactMatch::Ambiguous(same.into_iter().map(|found| found.contact).collect()),
    })
}

async fn list(books: &XeroLedger, field: &str, value: &str, is_archived_included: bool) -> Result<Vec<Found>, LedgerError> {
    let call = Call::get(FIND, "Contacts");
    // What the language of `where` cannot say is searched for, and compared here.
    let mut call = match equals(field, value) {
        Some(clause) => call.with("where", clause),
        None => call.with("searchTerm", value),
    };
    if is_archived_included {
        call = call.with("includeArchived", "true");
    }
    let wires: Vec<ContactWire> = books.pages(call, "Contacts", PAGES_MAX).await?;
    let found = wires.into_iter().map(found).collect::<Read<Vec<Found>>>();
    found.map_err(|problem| misfit(FIND, Kind::Read, problem))
}

/// Creates the contact of [`contact_body`](super::contact_body) and gives its id.
///
/// # Errors
/// Those of a write; `AlreadyThere` where an active contact has the name.
pub(super) async fn create(books: &XeroLedger, permit: Permit<'_>) -> Result<Written<ContactId>, LedgerError> {
    let body = books.write(&Call::put(CREATE, "Contacts", &permit)).await?;
    let (item, remarks) = written(CREATE, &body, "Contacts", Some("ContactID"))?;
    let text = item.get("ContactID").and_then(|id| id.as_str()).map(str::to_owned);
    let record = id("ContactID", text, ContactId::parse).map_err(|problem| misfit(CREATE, Kind::Write, problem))?;
    Ok(Written { record, remarks })
}

struct Found {
    contact: Contact,
    is_active: bool,
    merged_into: Option<ContactId>,
}

fn found(wire: ContactWire) -> Read<Found> {
    Ok(Found {
        contact: Contact {
            id: id("ContactID", wire.id, ContactId::parse)?,
            name: wire.name.unwrap_or_default(),
            number: wire.contact_number.filter(|number| !number.is_empty()),
        },
        is_active: wire.contact_status.as_deref().unwrap_or("ACTIVE") == "ACTIVE",
        merged_into: wire.merged_into.and_then(|id| ContactId::parse(&id).ok()),
    })
}

fn one_or_many(mut found: Vec<Found>) -> ContactMatch {
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => ContactMatch::Matched(only.contact),
        (last, _) => ContactMatch::Ambiguous(found.into_iter().chain(last).map(|found| found.contact).collect()),
    }
}
