//! What waits for a person, what failed, how far sweeps came.

use serde_json::json;
use tieout_store::{Act, Assigned, FailureAct, Filed, Parked, ParkedMessage, Snoozed};

use crate::harness::{Fault, Local, at};

fn parked(key: &str, what: &str, seconds: i64) -> Parked {
    Parked {
        key: key.to_owned(),
        kind: "no-service-dates".to_owned(),
        message: ParkedMessage {
            what: what.to_owned(),
            field: "ServiceDate".to_owned(),
            value: String::new(),
            remedy: "set the dates on the line".to_owned(),
        },
        others: vec![ParkedMessage {
            what: "is no currency".to_owned(),
            field: "Currency".to_owned(),
            value: "“XX”".to_owned(),
            remedy: "correct it".to_owned(),
        }],
        details: json!({"proposed": {"from": "2026-01-01", "amount": 12.30}}),
        since: at(seconds),
        last_seen: at(seconds),
        times: 1,
        digest: format!("digest of {what}"),
        assigned: None,
        snoozed: None,
    }
}

#[tokio::test]
async fn a_parked_record_is_one_case_until_it_is_closed() {
    let local = Local::start().await;
    let store = &local.store;
    assert!(!store.unpark("006", "nothing there").await.unwrap());
    store.park(&parked("006b", "other", 5)).await.unwrap();
    store.park(&parked("006a", "first", 7)).await.unwrap();
    store.park(&parked("006a", "second", 9)).await.unwrap();
    let case = store.parked_case("006a").await.unwrap().unwrap();
    let expected = Parked {
        since: at(7),
        times: 2,
        ..parked("006a", "second", 9)
    };
    assert_eq!(case, expected);
    let open = store.parked().await.unwrap();
    assert_eq!(
        open.iter().map(|case| case.key.as_str()).collect::<Vec<_>>(),
        ["006b", "006a"],
        "oldest first"
    );
    assert!(store.unpark("006a", "corrected by ana").await.unwrap());
    assert!(!store.unpark("006a", "again").await.unwrap(), "twice");
    assert_eq!(store.parked_case("006a").await.unwrap(), None);
    assert_eq!(store.parked().await.unwrap().len(), 1);
    // Parked anew it is another case; both stay.
    store.park(&parked("006a", "third", 20)).await.unwrap();
    assert_eq!(store.parked_case("006a").await.unwrap().unwrap(), parked("006a", "third", 20));
    assert!(store.unpark("006a", "corrected by ben").await.unwrap());
    let resolved = store.resolved("006a").await.unwrap();
    assert_eq!(resolved.len(), 2);
    assert!(
        resolved
            .iter()
            .any(|case| case.why == "corrected by ana" && case.parked == expected)
    );
}

#[tokio::test]
async fn closing_a_case_while_its_answer_is_lost_or_it_is_parked_again() {
    let local = Local::start().await;
    let store = &local.store;
    store.park(&parked("006", "first", 0)).await.unwrap();
    local.faulty.plan("TransactWriteItems", Fault::AnswerLost, 4);
    assert!(store.unpark("006", "corrected").await.unwrap());
    assert_eq!(store.resolved("006").await.unwrap().len(), 1);
    store.park(&parked("006", "second", 1)).await.unwrap();
    let case = parked("006", "third", 2);
    let (closed, parked) = tokio::join!(store.unpark("006", "corrected"), store.park(&case));
    assert!(closed.unwrap());
    parked.unwrap();
    // Whichever came first, nothing is lost: what was parked after the closing is open.
    let (open, resolved) = (store.parked_case("006").await.unwrap(), store.resolved("006").await.unwrap());
    let seen = open.map_or(0, |case| case.times) + resolved.iter().map(|case| case.parked.times).sum::<u64>();
    assert_eq!(seen, 3);
}

#[tokio::test]
async fn what_a_person_resolved_is_filed_again_only_where_something_else_is_found() {
    let local = Local::start().await;
    let store = &local.store;
    assert!(!store.resolve("006", "ana", "nothing there").await.unwrap());
    store.park(&parked("006", "first", 0)).await.unwrap();
    assert!(store.resolve("006", "ana", "as agreed").await.unwrap());
    assert!(!store.resolve("006", "ben", "twice").await.unwrap());
    // What is found, and what becomes of it; the case then, by what it says and how often it was found.
    let rows = [
        ("first", Filed::Answered, None),
        ("first", Filed::Answered, None),
        ("second", Filed::Open, Some(("second", 1))),
        // The answer was to the first question, and another one is open.
        ("first", Filed::Open, Some(("first", 2))),
    ];
    for (step, (what, filed, open)) in rows.into_iter().enumerate() {
        let seconds = i64::try_from(step).unwrap() + 10;
        assert_eq!(store.park(&parked("006", what, seconds)).await.unwrap(), filed, "{step}");
        let case = store.parked_case("006").await.unwrap();
        let found = case.as_ref().map(|case| (case.message.what.as_str(), case.times));
        assert_eq!(found, open, "{step}");
        assert_eq!(store.parked().await.unwrap().len(), usize::from(open.is_some()), "{step}");
    }
    assert_eq!(store.parked_case("006").await.unwrap().unwrap().since, at(12));
    assert!(store.resolve("006", "ben", "as agreed").await.unwrap());
    // What it waited for has happened: there is nothing to close, and the answer counts no longer.
    assert!(!store.unpark("006", "booked").await.unwrap());
    assert_eq!(store.park(&parked("006", "first", 30)).await.unwrap(), Filed::Open);
    let closed = store.resolved("006").await.unwrap();
    let mut by: Vec<Option<&str>> = closed.iter().map(|case| case.by.as_deref()).collect();
    by.sort_unstable();
    assert_eq!(by, [Some("ana"), Some("ben")]);
}

#[tokio::test]
async fn an_open_case_is_assigned_and_snoozed_and_stays_the_same_case() {
    let local = Local::start().await;
    let store = &local.store;
    let assigned = Assigned {
        to: "ben".to_owned(),
        by: "ana".to_owned(),
        at: at(5),
    };
    let snoozed = Snoozed {
        until: at(86_400).date_naive(),
        by: "ana".to_owned(),
        reason: "on leave".to_owned(),
        at: at(5),
        digest: parked("006", "first", 0).digest,
    };
    assert!(!store.assign_case("006", &assigned).await.unwrap(), "nothing there");
    store.park(&parked("006", "first", 0)).await.unwrap();
    assert!(store.assign_case("006", &assigned).await.unwrap());
    assert!(store.snooze_case("006", &snoozed).await.unwrap());
    for (what, is_asleep) in [("first", true), ("second", false), ("first", true)] {
        store.park(&parked("006", what, 9)).await.unwrap();
        let case = store.parked_case("006").await.unwrap().unwrap();
        assert_eq!((case.assigned.as_ref(), case.since), (Some(&assigned), at(0)), "{what}");
        assert_eq!(case.is_asleep(at(9).date_naive()), is_asleep, "{what}");
        assert!(!case.is_asleep(snoozed.until), "its day has come");
    }
    assert!(store.resolve("006", "ana", "as agreed").await.unwrap());
    assert!(!store.snooze_case("006", &snoozed).await.unwrap(), "it is closed");
    store.park(&parked("006", "third", 20)).await.unwrap();
    assert_eq!(store.parked_case("006").await.unwrap().unwrap(), parked("006", "third", 20));
}

#[tokio::test]
async fn acts_and_causes_are_kept() {
    let local = Local::start().await;
    let store = &local.store;
    let act = |message: &str, act: Act, seconds: i64| FailureAct {
        message_id: message.to_owned(),
        queue: "deals".to_owned(),
        act,
        by: "ana".to_owned(),
        at: at(seconds),
        cause: "mapping corrected".to_owned(),
    };
    let acts = [act("m2", Act::Discarded, 1), act("m1", Act::Replayed, 2)];
    for act in acts.iter().rev().chain(&acts) {
        store.record_act(act).await.unwrap();
    }
    assert_eq!(store.acts().await.unwrap(), acts);
    assert_eq!(store.failure_cause("m1").await.unwrap(), None);
    // (cause, when, cause afterwards)
    for (cause, seconds, after) in [("a", 5, "a"), ("b", 4, "a"), ("c", 5, "c"), ("d", 6, "d")] {
        store.record_failure_cause("m1", cause, at(seconds)).await.unwrap();
        assert_eq!(store.failure_cause("m1").await.unwrap().unwrap().cause, after);
    }
    store.record_failure_cause("m1", &"é".repeat(9_000), at(9)).await.unwrap();
    assert_eq!(store.failure_cause("m1").await.unwrap().unwrap().cause.chars().count(), 4_000);
}

#[tokio::test]
async fn a_cursor_never_goes_back_and_a_table_is_made_once() {
    let local = Local::start().await;
    let store = &local.store;
    store.create_table().await.unwrap();
    assert_eq!(store.cursor("ledger").await.unwrap(), None);
    for (seconds, moved, after) in [(5, true, 5), (5, false, 5), (4, false, 5), (6, true, 6)] {
        assert_eq!(store.advance_cursor("ledger", at(seconds)).await.unwrap(), moved);
        assert_eq!(store.cursor("ledger").await.unwrap(), Some(at(after)));
    }
}
