//! The actions of the JSON protocol: parameters in, answer out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::attributes::AttributeMap;
use super::errors::SqsError;
use super::limits::{BATCH_ENTRIES_MAX, MESSAGE_SIZE_MAX_BYTES, QUEUES_LISTED_MAX, is_plain, within};
use super::message::{Outgoing, digest};
use super::names::queue_url;
use super::receive::{ReceiveRequest, Received};
use super::{Sqs, dead_letters, queues};

/// The parameters of all actions, save the message of SendMessage ([`Outgoing`]); a name means the same in every action
/// that takes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameters {
    queue_url: Option<String>,
    queue_name: Option<String>,
    queue_name_prefix: Option<String>,
    attributes: Option<AttributeMap>,
    // CreateQueue writes it with a small letter, TagQueue does not.
    #[serde(alias = "tags")]
    tags: Option<AttributeMap>,
    tag_keys: Option<Vec<String>>,
    max_results: Option<i64>,
    next_token: Option<String>,
    attribute_names: Option<Vec<String>>,
    message_system_attribute_names: Option<Vec<String>>,
    message_attribute_names: Option<Vec<String>>,
    max_number_of_messages: Option<i64>,
    wait_time_seconds: Option<i64>,
    visibility_timeout: Option<i64>,
    receipt_handle: Option<String>,
    entries: Option<Vec<Value>>,
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

fn required<'a>(name: &'static str, value: &'a Option<String>) -> Result<&'a str, SqsError> {
    value.as_deref().ok_or(SqsError::MissingParameter(name))
}

/// Does one action; `base_url` is the server's own address, for the URLs of queues.
pub(super) async fn act(sqs: &Sqs, base_url: &str, action: &str, request: &Value) -> Result<Value, SqsError> {
    let parameters = Parameters::deserialize(request)?;
    let url = |name: &str| queue_url(base_url, name);
    let source = || required("SourceArn", &parameters.source_arn);
    match action {
        "CreateQueue" => {
            let name = required("QueueName", &parameters.queue_name)?;
            let attributes = parameters.attributes.unwrap_or_default();
            let tags = parameters.tags.unwrap_or_default();
            sqs.transaction(|db, now_ms| queues::create(db, name, &attributes, &tags, now_ms))?;
            Ok(json!({ "QueueUrl": url(name) }))
        }
        "GetQueueUrl" => {
            let name = required("QueueName", &parameters.queue_name)?;
            sqs.transaction(|db, _| queues::find(db, name))?;
            Ok(json!({ "QueueUrl": url(name) }))
        }
        "ListQueues" => list_queues(sqs, &parameters, url),
        "ListDeadLetterSourceQueues" => {
            let target = required("QueueUrl", &parameters.queue_url)?;
            let sources = sqs.on_queue(target, |db, queue, _| queues::sources_of(db, queue))?;
            let urls: Vec<String> = sources.iter().map(|queue| url(&queue.name)).collect();
            Ok(json!({ "queueUrls": urls }))
        }
        "StartMessageMoveTask" => {
            let destination = parameters.destination_arn.as_deref();
            let rate = parameters.max_number_of_messages_per_second;
            let source = source()?;
            let handle = sqs.transaction(|db, now_ms| dead_letters::start(db, source, destination, rate, now_ms))?;
            Ok(json!({ "TaskHandle": handle }))
        }
        "ListMessageMoveTasks" => {
            let (source, most) = (source()?, parameters.max_results.unwrap_or(1));
            let tasks = sqs.transaction(|db, _| dead_letters::list(db, source, most))?;
            Ok(json!({ "Results": tasks }))
        }
        "CancelMessageMoveTask" => Err(SqsError::ResourceNotFound(
            "The task is not running: here a task is done as soon as it is started.",
        )),
        "ReceiveMessage" => receive(sqs, &parameters).await,
        _ => act_on_queue(sqs, action, &parameters, request),
    }
}

/// The actions whose whole work is one transaction on one queue, and their batches.
fn act_on_queue(sqs: &Sqs, action: &str, parameters: &Parameters, request: &Value) -> Result<Value, SqsError> {
    let named = || required("QueueUrl", &parameters.queue_url);
    match action {
        "SendMessage" | "DeleteMessage" | "ChangeMessageVisibility" => act_on_message(sqs, named()?, action, request),
        "SendMessageBatch" => send_batch(sqs, named()?, parameters),
        "DeleteMessageBatch" => batch(sqs, named()?, "DeleteMessage", parameters),
        "ChangeMessageVisibilityBatch" => batch(sqs, named()?, "ChangeMessageVisibility", parameters),
        "GetQueueAttributes" => {
            let mut all = sqs.on_queue(named()?, queues::describe)?;
            all.retain(|name, _| asks_for(parameters.attribute_names.as_deref(), name));
            Ok(json!({ "Attributes": all }))
        }
        "SetQueueAttributes" => {
            let changes = parameters.attributes.clone().unwrap_or_default();
            empty(sqs.set_attributes(named()?, &changes))
        }
        "PurgeQueue" => empty(sqs.on_queue(named()?, queues::purge)),
        "DeleteQueue" => empty(sqs.on_queue(named()?, |db, queue, _| queues::delete(db, queue))),
        "TagQueue" | "UntagQueue" => {
            let added = parameters.tags.clone().unwrap_or_default();
            let removed = parameters.tag_keys.as_deref().unwrap_or_default();
            empty(sqs.on_queue(named()?, |db, queue, _| {
                let mut tags = queues::tags(db, queue)?;
                tags.extend(added);
                tags.retain(|name, _| !removed.contains(name));
                queues::set_tags(db, queue, &tags)
            }))
        }
        "ListQueueTags" => {
            let tags = sqs.on_queue(named()?, |db, queue, _| queues::tags(db, queue))?;
            Ok(json!({ "Tags": tags }))
        }
        other => Err(SqsError::UnknownOperation(other.to_owned())),
    }
}

/// What is done to one message, by an action of its own or as an entry of a batch.
fn act_on_message(sqs: &Sqs, queue: &str, action: &str, request: &Value) -> Result<Value, SqsError> {
    if action == "SendMessage" {
        return object(sqs.send(queue, &Outgoing::deserialize(request)?)?);
    }
    let parameters = Parameters::deserialize(request)?;
    let handle = required("ReceiptHandle", &parameters.receipt_handle)?;
    if action == "DeleteMessage" {
        return empty(sqs.delete(queue, handle));
    }
    let timeout_s = parameters.visibility_timeout;
    let timeout_s = timeout_s.ok_or(SqsError::MissingParameter("VisibilityTimeout"))?;
    empty(sqs.change_visibility(queue, handle, timeout_s))
}

fn send_batch(sqs: &Sqs, queue: &str, parameters: &Parameters) -> Result<Value, SqsError> {
    let mut size_bytes = 0;
    for (_, entry) in entries(parameters)? {
        // A bad attribute is that entry's failure, reported below.
        size_bytes += Outgoing::deserialize(entry)?.size_bytes().unwrap_or_default();
    }
    if i64::try_from(size_bytes).is_ok_and(|size| size > MESSAGE_SIZE_MAX_BYTES) {
        return Err(SqsError::BatchTooLong(size_bytes));
    }
    batch(sqs, queue, "SendMessage", parameters)
}

/// A failure of the store fails a batch whole, any other its entry only.
fn batch(sqs: &Sqs, queue: &str, action: &str, parameters: &Parameters) -> Result<Value, SqsError> {
    let entries = entries(parameters)?;
    sqs.on_queue(queue, |_, _, _| Ok(()))?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, entry) in entries {
        match act_on_message(sqs, queue, action, entry) {
            Ok(mut done) => {
                done["Id"] = json!(id);
                successful.push(done);
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

/// The entries of a batch with their ids; refuses none, more than ten, repeated or bad ids.
fn entries(parameters: &Parameters) -> Result<Vec<(&str, &Value)>, SqsError> {
    let given = parameters.entries.as_deref().unwrap_or_default();
    if given.is_empty() {
        return Err(SqsError::EmptyBatch);
    }
    if given.len() > BATCH_ENTRIES_MAX {
        return Err(SqsError::TooManyEntries(given.len()));
    }
    let mut seen = BTreeSet::new();
    let mut entries = Vec::with_capacity(given.len());
    for entry in given {
        let id = entry["Id"].as_str().ok_or(SqsError::MissingParameter("Id"))?;
        if !is_plain(id) {
            return Err(SqsError::InvalidBatchId(id.to_owned()));
        }
        if !seen.insert(id) {
            return Err(SqsError::BatchIdsNotDistinct(id.to_owned()));
        }
        entries.push((id, entry));
    }
    Ok(entries)
}

async fn receive(sqs: &Sqs, parameters: &Parameters) -> Result<Value, SqsError> {
    let request = ReceiveRequest {
        max_messages: parameters.max_number_of_messages.unwrap_or(1),
        wait_s: parameters.wait_time_seconds,
        visibility_timeout_s: parameters.visibility_timeout,
    };
    let queue = required("QueueUrl", &parameters.queue_url)?;
    request.check()?;
    let received = sqs.receive(queue, &request).await?;
    let messages = received.into_iter().map(|message| received_json(message, parameters));
    Ok(json!({ "Messages": messages.collect::<Result<Vec<_>, _>>()? }))
}

/// A message with those of its attributes that were asked for.
fn received_json(mut message: Received, parameters: &Parameters) -> Result<Value, SqsError> {
    let system = [&parameters.attribute_names, &parameters.message_system_attribute_names];
    let asked = |name: &str| system.iter().any(|names| asks_for(names.as_deref(), name));
    message.attributes.retain(|name, _| asked(name));
    let own = parameters.message_attribute_names.as_deref();
    message.message_attributes.retain(|name, _| asks_for(own, name));
    message.md5_of_message_attributes = digest(&message.message_attributes)?;
    object(message)
}

fn list_queues(sqs: &Sqs, parameters: &Parameters, url: impl Fn(&str) -> String) -> Result<Value, SqsError> {
    let prefix = parameters.queue_name_prefix.as_deref().unwrap_or_default();
    let after = parameters.next_token.as_deref().unwrap_or_default();
    within("MaxResults", parameters.max_results, 1, QUEUES_LISTED_MAX)?;
    let most = parameters.max_results.unwrap_or(QUEUES_LISTED_MAX);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found = sqs.transaction(|db, _| queues::all(db))?;
    found.retain(|queue| queue.name.starts_with(prefix) && queue.name.as_str() > after);
    let more = found.len() > most;
    found.truncate(most);
    let mut answer = json!({ "QueueUrls": found.iter().map(|queue| url(&queue.name)).collect::<Vec<_>>() });
    if let Some(last) = found.last().filter(|_| more) {
        answer["NextToken"] = json!(last.name);
    }
    Ok(answer)
}

/// Whether `names` asks for `name`: itself, `All`, or a beginning such as `trace.*`.
fn asks_for(names: Option<&[String]>, name: &str) -> bool {
    let asks = |wanted: &String| match wanted.strip_suffix(".*") {
        Some(beginning) => name.starts_with(beginning),
        None => wanted == "All" || wanted == name,
    };
    names.is_some_and(|names| names.iter().any(asks))
}

fn empty(done: Result<(), SqsError>) -> Result<Value, SqsError> {
    done.map(|()| json!({}))
}

/// An answer's members, save those that are null.
fn object(answer: impl Serialize) -> Result<Value, SqsError> {
    let mut value = serde_json::to_value(answer)?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_checked_as_a_whole() {
        let check = |ids: &[&str], expected: &str| {
            let parameters = Parameters {
                entries: Some(ids.iter().map(|id| json!({ "Id": id })).collect()),
                ..Parameters::default()
            };
            let told = entries(&parameters).map_or_else(|error| error.codes().1.to_owned(), |all| all.len().to_string());
            assert_eq!(told, expected, "{ids:?}");
        };
        check(&["a", "b"], "2");
        check(&[], "AWS.SimpleQueueService.EmptyBatchRequest");
        check(&["a"; 11], "AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
        check(&["a", "a"], "AWS.SimpleQueueService.BatchEntryIdsNotDistinct");
        check(&["a b"], "AWS.SimpleQueueService.InvalidBatchEntryId");
    }

    #[test]
    fn names_may_be_exact_all_or_a_beginning() {
        let check = |wanted: &str, name: &str, expected: bool| {
            assert_eq!(asks_for(Some(&[wanted.to_owned()]), name), expected, "{wanted} {name}");
        };
        check("All", "trace.id", true);
        check(".*", "trace.id", true);
        check("trace.*", "trace.id", true);
        check("trace.*", "other", false);
        check("trace.id", "trace.id", true);
        check("trace", "trace.id", false);
    }
}
