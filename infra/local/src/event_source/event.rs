//! The event that a batch of messages becomes.

use serde_json::{Map, Value, json};

use crate::sqs::{LOCAL_REGION, MessageAttribute, MessageAttributes, Received, queue_arn, queue_name};

/// The event that Lambda gives a function for these messages.
pub fn sqs_event(queue: &str, batch: &[Received]) -> Value {
    let arn = queue_arn(queue_name(queue));
    let records: Vec<Value> = batch.iter().map(|message| record(&arn, message)).collect();
    json!({ "Records": records })
}

fn record(arn: &str, message: &Received) -> Value {
    let mut record = json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": attributes(&message.message_attributes),
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": LOCAL_REGION,
    });
    if let (Some(fields), Some(digest)) = (record.as_object_mut(), &message.md5_of_message_attributes) {
        fields.insert("md5OfMessageAttributes".to_owned(), json!(digest));
    }
    record
}

fn attributes(all: &MessageAttributes) -> Map<String, Value> {
    let one = |(name, attribute): (&String, &MessageAttribute)| {
        let mut json = json!({
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": attribute.data_type,
        });
        if let Some(fields) = json.as_object_mut() {
            for (key, value) in [("stringValue", &attribute.string_value), ("binaryValue", &attribute.binary_value)] {
                if let Some(value) = value {
                    fields.insert(key.to_owned(), json!(value));
                }
            }
        }
        (name.clone(), json)
    };
    all.iter().map(one).collect()
}
