//! The actions of the JSON protocol: parameters in, answer out.

use serde_json::{Map, Value, json};

use super::batch;
use super::errors::SqsError;
use super::limits::{MESSAGE_SIZE_MAX_BYTES, QUEUES_LISTED_MAX};
use super::message_attributes;
use super::move_tasks::{self, MoveRequest};
use super::names::{queue_name, queue_url};
use super::receive::{ReceiveRequest, Received};
use super::requests::{Parameters, asks_for};
use super::send::{Outgoing, Sent};
use super::{Sqs, queues};

/// Does one action; `base_url` is the server's own address, for the URLs of queues.
pub(super) async fn act(sqs: &Sqs, base_url: &str, action: &str, request: &Value) -> Result<Value, SqsError> {
    let parameters = Parameters(request);
    match action {
        "CreateQueue" => create_queue(sqs, base_url, parameters),
        "GetQueueUrl" => get_queue_url(sqs, base_url, parameters),
        "ListQueues" => list_queues(sqs, base_url, parameters),
        "ListDeadLetterSourceQueues" => list_sources(sqs, base_url, parameters),
        "StartMessageMoveTask" => start_move_task(sqs, parameters),
        "ListMessageMoveTasks" => list_move_tasks(sqs, parameters),
        "CancelMessageMoveTask" => Err(SqsError::ResourceNotFound(
            "The task is not running: here a task is done as soon as it is started.".to_owned(),
        )),
        _ => {
            let queue = parameters.text("QueueUrl");
            act_on_queue(sqs, action, queue, parameters).await
        }
    }
}

async fn act_on_queue(
    sqs: &Sqs,
    action: &str,
    queue: Option<&str>,
    parameters: Parameters<'_>,
) -> Result<Value, SqsError> {
    let named = queue.ok_or(SqsError::MissingParameter("QueueUrl"));
    match action {
        "SendMessage" => Ok(sent_json(&sqs.send(named?, &outgoing(parameters.0)?)?)),
        "SendMessageBatch" => send_batch(sqs, named?, parameters),
        "ReceiveMessage" => receive(sqs, named?, parameters).await,
        "DeleteMessage" => {
            sqs.delete(named?, parameters.required("ReceiptHandle")?)?;
            Ok(json!({}))
        }
        "DeleteMessageBatch" => delete_batch(sqs, named?, parameters),
        "ChangeMessageVisibility" => {
            change_visibility(sqs, named?, parameters)?;
            Ok(json!({}))
        }
        "ChangeMessageVisibilityBatch" => change_visibility_batch(sqs, named?, parameters),
        "GetQueueAttributes" => get_attributes(sqs, named?, parameters),
        "SetQueueAttributes" => {
            sqs.set_attributes(named?, &parameters.map("Attributes")?)?;
            Ok(json!({}))
        }
        "PurgeQueue" => {
            sqs.change_queue(named?, queues::purge)?;
            Ok(json!({}))
        }
        "DeleteQueue" => {
            sqs.change_queue(named?, |db, queue, _| queues::delete(db, queue))?;
            Ok(json!({}))
        }
        "TagQueue" | "UntagQueue" => change_tags(sqs, named?, parameters),
        "ListQueueTags" => {
            let tags = sqs.with_queue(named?, |db, queue, _| queues::tags(db, queue))?;
            Ok(json!({ "Tags": tags }))
        }
        other => Err(SqsError::UnknownOperation(other.to_owned())),
    }
}

fn create_queue(sqs: &Sqs, base_url: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let name = parameters.required("QueueName")?;
    let attributes = parameters.map("Attributes")?;
    // The service itself writes this one parameter with a small letter.
    let tags = parameters.map("tags")?;
    sqs.change(|db, now_ms| queues::create(db, name, &attributes, &tags, now_ms))?;
    Ok(json!({ "QueueUrl": queue_url(base_url, name) }))
}

fn get_queue_url(sqs: &Sqs, base_url: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let name = parameters.required("QueueName")?;
    let queue = sqs.read(|db, _| queues::find(db, name))?;
    Ok(json!({ "QueueUrl": queue_url(base_url, &queue.name) }))
}

fn list_queues(sqs: &Sqs, base_url: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let prefix = parameters.text("QueueNamePrefix").unwrap_or_default();
    let after = parameters.text("NextToken").unwrap_or_default();
    let most = parameters.number("MaxResults")?.unwrap_or(QUEUES_LISTED_MAX);
    if !(1..=QUEUES_LISTED_MAX).contains(&most) {
        return Err(SqsError::parameter("MaxResults must be from 1 to 1000"));
    }
    let mut found = sqs.read(|db, _| queues::list(db, prefix))?;
    found.retain(|queue| queue.name.as_str() > after);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    let urls: Vec<String> = found.iter().map(|queue| queue_url(base_url, &queue.name)).collect();
    let next = found.last().filter(|_| more).map(|queue| &queue.name);
    Ok(without_nulls(json!({ "QueueUrls": urls, "NextToken": next })))
}

fn list_sources(sqs: &Sqs, base_url: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let target = parameters.required("QueueUrl")?;
    let sources = sqs.with_queue(target, |db, queue, _| queues::sources_of(db, queue))?;
    let urls: Vec<String> = sources.iter().map(|queue| queue_url(base_url, &queue.name)).collect();
    Ok(json!({ "queueUrls": urls }))
}

fn start_move_task(sqs: &Sqs, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let request = MoveRequest {
        source_arn: parameters.required("SourceArn")?.to_owned(),
        destination_arn: parameters.text("DestinationArn").map(str::to_owned),
        rate: parameters.number("MaxNumberOfMessagesPerSecond")?,
    };
    let handle = sqs.change(|db, now_ms| move_tasks::start(db, &request, now_ms))?;
    Ok(json!({ "TaskHandle": handle }))
}

fn list_move_tasks(sqs: &Sqs, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let source = parameters.required("SourceArn")?;
    let most = parameters.number("MaxResults")?.unwrap_or(1);
    let tasks = sqs.read(|db, _| move_tasks::list(db, source, most))?;
    Ok(json!({ "Results": tasks }))
}

fn outgoing(entry: &Value) -> Result<Outgoing, SqsError> {
    serde_json::from_value(entry.clone()).map_err(|error| SqsError::Serialization(error.to_string()))
}

fn sent_json(sent: &Sent) -> Value {
    without_nulls(json!({
        "MessageId": sent.message_id,
        "MD5OfMessageBody": sent.md5_of_body,
        "MD5OfMessageAttributes": sent.md5_of_attributes,
        "MD5OfMessageSystemAttributes": sent.md5_of_system_attributes,
        "SequenceNumber": sent.sequence_number,
    }))
}

fn send_batch(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
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
            let sent = super::send::send(db, queue, &message, now_ms);
            (id, sent.map(|sent| sent_json(&sent)))
        }))
    })
}

async fn receive(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
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

fn delete_batch(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let entries = batch::entries(parameters.0, "DeleteMessageBatchRequestEntry")?;
    sqs.with_queue(queue, |_, _, _| Ok(()))?;
    batch::answer(entries.into_iter().map(|(id, entry)| {
        let handle = Parameters(&entry).required("ReceiptHandle");
        let result = handle.and_then(|handle| sqs.delete(queue, handle));
        (id, result.map(|()| json!({})))
    }))
}

fn change_visibility(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<(), SqsError> {
    let timeout_s = parameters
        .number("VisibilityTimeout")?
        .ok_or(SqsError::MissingParameter("VisibilityTimeout"))?;
    sqs.change_visibility(queue, parameters.required("ReceiptHandle")?, timeout_s)
}

fn change_visibility_batch(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let entries = batch::entries(parameters.0, "ChangeMessageVisibilityBatchRequestEntry")?;
    sqs.with_queue(queue, |_, _, _| Ok(()))?;
    batch::answer(entries.into_iter().map(|(id, entry)| {
        let result = change_visibility(sqs, queue, Parameters(&entry));
        (id, result.map(|()| json!({})))
    }))
}

fn get_attributes(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let names = parameters.list("AttributeNames");
    let mut all = sqs.with_queue(queue, queues::describe)?;
    all.retain(|name, _| asks_for(&names, name));
    Ok(json!({ "Attributes": all }))
}

fn change_tags(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let added = parameters.map("Tags")?;
    let removed = parameters.list("TagKeys");
    sqs.change_queue(queue, |db, queue, _| {
        let mut tags = queues::tags(db, queue)?;
        tags.extend(added);
        tags.retain(|name, _| !removed.contains(name));
        queues::set_tags(db, queue, &tags)
    })?;
    Ok(json!({}))
}

/// An object without its members that are null.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept: Map<_, _> = fields.into_iter().filter(|(_, v)| !v.is_null()).collect();
            Value::Object(kept)
        }
        other => other,
    }
}

/// The name of a queue in a request, for logs.
pub(super) fn queue_of(request: &Value) -> &str {
    queue_name(Parameters(request).text("QueueUrl").unwrap_or_default())
}
