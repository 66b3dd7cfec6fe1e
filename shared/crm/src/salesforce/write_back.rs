//! Pushing an invoice's number, status and amounts to its deal, and reading them back.

use http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Number, Value};
use tieout_platform::config::WriteBack;
use tieout_platform::effect::Permit;

use crate::deal::InvoiceFacts;

use super::answer::refusal;
use super::ids::{record_id, sent_record_id};
use super::query::{field_list, id_literal};
use super::row::Row;
use super::settings::is_field;
use super::{OPPORTUNITY, Salesforce};
use crate::error::{Call, CrmError};
use crate::ids::RecordId;
use crate::port::Crm;

const WRITE: Call = Call::Write("the invoice's status");
const READ: Call = Call::Read("the invoice's status");

/// The exact body of a write-back, for an intent: always the same bytes for the same facts, numbers as exact decimals.
/// Fields whose name is empty in `fields` are left out.
pub(super) fn write_back_body(id: &RecordId, facts: &InvoiceFacts, fields: &WriteBack) -> String {
    let text = |text: &str| Value::String(text.to_owned());
    let all = [
        (&fields.invoice_number, text(&facts.number)),
        (&fields.invoice_status, text(&facts.status)),
        (&fields.amount_due, number(facts.amount_due)),
        (&fields.amount_paid, number(facts.amount_paid)),
        (&fields.invoice_link, text(&facts.link)),
    ];
    let values = all.into_iter().filter(|(name, _)| !name.is_empty());
    let record = Record {
        id,
        values: values.map(|(name, value)| (name.as_str(), value)).collect(),
    };
    let record = serde_json::to_string(&record).unwrap_or_default();
    format!(r#"{{"allOrNone":false,"records":[{record}]}}"#)
}

fn number(amount: Decimal) -> Value {
    // A decimal's text is a JSON number.
    amount.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

/// Serialised by hand, so that the order of fields never changes.
struct Record<'a> {
    id: &'a RecordId,
    values: Vec<(&'a str, Value)>,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("attributes", &serde_json::json!({ "type": OPPORTUNITY }))?;
        map.serialize_entry("id", self.id.as_str())?;
        for (name, value) in &self.values {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Salesforce {
    /// Sends the body of a permit, made by [`write_back_body`]; gives the record's id.
    ///
    /// # Errors
    /// See [`CrmError`]. What is transient was certainly not written; what may have been written is of unknown outcome.
    pub(super) async fn write_invoice(&self, permit: Permit<'_>) -> Result<String, CrmError> {
        let target = self.target();
        if permit.target() != target {
            return Err(CrmError::WrongTarget {
                permit: permit.target().to_owned(),
                call: target,
            });
        }
        let path = format!("{}/composite/sobjects", self.address.data);
        let answer = self.call(WRITE, Method::PATCH, &path, Some(permit.body())).await?;
        let unreadable = |reason| CrmError::unreadable(WRITE, StatusCode::OK, reason);
        // HTTP 200 says nothing: each record has its own result.
        let [result] = answer.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err(unreadable("it is not the result of one record"));
        };
        match result.get("success").and_then(Value::as_bool) {
            Some(true) => {
                let id = result.get("id").and_then(Value::as_str);
                let id = id.ok_or_else(|| unreadable("it has no id"))?;
                sent_record_id(id).map(String::from).map_err(|_| unreadable("its id is not valid"))
            }
            Some(false) => {
                let errors = result.get("errors").unwrap_or(&Value::Null);
                Err(refusal(WRITE, StatusCode::OK, errors, None))
            }
            None => Err(unreadable("it has no success flag")),
        }
    }

    /// The record's id where all values of `body`, made by [`write_back_body`], are in place already.
    /// Numbers are compared as numbers, texts without white space at their ends, which Salesforce removes.
    ///
    /// # Errors
    /// See [`CrmError`]; a body that is not ours is unreadable.
    pub(super) async fn look_up_invoice(&self, body: &str) -> Result<Option<String>, CrmError> {
        let (id, wanted) = wanted(body)?;
        let names = wanted.iter().map(|(name, _)| name.as_str()).collect();
        let Some(record) = self.fields_of(&id, names).await? else {
            return Ok(None);
        };
        let row = Row::new(OPPORTUNITY, &record);
        for (name, value) in &wanted {
            let is_equal = match value {
                Value::Number(_) => {
                    let one_field = serde_json::json!({ "wanted": value });
                    row.decimal(name)? == Row::new(OPPORTUNITY, &one_field).decimal("wanted")?
                }
                Value::String(text) => row.text(name)?.unwrap_or_default().trim() == text.trim(),
                _ => row.get(name).is_none() && value.is_null(),
            };
            if !is_equal {
                return Ok(None);
            }
        }
        Ok(Some(String::from(id)))
    }

    async fn fields_of(&self, id: &RecordId, names: Vec<&str>) -> Result<Option<Value>, CrmError> {
        let currency = if self.settings.multi_currency { "CurrencyIsoCode" } else { "" };
        let fields = field_list(["Id", currency].into_iter().chain(names));
        let soql = format!("SELECT {fields} FROM {OPPORTUNITY} WHERE Id = {}", id_literal(id));
        let page = self.first_page(READ, &soql).await?;
        Ok(page.records.into_iter().next())
    }
}

fn wanted(body: &str) -> Result<(RecordId, Vec<(String, Value)>), CrmError> {
    let not_ours = || CrmError::unreadable(READ, StatusCode::OK, "the stored body is not one of ours");
    let mut body: Value = serde_json::from_str(body).map_err(|_| not_ours())?;
    let record = body.pointer_mut("/records/0").map(Value::take);
    let Some(Value::Object(record)) = record else {
        return Err(not_ours());
    };
    let id = record.get("id").and_then(Value::as_str).and_then(|id| record_id(id).ok());
    let values = record.into_iter().filter(|(name, _)| name != "attributes" && name != "id");
    let values: Vec<(String, Value)> = values.collect();
    if values.iter().any(|(name, _)| !is_field(name)) {
        return Err(not_ours());
    }
    Ok((id.ok_or_else(not_ours)?, values))
}
