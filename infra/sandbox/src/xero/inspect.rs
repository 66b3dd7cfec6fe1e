//! `GET /_sandbox/…`: what lies in the sandbox, for a person with curl. Not part of Xero; asks for no token.
//!
//! `/_sandbox` lists the organisations, the webhook and the faults; `/_sandbox/{tenant}` counts an organisation's
//! records; `/_sandbox/{tenant}/{contacts|invoices|payments|journals}` shows them.

use serde_json::{Value, json};

use super::contacts;
use super::render;
use super::reply::Reply;
use super::world::{Org, World};

/// Answers a path below `/_sandbox`.
pub(super) fn answer(world: &World, path: &str) -> Reply {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).skip(1).collect();
    let (tenant, what) = match parts.as_slice() {
        [] => return Reply::json(200, &overview(world)),
        [tenant] => (tenant, None),
        [tenant, what] => (tenant, Some(*what)),
        _ => return Reply::not_found(),
    };
    let Some(org) = world.orgs.get(*tenant) else {
        return Reply::not_found();
    };
    match what.map(|what| records(org, what)) {
        None => Reply::json(200, &summary(org)),
        Some(Some(list)) => Reply::json(200, &Value::Array(list)),
        Some(None) => Reply::not_found(),
    }
}

fn overview(world: &World) -> Value {
    json!({
        "organisations": world.orgs.values().map(summary).collect::<Vec<Value>>(),
        "webhook": world.webhooks.summary(),
        "faults_to_come": world.faults.len(),
        "outage": world.faults.outage,
    })
}

fn summary(org: &Org) -> Value {
    json!({
        "tenant": org.settings.tenant_id,
        "name": org.settings.name,
        "base_currency": org.settings.base_currency,
        "period_lock_date": org.settings.period_lock_date,
        "end_of_year_lock_date": org.settings.end_of_year_lock_date,
        "contacts": org.contacts.len(),
        "documents": org.documents.len(),
        "payments": org.payments.len(),
        "journals": org.journals.len(),
    })
}

fn records(org: &Org, what: &str) -> Option<Vec<Value>> {
    Some(match what {
        "contacts" => org.contacts.values().map(|contact| contacts::show(contact)).collect(),
        "invoices" => org
            .documents
            .values()
            .map(|document| render::document(org, document, 4, true))
            .collect(),
        "payments" => org.payments.values().map(|payment| render::payment(org, payment)).collect(),
        "journals" => org.journals.values().map(|journal| render::journal(org, journal, true)).collect(),
        _ => return None,
    })
}
