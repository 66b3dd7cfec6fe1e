//! The event that a batch of messages becomes, and what the function's answer says about it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::function::FunctionError;
use crate::sqs::{LOCAL_REGION, MessageAttribute, Received, queue_arn, queue_name};

/// The event that Lambda gives a function for these messages.
pub fn sqs_event(queue: &str, batch: &[Received]) -> Value {
    let arn = queue_arn(queue_name(queue));
    let records = batch.iter().map(|message| {
        let own = message.message_attributes.iter();
        let own = own.map(|(name, attribute)| (name.clone(), attribute_json(attribute)));
        let record = json!({
            "messageId": message.message_id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": message.attributes,
            "messageAttributes": own.collect::<serde_json::Map<_, _>>(),
            "md5OfBody": message.md5_of_body,
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
            "awsRegion": LOCAL_REGION,
        });
        with(record, "md5OfMessageAttributes", message.md5_of_message_attributes.as_deref())
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

fn attribute_json(attribute: &MessageAttribute) -> Value {
    let json = json!({
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": attribute.data_type,
    });
    let json = with(json, "stringValue", attribute.string_value.as_deref());
    with(json, "binaryValue", attribute.binary_value.as_deref())
}

/// The object with one more member, if there is a value for it.
fn with(mut object: Value, name: &str, text: Option<&str>) -> Value {
    if let Some(text) = text {
        object[name] = json!(text);
    }
    object
}

/// Why a whole batch counts as failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchFailure {
    /// The function returned an error, panicked or timed out.
    #[error(transparent)]
    Function(#[from] FunctionError),
    /// The answer names a message that was not in the batch, or none at all.
    #[error("batchItemFailures: {0}")]
    BadAnswer(&'static str),
}

/// The messages that the answer reports as failed.
///
/// Nothing, null or an empty list is success; an item without an identifier, with an empty or an unknown one fails the
/// whole batch (Lambda developer guide, "success and failure conditions" of SQS event sources).
pub(super) fn failures_in(answer: &Value, batch: &[Received]) -> Result<BTreeSet<String>, BatchFailure> {
    let items = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Ok(BTreeSet::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(BatchFailure::BadAnswer("not a list")),
    };
    let id_of = |item: &Value| match item["itemIdentifier"].as_str() {
        None | Some("") => Err(BatchFailure::BadAnswer("an item without itemIdentifier")),
        Some(id) if batch.iter().any(|message| message.message_id == id) => Ok(id.to_owned()),
        Some(_) => Err(BatchFailure::BadAnswer("an itemIdentifier that is not in the batch")),
    };
    items.iter().map(id_of).collect()
}
