//! What the network and DynamoDB do to a write, and what the caller is told.

use tieout_platform::failure::{Class, Classified};
use tieout_store::{Appended, Change, Link, Linking, StoreError};

use crate::harness::{Fault, Local, event, order_key};

#[tokio::test]
async fn an_append_whose_answer_was_lost_is_found_again() {
    // (fault, times, done): the SDK tries four times; a lost answer is read back after that.
    let rows = [
        (Fault::AnswerLost, 1, true),
        (Fault::AnswerLost, 4, true),
        (Fault::FailsAfter, 1, true),
        (Fault::FailsAfter, 4, true),
        (Fault::RequestLost, 1, true),
        (Fault::RequestLost, 4, false),
        (Fault::Unavailable, 1, true),
        (Fault::Unavailable, 4, false),
        (Fault::Throttled, 1, true),
        (Fault::Throttled, 4, false),
        (Fault::GaveWay, 1, true),
        (Fault::GaveWay, 2, true),
        (Fault::GaveWay, 3, false),
    ];
    let local = Local::start().await;
    for (number, (fault, times, done)) in rows.into_iter().enumerate() {
        let id = format!("c{number}");
        let contract = local.begin(&id, vec![event(1, Some("signed"))]).await;
        let change = Change {
            events: vec![event(2, Some("paid"))],
            documents: Vec::new(),
            ..Change::default()
        };
        local.faulty.plan("TransactWriteItems", fault, times);
        let answer = local.store.append(&contract, &change).await;
        if done {
            assert!(matches!(answer.unwrap(), Appended::Done(..)), "{fault:?} {times}");
        } else {
            let error = answer.unwrap_err();
            assert_eq!(error.class(), Class::Transient { after: None }, "{fault:?} {times}: {error}");
            assert_eq!(local.read(&id).await, contract, "nothing is half written");
            let again = local.store.append(&contract, &change).await.unwrap();
            assert!(matches!(again, Appended::Done(..)), "the same call again");
        }
        assert_eq!(local.read(&id).await.events.len(), 2, "{fault:?} {times}");
    }
}

#[tokio::test]
async fn a_put_and_an_update_whose_answers_were_lost_are_found_again() {
    let local = Local::start().await;
    let rows = [(Fault::AnswerLost, 1), (Fault::AnswerLost, 4), (Fault::FailsAfter, 4)];
    for (number, (fault, times)) in rows.into_iter().enumerate() {
        let store = &local.store;
        local.faulty.plan("PutItem", fault, times);
        let link = Link {
            contract: order_key("c1").contract(),
            ordinal: 1,
        };
        let linking = store.link("k", &number.to_string(), &link).await.unwrap();
        assert_eq!(linking, Linking::Done, "{fault:?} {times}");
        local.faulty.plan("UpdateItem", fault, times);
        local.pass(1);
        let now = tieout_platform::clock::Clock::now(local.clock.as_ref());
        assert!(
            store.advance_cursor("crm", now).await.unwrap(),
            "{fault:?} {times}: its own write is not a conflict"
        );
    }
}

#[tokio::test]
async fn the_class_of_an_error_tells_what_to_do() {
    let local = Local::start().await;
    for (fault, class) in [
        (Fault::Throttled, Class::Transient { after: None }),
        (Fault::Unavailable, Class::Transient { after: None }),
        (Fault::RequestLost, Class::Transient { after: None }),
        (Fault::Forbidden, Class::Permanent),
    ] {
        local.faulty.plan("GetItem", fault, 4);
        let error = local.store.cursor("c1").await.unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        // What is left of the plan meets the next reads.
        for _ in 0..3 {
            let _ = local.store.cursor("c1").await;
        }
    }
}

#[tokio::test]
async fn an_item_of_another_form_names_its_key() {
    let local = Local::start().await;
    // A cursor's item where a budget's should be cannot be made through the store; a head without events can be cut by hand.
    let store = &local.store;
    let contract = local.begin("c1", vec![event(1, None)]).await.outline.head.contract;
    local.delete(&format!("CONTRACT#{contract}"), "4#EVENT#000000001").await;
    let error = store.contract(&contract).await.unwrap_err();
    assert!(matches!(error, StoreError::Contended { .. }), "{error}");
    local.put_texts(&[("pk", "CURSOR#s"), ("sk", "CURSOR"), ("to", "yesterday")]).await;
    let error = store.cursor("s").await.unwrap_err();
    assert_eq!(error.class(), Class::Permanent);
    assert!(error.to_string().contains("CURSOR#s / CURSOR"), "{error}");
}
