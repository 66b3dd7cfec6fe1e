//! Sending: all or an error.

use serde_json::{Value, json};
use tieout_platform::failure::{Class, Classified};
use tieout_queue::{Hint, Queue};

use crate::script::{Answer, Script, hint};

const URL: &str = "http://sqs.local/1/deals.fifo";

fn sent(ids: &[usize], failed: &[(usize, bool)]) -> Answer {
    let successful: Vec<Value> = ids
        .iter()
        .map(|id| json!({"Id": id.to_string(), "MessageId": "m", "MD5OfMessageBody": "x"}))
        .collect();
    let failed: Vec<Value> = failed
        .iter()
        .map(|(id, fault)| json!({"Id": id.to_string(), "SenderFault": fault, "Code": "InternalError"}))
        .collect();
    Answer::Good(json!({"Successful": successful, "Failed": failed}))
}

fn hints(count: usize) -> Vec<Hint> {
    (0..count).map(|number| hint(&format!("006{number:012}"))).collect()
}

/// Sends `count` hints against `answers`: the class of the error, and how many entries each call had.
#[track_caller]
fn check(count: usize, answers: Vec<Answer>, expected: Option<Class>, calls: &[usize]) {
    let script = Script::new(answers);
    let queue = Queue::new(&script.settings(), URL.to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let outcome = runtime.block_on(queue.send_all(&hints(count)));
    assert_eq!(outcome.as_ref().err().map(Classified::class), expected, "{outcome:?}");
    let asked = script.asked();
    let entries: Vec<_> = asked.iter().map(|(_, body)| body["Entries"].as_array().unwrap().len()).collect();
    assert_eq!(entries, calls);
}

#[test]
fn all_are_on_the_queue_or_it_is_an_error() {
    let ten: Vec<usize> = (0..10).collect();
    let transient = Some(Class::Transient { after: None });
    check(0, vec![], None, &[]);
    check(1, vec![sent(&[0], &[])], None, &[1]);
    check(
        23,
        vec![sent(&ten, &[]), sent(&ten, &[]), sent(&[0, 1, 2], &[])],
        None,
        &[10, 10, 3],
    );
    // Some entries fail: only they go again.
    check(3, vec![sent(&[0, 2], &[(1, false)]), sent(&[1], &[])], None, &[3, 1]);
    let failing = || sent(&[], &[(1, false)]);
    check(3, vec![sent(&[0, 2], &[(1, false)]), failing(), failing()], transient, &[3, 1, 1]);
    check(3, vec![sent(&[0, 2], &[(1, true)])], Some(Class::Permanent), &[3]);
    // An answer that leaves one out did not send it.
    check(2, vec![sent(&[0], &[]), sent(&[1], &[])], None, &[2, 1]);
    check(1, vec![sent(&[], &[]), sent(&[], &[]), sent(&[], &[])], transient, &[1, 1, 1]);
    // The second batch fails whole: an error, whatever became of the first.
    let down = || Answer::Bad(503, "ServiceUnavailable");
    check(
        11,
        vec![sent(&ten, &[]), down(), down(), down(), down()],
        transient,
        &[10, 1, 1, 1, 1],
    );
    check(1, vec![Answer::Lost, sent(&[0], &[])], None, &[1, 1]);
    check(
        1,
        vec![Answer::Lost, Answer::Lost, Answer::Lost, Answer::Lost],
        transient,
        &[1, 1, 1, 1],
    );
    let throttled = || Answer::Bad(400, "RequestThrottled");
    check(
        1,
        vec![throttled(), throttled(), throttled(), throttled()],
        transient,
        &[1, 1, 1, 1],
    );
    check(1, vec![Answer::Bad(403, "AccessDeniedException")], Some(Class::Permanent), &[1]);
    check(1, vec![Answer::Bad(400, "QueueDoesNotExist")], Some(Class::Permanent), &[1]);
}

#[tokio::test]
async fn each_entry_has_its_group_and_its_deduplication_id() {
    let script = Script::new([sent(&[0, 1], &[])]);
    let hints = hints(2);
    Queue::new(&script.settings(), URL.to_owned()).send_all(&hints).await.unwrap();
    let (operation, body) = script.asked().remove(0);
    assert_eq!((operation.as_str(), &body["QueueUrl"]), ("SendMessageBatch", &json!(URL)));
    for (hint, entry) in hints.iter().zip(body["Entries"].as_array().unwrap()) {
        assert_eq!(entry["MessageGroupId"], hint.group());
        assert_eq!(entry["MessageDeduplicationId"], hint.dedupe());
        assert_eq!(&Hint::read(entry["MessageBody"].as_str().unwrap()).unwrap(), hint);
    }
}
