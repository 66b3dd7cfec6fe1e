//! Numbers of documents: one after the other, each once, and a register of what became of them.

use tieout_platform::effect::{EffectKey, EffectRecords, Intent};
use tieout_store::{Document, DocumentKind, DocumentStatus, Fate, InLedger, Issued, Series, Stage, Store};

use crate::harness::{Fault, Local, at, event, order_key};

fn series(kind: DocumentKind, prefix: &str) -> Series {
    Series {
        entity: "uk".into(),
        kind,
        prefix: prefix.to_owned(),
    }
}

fn intent(order: &str, number: &str) -> Intent {
    Intent {
        key: EffectKey::new(&["document", order]),
        target: "ledger".to_owned(),
        body: format!("{{\"number\":{number:?}}}"),
    }
}

/// Issues the one document that a new contract of the order plans.
async fn issue(local: &Local, store: &Store, order: &str, series: &Series) -> Issued {
    let contract = local.begin(order, vec![event(1, None)]).await.outline;
    let document = &contract.documents[0];
    let issued = store
        .issue(&contract.head.contract, document, series, |number| intent(order, number))
        .await;
    issued.unwrap().unwrap()
}

fn number(issued: &Issued) -> &str {
    issued.document.number().unwrap()
}

#[tokio::test]
async fn numbers_follow_each_other_in_each_series() {
    let local = Local::start().await;
    let invoices = series(DocumentKind::Invoice, "UK-");
    // (order, series, number)
    let rows = [
        ("a", invoices.clone(), "UK-00001"),
        ("b", invoices.clone(), "UK-00002"),
        ("c", series(DocumentKind::CreditNote, "UK-"), "UK-00001"),
        ("d", series(DocumentKind::Invoice, "UK-2026-"), "UK-2026-00001"),
        ("e", invoices, "UK-00003"),
    ];
    for (order, series, expected) in rows {
        let issued = issue(&local, &local.store, order, &series).await;
        assert_eq!(number(&issued), expected, "{order}");
        assert_eq!(issued.intent, intent(order, expected));
        let effect = local.store.effect(&issued.intent.key).await.unwrap().unwrap();
        assert_eq!(effect.record, issued.record, "the intent is stored with the number");
        assert_eq!(effect.body, issued.intent.body);
        let opened = local.store.open(&issued.intent, at(9)).await.unwrap();
        assert_eq!(opened, issued.record, "who opens it again meets it");
    }
}

#[tokio::test]
async fn a_document_gets_one_number_however_often_it_is_asked_for() {
    let local = Local::start().await;
    let series = series(DocumentKind::Invoice, "UK-");
    let contract = local.begin("a", vec![event(1, None)]).await.outline;
    let (id, planned) = (&contract.head.contract, &contract.documents[0]);
    let issue = |store: Store| {
        let series = &series;
        async move { store.issue(id, planned, series, |number| intent("a", number)).await.unwrap() }
    };
    let (one, other) = tokio::join!(issue(local.store.clone()), issue(local.another()));
    assert_eq!([one.is_some(), other.is_some()].iter().filter(|won| **won).count(), 1);
    assert!(
        issue(local.store.clone()).await.is_none(),
        "it was planned when it was read, and is not any more"
    );
    let register = local.store.register(&"uk".into()).await.unwrap();
    assert_eq!(register.len(), 1, "{register:?}");
}

#[tokio::test]
async fn no_number_is_lost_or_doubled_by_what_happens_to_the_transaction() {
    let local = Local::start().await;
    let series = series(DocumentKind::Invoice, "UK-");
    let rows = [
        (Fault::AnswerLost, 4),
        (Fault::FailsAfter, 4),
        (Fault::RequestLost, 4),
        (Fault::GaveWay, 2),
        (Fault::GaveWay, 9),
        (Fault::Throttled, 4),
    ];
    for (row, (fault, times)) in rows.into_iter().enumerate() {
        let order = format!("o{row}");
        let contract = local.begin(&order, vec![event(1, None)]).await.outline;
        let id = &contract.head.contract;
        local.faulty.plan("TransactWriteItems", fault, times);
        let mut numbered = None;
        for _ in 0..5 {
            let document = local.store.document(id, 1).await.unwrap().unwrap();
            if document.number().is_some() {
                numbered = document.number().map(str::to_owned);
                break;
            }
            let _ = local.store.issue(id, &document, &series, |number| intent(&order, number)).await;
        }
        let expected = format!("UK-{:05}", row + 1);
        assert_eq!(
            numbered.as_deref(),
            Some(expected.as_str()),
            "{fault:?} {times}: no gap and no double"
        );
    }
}

#[tokio::test]
async fn many_at_once_get_a_number_each_without_a_gap() {
    let local = Local::start().await;
    let series = series(DocumentKind::Invoice, "UK-");
    let mut planned = Vec::new();
    for order in ["a", "b", "c", "d", "e"] {
        planned.push((order, local.begin(order, vec![event(1, None)]).await.outline));
    }
    let issued = planned.iter().map(|(order, contract)| {
        let (store, series) = (local.another(), &series);
        async move {
            let id = &contract.head.contract;
            let issued = store
                .issue(id, &contract.documents[0], series, |number| intent(order, number))
                .await;
            number(&issued.unwrap().unwrap()).to_owned()
        }
    });
    let mut numbers = futures::future::join_all(issued).await;
    numbers.sort();
    assert_eq!(numbers, ["UK-00001", "UK-00002", "UK-00003", "UK-00004", "UK-00005"]);
}

#[tokio::test]
async fn the_register_tells_what_became_of_each_number() {
    let local = Local::start().await;
    let store = &local.store;
    let series = series(DocumentKind::Invoice, "UK-");
    let statuses = [
        DocumentStatus::Drafted,
        DocumentStatus::Authorised,
        DocumentStatus::Voided,
        DocumentStatus::Deleted,
    ];
    for (order, status) in ["a", "b", "c", "d"].into_iter().zip(statuses) {
        let issued = issue(&local, store, order, &series).await;
        let stage = Stage::InLedger(InLedger {
            number: number(&issued).to_owned(),
            renumbered: (order == "b").then(|| "OUR-7".to_owned()),
            ledger_id: order.to_owned(),
            status,
            lines: Vec::new(),
            rate: None,
            followed_ms: None,
            claimed_ms: None,
            synced_ms: None,
            overtaken_ms: Vec::new(),
        });
        let document: Document = issued.document.at(stage);
        assert!(
            store
                .write_document(&order_key(order).contract(), &document)
                .await
                .unwrap()
                .is_some()
        );
    }
    issue(&local, store, "e", &series).await;
    let taken = issue(&local, store, "f", &series).await;
    let renumbered = store
        .renumber(&order_key("f").contract(), &taken.document, &series)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(renumbered.number(), Some("UK-00007"));
    let stale = store.renumber(&order_key("f").contract(), &taken.document, &series).await.unwrap();
    assert_eq!(stale, None, "by who read it before");
    let register = store.register(&"uk".into()).await.unwrap();
    let fates: Vec<_> = register
        .iter()
        .map(|entry| (entry.number.as_str(), entry.fate.to_string()))
        .collect();
    let expected = [
        ("UK-00001", "draft"),
        ("UK-00002", "authorised, renumbered to OUR-7 in the ledger"),
        ("UK-00003", "voided"),
        ("UK-00004", "draft deleted"),
        ("UK-00005", "not made"),
        ("UK-00006", "taken by a document that is none of ours"),
        ("UK-00007", "not made"),
    ];
    assert_eq!(fates, expected.map(|(number, fate)| (number, fate.to_owned())));
    assert_eq!(register[5].fate, Fate::TakenByAnother);
    assert!(register.iter().all(|entry| entry.kind == DocumentKind::Invoice));
    assert_eq!(register[6].contract, order_key("f").contract());
    assert!(store.register(&"us".into()).await.unwrap().is_empty());
}
