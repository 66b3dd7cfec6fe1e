//! What a function's answer says about the messages of its batch.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::function::FunctionError;
use crate::sqs::Received;

/// Why a whole batch counts as failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchFailure {
    /// The function returned an error, panicked or timed out.
    #[error(transparent)]
    Function(#[from] FunctionError),
    /// The answer names a message that was not in the batch, or none at all.
    #[error("batchItemFailures: {0}")]
    BadAnswer(String),
}

/// The messages that the answer reports as failed.
///
/// Nothing, null or an empty list is success; an item without an identifier, with an empty or an unknown one fails the
/// whole batch (Lambda developer guide, "success and failure conditions" of SQS event sources).
pub(super) fn failures_in(answer: &Value, batch: &[Received]) -> Result<BTreeSet<String>, BatchFailure> {
    let bad = |text: &str| Err(BatchFailure::BadAnswer(text.to_owned()));
    let items = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Ok(BTreeSet::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return bad("not a list"),
    };
    let mut failed = BTreeSet::new();
    for item in items {
        let id = item.get("itemIdentifier").and_then(Value::as_str);
        match id {
            None | Some("") => return bad("an item without itemIdentifier"),
            Some(id) if !batch.iter().any(|message| message.message_id == id) => {
                return bad("an itemIdentifier that is not in the batch");
            }
            Some(id) => failed.insert(id.to_owned()),
        };
    }
    Ok(failed)
}
