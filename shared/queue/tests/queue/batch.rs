//! Batches as Lambda brings them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tieout_platform::clock::{Clock, ManualClock};
use tieout_queue::{BatchError, Queue, Record, Verdict, batch};

use crate::script::{Answer, Script, hint};

fn record(id: &str, group: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": format!("handle-{id}"),
        "body": hint("006").to_text(),
        "attributes": {
            "ApproximateReceiveCount": "3",
            "SentTimestamp": "1770000000000",
            "SenderId": "AIDA",
            "MessageGroupId": group,
            "MessageDeduplicationId": "d",
            "SequenceNumber": "1",
            "ApproximateFirstReceiveTimestamp": "1770000000001"
        },
        "messageAttributes": {},
        "md5OfBody": "x",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-2:1:deals.fifo",
        "awsRegion": "eu-west-2"
    })
}

fn start() -> DateTime<Utc> {
    "2026-02-01T00:00:00Z".parse().unwrap()
}

async fn act(id: &str) -> Verdict {
    match id.split('-').next().unwrap() {
        "done" => Verdict::Done,
        "retry" => Verdict::Retry { after: None },
        "wait" => Verdict::Retry {
            after: Some(Duration::from_millis(61_500)),
        },
        "day" => Verdict::Retry {
            after: Some(Duration::from_secs(86_400)),
        },
        "panic" => panic!("as planned"),
        "hang" => std::future::pending().await,
        other => panic!("{other}"),
    }
}

struct Run {
    failed: Vec<String>,
    handled: Vec<String>,
    script: Arc<Script>,
}

/// Runs a batch of (id, group); the first word of an id says what the handler does. The clock passes the deadline once all that can be done is done.
async fn run(messages: &[(&str, &str)], answers: Vec<Answer>) -> Run {
    let script = Script::new(answers);
    let queue = Queue::new(&script.settings(), "http://sqs.local/1/deals.fifo".to_owned());
    let clock = ManualClock::new(start());
    let records: Vec<_> = messages.iter().map(|(id, group)| record(id, group)).collect();
    let event = json!({"Records": records});
    let handled = Mutex::new(Vec::new());
    let handling = batch::handle(
        &queue,
        clock.as_ref(),
        start() + TimeDelta::seconds(60),
        &event,
        |record: Record| {
            handled.lock().unwrap().push(record.message_id.clone());
            async move { act(&record.message_id).await }
        },
    );
    let passing = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(59));
    };
    let (answer, ()) = tokio::join!(handling, passing);
    let answer = answer.unwrap();
    let failed = answer["batchItemFailures"].as_array().unwrap();
    Run {
        failed: failed
            .iter()
            .map(|one| one["itemIdentifier"].as_str().unwrap().to_owned())
            .collect(),
        handled: handled.into_inner().unwrap(),
        script,
    }
}

#[tokio::test]
async fn exactly_those_that_are_not_done_are_named() {
    // (messages with their groups, failed, how many were handled)
    type Messages = &'static [(&'static str, &'static str)];
    let rows: [(Messages, &[&str], usize); 8] = [
        (&[], &[], 0),
        (&[("done-1", "a"), ("done-2", "b")], &[], 2),
        (&[("done-1", "a"), ("retry-2", "b"), ("done-3", "c")], &["retry-2"], 3),
        // The rest of a group waits for its first failure; other groups go on.
        (
            &[("done-1", "a"), ("retry-2", "a"), ("done-3", "b"), ("done-4", "a"), ("done-5", "a")],
            &["retry-2", "done-4", "done-5"],
            3,
        ),
        (&[("panic-1", "a"), ("done-2", "b"), ("done-3", "a")], &["panic-1", "done-3"], 2),
        (&[("panic-1", "a"), ("panic-2", "b")], &["panic-1", "panic-2"], 2),
        // What is not done before the deadline comes again, and nothing new is begun after it.
        (&[("hang-1", "a"), ("done-2", "b"), ("done-3", "a")], &["hang-1", "done-3"], 2),
        (
            &[("retry-1", "a"), ("retry-2", "a"), ("panic-3", "a")],
            &["retry-1", "retry-2", "panic-3"],
            1,
        ),
    ];
    for (messages, failed, handled) in rows {
        let run = run(messages, vec![]).await;
        assert_eq!(run.failed, failed, "{messages:?}");
        assert_eq!(run.handled.len(), handled, "{messages:?}");
        assert!(run.script.asked().is_empty());
    }
}

#[tokio::test]
async fn a_message_that_has_to_wait_is_kept_away() {
    for (id, seconds) in [("wait-1", 62), ("day-1", 42_300)] {
        let run = run(&[(id, "a"), ("done-2", "a")], vec![]).await;
        assert_eq!(run.failed, [id, "done-2"]);
        let (operation, body) = run.script.asked().remove(0);
        assert_eq!(operation, "ChangeMessageVisibility");
        assert_eq!(body["ReceiptHandle"], format!("handle-{id}"));
        assert_eq!(body["VisibilityTimeout"], seconds);
    }
    let run = run(&[("wait-1", "a")], vec![Answer::Bad(400, "ReceiptHandleIsInvalid")]).await;
    assert_eq!(run.failed, ["wait-1"], "not kept away, and failed all the same");
}

#[tokio::test]
async fn nothing_is_begun_after_the_deadline() {
    let script = Script::new([]);
    let queue = Queue::new(&script.settings(), "u".to_owned());
    let clock = ManualClock::new(start());
    let event = json!({"Records": [record("done-1", "a")]});
    for left_ms in [-5_000, 0, 1_000] {
        let deadline = clock.now() + TimeDelta::milliseconds(left_ms);
        let answer = batch::handle(&queue, clock.as_ref(), deadline, &event, |_| async { Verdict::Done }).await;
        assert_eq!(
            answer.unwrap(),
            json!({"batchItemFailures": [{"itemIdentifier": "done-1"}]}),
            "{left_ms}"
        );
    }
}

#[tokio::test]
async fn a_batch_that_cannot_be_answered_is_an_error() {
    let script = Script::new([]);
    let queue = Queue::new(&script.settings(), "u".to_owned());
    let clock = ManualClock::new(start());
    let mut nameless = record("", "a");
    let mut missing = record("x", "a");
    missing.as_object_mut().unwrap().remove("messageId");
    nameless["messageId"] = json!("");
    for (event, expected) in [
        (json!({}), BatchError::NotABatch),
        (json!({"Records": {}}), BatchError::NotABatch),
        (
            json!({"Records": [record("done-1", "a"), nameless]}),
            BatchError::NoMessageId { index: 1 },
        ),
        (json!({"Records": [missing]}), BatchError::NoMessageId { index: 0 }),
    ] {
        let deadline = start() + TimeDelta::seconds(60);
        let answer = batch::handle(&queue, clock.as_ref(), deadline, &event, |_| async { panic!("handled") }).await;
        assert_eq!(answer.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn a_record_carries_what_lambda_says_and_its_hint() {
    let script = Script::new([]);
    let queue = Queue::new(&script.settings(), "u".to_owned());
    let clock = ManualClock::new(start());
    let mut odd = record("m2", "b");
    odd["body"] = json!("{\"v\":9}");
    odd["attributes"] = json!({"ApproximateReceiveCount": "5"});
    let event = json!({"Records": [record("m1", "a"), odd]});
    let seen = Mutex::new(Vec::new());
    let deadline = start() + TimeDelta::seconds(60);
    let handling = batch::handle(&queue, clock.as_ref(), deadline, &event, |record| {
        seen.lock().unwrap().push(record);
        async { Verdict::Done }
    });
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    is_send(handling).await.unwrap();
    let seen = seen.into_inner().unwrap();
    let first = &seen[0];
    assert_eq!(first.hint, Ok(hint("006")));
    assert_eq!((first.group.as_deref(), first.received, first.is_last()), (Some("a"), 3, false));
    assert_eq!(first.sent_at.unwrap().timestamp(), 1_770_000_000);
    assert_eq!(first.queue_arn, "arn:aws:sqs:eu-west-2:1:deals.fifo");
    assert!(seen[1].hint.is_err() && seen[1].is_last());
}
