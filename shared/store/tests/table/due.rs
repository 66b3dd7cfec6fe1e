//! What is due to be billed, through the index.

use tieout_accounting::ids::EntityId;
use tieout_platform::effect::Intent;
use tieout_store::{Appended, Change, Created, Document, Due, NewContract, Series, Stage};

use crate::harness::{Local, event, new_contract};

fn due(on: &str, entity: &str) -> Due {
    Due {
        on: on.parse().unwrap(),
        entity: EntityId::new(entity),
    }
}

/// A contract with one invoice for each day, of an entity.
fn planned(id: &str, entity: &str, days: &[&str]) -> NewContract {
    let new = new_contract(id, vec![event(1, None)]);
    let first = &new.documents[0];
    let documents = (1..)
        .zip(days)
        .map(|(ordinal, on)| Document::planned(ordinal, first.kind, first.plan.clone()).due(due(on, entity)));
    NewContract {
        documents: documents.collect(),
        entity: EntityId::new(entity),
        ..new
    }
}

async fn check(local: &Local, name: &str, entity: &str, day: &str, limit: usize, expected: &[&str]) {
    let found = local.store.due(&EntityId::new(entity), day.parse().unwrap(), limit).await.unwrap();
    let found: Vec<String> = found
        .iter()
        .map(|due| format!("{} {}", due.document.due.as_ref().unwrap().on, due.document.ordinal))
        .collect();
    assert_eq!(found, expected, "{name}");
}

#[tokio::test]
async fn a_planned_document_is_due_from_its_day() {
    let local = Local::start().await;
    let store = &local.store;
    store
        .create(planned("c1", "uk", &["2026-01-31", "2026-04-30", "2026-07-31"]))
        .await
        .unwrap();
    store.create(planned("c2", "uk", &["2026-02-28", "2026-04-30"])).await.unwrap();
    store.create(planned("c3", "us", &["2026-01-01"])).await.unwrap();
    // One that is made at once is in no index.
    store.create(new_contract("c4", vec![event(1, None)])).await.unwrap();
    check(&local, "before its day", "uk", "2026-01-30", 10, &[]).await;
    check(&local, "on its day", "uk", "2026-01-31", 10, &["2026-01-31 1"]).await;
    check(
        &local,
        "the earliest first",
        "uk",
        "2026-04-29",
        10,
        &["2026-01-31 1", "2026-02-28 1"],
    )
    .await;
    check(
        &local,
        "no more than asked",
        "uk",
        "2026-12-31",
        2,
        &["2026-01-31 1", "2026-02-28 1"],
    )
    .await;
    check(&local, "another entity", "us", "2026-12-31", 10, &["2026-01-01 1"]).await;
}

#[tokio::test]
async fn one_with_a_number_or_with_nothing_left_is_not_due_any_more() {
    let local = Local::start().await;
    let store = &local.store;
    for (id, days) in [
        ("c1", &["2026-01-31", "2026-04-30", "2026-07-31"][..]),
        ("c2", &["2026-02-28", "2026-04-30"][..]),
    ] {
        store.create(planned(id, "uk", days)).await.unwrap();
    }
    let contract = local.read("c1").await;
    let id = &contract.outline.head.contract;
    let series = Series {
        entity: EntityId::new("uk"),
        kind: contract.outline.documents[0].kind,
        prefix: "INV-".to_owned(),
    };
    let intent = |number: &str| Intent {
        key: tieout_platform::effect::EffectKey::new(&["ledger", "document", id.as_str(), "1"]),
        target: "ledger".to_owned(),
        body: number.to_owned(),
    };
    let issued = store
        .issue(id, &contract.outline.documents[0], &series, intent)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(issued.document.due, Some(due("2026-01-31", "uk")), "its day stays with it");
    check(&local, "numbered", "uk", "2026-03-31", 10, &["2026-02-28 1"]).await;

    // A change of the contract leaves nothing of the second, and brings the third forward.
    let contract = local.read("c1").await;
    let documents = &contract.outline.documents;
    let change = Change {
        events: vec![event(2, None)],
        documents: vec![documents[1].at(Stage::Dropped), documents[2].clone().due(due("2026-03-15", "uk"))],
        ..Change::default()
    };
    assert!(matches!(store.append(&contract, &change).await.unwrap(), Appended::Done(..)));
    check(
        &local,
        "changed",
        "uk",
        "2026-12-31",
        10,
        &["2026-02-28 1", "2026-03-15 3", "2026-04-30 2"],
    )
    .await;
    let read = local.read("c1").await.outline.documents;
    assert_eq!((&read[1].stage, read[1].number()), (&Stage::Dropped, None));
    let later: Vec<bool> = read
        .iter()
        .map(|document| document.is_for_later("2026-03-14".parse().unwrap()))
        .collect();
    assert_eq!(later, [false, true, true], "numbered, dropped, a day to come");
    assert!(!read[2].is_for_later("2026-03-15".parse().unwrap()));
    assert!(matches!(
        store.create(planned("c1", "uk", &["2026-01-31"])).await.unwrap(),
        Created::Before(_)
    ));
}
