//! The actions that send, receive, delete and hide messages.

use serde_json::{Value, json};

use super::errors::SqsError;
use super::limits::MESSAGE_SIZE_MAX_BYTES;
use super::receive::{ReceiveRequest, Received};
use super::requests::{Parameters, asks_for, without_nulls};
use super::send::{self, Outgoing, Sent};
use super::{Sqs, batch, message_attributes};

pub(super) fn outgoing(entry: &Value) -> Result<Outgoing, SqsError> {
    serde_json::from_value(entry.clone()).map_err(|error| SqsError::Serialization(error.to_string()))
}

pub(super) fn sent_json(sent: &Sent) -> Value {
    without_nulls(json!({
        "MessageId": sent.message_id,
        "MD5OfMessageBody": sent.md5_of_body,
        "MD5OfMessageAttributes": sent.md5_of_attributes,
        "MD5OfMessageSystemAttributes": sent.md5_of_system_attributes,
        "SequenceNumber": sent.sequence_number,
    }))
}

pub(super) fn send_batch(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let entries = batch::entries(parameters.0, "SendMessageBatchRequestEntry")?;
    let mut size_bytes = 0_i64;
    let mut messages = Vec::with_capacity(entries.len());
    for (id, entry) in entries {
        let message = outgoing(&entry)?;
        // A bad attribute is that entry's failure, told below.
        size_bytes = size_bytes.saturating_add(message.size_bytes().unwrap_or_default());
        messages.push((id, message));
    }
    if size_bytes > MESSAGE_SIZE_MAX_BYTES {
        return Err(SqsError::BatchTooLong(size_bytes));
    }
    sqs.change_queue(queue, |db, queue, now_ms| {
        batch::answer(messages.into_iter().map(|(id, message)| {
            let sent = send::send(db, queue, &message, now_ms);
            (id, sent.map(|sent| sent_json(&sent)))
        }))
    })
}

pub(super) async fn receive(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let request = ReceiveRequest {
        max_messages: parameters.number("MaxNumberOfMessages")?.unwrap_or(1),
        wait_s: parameters.number("WaitTimeSeconds")?,
        visibility_timeout_s: parameters.number("VisibilityTimeout")?,
    };
    request.check()?;
    let mut system = parameters.list("AttributeNames");
    system.extend(parameters.list("MessageSystemAttributeNames"));
    let own = parameters.list("MessageAttributeNames");
    let received = sqs.receive(queue, &request).await?;
    let messages = received
        .into_iter()
        .map(|message| received_json(message, &system, &own))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "Messages": messages }))
}

fn received_json(mut message: Received, system: &[String], own: &[String]) -> Result<Value, SqsError> {
    message.attributes.retain(|name, _| asks_for(system, name));
    message.message_attributes.retain(|name, _| asks_for(own, name));
    let digest = message_attributes::digest(&message.message_attributes)?;
    let mut json = json!({
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt_handle,
        "Body": message.body,
        "MD5OfBody": message.md5_of_body,
        "MD5OfMessageAttributes": digest,
    });
    if let Some(fields) = json.as_object_mut() {
        if !message.attributes.is_empty() {
            fields.insert("Attributes".to_owned(), json!(message.attributes));
        }
        if !message.message_attributes.is_empty() {
            let attributes = json!(message.message_attributes);
            fields.insert("MessageAttributes".to_owned(), attributes);
        }
    }
    Ok(without_nulls(json))
}

pub(super) fn delete_batch(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let entries = batch::entries(parameters.0, "DeleteMessageBatchRequestEntry")?;
    sqs.with_queue(queue, |_, _, _| Ok(()))?;
    batch::answer(entries.into_iter().map(|(id, entry)| {
        let handle = Parameters(&entry).required("ReceiptHandle");
        let result = handle.and_then(|handle| sqs.delete(queue, handle));
        (id, result.map(|()| json!({})))
    }))
}

pub(super) fn change_visibility(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<(), SqsError> {
    let timeout_s = parameters
        .number("VisibilityTimeout")?
        .ok_or(SqsError::MissingParameter("VisibilityTimeout"))?;
    sqs.change_visibility(queue, parameters.required("ReceiptHandle")?, timeout_s)
}

pub(super) fn change_visibility_batch(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let entries = batch::entries(parameters.0, "ChangeMessageVisibilityBatchRequestEntry")?;
    sqs.with_queue(queue, |_, _, _| Ok(()))?;
    batch::answer(entries.into_iter().map(|(id, entry)| {
        let result = change_visibility(sqs, queue, Parameters(&entry));
        (id, result.map(|()| json!({})))
    }))
}
