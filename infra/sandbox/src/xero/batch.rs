//! Several records in one write: what one bad record does to the others (`docs/vendors/xero.md`, `summarizeErrors`).

use serde_json::{Value, json};

use super::query::extend;
use super::reply::Reply;
use super::server::Call;
use super::world::Org;

/// Works through the records of a write and answers.
///
/// `one` stores a record and gives its id, or says what is wrong; `show` renders the stored one. Without
/// `summarizeErrors=false` a bad record refuses the call, and nothing is stored.
pub(super) fn write_each(
    org: &mut Org,
    call: &Call<'_>,
    name: &str,
    one: impl Fn(&mut Org, &Value) -> Result<String, Vec<String>>,
    show: impl Fn(&Org, &str) -> Value,
) -> Reply {
    let items = match items(call.body, name) {
        Ok(items) => items,
        Err(refusal) => return refusal,
    };
    let each = call.query.is("summarizeErrors", "false");
    let mut failed = Vec::new();
    let mut answers = Vec::new();
    for item in &items {
        let before = org.clone();
        match one(org, item) {
            Ok(id) => {
                let mut shown = show(org, &id);
                if each {
                    extend(&mut shown, json!({"StatusAttributeString": "OK"}));
                }
                answers.push(shown);
            }
            Err(messages) => {
                *org = before;
                let element = refused(item, &messages);
                failed.push(element.clone());
                answers.push(element);
            }
        }
    }
    if failed.is_empty() || each {
        return Reply::records(name, answers, org.now);
    }
    Reply::validation(failed)
}

/// What was sent, with what is wrong about it.
fn refused(item: &Value, messages: &[String]) -> Value {
    let mut element = item.clone();
    let errors: Vec<Value> = messages.iter().map(|message| json!({"Message": message})).collect();
    extend(
        &mut element,
        json!({"HasErrors": true, "StatusAttributeString": "ERROR", "ValidationErrors": errors}),
    );
    element
}

/// `{"Invoices": […]}`, a bare list, or a single record.
pub(super) fn items(body: &[u8], name: &str) -> Result<Vec<Value>, Reply> {
    let nothing = || {
        let singular = name.strip_suffix('s').unwrap_or(name);
        let message = format!(
            "No data has been processed for this endpoint. This endpoint is expecting {singular} data to be specifed in the request body."
        );
        Reply::refused(17, "NoDataProcessedException", &message)
    };
    if body.is_empty() {
        return Err(nothing());
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Err(Reply::refused(14, "PostDataInvalidException", "JSON for post data was invalid"));
    };
    let items = match value {
        Value::Array(items) => items,
        Value::Object(mut map) => match map.remove(name) {
            Some(Value::Array(items)) => items,
            Some(other) => vec![other],
            None => vec![Value::Object(map)],
        },
        _ => Vec::new(),
    };
    if items.is_empty() || items.iter().any(|item| item.as_object().is_none_or(serde_json::Map::is_empty)) {
        return Err(nothing());
    }
    Ok(items)
}
