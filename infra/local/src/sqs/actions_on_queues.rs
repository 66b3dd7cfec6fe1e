//! The actions that make, find, change and empty queues.

use serde_json::{Value, json};

use super::errors::SqsError;
use super::limits::QUEUES_LISTED_MAX;
use super::move_tasks::{self, MoveRequest};
use super::names::queue_url;
use super::requests::{Parameters, asks_for, without_nulls};
use super::{Sqs, queues};

pub(super) fn create_queue(sqs: &Sqs, base_url: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let name = parameters.required("QueueName")?;
    let attributes = parameters.map("Attributes")?;
    // The service itself writes this one parameter with a small letter.
    let tags = parameters.map("tags")?;
    sqs.change(|db, now_ms| queues::create(db, name, &attributes, &tags, now_ms))?;
    Ok(json!({ "QueueUrl": queue_url(base_url, name) }))
}

pub(super) fn get_queue_url(sqs: &Sqs, base_url: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let name = parameters.required("QueueName")?;
    let queue = sqs.read(|db, _| queues::find(db, name))?;
    Ok(json!({ "QueueUrl": queue_url(base_url, &queue.name) }))
}

pub(super) fn list_queues(sqs: &Sqs, base_url: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
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

pub(super) fn list_sources(sqs: &Sqs, base_url: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let target = parameters.required("QueueUrl")?;
    let sources = sqs.with_queue(target, |db, queue, _| queues::sources_of(db, queue))?;
    let urls: Vec<String> = sources.iter().map(|queue| queue_url(base_url, &queue.name)).collect();
    Ok(json!({ "queueUrls": urls }))
}

pub(super) fn start_move_task(sqs: &Sqs, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let request = MoveRequest {
        source_arn: parameters.required("SourceArn")?.to_owned(),
        destination_arn: parameters.text("DestinationArn").map(str::to_owned),
        rate: parameters.number("MaxNumberOfMessagesPerSecond")?,
    };
    let handle = sqs.change(|db, now_ms| move_tasks::start(db, &request, now_ms))?;
    Ok(json!({ "TaskHandle": handle }))
}

pub(super) fn list_move_tasks(sqs: &Sqs, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let source = parameters.required("SourceArn")?;
    let most = parameters.number("MaxResults")?.unwrap_or(1);
    let tasks = sqs.read(|db, _| move_tasks::list(db, source, most))?;
    Ok(json!({ "Results": tasks }))
}

pub(super) fn get_attributes(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
    let names = parameters.list("AttributeNames");
    let mut all = sqs.with_queue(queue, queues::describe)?;
    all.retain(|name, _| asks_for(&names, name));
    Ok(json!({ "Attributes": all }))
}

pub(super) fn change_tags(sqs: &Sqs, queue: &str, parameters: Parameters<'_>) -> Result<Value, SqsError> {
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
