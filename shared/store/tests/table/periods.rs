//! Periods, postings, configurations.

use serde_json::json;
use tieout_store::{PeriodRecord, PeriodState, Posting, PostingState, Recorded};

use crate::harness::{Fault, Local, at};

fn record(state: PeriodState) -> PeriodRecord {
    PeriodRecord {
        entity: "uk".to_owned(),
        period: "2026-01".to_owned(),
        state,
        revision: 0,
        proposal: Some("{\"lines\":[]}".to_owned()),
        snapshot: None,
    }
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[tokio::test]
async fn a_period_walks_from_open_to_closed_and_every_step_is_kept() {
    let local = Local::start().await;
    let store = &local.store;
    let steps = [
        PeriodState::Open,
        PeriodState::Proposed {
            by: text("ana"),
            at: at(1),
            hash: text("h"),
            revision: 1,
        },
        PeriodState::Approved {
            proposed_by: text("ana"),
            by: text("ben"),
            at: at(2),
            hash: text("h"),
        },
        PeriodState::Posting {
            by: text("ben"),
            at: at(3),
            hash: text("h"),
        },
        PeriodState::Closed {
            at: at(4),
            by: text("ben"),
        },
    ];
    assert_eq!(store.period("uk", "2026-01").await.unwrap(), None);
    for (revision, state) in (0..).zip(&steps) {
        let new = record(state.clone());
        assert!(store.transition("uk", "2026-01", revision, &new).await.unwrap());
        assert!(!store.transition("uk", "2026-01", revision, &new).await.unwrap(), "twice");
        assert!(!store.transition("uk", "2026-01", revision + 2, &new).await.unwrap(), "ahead");
        let read = store.period("uk", "2026-01").await.unwrap().unwrap();
        assert_eq!(
            read,
            PeriodRecord {
                revision: revision + 1,
                ..new
            }
        );
    }
    let history = store.period_history("uk", "2026-01").await.unwrap();
    assert_eq!(history.into_iter().map(|record| record.state).collect::<Vec<_>>(), steps);
    store.transition("uk", "2025-12", 0, &record(PeriodState::Open)).await.unwrap();
    let periods = store.periods("uk").await.unwrap();
    assert_eq!(
        periods.iter().map(|record| record.period.as_str()).collect::<Vec<_>>(),
        ["2025-12", "2026-01"]
    );
    assert!(store.periods("us").await.unwrap().is_empty());
}

#[tokio::test]
async fn of_two_approvers_one_approves() {
    let local = Local::start().await;
    let (one, other) = (local.store.clone(), local.another());
    let approved = |by: &str| {
        record(PeriodState::Approved {
            proposed_by: text("ana"),
            by: text(by),
            at: at(2),
            hash: text("h"),
        })
    };
    one.transition("uk", "2026-01", 0, &record(PeriodState::Open)).await.unwrap();
    let (ben, eve) = (approved("ben"), approved("eve"));
    let (first, second) = tokio::join!(one.transition("uk", "2026-01", 1, &ben), other.transition("uk", "2026-01", 1, &eve));
    assert!(first.unwrap() ^ second.unwrap());
    // An answer lost on the way is the same transition, not another one.
    local.faulty.plan("TransactWriteItems", Fault::AnswerLost, 4);
    assert!(one.transition("uk", "2026-01", 2, &record(PeriodState::Open)).await.unwrap());
}

#[tokio::test]
async fn a_posting_is_recorded_once_and_marked_in_order() {
    let local = Local::start().await;
    let store = &local.store;
    let posting = |key: &str, day: &str| Posting {
        journal_key: text(key),
        ledger_id: format!("l-{key}"),
        date: day.parse().unwrap(),
        posting_period: text("2026-01"),
        lines: json!([{"account": "200", "amount": "-12.30"}]),
        state: PostingState::Posted,
    };
    let (one, two) = (posting("b", "2026-01-30"), posting("a", "2026-01-31"));
    for _ in 0..2 {
        assert_eq!(store.record_posting("uk", &one).await.unwrap(), Recorded::Done);
        assert_eq!(store.record_posting("uk", &two).await.unwrap(), Recorded::Done);
    }
    let other = Posting {
        lines: json!([]),
        ..one.clone()
    };
    assert_eq!(
        store.record_posting("uk", &other).await.unwrap(),
        Recorded::Different(Box::new(one.clone()))
    );
    assert_eq!(store.postings("uk").await.unwrap(), [one.clone(), two.clone()]);
    // (state, when, taken)
    let rows = [
        (PostingState::Missing, 5, true),
        (PostingState::Posted, 4, false),
        (PostingState::Voided, 5, true),
        (PostingState::Voided, 9, true),
    ];
    for (state, seconds, taken) in rows {
        assert_eq!(store.mark_posting("uk", "b", state, at(seconds)).await.unwrap(), taken);
    }
    assert!(!store.mark_posting("uk", "none", PostingState::Voided, at(1)).await.unwrap());
    store.record_posting("uk", &one).await.unwrap();
    assert_eq!(
        store.postings("uk").await.unwrap()[0].state,
        PostingState::Voided,
        "recording again revives nothing"
    );
}

#[tokio::test]
async fn a_configuration_is_a_version_for_ever() {
    let local = Local::start().await;
    let (store, other) = (&local.store, local.another());
    assert_eq!(store.current_config().await.unwrap(), None);
    for (text, version) in [("a", 1), ("a", 1), ("b", 2), ("a", 3), ("a", 3)] {
        assert_eq!(store.publish_config(text, "ana", at(0)).await.unwrap(), version, "{text}");
        assert_eq!(store.current_config().await.unwrap(), Some((version, text.to_owned())));
    }
    assert_eq!(store.config(2).await.unwrap().as_deref(), Some("b"));
    assert_eq!(store.config(9).await.unwrap(), None);
    let (one, two) = tokio::join!(store.publish_config("c", "ana", at(1)), other.publish_config("d", "ben", at(1)));
    let mut versions = [one.unwrap(), two.unwrap()];
    versions.sort_unstable();
    assert_eq!(versions, [4, 5]);
    local.faulty.plan("TransactWriteItems", Fault::AnswerLost, 4);
    assert_eq!(store.publish_config("e", "ana", at(2)).await.unwrap(), 6);
}
