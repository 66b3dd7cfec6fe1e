//! Writing back what became of a deal's invoice, and reading whether it is there.

use http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Number, Value};
use tieout_platform::config::WriteBack;
use tieout_platform::effect::{Intent, Performer, Permit};
use tieout_platform::failure::Failure;

use crate::deal::InvoiceFacts;

use super::Salesforce;
use super::errors::{Call, CrmError, refusal};
use super::ids::RecordId;
use super::query::{field_list, id_literal};
use super::row::Row;
use super::settings::is_field;

const OPPORTUNITY: &str = "Opportunity";
const WRITE: Call = Call::Write("the invoice's status");
const READ: Call = Call::Read("the invoice's status");

/// The exact body of a write-back, for an intent: always the same bytes for the same facts, numbers as exact decimals.
/// Fields whose name is empty in `fields` are left out.
pub fn write_back_body(id: &RecordId, facts: &InvoiceFacts, fields: &WriteBack) -> String {
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

/// Written in this very order, whatever a map of `serde_json` would do to it.
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
    pub async fn write_back(&self, permit: Permit<'_>) -> Result<String, CrmError> {
        let path = format!("{}/composite/sobjects", self.place.data);
        let answer = self.call(WRITE, Method::PATCH, &path, Some(permit.body())).await?;
        let unreadable = |reason| CrmError::unreadable(WRITE, StatusCode::OK, reason);
        // HTTP 200 says nothing: each record has its own word.
        let [result] = answer.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err(unreadable("it does not tell of one record"));
        };
        match result.get("success").and_then(Value::as_bool) {
            Some(true) => {
                let id = result.get("id").and_then(Value::as_str);
                let id = id.ok_or_else(|| unreadable("it has no id"))?;
                RecordId::told(id).map(String::from).map_err(|_| unreadable("its id is none"))
            }
            Some(false) => {
                let errors = result.get("errors").unwrap_or(&Value::Null);
                Err(refusal(WRITE, StatusCode::OK, errors, None))
            }
            None => Err(unreadable("it does not say whether it was done")),
        }
    }

    /// What was written back to a deal; `None` where the deal is gone or has no invoice number yet.
    /// Fields that are not mapped are empty, amounts that are empty are zero.
    ///
    /// # Errors
    /// See [`CrmError`].
    pub async fn read_write_back(&self, id: &RecordId) -> Result<Option<InvoiceFacts>, CrmError> {
        let fields = &self.settings.write_back;
        let names = [
            &fields.invoice_number,
            &fields.invoice_status,
            &fields.amount_due,
            &fields.amount_paid,
            &fields.invoice_link,
        ];
        let Some(record) = self.fields_of(id, names.map(String::as_str).to_vec()).await? else {
            return Ok(None);
        };
        let row = Row::new(OPPORTUNITY, &record);
        let text = |field: &str| row.text(field).map(|text| text.unwrap_or_default().to_owned());
        let number = text(&fields.invoice_number)?;
        if number.is_empty() {
            return Ok(None);
        }
        Ok(Some(InvoiceFacts {
            number,
            status: text(&fields.invoice_status)?,
            amount_due: row.decimal(&fields.amount_due)?.unwrap_or_default(),
            amount_paid: row.decimal(&fields.amount_paid)?.unwrap_or_default(),
            currency: self.currency(&row)?,
            link: text(&fields.invoice_link)?,
        }))
    }

    /// Whether all that `body`, made by [`write_back_body`], would write is there already: the record's id then.
    /// Numbers are compared as numbers, texts without the white space at their ends, which Salesforce cuts off.
    ///
    /// # Errors
    /// See [`CrmError`]; a body that is not ours is unreadable.
    pub async fn look_up_write_back(&self, body: &str) -> Result<Option<String>, CrmError> {
        let (id, wanted) = wanted(body)?;
        let names = wanted.iter().map(|(name, _)| name.as_str()).collect();
        let Some(record) = self.fields_of(&id, names).await? else {
            return Ok(None);
        };
        let row = Row::new(OPPORTUNITY, &record);
        for (name, value) in &wanted {
            let there = match value {
                Value::Number(_) => {
                    let one_field = serde_json::json!({ "wanted": value });
                    row.decimal(name)? == Row::new(OPPORTUNITY, &one_field).decimal("wanted")?
                }
                Value::String(text) => row.text(name)?.unwrap_or_default().trim() == text.trim(),
                _ => row.get(name).is_none() && value.is_null(),
            };
            if !there {
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
    let id = record.get("id").and_then(Value::as_str).and_then(|id| RecordId::parse(id).ok());
    let values = record.into_iter().filter(|(name, _)| name != "attributes" && name != "id");
    let values: Vec<(String, Value)> = values.collect();
    if values.iter().any(|(name, _)| !is_field(name)) {
        return Err(not_ours());
    }
    Ok((id.ok_or_else(not_ours)?, values))
}

/// The write-back as an effect: give it to [`tieout_platform::effect::perform`].
#[derive(Debug, Clone, Copy)]
pub struct WriteBackEffect<'a>(pub &'a Salesforce);

impl Performer for WriteBackEffect<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        Ok(self.0.write_back(permit).await?)
    }

    async fn look_up(&self, intent: &Intent) -> Result<Option<String>, Failure> {
        Ok(self.0.look_up_write_back(&intent.body).await?)
    }
}
