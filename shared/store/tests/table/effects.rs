//! Effects through the code that performs them.

use std::sync::Mutex;

use chrono::TimeDelta;
use tieout_platform::effect::{Change, EffectKey, EffectRecords, Intent, LEASE_S, Performer, Permit, Settled, State, perform};
use tieout_platform::failure::{Class, Failure};

use crate::harness::{Fault, Local, at};

fn intent(body: &str) -> Intent {
    Intent {
        key: EffectKey::new(&["ledger", "invoice", "006", "1"]),
        target: "ledger:uk".to_owned(),
        body: body.to_owned(),
    }
}

/// A ledger that keeps what it is sent.
#[derive(Debug, Default)]
struct Ledger {
    sent: Mutex<Vec<String>>,
}

impl Performer for Ledger {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        let mut sent = self.sent.lock().unwrap();
        sent.push(permit.body().to_owned());
        Ok(format!("ref{}", sent.len()))
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        let sent = self.sent.lock().unwrap().len();
        Ok((sent > 0).then(|| format!("ref{sent}")))
    }
}

#[tokio::test]
async fn an_effect_is_done_once_and_all_of_it_is_remembered() {
    let local = Local::start().await;
    let (store, ledger, intent) = (&local.store, Ledger::default(), intent("{}"));
    let first = perform(store, local.clock.as_ref(), &intent, &ledger).await.unwrap();
    assert_eq!(first, Settled::Now("ref1".to_owned()));
    local.pass(40 * 24 * 3600);
    let again = perform(store, local.clock.as_ref(), &intent, &ledger).await.unwrap();
    assert_eq!(again, Settled::Before("ref1".to_owned()));
    let stored = store.effect(&intent.key).await.unwrap().unwrap();
    assert_eq!((stored.body.as_str(), stored.opened_at), ("{}", at(0)));
    assert_eq!(
        stored.record.state,
        State::Done {
            reference: "ref1".to_owned()
        }
    );
    let changes: Vec<_> = stored.history.iter().map(|change| change.change.as_str()).collect();
    assert_eq!(changes, ["intended", "attempted", "done"]);
    assert!(store.open_effects(10).await.unwrap().is_empty());
    assert!(store.open_effects(0).await.unwrap().is_empty());
    assert_eq!(store.effect(&EffectKey::new(&["other"])).await.unwrap(), None);
}

#[tokio::test]
async fn a_change_is_made_to_the_revision_that_was_read() {
    let local = Local::start().await;
    let (store, other, intent) = (&local.store, local.another(), intent("{}"));
    let record = store.open(&intent, at(0)).await.unwrap();
    assert_eq!(other.open(&intent, at(1)).await.unwrap(), record, "opened once");
    let attempt = || Change::Attempt { until: at(LEASE_S) };
    // The same change with the same lease by two senders: one of them may send.
    let (one, two) = tokio::join!(store.advance(&record, attempt(), at(0)), other.advance(&record, attempt(), at(0)));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.is_some() as u8 + two.is_some() as u8, 1);
    assert_eq!(store.advance(&record, attempt(), at(1)).await.unwrap(), None, "stale");
    let attempted = one.or(two).unwrap();
    assert_eq!(store.open(&intent, at(2)).await.unwrap(), attempted);
    assert_eq!(store.open_effects(10).await.unwrap()[0].record, attempted);
}

#[tokio::test]
async fn every_change_is_read_back_as_it_was_written() {
    let local = Local::start().await;
    let (store, first) = (&local.store, intent("{}"));
    let mut record = store.open(&first, at(0)).await.unwrap();
    let large = "é".repeat(90_000);
    let changes = [
        (Change::Attempt { until: at(90) }, true),
        (Change::NotApplied, true),
        (Change::Replace { intent: intent(&large) }, true),
        (Change::Attempt { until: at(180) }, true),
        (Change::Refused { reason: "r".repeat(3_000) }, false),
        (
            Change::Replace {
                intent: intent("{\"small\":1}"),
            },
            true,
        ),
        (
            Change::Done {
                reference: "7d".to_owned(),
            },
            false,
        ),
    ];
    for (change, open) in changes {
        record = store.advance(&record, change.clone(), at(5)).await.unwrap().unwrap();
        let stored = store.effect(&record.key).await.unwrap().unwrap();
        assert_eq!(stored.record, record, "{change:?}");
        if let Change::Replace { intent } = &change {
            assert!(stored.body == intent.body, "the body is replaced whole");
        }
        let listed = store.open_effects(10).await.unwrap();
        assert_eq!(!listed.is_empty(), open, "{change:?}");
    }
}

#[tokio::test]
async fn the_history_keeps_the_last_fifty_changes() {
    let local = Local::start().await;
    let store = &local.store;
    let mut record = store.open(&intent("{}"), at(0)).await.unwrap();
    for number in 1..=60 {
        let when = at(number);
        let change = Change::Attempt {
            until: when + TimeDelta::seconds(90),
        };
        record = store.advance(&record, change, when).await.unwrap().unwrap();
    }
    let history = store.effect(&record.key).await.unwrap().unwrap().history;
    let revisions: Vec<_> = history.iter().map(|change| change.revision).collect();
    assert_eq!(revisions, (11..=60).collect::<Vec<_>>());
    assert_eq!(history[49].at, at(60));
}

#[tokio::test]
async fn a_crash_or_a_lost_answer_at_each_call_sends_nothing_twice() {
    for operation in ["PutItem", "UpdateItem"] {
        for fault in [Fault::AnswerLost, Fault::RequestLost, Fault::FailsAfter] {
            for skip in 0..2 {
                // Four tries of the SDK: the fault outlasts them, as a crash would.
                let local = Local::start().await;
                let (store, ledger, intent) = (&local.store, Ledger::default(), intent("{}"));
                if skip == 1 {
                    let record = store.open(&intent, at(0)).await.unwrap();
                    local.faulty.plan(operation, fault, 4);
                    let change = Change::Attempt { until: at(LEASE_S) };
                    let _ = store.advance(&record, change, at(0)).await;
                } else {
                    local.faulty.plan(operation, fault, 4);
                }
                let mut outcome = None;
                for _ in 0..4 {
                    match perform(store, local.clock.as_ref(), &intent, &ledger).await {
                        Ok(settled) => {
                            outcome = Some(settled);
                            break;
                        }
                        Err(error) => {
                            let class = tieout_platform::failure::Classified::class(&error);
                            assert!(matches!(class, Class::Transient { .. }), "{error}");
                            local.pass(100);
                        }
                    }
                }
                let outcome = outcome.expect("settled");
                assert_eq!(outcome.reference(), "ref1", "{operation} {fault:?} {skip}");
                assert_eq!(ledger.sent.lock().unwrap().len(), 1, "{operation} {fault:?} {skip}");
            }
        }
    }
}
