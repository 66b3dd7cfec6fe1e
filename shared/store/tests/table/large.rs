//! More than fits into one page, one item, one transaction.

use tieout_accounting::Event;
use tieout_accounting::event::EventKind;
use tieout_store::{Appended, Change, Created, PeriodRecord, PeriodState, Posting, PostingState, Recorded};

use crate::harness::{Fault, Local, at, event, new_contract};

/// The number of the invoice that an event of the harness pays.
fn number_of(event: &Event) -> u32 {
    let EventKind::Paid(paid) = &event.kind else { panic!("{event:?}") };
    paid.invoice.as_str().strip_prefix("INV-").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_contract_of_several_pages_is_read_whole() {
    let local = Local::start().await;
    let store = &local.store;
    let long = |number: u32| {
        let mut event = event(number, None);
        event.cause = "x".repeat(100_000);
        event
    };
    let mut contract = local.begin("c1", vec![long(0)]).await;
    for part in 0..3 {
        let events = (1..=8).map(|number| long(part * 8 + number)).collect();
        let change = Change {
            events,
            documents: Vec::new(),
            ..Change::default()
        };
        let answer = store.append(&contract, &change).await.unwrap();
        assert!(matches!(answer, Appended::Done(..)));
        contract = local.read("c1").await;
    }
    local.calls();
    let read = local.read("c1").await;
    assert!(local.calls().len() > 2, "more than one page");
    assert_eq!((read.outline.head.version, read.events.len()), (25, 25));
    let numbers: Vec<u32> = read.events.iter().map(|stored| number_of(&stored.event)).collect();
    assert!(numbers.is_sorted() && numbers.len() == 25, "{numbers:?}");
}

#[tokio::test]
async fn an_entity_of_several_pages_is_read_whole() {
    let local = Local::start().await;
    let store = &local.store;
    for number in 0..14 {
        let mut contract = new_contract(&format!("c{number:02}"), vec![event(1, None)]);
        contract.currency = "x".repeat(100_000);
        assert!(matches!(store.create(contract).await.unwrap(), Created::Done(_)));
    }
    assert_eq!(store.contracts_of(&"uk".into()).await.unwrap().len(), 14);
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
    let contract = local.begin("c1", vec![event(1, None)]).await.outline.head.contract;
    local
        .put_texts(&[("pk", &format!("CONTRACT#{contract}")), ("sk", "4#EVENT#000000002")])
        .await;
    let read = local.read("c1").await;
    assert_eq!((read.outline.head.version, read.events.len()), (1, 1));
}
