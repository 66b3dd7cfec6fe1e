//! Contracts, their documents, and links.

use tieout_accounting::ids::EntityId;
use tieout_platform::failure::{Class, Classified};
use tieout_store::{
    Answers, Appended, Change, Created, Document, DocumentKind, DocumentStatus, InLedger, LineMap, Link, Linking, NewEvent, Order,
    OrderKind, Rate, Stage, StoreError, StoredEvent,
};

use crate::harness::{Local, at, event, new_contract, order, order_key};

fn events(events: Vec<NewEvent>) -> Change {
    Change {
        events,
        ..Change::default()
    }
}

fn in_ledger(number: &str) -> Stage {
    Stage::InLedger(InLedger {
        number: number.to_owned(),
        renumbered: None,
        ledger_id: "7d".to_owned(),
        status: DocumentStatus::PartPaid,
        lines: vec![LineMap {
            line: Some("l1".to_owned()),
            obligation: "seats".to_owned(),
            description: "Seats, “a year”".to_owned(),
        }],
        rate: Some(Rate {
            on: "2026-02-01".parse().unwrap(),
            rate: "0.812345678".parse().unwrap(),
        }),
        followed_ms: Some(1_767_225_600_123),
        claimed_ms: None,
        synced_ms: Some(-1),
        overtaken_ms: Vec::new(),
    })
}

#[tokio::test]
async fn what_is_stored_is_read_back_digit_by_digit() {
    let local = Local::start().await;
    let store = &local.store.clone().under(3);
    let stored = vec![event(1, Some("signed")), event(2, None)];
    let Created::Done(outline) = store.create(new_contract("c1", stored.clone())).await.unwrap() else {
        panic!("it is new");
    };
    local.calls();
    let read = local.read("c1").await;
    assert_eq!(local.calls(), ["Query"], "one query for the whole of a contract");
    assert_eq!(read.outline, *outline);
    let under = |new: NewEvent| StoredEvent {
        event: new.event,
        cause: new.cause,
        fact: new.fact,
        known_at: at(0),
        config_version: 3,
    };
    assert_eq!(read.events, stored.into_iter().map(under).collect::<Vec<_>>());
    assert_eq!((read.outline.head.version, read.outline.head.revision), (2, 1));
    assert_eq!(read.outline.orders, [order("c1")]);
    assert_eq!(read.outline.documents[0].plan, new_contract("c1", Vec::new()).documents[0].plan);
    assert_eq!(store.outline(&order_key("c1").contract()).await.unwrap(), Some(*outline));
    assert_eq!(local.calls(), ["Query"], "and one for all but its events");
    assert_eq!(store.contract(&order_key("c2").contract()).await.unwrap(), None);
}

#[tokio::test]
async fn a_contract_begins_once_and_only_by_its_own_order() {
    let local = Local::start().await;
    let first = local.begin("c1", vec![event(1, Some("signed"))]).await;
    let again = local
        .store
        .create(new_contract("c1", vec![event(1, Some("signed"))]))
        .await
        .unwrap();
    assert_eq!(again, Created::Before(Box::new(first.outline.clone())));
    assert_eq!(local.read("c1").await, first);
    // The head of another order where this one's contract would be: a collision of ids, made by hand.
    let (mine, other) = (order_key("c2").contract(), order_key("c1").contract());
    local.copy(&format!("CONTRACT#{other}"), &format!("CONTRACT#{mine}")).await;
    let error = local.store.create(new_contract("c2", Vec::new())).await.unwrap_err();
    assert!(matches!(error, StoreError::Tampered { .. }), "a copied head is not a head: {error}");
    assert_eq!(error.class(), Class::Permanent);
}

#[tokio::test]
async fn a_stale_append_is_a_conflict_and_writes_nothing() {
    let local = Local::start().await;
    let store = &local.store;
    let first = local.begin("c1", vec![event(1, Some("a"))]).await;
    let document = first.outline.documents[0].at(in_ledger("INV-1"));
    let both = Change {
        events: vec![event(2, Some("b"))],
        documents: vec![document.clone()],
        ..Change::default()
    };
    let Appended::Done(head, documents) = store.append(&first, &both).await.unwrap() else {
        panic!("nobody else wrote");
    };
    let second = local.read("c1").await;
    assert_eq!((&second.outline.head, &second.outline.documents), (&*head, &documents));
    assert_eq!(second.outline.document_of("7d"), Some(&documents[0]));
    // By an old head; by a new head with an old document.
    let mixed = tieout_store::StoredContract {
        outline: second.outline.clone(),
        events: second.events.clone(),
    };
    let stale_document = Change {
        events: vec![event(3, Some("c"))],
        documents: vec![document],
        ..Change::default()
    };
    for (name, contract, change) in [
        ("head", &first, events(vec![event(3, Some("c"))])),
        ("document", &mixed, stale_document),
    ] {
        assert_eq!(store.append(contract, &change).await.unwrap(), Appended::Conflict, "{name}");
        assert_eq!(local.read("c1").await, second, "{name}");
    }
}

#[tokio::test]
async fn a_document_is_written_over_what_was_read_and_nothing_else() {
    let local = Local::start().await;
    let store = &local.store;
    let contract = local.begin("c1", vec![event(1, None)]).await.outline;
    let (id, planned) = (&contract.head.contract, &contract.documents[0]);
    let written = store.write_document(id, &planned.at(in_ledger("INV-1"))).await.unwrap().unwrap();
    assert_eq!(store.document(id, 1).await.unwrap(), Some(written.clone()));
    assert_eq!(store.write_document(id, &planned.at(in_ledger("INV-2"))).await.unwrap(), None);
    assert_eq!(store.document(id, 1).await.unwrap(), Some(written.clone()));
    assert_eq!(written.number(), Some("INV-1"));
    assert_eq!(store.document(id, 2).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_fact_is_stored_once() {
    let local = Local::start().await;
    let store = &local.store;
    let contract = local.begin("c1", vec![event(1, Some("paid/1"))]).await;
    for (name, appended) in [
        ("known before", vec![event(2, Some("paid/2")), event(3, Some("paid/1"))]),
        ("twice in one", vec![event(2, Some("x")), event(3, Some("x"))]),
    ] {
        let error = store.append(&contract, &events(appended)).await.unwrap_err();
        assert!(matches!(error, StoreError::SameFactTwice { .. }), "{name}: {error}");
        assert_eq!(local.read("c1").await, contract, "{name}: all or nothing");
    }
    // The same fact of another contract is another one.
    local.begin("c2", vec![event(1, Some("paid/1"))]).await;
}

#[tokio::test]
async fn of_two_writers_one_wins() {
    let local = Local::start().await;
    let (one, other) = (local.store.clone(), local.another());
    local.begin("c1", vec![event(0, None)]).await;
    for _ in 0..5 {
        let now = local.read("c1").await;
        let (first, second) = (events(vec![event(1, None)]), events(vec![event(2, None)]));
        let (first, second) = tokio::join!(one.append(&now, &first), other.append(&now, &second));
        let answers = [first.unwrap(), second.unwrap()];
        let won = answers.iter().filter(|answer| matches!(answer, Appended::Done(..)));
        assert_eq!(won.count(), 1, "{answers:?}");
    }
    assert_eq!(local.read("c1").await.events.len(), 6);
}

#[tokio::test]
async fn limits_and_keys_are_refused_before_anything_is_sent() {
    let local = Local::start().await;
    let store = &local.store;
    let many = |count: u32| -> Vec<_> { (0..count).map(|number| event(number, Some(&number.to_string()))).collect() };
    // A head, an order, a document and the customer's record are four of the hundred items.
    local.begin("full", many(96)).await;
    local.calls();
    let error = store.create(new_contract("c1", many(97))).await.unwrap_err();
    assert!(matches!(error, StoreError::TooMany { items: 101, .. }), "{error}");
    let mut large = event(1, None);
    large.cause = "x".repeat(410 * 1024);
    let error = store.create(new_contract("c1", vec![large])).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    let mut nobodys = new_contract("c1", Vec::new());
    nobodys.entity = EntityId::new("");
    for error in [
        store.create(nobodys).await.unwrap_err(),
        store.outline(&"".into()).await.unwrap_err(),
        store.contract(&"null".into()).await.unwrap_err(),
        store
            .create(new_contract("c1", vec![event(1, Some(&"x".repeat(513)))]))
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::BadKey { .. }), "{error}");
        assert_eq!(error.class(), Class::Permanent);
    }
    assert_eq!(local.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn each_record_bears_the_hash_of_the_one_before_it() {
    let local = Local::start().await;
    let store = &local.store;
    let contract = local.begin("c1", vec![event(1, None), event(2, None)]).await;
    store.append(&contract, &events(vec![event(3, None)])).await.unwrap();
    let pk = format!("CONTRACT#{}", contract.outline.head.contract);
    let [first, second, third] = [1, 2, 3].map(|number| format!("4#EVENT#{number:09}"));
    let none = "0".repeat(64);
    assert_eq!(local.text(&pk, &first, "previous").await, none);
    for (before, after) in [(&first, &second), (&second, &third)] {
        assert_eq!(local.text(&pk, after, "previous").await, local.text(&pk, before, "hash").await);
    }
    assert_eq!(local.text(&pk, "1#HEAD", "last_event").await, local.text(&pk, &third, "hash").await);
    assert_ne!(local.text(&pk, "1#HEAD", "previous").await, none, "it was written twice");
}

#[tokio::test]
async fn a_record_that_was_changed_by_other_hands_is_refused() {
    // (sort key, attribute, value, what the error says)
    let rows = [
        ("1#HEAD", "entity", "us", "outside Tieout"),
        ("2#ORDER#crm/c1", "rule", "none", "outside Tieout"),
        ("3#DOCUMENT#000001", "plan", "[]", "outside Tieout"),
        ("4#EVENT#000000001", "cause", "me", "outside Tieout"),
        ("4#EVENT#000000001", "fact", "new", "outside Tieout"),
        ("4#EVENT#000000001", "hash", "00", "SHA-256"),
    ];
    let contract = order_key("c1").contract();
    for (sk, attribute, value, expected) in rows {
        let local = Local::start().await;
        local.begin("c1", vec![event(1, None)]).await;
        local.set(&format!("CONTRACT#{contract}"), sk, attribute, value).await;
        let error = local.store.contract(&contract).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{sk} {attribute}: {error}");
        assert_eq!(error.class(), Class::Permanent);
    }
}

#[tokio::test]
async fn contracts_of_an_entity_come_in_the_order_of_their_ids() {
    let local = Local::start().await;
    let store = &local.store;
    for number in 0..30 {
        let mut contract = new_contract(&format!("c{number:02}"), vec![event(1, None), event(2, None)]);
        contract.entity = EntityId::new(if number % 3 == 0 { "us" } else { "uk" });
        store.create(contract).await.unwrap();
    }
    let contracts = store.contracts_of(&"uk".into()).await.unwrap();
    assert_eq!(contracts.len(), 20);
    let is_whole = |contract: &tieout_store::StoredContract| contract.outline.head.entity.as_str() == "uk" && contract.events.len() == 2;
    assert!(contracts.iter().all(is_whole));
    assert!(contracts.is_sorted_by(|one, other| one.outline.head.contract < other.outline.head.contract));
    assert_eq!(store.heads_of(&"us".into()).await.unwrap().len(), 10);
    assert!(store.contracts_of(&"fr".into()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_link_stays_with_its_document() {
    let local = Local::start().await;
    let store = &local.store;
    let link = |contract: &str, ordinal: u32| Link {
        contract: order_key(contract).contract(),
        ordinal,
    };
    assert_eq!(store.linked("invoice", "i1").await.unwrap(), None);
    assert_eq!(store.link("invoice", "i1", &link("c1", 1)).await.unwrap(), Linking::Done);
    assert_eq!(store.link("invoice", "i1", &link("c1", 1)).await.unwrap(), Linking::Done);
    for other in [link("c2", 1), link("c1", 2)] {
        assert_eq!(
            store.link("invoice", "i1", &other).await.unwrap(),
            Linking::Elsewhere(link("c1", 1))
        );
    }
    assert_eq!(store.linked("invoice", "i1").await.unwrap(), Some(link("c1", 1)));
    assert_eq!(store.linked("credit_note", "i1").await.unwrap(), None, "another kind");
}

#[tokio::test]
async fn a_further_order_is_stored_with_its_change_and_finds_its_contract() {
    let local = Local::start().await;
    let store = &local.store;
    let contract = local.begin("c1", vec![event(1, None)]).await;
    let id = &contract.outline.head.contract;
    let (first, further) = (order_key("c1"), order_key("c1-more"));
    let planned = Document::planned(2, DocumentKind::CreditNote, contract.outline.documents[0].plan.clone());
    let answers = Answers {
        invoice: 1,
        on: "2026-07-01".parse().unwrap(),
        cancelled: true,
    };
    let change = Change {
        events: vec![event(2, None)],
        documents: vec![planned.following(further.clone()).answering(answers)],
        orders: vec![Order {
            kind: OrderKind::End,
            ..order("c1-more")
        }],
        ..Change::default()
    };
    assert_eq!(store.outline_with(&further).await.unwrap(), None);
    let Appended::Done(..) = store.append(&contract, &change).await.unwrap() else {
        panic!("nobody else wrote");
    };
    let read = local.read("c1").await.outline;
    let document = read.documents.iter().find(|document| document.ordinal == 2).unwrap();
    assert_eq!((document.order.as_ref(), document.answers), (Some(&further), Some(answers)));
    assert_eq!(read.order(&further).map(|order| order.kind), Some(OrderKind::End));
    for key in [&first, &further] {
        assert_eq!(store.outline_with(key).await.unwrap().as_ref(), Some(&read), "{key}");
    }
    assert_eq!(store.outline_with(&order_key("c2")).await.unwrap(), None);
    // The order has its contract now: nothing else may be made of it.
    let again = Change {
        orders: change.orders.clone(),
        ..Change::default()
    };
    let other = local.begin("c3", vec![event(1, None)]).await;
    assert_eq!(store.append(&other, &again).await.unwrap(), Appended::Conflict);
    let customer = &read.head.customer;
    assert_eq!(store.contracts_of_customer(customer).await.unwrap().len(), 2);
    assert!(store.contracts_of_customer(customer).await.unwrap().contains(id));
    assert_eq!(store.contracts_of_customer("nobody").await.unwrap(), []);
}

#[tokio::test]
async fn a_later_version_of_an_order_stands_beside_the_one_that_it_replaces() {
    let local = Local::start().await;
    let store = &local.store;
    local.begin("c1", vec![event(1, None)]).await;
    for fingerprint in ["edited", "edited again"] {
        let contract = local.read("c1").await;
        let change = Change {
            accepted: vec![Order {
                fingerprint: fingerprint.to_owned(),
                sells: Some("17.50".parse().unwrap()),
                ..order("c1")
            }],
            ..Change::default()
        };
        let Appended::Done(..) = store.append(&contract, &change).await.unwrap() else {
            panic!("nobody else wrote");
        };
        // Whoever read the contract before has to read it again.
        assert_eq!(store.append(&contract, &change).await.unwrap(), Appended::Conflict);
    }
    let read = local.read("c1").await.outline;
    let prints = |orders: &[Order]| orders.iter().map(|order| order.fingerprint.clone()).collect::<Vec<_>>();
    assert_eq!(prints(&read.orders), ["edited again"]);
    assert_eq!(prints(&read.superseded), ["f", "edited"]);
    assert_eq!(read.orders[0].sold().to_string(), "17.5");
}
