//! What finance does in the ledger, on a document by its number; the entity is found from it.

use chrono::NaiveDate;
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::hands::Hands;
use crate::error::CliError;

/// A document in the ledger of an entity.
struct Found {
    tenant: String,
    record: Value,
}

/// Does an act on a document with what of `wish` is given; a line of what came of it.
pub async fn act(hands: &Hands, number: &str, name: &str, wish: Value) -> Result<String, CliError> {
    let found = find(hands, number).await?;
    done(hands, &found, name, wish).await
}

/// Voids what is approved, and deletes a draft.
pub async fn void(hands: &Hands, number: &str) -> Result<String, CliError> {
    let found = find(hands, number).await?;
    let is_draft = matches!(found.record["Status"].as_str(), Some("DRAFT" | "SUBMITTED"));
    let name = if is_draft { "delete" } else { "void" };
    done(hands, &found, name, Value::Null).await
}

async fn done(hands: &Hands, found: &Found, name: &str, wish: Value) -> Result<String, CliError> {
    let key = match name {
        "approve" | "void" | "delete" => "document",
        _ => "invoice",
    };
    let mut body = Map::from_iter([(key.to_owned(), json!(id(&found.record)))]);
    if let Value::Object(wish) = wish {
        body.extend(wish.into_iter().filter(|(_, value)| !value.is_null()));
    }
    let path = format!("{}/{name}", found.tenant);
    let document = hands.xero(Method::POST, &path, &Value::Object(body)).await?;
    Ok(described(&document))
}

/// Posts a manual journal in an entity's ledger; its id.
pub async fn journal(
    hands: &Hands,
    entity: &str,
    narration: &str,
    lines: &[(String, Decimal)],
    date: Option<NaiveDate>,
) -> Result<String, CliError> {
    let known = hands.config.entities.iter().find(|known| known.id == entity);
    let known = known.ok_or_else(|| {
        let ids: Vec<&str> = hands.config.entities.iter().map(|entity| entity.id.as_str()).collect();
        CliError::Act(format!("there is no entity {entity:?}; give one of {}", ids.join(", ")))
    })?;
    let line = |(account, amount): &(String, Decimal)| json!({ "account": account, "amount": amount });
    let mut body = json!({ "narration": narration, "lines": lines.iter().map(line).collect::<Vec<_>>() });
    if let Some(date) = date {
        body["date"] = json!(date);
    }
    let path = format!("{}/journal", known.xero_tenant);
    let done = hands.xero(Method::POST, &path, &body).await?;
    Ok(done["ManualJournalID"].as_str().unwrap_or_default().to_owned())
}

/// The one document of that number that is not deleted, in whichever entity's ledger.
async fn find(hands: &Hands, number: &str) -> Result<Found, CliError> {
    let mut found = Vec::new();
    for entity in &hands.config.entities {
        let path = format!("{}/invoices", entity.xero_tenant);
        let Value::Array(records) = hands.xero(Method::GET, &path, &Value::Null).await? else {
            continue;
        };
        let named = records
            .into_iter()
            .filter(|record| number_of(record) == Some(number) && record["Status"] != json!("DELETED"));
        found.extend(named.map(|record| Found {
            tenant: entity.xero_tenant.clone(),
            record,
        }));
    }
    let one = found.pop();
    match (one, found.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => Err(CliError::Act(format!(
            "no entity has an invoice or credit note {number:?}; `tieout numbers` lists the numbers that were allotted"
        ))),
        (Some(_), others) => Err(CliError::Act(format!("{} documents have the number {number:?}", others + 1))),
    }
}

fn number_of(record: &Value) -> Option<&str> {
    record["InvoiceNumber"].as_str().or_else(|| record["CreditNoteNumber"].as_str())
}

fn id(record: &Value) -> Option<&str> {
    record["InvoiceID"].as_str().or_else(|| record["CreditNoteID"].as_str())
}

/// `NWUK-00001 AUTHORISED, 12000.00 GBP`.
fn described(record: &Value) -> String {
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let (number, total) = (number_of(record).unwrap_or_default(), &record["Total"]);
    format!("{number} {}, {total} {}", text("Status"), text("CurrencyCode"))
}
