//! Dead letters: seen without being moved, sent back before they are taken away.

use serde_json::{Value, json};
use tieout_platform::failure::{Class, Classified};
use tieout_queue::{DeadLetters, Queue};

use crate::script::{Answer, Script, hint};

const DEAD: &str = "http://sqs.local/1/dead.fifo";
const SOURCE: &str = "http://sqs.local/1/deals.fifo";

fn received(ids: &[&str]) -> Answer {
    let messages: Vec<Value> = ids
        .iter()
        .map(|id| {
            json!({
                "MessageId": id,
                "ReceiptHandle": format!("handle-{id}"),
                "Body": hint("006").to_text(),
                "Attributes": {
                    "MessageGroupId": "g",
                    "ApproximateReceiveCount": "6",
                    "SentTimestamp": "1770000000000",
                    "DeadLetterQueueSourceArn": "arn:aws:sqs:eu-west-2:1:deals.fifo"
                }
            })
        })
        .collect();
    Answer::Good(json!({"Messages": messages}))
}

fn good() -> Answer {
    Answer::Good(json!({}))
}

fn sent() -> Answer {
    Answer::Good(json!({"MessageId": "new", "MD5OfMessageBody": "x", "SequenceNumber": "1"}))
}

#[tokio::test]
async fn listing_looks_and_lets_go() {
    // (answers, max, ids, operations after the receptions)
    let rows = [
        (vec![good()], 10, vec![], 1, 0),
        (vec![received(&["a", "b"]), good()], 10, vec!["a", "b"], 2, 1),
        (vec![received(&["a", "b"])], 1, vec!["a"], 1, 1),
        (vec![received(&["a"]), received(&["b"]), good()], 10, vec!["a", "b"], 3, 1),
    ];
    for (answers, max, ids, receptions, releases) in rows {
        let script = Script::new(answers);
        let letters = DeadLetters::new(&script.settings(), DEAD.to_owned()).list(max).await.unwrap();
        assert_eq!(letters.iter().map(|one| one.message_id.as_str()).collect::<Vec<_>>(), ids);
        let mut expected = vec!["ReceiveMessage"; receptions];
        expected.extend(vec!["ChangeMessageVisibilityBatch"; releases]);
        assert_eq!(script.operations(), expected);
    }
    let script = Script::new([received(&["a"]), good()]);
    let letters = DeadLetters::new(&script.settings(), DEAD.to_owned()).list(5).await.unwrap();
    let letter = &letters[0];
    assert_eq!(letter.hint, Ok(hint("006")));
    assert_eq!((letter.received, letter.group.as_deref()), (6, Some("g")));
    assert_eq!(letter.source_queue_arn.as_deref(), Some("arn:aws:sqs:eu-west-2:1:deals.fifo"));
}

#[tokio::test]
async fn a_list_that_breaks_off_lets_go_of_what_it_holds() {
    let script = Script::new([received(&["a"]), Answer::Bad(403, "AccessDeniedException")]);
    let error = DeadLetters::new(&script.settings(), DEAD.to_owned()).list(10).await.unwrap_err();
    assert_eq!(error.class(), Class::Permanent);
    assert_eq!(
        script.operations(),
        ["ReceiveMessage", "ReceiveMessage", "ChangeMessageVisibilityBatch"]
    );
}

#[tokio::test]
async fn a_replay_sends_before_it_deletes() {
    let script = Script::new([received(&["a", "b"]), good(), sent(), good()]);
    let letters = DeadLetters::new(&script.settings(), DEAD.to_owned());
    let source = Queue::new(&script.settings(), SOURCE.to_owned());
    let letter = letters.replay("b", &source).await.unwrap().unwrap();
    assert_eq!(letter.message_id, "b");
    let asked = script.asked();
    let operations: Vec<_> = asked.iter().map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(
        operations,
        ["ReceiveMessage", "ChangeMessageVisibilityBatch", "SendMessage", "DeleteMessage"]
    );
    assert_eq!(asked[1].1["Entries"].as_array().unwrap().len(), 1, "only the other one is let go");
    let message = &asked[2].1;
    assert_eq!((&message["QueueUrl"], &message["MessageGroupId"]), (&json!(SOURCE), &json!("g")));
    assert_eq!(message["MessageBody"], hint("006").to_text());
    assert_eq!(message["MessageDeduplicationId"], "replay-b");
    assert_eq!(
        (&asked[3].1["QueueUrl"], &asked[3].1["ReceiptHandle"]),
        (&json!(DEAD), &json!("handle-b"))
    );
}

#[tokio::test]
async fn a_replay_that_cannot_send_deletes_nothing() {
    let script = Script::new([received(&["b"]), Answer::Bad(403, "AccessDeniedException")]);
    let letters = DeadLetters::new(&script.settings(), DEAD.to_owned());
    let source = Queue::new(&script.settings(), SOURCE.to_owned());
    letters.replay("b", &source).await.unwrap_err();
    assert_eq!(
        script.operations(),
        ["ReceiveMessage", "SendMessage", "ChangeMessageVisibilityBatch"]
    );
}

#[tokio::test]
async fn a_letter_that_is_not_there_is_none() {
    let script = Script::new([received(&["a"]), good()]);
    let letters = DeadLetters::new(&script.settings(), DEAD.to_owned());
    let source = Queue::new(&script.settings(), SOURCE.to_owned());
    assert_eq!(letters.replay("b", &source).await.unwrap(), None);
    assert_eq!(letters.discard("b").await.unwrap(), None);
    assert_eq!(letters.find("b").await.unwrap(), None);
    assert!(!script.operations().iter().any(|one| one == "SendMessage" || one == "DeleteMessage"));
}

#[tokio::test]
async fn a_discard_deletes_and_a_find_does_not() {
    let script = Script::new([received(&["b"]), good(), received(&["b"]), good()]);
    let letters = DeadLetters::new(&script.settings(), DEAD.to_owned());
    assert_eq!(letters.find("b").await.unwrap().unwrap().message_id, "b");
    assert_eq!(letters.discard("b").await.unwrap().unwrap().message_id, "b");
    assert_eq!(
        script.operations(),
        ["ReceiveMessage", "ChangeMessageVisibilityBatch", "ReceiveMessage", "DeleteMessage"]
    );
}
