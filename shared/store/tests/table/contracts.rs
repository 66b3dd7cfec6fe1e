//! Contracts and links.

use tieout_platform::failure::{Class, Classified};
use tieout_store::{Appended, Head, InvoiceRef, Linking, StoreError};

use crate::harness::{Local, at, event, head};

#[tokio::test]
async fn what_is_appended_is_read_back_digit_by_digit() {
    let local = Local::start().await;
    let store = &local.store;
    let mut first = head("c1");
    first.invoice = Some(InvoiceRef {
        ledger_id: "7d".to_owned(),
        number: "INV-1".to_owned(),
    });
    let events = vec![event(1, Some("signed")), event(2, None)];
    assert_eq!(
        store.append("c1", 0, first.clone(), events.clone()).await.unwrap(),
        Appended::Done(2)
    );
    local.calls();
    let (read, read_events) = store.contract("c1").await.unwrap().unwrap();
    assert_eq!(local.calls(), ["Query"], "one query for all that a message needs");
    assert_eq!(
        read,
        Head {
            version: 2,
            revision: 1,
            ..first
        }
    );
    assert_eq!(read_events, events);
    assert_eq!(read_events[0].body["amount"].to_string(), "12345678901234567890.10");
    assert_eq!(store.head("c1").await.unwrap(), Some(read));
    assert_eq!(store.contract("c2").await.unwrap(), None);
}

#[tokio::test]
async fn a_stale_append_is_a_conflict_with_the_head_as_it_is() {
    let local = Local::start().await;
    let store = &local.store;
    let done = |answer: Appended| matches!(answer, Appended::Done(_));
    assert!(done(store.append("c1", 0, head("c1"), vec![event(1, Some("a"))]).await.unwrap()));
    let now = store.head("c1").await.unwrap().unwrap();
    // (expected version, expected revision, dedupe key): each is refused for one reason.
    for (version, revision) in [(0, 0), (0, 1), (2, 1), (1, 2), (7, 1)] {
        let stale = Head { revision, ..head("c1") };
        let answer = store.append("c1", version, stale, vec![event(2, Some("b"))]).await.unwrap();
        assert_eq!(answer, Appended::Conflict(Some(Box::new(now.clone()))), "{version} {revision}");
    }
    let answer = store.append("new", 1, head("new"), vec![event(1, None)]).await.unwrap();
    assert_eq!(answer, Appended::Conflict(None));
    let answer = store.append("c1", 1, now.clone(), vec![event(2, Some("b"))]).await.unwrap();
    assert_eq!(answer, Appended::Done(2));
}

#[tokio::test]
async fn the_same_fact_is_stored_once() {
    let local = Local::start().await;
    let store = &local.store;
    store.append("c1", 0, head("c1"), vec![event(1, Some("paid/1"))]).await.unwrap();
    let now = store.head("c1").await.unwrap().unwrap();
    let both = vec![event(2, Some("paid/2")), event(3, Some("paid/1"))];
    let there = Appended::AlreadyThere {
        dedupe_keys: vec!["paid/1".to_owned()],
    };
    assert_eq!(store.append("c1", 1, now.clone(), both.clone()).await.unwrap(), there);
    assert_eq!(store.contract("c1").await.unwrap().unwrap().1.len(), 1, "all or nothing");
    // A whole append made twice is told by its fact, not by its version.
    let again = store.append("c1", 0, head("c1"), vec![event(1, Some("paid/1"))]).await.unwrap();
    assert_eq!(again, there);
    // The same fact of another contract is another one.
    let other = store.append("c2", 0, head("c2"), vec![event(1, Some("paid/1"))]).await.unwrap();
    assert_eq!(other, Appended::Done(1));
    let twice = vec![event(2, Some("x")), event(3, Some("x"))];
    let error = store.append("c1", 1, now, twice).await.unwrap_err();
    assert!(matches!(error, StoreError::SameFactTwice { .. }), "{error}");
}

#[tokio::test]
async fn of_two_writers_one_wins() {
    let local = Local::start().await;
    let (one, other) = (local.store.clone(), local.another());
    for version in 0..5u64 {
        let now = one.head("c1").await.unwrap().unwrap_or_else(|| head("c1"));
        let (first, second) = tokio::join!(
            one.append("c1", version, now.clone(), vec![event(1, None)]),
            other.append("c1", version, now.clone(), vec![event(2, None)]),
        );
        let answers = [first.unwrap(), second.unwrap()];
        assert_eq!(answers.iter().filter(|answer| **answer == Appended::Done(version + 1)).count(), 1);
        assert_eq!(
            answers
                .iter()
                .filter(|answer| matches!(answer, Appended::Conflict(Some(_))))
                .count(),
            1
        );
    }
    assert_eq!(one.contract("c1").await.unwrap().unwrap().1.len(), 5);
}

#[tokio::test]
async fn a_head_alone_is_written_over_what_was_read_and_nothing_else() {
    let local = Local::start().await;
    let store = &local.store;
    store.append("c1", 0, head("c1"), vec![event(1, None)]).await.unwrap();
    let read = store.head("c1").await.unwrap().unwrap();
    let changed = Head {
        fingerprint: "g".to_owned(),
        ..read
    };
    assert_eq!(store.append("c1", 1, changed.clone(), Vec::new()).await.unwrap(), Appended::Done(1));
    let again = store.append("c1", 1, changed, Vec::new()).await.unwrap();
    assert!(matches!(again, Appended::Conflict(Some(_))), "a lost update is refused: {again:?}");
}

#[tokio::test]
async fn limits_and_keys_are_refused_before_anything_is_sent() {
    let local = Local::start().await;
    let store = &local.store;
    let many = |count: u32, key: bool| -> Vec<_> {
        (0..count)
            .map(|number| event(number, key.then(|| number.to_string()).as_deref()))
            .collect()
    };
    assert_eq!(
        store.append("full", 0, head("full"), many(99, false)).await.unwrap(),
        Appended::Done(99)
    );
    local.calls();
    for events in [many(100, false), many(50, true)] {
        let error = store.append("c1", 0, head("c1"), events).await.unwrap_err();
        assert!(matches!(error, StoreError::TooMany { .. }), "{error}");
        assert_eq!(error.class(), Class::Permanent);
    }
    let mut large = event(1, None);
    large.body = serde_json::json!("x".repeat(410 * 1024));
    let error = store.append("c1", 0, head("c1"), vec![large]).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    for bad in ["", "null", &"x".repeat(513)] {
        let error = store.contract(bad).await.unwrap_err();
        assert!(matches!(error, StoreError::BadKey { .. }), "{error}");
        let error = store.link("invoice", bad, "c1", at(0)).await.unwrap_err();
        assert!(matches!(error, StoreError::BadKey { .. }), "{error}");
    }
    assert!(local.calls().is_empty());
}

#[tokio::test]
async fn the_contracts_of_an_entity_are_its_own() {
    let local = Local::start().await;
    let store = &local.store;
    for number in 0..30 {
        let id = format!("c{number:02}");
        let entity = if number % 3 == 0 { "us" } else { "uk" };
        let head = Head {
            entity: entity.to_owned(),
            ..head(&id)
        };
        store.append(&id, 0, head, vec![event(1, None), event(2, None)]).await.unwrap();
    }
    let contracts = store.contracts_of("uk").await.unwrap();
    assert_eq!(contracts.len(), 20);
    assert!(contracts.iter().all(|(head, events)| head.entity == "uk" && events.len() == 2));
    assert!(contracts.is_sorted_by(|one, other| one.0.contract < other.0.contract));
    assert_eq!(store.heads_of("us").await.unwrap().len(), 10);
    assert!(store.contracts_of("fr").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_link_stays_and_its_version_never_goes_back() {
    let local = Local::start().await;
    let store = &local.store;
    assert_eq!(store.linked("invoice", "i1").await.unwrap(), None);
    assert!(!store.advance_link("invoice", "i1", at(5)).await.unwrap(), "no link yet");
    assert_eq!(store.link("invoice", "i1", "c1", at(5)).await.unwrap(), Linking::Done);
    // (version, whether it may be acted on, version afterwards)
    for (seconds, expected, after) in [(5, true, 5), (9, true, 9), (9, true, 9), (8, false, 9), (0, false, 9)] {
        assert_eq!(
            store.advance_link("invoice", "i1", at(seconds)).await.unwrap(),
            expected,
            "{seconds}"
        );
        assert_eq!(store.linked("invoice", "i1").await.unwrap().unwrap().updated_at, at(after));
    }
    assert_eq!(store.link("invoice", "i1", "c1", at(1)).await.unwrap(), Linking::Done);
    assert_eq!(
        store.linked("invoice", "i1").await.unwrap().unwrap().updated_at,
        at(9),
        "not set back"
    );
    let elsewhere = store.link("invoice", "i1", "c2", at(10)).await.unwrap();
    assert!(matches!(elsewhere, Linking::Elsewhere(link) if link.contract == "c1"));
    assert_eq!(store.linked("credit_note", "i1").await.unwrap(), None, "another kind");
}
