//! The actions of the JSON protocol: parameters in, answer out.

use serde_json::{Value, json};

use super::actions_on_messages::{change_visibility, change_visibility_batch, delete_batch, outgoing, receive, send_batch, sent_json};
use super::actions_on_queues::{
    change_tags, create_queue, get_attributes, get_queue_url, list_move_tasks, list_queues, list_sources, start_move_task,
};
use super::errors::SqsError;
use super::names::queue_name;
use super::requests::Parameters;
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

async fn act_on_queue(sqs: &Sqs, action: &str, queue: Option<&str>, parameters: Parameters<'_>) -> Result<Value, SqsError> {
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

/// The name of a queue in a request, for logs.
pub(super) fn queue_of(request: &Value) -> &str {
    queue_name(Parameters(request).text("QueueUrl").unwrap_or_default())
}
