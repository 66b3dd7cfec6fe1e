//! Time, order and waiting, on a clock that the test moves.
#![allow(clippy::unwrap_used)]

use tieout_platform::clock::ManualClock;

use std::time::Duration;

use super::*;

fn queues(names: &[(&str, &[(&str, &str)])]) -> (Arc<ManualClock>, Sqs) {
    let clock = ManualClock::new("2026-01-31T23:00:00Z".parse().unwrap());
    let sqs = Sqs::open(None, clock.clone()).unwrap();
    for (name, attributes) in names {
        sqs.create_queue(name, &map(attributes)).unwrap();
    }
    (clock, sqs)
}

fn map(pairs: &[(&str, &str)]) -> AttributeMap {
    let own = |pair: &(&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
    pairs.iter().map(own).collect()
}

fn message(group: &str, body: &str) -> Outgoing {
    Outgoing {
        body: body.to_owned(),
        group_id: Some(group.to_owned()),
        deduplication_id: Some(body.to_owned()),
        ..Outgoing::default()
    }
}

fn ten() -> ReceiveRequest {
    ReceiveRequest {
        max_messages: 10,
        ..ReceiveRequest::default()
    }
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received.iter().map(|message| message.body.as_str()).collect()
}

const FIFO: &[(&str, &str)] = &[("FifoQueue", "true"), ("VisibilityTimeout", "60")];

#[test]
fn a_group_is_locked_until_its_message_is_gone_or_back() {
    let (clock, sqs) = queues(&[("q.fifo", FIFO)]);
    for (group, body) in [("A", "a1"), ("A", "a2"), ("B", "b1")] {
        sqs.send("q.fifo", &message(group, body)).unwrap();
    }
    let first = sqs.receive_now("q.fifo", &ReceiveRequest::default()).unwrap();
    assert_eq!(bodies(&first), ["a1"]);
    let other = sqs.receive_now("q.fifo", &ten()).unwrap();
    assert_eq!(bodies(&other), ["b1"], "A is locked");
    clock.advance(Duration::from_secs(59));
    assert_eq!(bodies(&sqs.receive_now("q.fifo", &ten()).unwrap()), [""; 0]);
    clock.advance(Duration::from_secs(1));
    let again = sqs.receive_now("q.fifo", &ten()).unwrap();
    assert_eq!(bodies(&again), ["a1", "a2", "b1"], "in order, after the timeout");
    assert!(sqs.delete("q.fifo", &first[0].receipt_handle).is_err(), "an old handle");
    for received in &again {
        sqs.delete("q.fifo", &received.receipt_handle).unwrap();
    }
    assert_eq!(sqs.depth().unwrap()[0].total(), 0);
}

#[test]
fn a_repeated_id_is_dropped_for_five_minutes_of_the_clock() {
    let (clock, sqs) = queues(&[("q.fifo", FIFO)]);
    let first = sqs.send("q.fifo", &message("A", "x")).unwrap();
    let check = |pass_s: u64, in_queue: u64| {
        clock.advance(Duration::from_secs(pass_s));
        let sent = sqs.send("q.fifo", &message("A", "x")).unwrap();
        assert_eq!(sqs.depth().unwrap()[0].total(), in_queue, "{pass_s} s later");
        sent
    };
    assert_eq!(check(299, 1).message_id, first.message_id);
    let received = sqs.receive_now("q.fifo", &ten()).unwrap();
    sqs.delete("q.fifo", &received[0].receipt_handle).unwrap();
    check(0, 0);
    assert_ne!(check(1, 1).message_id, first.message_id);
}

#[test]
fn after_five_receptions_a_message_lies_in_the_dead_letters() {
    let redrive = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":5}"#;
    let source: &[(&str, &str)] = &[("FifoQueue", "true"), ("VisibilityTimeout", "60"), ("RedrivePolicy", redrive)];
    let (clock, sqs) = queues(&[("dead.fifo", FIFO), ("q.fifo", source)]);
    for body in ["poison", "next"] {
        sqs.send("q.fifo", &message("A", body)).unwrap();
    }
    for count in 1..=5 {
        let received = sqs.receive_now("q.fifo", &ReceiveRequest::default()).unwrap();
        assert_eq!(bodies(&received), ["poison"], "reception {count}");
        assert_eq!(received[0].attributes["ApproximateReceiveCount"], count.to_string());
        clock.advance(Duration::from_secs(60));
    }
    let received = sqs.receive_now("q.fifo", &ReceiveRequest::default()).unwrap();
    assert_eq!(bodies(&received), ["next"], "the group moves on");
    let dead = sqs.receive_now("dead.fifo", &ten()).unwrap();
    assert_eq!(bodies(&dead), ["poison"]);
    assert_eq!(dead[0].attributes["DeadLetterQueueSourceArn"], queue_arn("q.fifo"));
    let depths = sqs.depth().unwrap();
    let told: Vec<(&str, bool, u64)> = depths
        .iter()
        .map(|depth| (depth.queue.as_str(), depth.is_dead_letter, depth.in_flight))
        .collect();
    assert_eq!(told, [("dead.fifo", true, 1), ("q.fifo", false, 1)]);
}

#[test]
fn depth_tells_when_the_next_message_becomes_visible() {
    let (clock, sqs) = queues(&[("q", &[("VisibilityTimeout", "60")])]);
    for (body, delay_s) in [("now", None), ("later", Some(90))] {
        let outgoing = Outgoing {
            body: body.to_owned(),
            delay_s,
            ..Outgoing::default()
        };
        sqs.send("q", &outgoing).unwrap();
    }
    let check = |visible: u64, in_flight: u64, delayed: u64, next_s: Option<i64>| {
        let depth = sqs.depth().unwrap().remove(0);
        assert_eq!((depth.visible, depth.in_flight, depth.delayed), (visible, in_flight, delayed));
        let next = depth.next_visible_at.map(|at| (at - clock.now()).num_seconds());
        assert_eq!(next, next_s);
    };
    use tieout_platform::clock::Clock;
    check(1, 0, 1, Some(90));
    sqs.receive_now("q", &ten()).unwrap();
    check(0, 1, 1, Some(60));
    clock.advance(Duration::from_secs(60));
    check(1, 0, 1, Some(30));
    clock.advance(Duration::from_secs(30));
    check(2, 0, 0, None);
}

#[test]
fn retention_runs_on_the_clock() {
    let (clock, sqs) = queues(&[("q", &[("MessageRetentionPeriod", "60")])]);
    let outgoing = Outgoing {
        body: "x".to_owned(),
        ..Outgoing::default()
    };
    sqs.send("q", &outgoing).unwrap();
    clock.advance(Duration::from_secs(60));
    assert_eq!(sqs.depth().unwrap()[0].total(), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(sqs.depth().unwrap()[0].total(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_by_arrival_by_the_clock_or_in_real_time() {
    let (clock, sqs) = queues(&[("q", &[("VisibilityTimeout", "3600")])]);
    let request = ReceiveRequest { wait_s: Some(20), ..ten() };
    let poll = || async { bodies(&sqs.receive("q", &request).await.unwrap()).len() };
    assert_eq!(poll().await, 0, "twenty seconds of real time, the clock standing still");
    let arrival = async {
        tokio::task::yield_now().await;
        let outgoing = Outgoing {
            body: "x".to_owned(),
            ..Outgoing::default()
        };
        sqs.send("q", &outgoing).unwrap();
    };
    assert_eq!(tokio::join!(poll(), arrival).0, 1, "a message came");
    let time_passes = async {
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(3_600));
    };
    assert_eq!(tokio::join!(poll(), time_passes).0, 1, "the clock reached its visibility");
    let closing = async {
        tokio::task::yield_now().await;
        sqs.close();
    };
    assert_eq!(tokio::join!(poll(), closing).0, 0, "the server closes");
}
