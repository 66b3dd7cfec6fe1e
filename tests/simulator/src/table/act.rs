//! Single operations: read, put, change, delete.

use serde_json::{Map, Value, json};

use super::condition::Names;
use super::update::changed;
use super::{Item, ItemKey, Table, value};

/// What the service refuses: its error's name, and the whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// For instance `ConditionalCheckFailedException`.
    pub kind: &'static str,
    /// What is answered with it.
    pub body: Value,
}

impl Refusal {
    pub(super) fn validation(message: String) -> Self {
        Self::new("ValidationException", json!({ "message": message }))
    }

    pub(super) fn new(kind: &'static str, mut body: Value) -> Self {
        if let Some(fields) = body.as_object_mut() {
            fields.insert("__type".to_owned(), json!(format!("com.amazonaws.dynamodb.v20120810#{kind}")));
        }
        Self { kind, body }
    }

    /// A condition that does not hold, with what is there where that was asked for.
    pub(super) fn condition(found: Option<&Item>, request: &Value) -> Self {
        let mut body = json!({ "message": "The conditional request failed" });
        if let (Some(found), true, Some(fields)) = (found, wants_old(request), body.as_object_mut()) {
            fields.insert("Item".to_owned(), shown(found));
        }
        Self::new("ConditionalCheckFailedException", body)
    }
}

/// Whether a failed condition is to bring what is there.
pub(super) fn wants_old(request: &Value) -> bool {
    request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
}

/// An item in the protocol's JSON.
pub(super) fn shown(item: &Item) -> Value {
    Value::Object(
        item.iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<_, _>>(),
    )
}

/// An item of a request.
pub(super) fn item_of(value: &Value) -> Item {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value::kept(value))).collect()
}

/// Where an item or key of a request lies.
pub(super) fn key_of(keyed: &Value) -> Result<ItemKey, Refusal> {
    let part = |name: &str| {
        let found = keyed.get(name).and_then(value::parts);
        let text = found.and_then(|(kind, content)| content.as_str().filter(|_| kind == "S"));
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let missing = || Refusal::validation("The provided key element does not match the schema".to_owned());
    Ok((part("pk").ok_or_else(missing)?, part("sk").ok_or_else(missing)?))
}

impl Table {
    pub(super) fn get_item(&self, request: &Value) -> Result<Value, Refusal> {
        let found = self.items.get(&key_of(&request["Key"])?);
        Ok(found.map_or_else(|| json!({}), |item| json!({ "Item": shown(item) })))
    }

    pub(super) fn put_item(&mut self, request: &Value) -> Result<Value, Refusal> {
        let key = key_of(&request["Item"])?;
        self.check(&key, request)?;
        self.write(key, item_of(&request["Item"]));
        Ok(json!({}))
    }

    pub(super) fn update_item(&mut self, request: &Value) -> Result<Value, Refusal> {
        let key = key_of(&request["Key"])?;
        self.check(&key, request)?;
        let before = self.items.get(&key).cloned();
        let before = before.unwrap_or_else(|| item_of(&request["Key"]));
        let text = request["UpdateExpression"].as_str().unwrap_or_default();
        let after = changed(before, text, &Names::of(request)).map_err(Refusal::validation)?;
        self.write(key, after);
        Ok(json!({}))
    }

    pub(super) fn delete_item(&mut self, request: &Value) -> Result<Value, Refusal> {
        let key = key_of(&request["Key"])?;
        self.check(&key, request)?;
        self.remove(&key);
        Ok(json!({}))
    }

    /// Whether the request's condition holds for what is there.
    fn check(&self, key: &ItemKey, request: &Value) -> Result<(), Refusal> {
        let found = self.items.get(key);
        let holds = self.holds(found, request).map_err(Refusal::validation)?;
        if holds { Ok(()) } else { Err(Refusal::condition(found, request)) }
    }

    pub(super) fn holds(&self, found: Option<&Item>, request: &Value) -> Result<bool, String> {
        match request.get("ConditionExpression").and_then(Value::as_str) {
            None => Ok(true),
            Some(text) => super::condition::holds(text, found, &Names::of(request)),
        }
    }
}
