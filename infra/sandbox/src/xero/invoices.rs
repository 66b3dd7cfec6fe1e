//! `/Invoices`: lists, one by id or number, PUT to create, POST to create or update.

use std::sync::Arc;

use http::Method;
use serde_json::Value;

use super::documents::{self, Ask, Family};
use super::model::Document;
use super::reply::Reply;
use super::server::Call;
use super::world::Org;
use super::{batch, render};

/// Answers the endpoint of a family: `name` is `Invoices` or `CreditNotes`.
pub(super) fn answer(org: &mut Org, call: &Call<'_>, family: Family, name: &'static str) -> Reply {
    let key = call.path.get(1).map(String::as_str);
    let places = call.query.unit_places();
    if *call.method == Method::GET {
        return match key {
            Some(key) => one(org, key, family, name, places),
            None => list(org, call, family, name),
        };
    }
    if key.is_some_and(|key| org.find_document(key, &family.types).is_none()) {
        return Reply::not_found();
    }
    let ask = Ask {
        create_only: *call.method == Method::PUT,
        key,
        unit_places: places,
    };
    let one = |org: &mut Org, item: &Value| documents::write(org, item, family, ask);
    let show = |org: &Org, id: &str| {
        org.documents
            .get(id)
            .map_or(Value::Null, |document| render::document(org, document, places, true))
    };
    batch::write_each(org, call, name, one, show)
}

fn one(org: &Org, key: &str, family: Family, name: &str, places: u32) -> Reply {
    match org.find_document(key, &family.types) {
        Some(document) => Reply::records(name, vec![render::document(org, &document, places, true)], org.now),
        None => Reply::not_found(),
    }
}

/// Voided and deleted documents show only to who asks for them; only pages (and ids) carry lines.
fn list(org: &Org, call: &Call<'_>, family: Family, name: &str) -> Reply {
    let query = &call.query;
    let (ids, numbers) = (query.list("IDs"), query.list(&format!("{}s", family.number_field)));
    let (contacts, statuses) = (query.list("ContactIDs"), query.list("Statuses"));
    let named = ids.is_some() || numbers.is_some();
    let asks_gone = named || query.asks_for_status();
    let holds = |list: &Option<Vec<String>>, value: &str| {
        list.as_ref()
            .is_none_or(|list| list.iter().any(|item| item.eq_ignore_ascii_case(value)))
    };
    let wanted = |document: &&Arc<Document>| {
        family.types.contains(&document.kind)
            && (asks_gone || !document.status.is_gone())
            && holds(&ids, &document.id)
            && holds(&numbers, &document.number)
            && holds(&contacts, &document.contact_id)
            && holds(&statuses, document.status.code())
    };
    let with_lines = query.is_paged() || named;
    let mut chosen: Vec<&Arc<Document>> = org.documents.values().filter(wanted).collect();
    chosen.sort_by_key(|document| (document.updated, document.id.clone()));
    let records = chosen
        .into_iter()
        .map(|document| (document.updated, render::document(org, document, query.unit_places(), with_lines)));
    query.answer(name, records.collect(), org.now)
}
