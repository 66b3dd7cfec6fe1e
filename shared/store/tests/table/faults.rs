//! What the network and DynamoDB do to a write, and what the caller is told.

use tieout_platform::failure::{Class, Classified};
use tieout_store::{Appended, Linking, StoreError};

use crate::harness::{Fault, Local, at, event, head};

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
        local.faulty.plan("TransactWriteItems", fault, times);
        let events = || vec![event(1, Some("signed"))];
        let answer = local.store.append(&id, 0, head(&id), events()).await;
        if done {
            assert_eq!(answer.unwrap(), Appended::Done(1), "{fault:?} {times}");
        } else {
            let error = answer.unwrap_err();
            assert_eq!(error.class(), Class::Transient { after: None }, "{fault:?} {times}: {error}");
            assert_eq!(local.store.contract(&id).await.unwrap(), None);
            let again = local.store.append(&id, 0, head(&id), events()).await.unwrap();
            assert_eq!(again, Appended::Done(1), "the same call again");
        }
        assert_eq!(local.store.contract(&id).await.unwrap().unwrap().1.len(), 1, "{fault:?} {times}");
    }
}

#[tokio::test]
async fn a_put_and_an_update_whose_answers_were_lost_are_found_again() {
    let local = Local::start().await;
    let rows = [(Fault::AnswerLost, 1), (Fault::AnswerLost, 4), (Fault::FailsAfter, 4)];
    for (number, (fault, times)) in rows.into_iter().enumerate() {
        let store = &local.store;
        local.faulty.plan("PutItem", fault, times);
        let linking = store.link("k", &number.to_string(), "c1", at(0)).await.unwrap();
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
        let error = local.store.head("c1").await.unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        let _ = local.store.head("c1").await;
        let _ = local.store.head("c1").await;
        let _ = local.store.head("c1").await;
    }
}

#[tokio::test]
async fn an_item_of_another_form_names_its_key() {
    let local = Local::start().await;
    // A cursor's item where a budget's should be cannot be made through the store; a head without events can be cut by hand.
    let store = &local.store;
    store.append("c1", 0, head("c1"), vec![event(1, None)]).await.unwrap();
    local.delete("CONTRACT#c1", "EVENT#000000001").await;
    let error = store.contract("c1").await.unwrap_err();
    assert!(matches!(error, StoreError::Contended { .. }), "{error}");
    local.put_texts(&[("pk", "CURSOR#s"), ("sk", "CURSOR"), ("to", "yesterday")]).await;
    let error = store.cursor("s").await.unwrap_err();
    assert_eq!(error.class(), Class::Permanent);
    assert!(error.to_string().contains("CURSOR#s / CURSOR"), "{error}");
}
