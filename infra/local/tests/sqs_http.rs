//! The wire protocol of the queues, row by row.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use common::call;
use serde_json::{Value, json};
use tieout_local::sqs::{Sqs, SqsServer};
use tieout_platform::clock::ManualClock;

async fn server() -> SqsServer {
    let clock = ManualClock::new("2026-01-31T23:00:00Z".parse().unwrap());
    let sqs = Sqs::open(None, clock).unwrap();
    for (name, fifo) in [("plain", false), ("lane.fifo", true)] {
        let attributes = fifo.then(|| ("FifoQueue".to_owned(), "true".to_owned()));
        sqs.create_queue(name, &attributes.into_iter().collect())
            .unwrap();
    }
    SqsServer::start(sqs, 0).await.unwrap()
}

#[tokio::test]
async fn refusals_carry_the_codes_of_both_protocols() {
    let server = server().await;
    let url = server.url();
    let check = async |action: &str, body: Value, shape: &str, code: &str| {
        let (status, answer, query) = call(&url, &format!("AmazonSQS.{action}"), &body).await;
        assert_eq!(status, 400, "{action} {body}");
        let told = answer["__type"].as_str().unwrap();
        assert_eq!(
            told.rsplit('#').next().unwrap(),
            shape,
            "{action} {body}: {answer}"
        );
        assert_eq!(query, format!("{code};Sender"), "{action} {body}");
    };
    let plain = server.queue_url("plain");
    let lane = server.queue_url("lane.fifo");
    let dotted = |code: &str| format!("AWS.SimpleQueueService.{code}");
    let invalid = ("InvalidParameterValueException", "InvalidParameterValue");
    let missing = ("MissingRequiredParameterException", "MissingParameter");
    check(
        "Nonsense",
        json!({}),
        "UnknownOperationException",
        "InvalidAction",
    )
    .await;
    check(
        "SendMessage",
        json!({ "MessageBody": "x" }),
        missing.0,
        missing.1,
    )
    .await;
    check(
        "SendMessage",
        json!({ "QueueUrl": "http://x/0/none", "MessageBody": "x" }),
        "QueueDoesNotExist",
        &dotted("NonExistentQueue"),
    )
    .await;
    check(
        "SendMessage",
        json!({ "QueueUrl": plain }),
        missing.0,
        missing.1,
    )
    .await;
    check(
        "SendMessage",
        json!({ "QueueUrl": plain, "MessageBody": "a\u{1}" }),
        "InvalidMessageContents",
        "InvalidMessageContents",
    )
    .await;
    check(
        "SendMessage",
        json!({ "QueueUrl": plain, "MessageBody": "x", "DelaySeconds": 901 }),
        invalid.0,
        invalid.1,
    )
    .await;
    check(
        "SendMessage",
        json!({ "QueueUrl": lane, "MessageBody": "x", "MessageGroupId": "g" }),
        invalid.0,
        invalid.1,
    )
    .await;
    check(
        "SendMessage",
        json!({ "QueueUrl": lane, "MessageBody": "x", "MessageGroupId": "a b", "MessageDeduplicationId": "1" }),
        invalid.0,
        invalid.1,
    )
    .await;
    check(
        "SendMessageBatch",
        json!({ "QueueUrl": plain, "Entries": [] }),
        "EmptyBatchRequest",
        &dotted("EmptyBatchRequest"),
    )
    .await;
    let large = "x".repeat(600_000);
    check(
        "SendMessageBatch",
        json!({ "QueueUrl": plain, "Entries": [{ "Id": "1", "MessageBody": large }, { "Id": "2", "MessageBody": large }] }),
        "BatchRequestTooLong",
        &dotted("BatchRequestTooLong"),
    )
    .await;
    check(
        "ReceiveMessage",
        json!({ "QueueUrl": plain, "WaitTimeSeconds": 21 }),
        invalid.0,
        invalid.1,
    )
    .await;
    check(
        "DeleteMessage",
        json!({ "QueueUrl": plain, "ReceiptHandle": "x" }),
        "ReceiptHandleIsInvalid",
        "ReceiptHandleIsInvalid",
    )
    .await;
    check(
        "CreateQueue",
        json!({ "QueueName": "plain", "Attributes": { "DelaySeconds": "9" } }),
        "QueueNameExists",
        "QueueAlreadyExists",
    )
    .await;
    check(
        "CreateQueue",
        json!({ "QueueName": "new", "Attributes": { "Colour": "red" } }),
        "InvalidAttributeName",
        "InvalidAttributeName",
    )
    .await;
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
    assert_eq!(
        sent["MD5OfMessageAttributes"],
        "0a77b0642718c3d9dd47090567d11e0d"
    );
    let received = ask(
        "ReceiveMessage",
        json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["MessageGroupId"] }),
    )
    .await;
    let message = &received["Messages"][0];
    assert_eq!(message["MessageId"], sent["MessageId"]);
    assert_eq!(
        message["Attributes"],
        json!({ "MessageGroupId": "g" }),
        "only what was asked for"
    );
    assert!(message.get("MessageAttributes").is_none());
    let handle = &message["ReceiptHandle"];
    ask(
        "DeleteMessage",
        json!({ "QueueUrl": queue, "ReceiptHandle": handle }),
    )
    .await;
    ask(
        "DeleteMessage",
        json!({ "QueueUrl": queue, "ReceiptHandle": handle }),
    )
    .await;
    let left = ask(
        "GetQueueAttributes",
        json!({ "QueueUrl": queue, "AttributeNames": ["All"] }),
    )
    .await;
    assert_eq!(
        left["Attributes"]["ApproximateNumberOfMessagesNotVisible"],
        "0"
    );
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
    sqs.create_queue("q.fifo", &fifo.into_iter().collect())
        .unwrap();
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
    assert_eq!(
        (depth.visible, depth.in_flight),
        (1, 1),
        "the window of deduplication is kept too"
    );
    again.delete("q.fifo", &first[0].receipt_handle).unwrap();
    let second = again.receive_now("q.fifo", &Default::default()).unwrap();
    assert_eq!(second[0].body, "two");
    drop(sqs);
}
