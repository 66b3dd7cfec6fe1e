//! Queries of the table and of its index, page by page.

use serde_json::{Value, json};

use super::act::{key_of, shown};
use super::condition::{Names, holds};
use super::{Item, ItemKey, Refusal, Table};

impl Table {
    pub(super) fn query(&self, request: &Value) -> Result<Value, Refusal> {
        let names = Names::of(request);
        let text = request["KeyConditionExpression"].as_str().unwrap_or_default();
        let hash = hash_of(request).ok_or_else(|| Refusal::validation(format!("the model does not understand {text}")))?;
        let indexed = request.get("IndexName").is_some_and(|name| !name.is_null());
        let keys: Vec<&ItemKey> = if indexed {
            self.index.under(&hash).collect()
        } else {
            let from = (hash.clone(), String::new());
            let under = self.items.range(from..).take_while(|((pk, _), _)| *pk == hash);
            under.map(|(key, _)| key).collect()
        };
        let start = request
            .get("ExclusiveStartKey")
            .filter(|key| key.is_object())
            .map(key_of)
            .transpose()?;
        let after = start
            .and_then(|start| keys.iter().position(|key| **key == start))
            .map_or(0, |index| index + 1);
        let asked = request["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
        let limit = [asked, self.page_items_max].into_iter().flatten().min().unwrap_or(usize::MAX);
        let mut items = Vec::new();
        let mut last = None;
        for key in keys.into_iter().skip(after) {
            let Some(item) = self.items.get(key) else { continue };
            if !holds(text, Some(item), &names).map_err(Refusal::validation)? {
                continue;
            }
            items.push(shown(item));
            if items.len() == limit {
                last = Some(shown_key(item, indexed));
                break;
            }
        }
        let mut answer = json!({ "Count": items.len(), "ScannedCount": items.len(), "Items": items });
        if let (Some(last), Some(fields)) = (last, answer.as_object_mut()) {
            fields.insert("LastEvaluatedKey".to_owned(), last);
        }
        Ok(answer)
    }
}

/// The value of the first comparison, which is that of the hash key.
fn hash_of(request: &Value) -> Option<String> {
    let text = request["KeyConditionExpression"].as_str()?;
    let name: String = text
        .split(':')
        .nth(1)?
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .collect();
    let value = &request["ExpressionAttributeValues"][format!(":{name}")]["S"];
    value.as_str().map(str::to_owned)
}

fn shown_key(item: &Item, indexed: bool) -> Value {
    let names: &[&str] = if indexed { &["pk", "sk", "g1pk", "g1sk"] } else { &["pk", "sk"] };
    let parts = names.iter().filter_map(|name| Some(((*name).to_owned(), item.get(*name)?.clone())));
    Value::Object(parts.collect())
}
