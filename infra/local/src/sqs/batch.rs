//! Batches: checked as a whole, then each entry succeeds or fails by itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::errors::SqsError;
use super::limits::BATCH_ENTRIES_MAX;

/// The entries of a batch with their ids; refuses an empty one, more than ten, repeated or bad ids.
pub(super) fn entries(request: &Value, element: &'static str) -> Result<Vec<(String, Value)>, SqsError> {
    let given = request.get("Entries").and_then(Value::as_array);
    let given = given.map(Vec::as_slice).unwrap_or_default();
    if given.is_empty() {
        return Err(SqsError::EmptyBatch(element));
    }
    if given.len() > BATCH_ENTRIES_MAX {
        return Err(SqsError::TooManyEntries(given.len()));
    }
    let mut seen = BTreeSet::new();
    let mut entries = Vec::with_capacity(given.len());
    for entry in given {
        let id = entry.get("Id").and_then(Value::as_str);
        let id = id.ok_or(SqsError::MissingParameter("Id"))?.to_owned();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > 80 || !id.chars().all(plain) {
            return Err(SqsError::InvalidBatchId(id));
        }
        if !seen.insert(id.clone()) {
            return Err(SqsError::BatchIdsNotDistinct(id));
        }
        entries.push((id, entry.clone()));
    }
    Ok(entries)
}

/// The answer to a batch: a failure of the store fails it whole, any other its entry only.
pub(super) fn answer(results: impl IntoIterator<Item = (String, Result<Value, SqsError>)>) -> Result<Value, SqsError> {
    let mut successful = Vec::new();
    let mut failed = Vec::new();
    for (id, result) in results {
        match result {
            Ok(mut entry) => {
                if let Some(fields) = entry.as_object_mut() {
                    fields.insert("Id".to_owned(), json!(id));
                }
                successful.push(entry);
            }
            Err(error) if error.is_senders_fault() => failed.push(json!({
                "Id": id,
                "SenderFault": true,
                "Code": error.codes().1,
                "Message": error.to_string(),
            })),
            Err(error) => return Err(error),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_checked_as_a_whole() {
        let check = |ids: &[&str], expected: &str| {
            let entries_json: Vec<Value> = ids.iter().map(|id| json!({ "Id": id })).collect();
            let result = entries(&json!({ "Entries": entries_json }), "Any");
            let told = result.map_or_else(|error| error.codes().1, |all| all.len().to_string());
            assert_eq!(told, expected, "{ids:?}");
        };
        check(&["a", "b"], "2");
        check(&[], "AWS.SimpleQueueService.EmptyBatchRequest");
        check(&["a"; 11], "AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
        check(&["a", "a"], "AWS.SimpleQueueService.BatchEntryIdsNotDistinct");
        check(&["a b"], "AWS.SimpleQueueService.InvalidBatchEntryId");
    }
}
