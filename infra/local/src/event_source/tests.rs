//! What Lambda does with the answers of a function, row by row, and the event against AWS's own example.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tieout_platform::clock::ManualClock;

use super::*;
use crate::function::FunctionError;
use crate::function::testing::function;
use crate::sqs::{AttributeMap, MessageAttribute, Outgoing};

struct Bench {
    clock: Arc<ManualClock>,
    sqs: Sqs,
}

fn bench(messages: &[(&str, &str)]) -> Bench {
    let clock = ManualClock::new("2026-01-31T23:00:00Z".parse().unwrap());
    let sqs = Sqs::open(None, clock.clone()).unwrap();
    let attributes = [("FifoQueue", "true"), ("VisibilityTimeout", "60")];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let attributes: AttributeMap = attributes.into_iter().map(own).collect();
    sqs.create_queue("q.fifo", &attributes).unwrap();
    for (group, body) in messages {
        let message = Outgoing {
            body: (*body).to_owned(),
            group_id: Some((*group).to_owned()),
            deduplication_id: Some((*body).to_owned()),
            ..Outgoing::default()
        };
        sqs.send("q.fifo", &message).unwrap();
    }
    Bench { clock, sqs }
}

fn id_of(event: &Value, body: &str) -> Value {
    let records = event["Records"].as_array().unwrap();
    let found = records.iter().find(|record| record["body"] == body);
    found.unwrap()["messageId"].clone()
}

#[tokio::test]
async fn answers_decide_what_is_deleted() {
    type Handler = fn(Value) -> Result<Value, FunctionError>;
    let check = async |name: &str, handler: Handler, expected: (usize, usize)| {
        let bench = bench(&[("A", "a"), ("B", "b"), ("C", "c")]);
        let function = function(bench.clock.clone(), handler);
        let source = EventSource::new(bench.sqs.clone(), "q.fifo", function, 10);
        let polled = source.poll_once().await.unwrap();
        assert_eq!((polled.handled, polled.failed), expected, "{name}");
        let depth = bench.sqs.depth().unwrap().remove(0);
        assert_eq!(depth.in_flight, expected.1 as u64, "{name}");
        assert_eq!(source.poll_once().await.unwrap(), Polled::default(), "{name}: hidden");
        bench.clock.advance(Duration::from_secs(60));
        let depth = bench.sqs.depth().unwrap().remove(0);
        assert_eq!(depth.visible, expected.1 as u64, "{name}: back");
    };
    check("nothing", |_| Ok(Value::Null), (3, 0)).await;
    check("no list", |_| Ok(json!({})), (3, 0)).await;
    check("null", |_| Ok(json!({ "batchItemFailures": null })), (3, 0)).await;
    check("empty list", |_| Ok(json!({ "batchItemFailures": [] })), (3, 0)).await;
    check("some text", |_| Ok(json!("done")), (3, 0)).await;
    let one: Handler = |event| {
        let id = id_of(&event, "b");
        Ok(json!({ "batchItemFailures": [{ "itemIdentifier": id }, { "itemIdentifier": id }] }))
    };
    check("one, told twice", one, (2, 1)).await;
    check("an error", |_| Err(FunctionError::failed("E", "no")), (0, 3)).await;
    check("a panic", |_| panic!("on purpose"), (0, 3)).await;
    let unknown: Handler = |_| Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "x" }] }));
    check("an unknown one", unknown, (0, 3)).await;
    let empty: Handler = |_| Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }));
    check("an empty one", empty, (0, 3)).await;
    let absent: Handler = |_| Ok(json!({ "batchItemFailures": [{ "id": "x" }] }));
    check("one of another name", absent, (0, 3)).await;
    check("not a list", |_| Ok(json!({ "batchItemFailures": "x" })), (0, 3)).await;
}

#[tokio::test]
async fn a_failed_message_holds_back_its_group_and_no_other() {
    let bench = bench(&[("A", "a1"), ("B", "b1"), ("A", "a2")]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let handler = move |event: Value| {
        let record = &event["Records"][0];
        let count = record["attributes"]["ApproximateReceiveCount"].as_str().unwrap();
        let body = record["body"].as_str().unwrap();
        log.lock().unwrap().push(format!("{body} {count}"));
        if body == "a1" && count == "1" {
            return Err(FunctionError::failed("E", "once"));
        }
        Ok(Value::Null)
    };
    let function = function(bench.clock.clone(), handler);
    let source = EventSource::new(bench.sqs.clone(), "q.fifo", function, 1);
    assert_eq!(source.drain().await.unwrap(), (1, 1));
    bench.clock.advance(Duration::from_secs(60));
    assert_eq!(source.drain().await.unwrap(), (2, 0));
    assert_eq!(*seen.lock().unwrap(), ["a1 1", "b1 1", "a1 2", "a2 1"]);
}

#[tokio::test]
async fn pollers_side_by_side_handle_all_and_stop_when_told() {
    let messages: Vec<(String, String)> = (0..40).map(|n| (format!("g{}", n % 7), n.to_string())).collect();
    let pairs: Vec<(&str, &str)> = messages.iter().map(|(g, b)| (g.as_str(), b.as_str())).collect();
    let bench = bench(&pairs);
    let (stop, stopped) = watch::channel(false);
    let stop = Mutex::new((stop, 0));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let handler = move |event: Value| {
        let mut stop = stop.lock().unwrap();
        for record in event["Records"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            log.lock().unwrap().push((
                text(&record["attributes"]["MessageGroupId"]),
                text(&record["body"]).parse::<u32>().unwrap(),
            ));
            stop.1 += 1;
        }
        if stop.1 == 40 {
            stop.0.send_replace(true);
        }
        Ok(Value::Null)
    };
    let function = function(bench.clock.clone(), handler);
    let source = EventSource::new(bench.sqs.clone(), "q.fifo", function, 3);
    source.run(4, stopped).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 40);
    for group in 0..7 {
        let name = format!("g{group}");
        let order: Vec<u32> = seen.iter().filter(|(g, _)| *g == name).map(|(_, n)| *n).collect();
        assert!(order.is_sorted(), "{name}: {order:?}");
    }
    assert_eq!(bench.sqs.depth().unwrap()[0].total(), 0);
}

#[test]
fn the_event_has_the_fields_of_awss_example() {
    let text = include_str!("../../../../tests/fixtures/aws/example-sqs-event.json");
    let example: Value = serde_json::from_str(text).unwrap();
    let bench = bench(&[]);
    let text_attribute = MessageAttribute {
        data_type: "String".to_owned(),
        string_value: Some("v".to_owned()),
        binary_value: None,
    };
    let message = Outgoing {
        body: "x".to_owned(),
        group_id: Some("g".to_owned()),
        deduplication_id: Some("d".to_owned()),
        attributes: [("Attribute1".to_owned(), text_attribute)].into(),
        ..Outgoing::default()
    };
    bench.sqs.send("q.fifo", &message).unwrap();
    let received = bench.sqs.receive_now("q.fifo", &ReceiveRequest::default()).unwrap();
    let event = sqs_event("q.fifo", &received);
    let ours = event["Records"][0].as_object().unwrap();
    let theirs = example["Records"][0].as_object().unwrap();
    assert!(ours.keys().eq(theirs.keys()), "{ours:?}");
    let attributes = ours["attributes"].as_object().unwrap();
    for name in theirs["attributes"].as_object().unwrap().keys() {
        assert!(attributes.contains_key(name), "{name}");
    }
    for name in ["MessageGroupId", "MessageDeduplicationId", "SequenceNumber"] {
        assert!(attributes.contains_key(name), "{name}");
    }
    let own = ours["messageAttributes"]["Attribute1"].as_object().unwrap();
    let example = theirs["messageAttributes"]["Attribute1"].as_object().unwrap();
    assert!(own.keys().eq(example.keys()));
    assert_eq!(ours["eventSourceARN"], "arn:aws:sqs:us-east-1:000000000000:q.fifo");
}
