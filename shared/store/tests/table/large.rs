//! More than fits into one page, one item, one transaction.

use serde_json::json;
use tieout_store::{Appended, PeriodRecord, PeriodState, Posting, PostingState, Recorded};

use crate::harness::{Fault, Local, at, event, head};

#[tokio::test]
async fn a_contract_of_several_pages_is_read_whole() {
    let local = Local::start().await;
    let store = &local.store;
    let mut version = 0;
    for _ in 0..3 {
        let events: Vec<_> = (0..8)
            .map(|number| {
                let mut event = event(number, None);
                event.body = json!({"version": version, "note": "x".repeat(100_000)});
                event
            })
            .collect();
        let now = store.head("c1").await.unwrap().unwrap_or_else(|| head("c1"));
        let answer = store.append("c1", version, now, events).await.unwrap();
        version += 8;
        assert_eq!(answer, Appended::Done(version));
    }
    local.calls();
    let (head, events) = store.contract("c1").await.unwrap().unwrap();
    assert!(local.calls().len() > 2, "more than one page");
    assert_eq!((head.version, events.len()), (24, 24));
    let order: Vec<_> = events.iter().map(|event| event.body["version"].as_u64().unwrap()).collect();
    assert!(order.is_sorted());
}

#[tokio::test]
async fn an_entity_of_several_pages_is_read_whole() {
    let local = Local::start().await;
    let store = &local.store;
    for number in 0..14 {
        let id = format!("c{number:02}");
        let mut head = head(&id);
        head.facts = json!("x".repeat(100_000));
        store.append(&id, 0, head, vec![event(1, None)]).await.unwrap();
    }
    assert_eq!(store.contracts_of("uk").await.unwrap().len(), 14);
}

#[tokio::test]
async fn a_text_of_megabytes_comes_back_as_it_was() {
    let local = Local::start().await;
    let store = &local.store;
    let text = format!("\"{}\"", "€12.30 ".repeat(300_000));
    let record = PeriodRecord {
        entity: "uk".to_owned(),
        period: "2026-01".to_owned(),
        state: PeriodState::Open,
        revision: 0,
        proposal: Some(text.clone()),
        snapshot: Some("{}".to_owned()),
    };
    assert!(store.transition("uk", "2026-01", 0, &record).await.unwrap());
    let read = store.period("uk", "2026-01").await.unwrap().unwrap();
    assert!(read.proposal.as_ref() == Some(&text), "the proposal differs");
    assert_eq!(read.snapshot.as_deref(), Some("{}"));
    let posting = Posting {
        journal_key: "j".to_owned(),
        ledger_id: "l".to_owned(),
        date: "2026-01-31".parse().unwrap(),
        posting_period: "2026-01".to_owned(),
        lines: serde_json::from_str(&text).unwrap(),
        state: PostingState::Posted,
    };
    assert_eq!(store.record_posting("uk", &posting).await.unwrap(), Recorded::Done);
    assert!(store.postings("uk").await.unwrap() == [posting]);
    assert_eq!(store.publish_config(&text, "ana", at(0)).await.unwrap(), 1);
    assert!(store.config(1).await.unwrap() == Some(text));
}

#[tokio::test]
async fn a_crash_between_the_parts_of_a_text_leaves_nothing_half_valid() {
    let local = Local::start().await;
    let store = &local.store;
    let record = PeriodRecord {
        entity: "uk".to_owned(),
        period: "2026-01".to_owned(),
        state: PeriodState::Open,
        revision: 0,
        proposal: Some("x".repeat(800_000)),
        snapshot: None,
    };
    for operation in ["PutItem", "TransactWriteItems"] {
        local.faulty.plan(operation, Fault::RequestLost, 4);
        store.transition("uk", "2026-01", 0, &record).await.unwrap_err();
        assert_eq!(store.period("uk", "2026-01").await.unwrap(), None, "{operation}");
    }
    assert!(store.transition("uk", "2026-01", 0, &record).await.unwrap());
    assert_eq!(store.period("uk", "2026-01").await.unwrap().unwrap().proposal, record.proposal);
}

#[tokio::test]
async fn what_was_appended_while_pages_were_read_is_cut_off() {
    let local = Local::start().await;
    let store = &local.store;
    store.append("c1", 0, head("c1"), vec![event(1, None)]).await.unwrap();
    local.put_texts(&[("pk", "CONTRACT#c1"), ("sk", "EVENT#000000002")]).await;
    let (head, events) = store.contract("c1").await.unwrap().unwrap();
    assert_eq!((head.version, events.len()), (1, 1));
}
