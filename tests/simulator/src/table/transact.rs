//! Several writes, all or none.

use serde_json::{Value, json};

use super::act::{item_of, key_of, shown, wants_old};
use super::{Item, ItemKey, Refusal, Table};

/// One write, once all conditions hold.
type Change = (ItemKey, Option<Item>);

impl Table {
    pub(super) fn transact(&mut self, request: &Value) -> Result<Value, Refusal> {
        let token = request["ClientRequestToken"].as_str().filter(|_| !self.forgets_tokens);
        let content = request["TransactItems"].to_string();
        if let Some(earlier) = token.and_then(|token| self.tokens.get(token)) {
            return if *earlier == content {
                Ok(json!({}))
            } else {
                Err(Refusal::new(
                    "IdempotentParameterMismatchException",
                    json!({ "Message": "another request has this token" }),
                ))
            };
        }
        let mut changes: Vec<Change> = Vec::new();
        let mut reasons = Vec::new();
        for part in request["TransactItems"].as_array().into_iter().flatten() {
            let (key, written, inner) = read(part)?;
            let found = self.items.get(&key);
            let holds = self.holds(found, inner).map_err(Refusal::validation)?;
            reasons.push(reason(holds, found, inner));
            changes.push((key, written));
        }
        if reasons.iter().any(|reason| reason["Code"] != "None") {
            let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect();
            let message = format!(
                "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                codes.join(", ")
            );
            let body = json!({ "Message": message, "CancellationReasons": reasons });
            return Err(Refusal::new("TransactionCanceledException", body));
        }
        if let Some(token) = token {
            self.tokens.insert(token.to_owned(), content);
        }
        for (key, written) in changes {
            match written {
                Some(item) => self.write(key, item),
                None => self.remove(&key),
            }
        }
        Ok(json!({}))
    }
}

fn read(part: &Value) -> Result<(ItemKey, Option<Item>, &Value), Refusal> {
    if let Some(put) = part.get("Put").filter(|put| put.is_object()) {
        return Ok((key_of(&put["Item"])?, Some(item_of(&put["Item"])), put));
    }
    if let Some(delete) = part.get("Delete").filter(|delete| delete.is_object()) {
        return Ok((key_of(&delete["Key"])?, None, delete));
    }
    Err(Refusal::validation("the model's transactions put and delete".to_owned()))
}

fn reason(holds: bool, found: Option<&Item>, inner: &Value) -> Value {
    if holds {
        return json!({ "Code": "None" });
    }
    let mut reason = json!({ "Code": "ConditionalCheckFailed", "Message": "The conditional request failed" });
    if let (Some(found), true, Some(fields)) = (found, wants_old(inner), reason.as_object_mut()) {
        fields.insert("Item".to_owned(), shown(found));
    }
    reason
}
