//! The wire protocol of the queues, row by row.

use std::sync::Arc;

use crate::common::call;
use serde_json::{Value, json};
use tieout_local::sqs::{Sqs, SqsServer};
use tieout_platform::clock::ManualClock;

async fn server() -> SqsServer {
    let clock = ManualClock::new("2026-01-31T23:00:00Z".parse().unwrap());
    let sqs = Sqs::open(None, clock).unwrap();
    for (name, fifo) in [("plain", false), ("lane.fifo", true)] {
        let attributes = fifo.then(|| ("FifoQueue".to_owned(), "true".to_owned()));
        sqs.create_queue(name, &attributes.into_iter().collect()).unwrap();
    }
    SqsServer::start(sqs, 0).await.unwrap()
}

const INVALID: (&str, &str) = ("InvalidParameterValueException", "InvalidParameterValue");
const MISSING: (&str, &str) = ("MissingRequiredParameterException", "MissingParameter");

/// The action is refused with this shape (JSON protocol) and this code (query protocol).
async fn check(server: &SqsServer, action: &str, body: Value, (shape, code): (&str, &str)) {
    let target = format!("AmazonSQS.{action}");
    let (status, answer, query) = call(&server.url(), &target, &body).await;
    assert_eq!(status, 400, "{action} {body}");
    let told = answer["__type"].as_str().unwrap();
    let told = told.rsplit('#').next().unwrap();
    assert_eq!(told, shape, "{action} {body}: {answer}");
    assert_eq!(query, format!("{code};Sender"), "{action} {body}");
}

#[tokio::test]
async fn refused_messages_carry_the_codes_of_both_protocols() {
    let server = server().await;
    let send = async |body: Value, expected: (&str, &str)| {
        check(&server, "SendMessage", body, expected).await;
    };
    let plain = server.queue_url("plain");
    let lane = server.queue_url("lane.fifo");
    send(json!({ "MessageBody": "x" }), MISSING).await;
    send(json!({ "QueueUrl": plain }), MISSING).await;
    let no_queue = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue");
    send(json!({ "QueueUrl": "http://x/0/none", "MessageBody": "x" }), no_queue).await;
    let contents = ("InvalidMessageContents", "InvalidMessageContents");
    send(json!({ "QueueUrl": plain, "MessageBody": "a\u{1}" }), contents).await;
    let late = json!({ "QueueUrl": plain, "MessageBody": "x", "DelaySeconds": 901 });
    send(late, INVALID).await;
    let no_group = json!({ "QueueUrl": lane, "MessageBody": "x", "MessageDeduplicationId": "1" });
    send(no_group, MISSING).await;
    let no_id = json!({ "QueueUrl": lane, "MessageBody": "x", "MessageGroupId": "g" });
    send(no_id, INVALID).await;
    let space = json!({ "QueueUrl": lane, "MessageBody": "x", "MessageGroupId": "a b", "MessageDeduplicationId": "1" });
    send(space, INVALID).await;
    let wrong = json!({ "QueueUrl": plain, "MessageBody": 7 });
    send(wrong, ("SerializationException", "MalformedInput")).await;
    server.shutdown().await;
}

#[tokio::test]
async fn other_refusals_carry_the_codes_of_both_protocols() {
    let server = server().await;
    let refuse = async |action: &str, body: Value, expected: (&str, &str)| {
        check(&server, action, body, expected).await;
    };
    let plain = server.queue_url("plain");
    let unknown = ("UnknownOperationException", "InvalidAction");
    refuse("Nonsense", json!({}), unknown).await;
    let empty = ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest");
    refuse("SendMessageBatch", json!({ "QueueUrl": plain, "Entries": [] }), empty).await;
    let large = "x".repeat(600_000);
    let entries = json!([{ "Id": "1", "MessageBody": large }, { "Id": "2", "MessageBody": large }]);
    let long = ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong");
    refuse("SendMessageBatch", json!({ "QueueUrl": plain, "Entries": entries }), long).await;
    let wait = json!({ "QueueUrl": plain, "WaitTimeSeconds": 21 });
    refuse("ReceiveMessage", wait, INVALID).await;
    let handle = ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid");
    refuse("DeleteMessage", json!({ "QueueUrl": plain, "ReceiptHandle": "x" }), handle).await;
    let other = json!({ "QueueName": "plain", "Attributes": { "DelaySeconds": "9" } });
    refuse("CreateQueue", other, ("QueueNameExists", "QueueAlreadyExists")).await;
    let colour = json!({ "QueueName": "new", "Attributes": { "Colour": "red" } });
    refuse("CreateQueue", colour, ("InvalidAttributeName", "InvalidAttributeName")).await;
    let arn = "arn:aws:sqs:us-east-1:000000000000:plain";
    refuse("StartMessageMoveTask", json!({ "SourceArn": arn }), INVALID).await;
    server.shutdown().await;
}

#[tokio::test]
async fn a_message_goes_through_whole() {
    let server = server().await;
    let url = server.url();
    // An address from before a restart, on another port.
    let queue = "http://127.0.0.1:1/000000000000/lane.fifo";
    let ask = async |action: &str, body: Value| {
        let (status, answer, _) = call(&url, &format!("AmazonSQS.{action}"), &body).await;
        assert_eq!(status, 200, "{action}: {answer}");
        answer
    };
    let sent = ask(
        "SendMessage",
        json!({ "QueueUrl": queue, "MessageBody": "{\"n\":1}", "MessageGroupId": "g", "MessageDeduplicationId": "d",
                "MessageAttributes": { "k": { "DataType": "String", "StringValue": "v" } } }),
    )
    .await;
    assert_eq!(sent["MD5OfMessageAttributes"], "0a77b0642718c3d9dd47090567d11e0d");
    let received = ask(
        "ReceiveMessage",
        json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["MessageGroupId"] }),
    )
    .await;
    let message = &received["Messages"][0];
    assert_eq!(message["MessageId"], sent["MessageId"]);
    assert_eq!(message["Attributes"], json!({ "MessageGroupId": "g" }), "only what was asked for");
    assert!(message.get("MessageAttributes").is_none());
    let handle = &message["ReceiptHandle"];
    ask("DeleteMessage", json!({ "QueueUrl": queue, "ReceiptHandle": handle })).await;
    ask("DeleteMessage", json!({ "QueueUrl": queue, "ReceiptHandle": handle })).await;
    let left = ask("GetQueueAttributes", json!({ "QueueUrl": queue, "AttributeNames": ["All"] })).await;
    assert_eq!(left["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "0");
    let page = ask("ListQueues", json!({ "MaxResults": 1 })).await;
    let rest = ask("ListQueues", json!({ "NextToken": page["NextToken"] })).await;
    assert_eq!(page["QueueUrls"], json!([server.queue_url("lane.fifo")]));
    assert_eq!(rest["QueueUrls"], json!([server.queue_url("plain")]));
    server.shutdown().await;
}

#[tokio::test]
async fn messages_outlive_a_process_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sqs.sqlite");
    let clock = ManualClock::new("2026-01-31T23:00:00Z".parse().unwrap());
    let open = || Sqs::open(Some(&file), Arc::clone(&clock) as _).unwrap();
    let sqs = open();
    let fifo = [("FifoQueue".to_owned(), "true".to_owned())];
    sqs.create_queue("q.fifo", &fifo.into_iter().collect()).unwrap();
    let message = |body: &str| tieout_local::sqs::Outgoing {
        body: body.to_owned(),
        group_id: Some("g".to_owned()),
        deduplication_id: Some(body.to_owned()),
        ..Default::default()
    };
    sqs.send("q.fifo", &message("one")).unwrap();
    sqs.send("q.fifo", &message("two")).unwrap();
    let first = sqs.receive_now("q.fifo", &Default::default()).unwrap();
    // Not closed, as a killed process closes nothing; the second opens the same file beside it.
    let again = open();
    again.send("q.fifo", &message("one")).unwrap();
    let depth = again.depth().unwrap().remove(0);
    assert_eq!((depth.visible, depth.in_flight), (1, 1), "the window of deduplication is kept too");
    again.delete("q.fifo", &first[0].receipt_handle).unwrap();
    let second = again.receive_now("q.fifo", &Default::default()).unwrap();
    assert_eq!(second[0].body, "two");
    drop(sqs);
}
