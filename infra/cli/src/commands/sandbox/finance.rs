//! What finance does in the ledger, on a document by its number; the entity is found from it.

use chrono::NaiveDate;
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::client::SandboxClient;
use super::wrong;
use crate::error::CliError;

/// A document in the ledger of an entity.
struct Found {
    tenant: String,
    record: Value,
}

/// What of an invoice is changed.
#[derive(Debug, Default)]
pub struct Edit<'a> {
    /// The place of a line that gets the amount, from 1 on.
    pub line: Option<usize>,
    /// The text of a line that is added with the amount.
    pub add: Option<&'a str>,
    pub amount: Option<Decimal>,
    pub date: Option<NaiveDate>,
    pub due: Option<NaiveDate>,
    pub renumber: Option<&'a str>,
}

/// Does an act on a document with what of `wish` is given; a line of what came of it.
pub async fn act(client: &SandboxClient, number: &str, name: &str, wish: Value) -> Result<String, CliError> {
    let found = find(client, number).await?;
    let document = done(client, &found, name, wish).await?;
    Ok(described(&document))
}

/// Changes an invoice. An amount without a line is the only line's; where there are several, nothing is guessed.
pub async fn edit(client: &SandboxClient, number: &str, edit: &Edit<'_>) -> Result<String, CliError> {
    let found = find(client, number).await?;
    let all = found.record["LineItems"].as_array().map(Vec::as_slice).unwrap_or_default();
    let line = match (edit.amount, edit.add, edit.line) {
        (Some(_), None, None) if all.len() == 1 => Some(1),
        (Some(_), None, None) => {
            let why = format!(
                "{number} has {} lines; give --line for one of them, or --add for another one",
                all.len()
            );
            return Err(wrong(why + &listed(all)));
        }
        (_, _, Some(line)) if line == 0 || line > all.len() => {
            return Err(wrong(format!(
                "there is no line {line} in {number}; it has {}:{}",
                all.len(),
                listed(all)
            )));
        }
        (_, _, line) => line,
    };
    let lines = line.map(|line| json!([{ "line": line, "amount": edit.amount }]));
    let added = edit.add.map(|text| json!([{ "description": text, "amount": edit.amount }]));
    let wish = json!({ "lines": lines, "add": added, "date": edit.date, "due": edit.due, "number": edit.renumber });
    let document = done(client, &found, "edit", wish).await?;
    Ok(described(&document))
}

/// Credits a part of an invoice; says what of it was set against the invoice, and what is left.
pub async fn credit(client: &SandboxClient, number: &str, amount: Decimal, date: Option<NaiveDate>) -> Result<String, CliError> {
    let found = find(client, number).await?;
    let note = done(client, &found, "credit", json!({ "amount": amount, "date": date })).await?;
    let currency = note["CurrencyCode"].as_str().unwrap_or_default();
    let (total, left) = (&note["Total"], &note["RemainingCredit"]);
    let outcome = match note["Allocations"].as_array().map_or(0, Vec::len) {
        0 => format!(
            "nothing is due on {number}, so {left} {currency} remain as credit: refund it, or set it against another invoice, in Xero"
        ),
        _ if note["Status"] == json!("PAID") => format!("{total} {currency} set against {number}"),
        _ => format!("set against {number} as far as that was due; {left} {currency} remain as credit"),
    };
    Ok(format!("{}; {outcome}", described(&note)))
}

/// Voids what is approved, and deletes a draft.
pub async fn void(client: &SandboxClient, number: &str) -> Result<String, CliError> {
    let found = find(client, number).await?;
    let name = if is_draft(&found.record) { "delete" } else { "void" };
    let document = done(client, &found, name, Value::Null).await?;
    Ok(described(&document))
}

/// Does an act; the document as it is afterwards.
async fn done(client: &SandboxClient, found: &Found, name: &str, wish: Value) -> Result<Value, CliError> {
    let key = match name {
        "approve" | "void" | "delete" => "document",
        _ => "invoice",
    };
    if key == "invoice" && found.record["CreditNoteID"].is_string() {
        let number = number_of(&found.record).unwrap_or_default();
        return Err(wrong(format!("{number} is a credit note; give the number of an invoice")));
    }
    let mut body = Map::from_iter([(key.to_owned(), json!(id(&found.record)))]);
    if let Value::Object(wish) = wish {
        body.extend(wish.into_iter().filter(|(_, value)| !value.is_null()));
    }
    let path = format!("{}/{name}", found.tenant);
    let answer = client.xero(Method::POST, &path, &Value::Object(body)).await;
    answer.map_err(|error| match (error, remedy(&found.record, name)) {
        (CliError::Sandbox { address, why }, Some(remedy)) => CliError::Sandbox {
            address,
            why: format!("{why}: {remedy}"),
        },
        (error, _) => error,
    })
}

fn is_draft(record: &Value) -> bool {
    matches!(record["Status"].as_str(), Some("DRAFT" | "SUBMITTED"))
}

/// What to do first, where an act on a document in this state is refused.
fn remedy(record: &Value, act: &str) -> Option<String> {
    let number = number_of(record)?;
    let currency = record["CurrencyCode"].as_str().unwrap_or_default();
    match record["Status"].as_str()? {
        "VOIDED" => Some(format!("{number} is voided, which is for good")),
        "DRAFT" | "SUBMITTED" if matches!(act, "pay" | "credit") => Some(format!(
            "{number} is a draft; approve it first with `tieout sandbox approve {number}`"
        )),
        "PAID" if act == "pay" => Some(format!("nothing is due on {number}")),
        "PAID" | "AUTHORISED" if matches!(act, "void" | "edit") => Some(format!(
            "{number} is {}; what is paid or credited has to be taken back first (README.md, \"Finance is played by hand\")",
            record["Status"].as_str()?
        )),
        "AUTHORISED" if act == "pay" => Some(format!("{} {currency} is due on {number}", record["AmountDue"])),
        _ => None,
    }
}

/// Lines with their places, each on a line of its own.
fn listed(lines: &[Value]) -> String {
    let text = |(place, line): (usize, &Value)| {
        let what = line["Description"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        format!("\n  --line {}  {}  {what}", place + 1, line["LineAmount"])
    };
    lines.iter().enumerate().map(text).collect()
}

/// Posts a manual journal in an entity's ledger; its id.
pub async fn journal(
    client: &SandboxClient,
    entity: &str,
    narration: &str,
    lines: &[(String, Decimal)],
    date: Option<NaiveDate>,
) -> Result<String, CliError> {
    let known = client.config.entities.iter().find(|known| known.id == entity);
    let known = known.ok_or_else(|| {
        let ids: Vec<&str> = client.config.entities.iter().map(|entity| entity.id.as_str()).collect();
        wrong(format!("there is no entity {entity:?}; give one of {}", ids.join(", ")))
    })?;
    let line = |(account, amount): &(String, Decimal)| json!({ "account": account, "amount": amount });
    let mut body = json!({ "narration": narration, "lines": lines.iter().map(line).collect::<Vec<_>>() });
    if let Some(date) = date {
        body["date"] = json!(date);
    }
    let path = format!("{}/journal", known.xero_tenant);
    let done = client.xero(Method::POST, &path, &body).await?;
    Ok(done["ManualJournalID"].as_str().unwrap_or_default().to_owned())
}

/// The one document of that number that is not deleted, in whichever entity's ledger.
async fn find(client: &SandboxClient, number: &str) -> Result<Found, CliError> {
    let mut found = Vec::new();
    for entity in &client.config.entities {
        let path = format!("{}/invoices", entity.xero_tenant);
        let Value::Array(records) = client.xero(Method::GET, &path, &Value::Null).await? else {
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
        (None, _) => Err(wrong(format!(
            "no entity has an invoice or credit note {number:?}; `tieout numbers` lists the numbers that were allotted"
        ))),
        (Some(_), others) => Err(wrong(format!(
            "{} documents have the number {number:?}; act on one of them in Xero (infra/sandbox/README.md)",
            others + 1
        ))),
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
