//! Queue messages: read as written, or refused. Of a batch, exactly the unfinished messages are returned as failed.

use std::collections::BTreeSet;

use serde_json::Value;
use tieout_platform::aws::AwsSettings;
use tieout_platform::clock::Clock;
use tieout_queue::{Hint, Queue, Verdict, batch};

use super::wire::{AcceptingQueue, wait};

/// The function's time limit, in seconds.
const DEADLINE_S: i64 = 60;

/// Reads the bytes as one message, and as a batch.
pub fn queue_message(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(hint) = Hint::read(&text) {
        assert_eq!(Hint::read(&hint.to_text()).as_ref(), Ok(&hint), "written and read again");
        assert!(hint.group().len() <= 128 && hint.dedupe().len() <= 128);
    }
    let Ok(event) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let settings = AwsSettings::local("http://sqs.test", AcceptingQueue::shared());
    let clock = StoppedClock(chrono::DateTime::UNIX_EPOCH);
    let queue = Queue::new(&settings, "http://sqs.test/1/deals.fifo".to_owned());
    let deadline = clock.now() + chrono::TimeDelta::seconds(DEADLINE_S);
    let done = std::sync::Mutex::new(BTreeSet::new());
    let handled = batch::handle(&queue, &clock, deadline, &event, |record| {
        let good = record.hint.is_ok();
        if good && let Ok(mut done) = done.lock() {
            done.insert(record.message_id);
        }
        async move { if good { Verdict::Done } else { Verdict::Retry { after: None } } }
    });
    let Ok(answer) = wait(handled) else { return };
    let failed: BTreeSet<&str> = answer["batchItemFailures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|failure| failure["itemIdentifier"].as_str())
        .collect();
    let records = event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ids: Vec<&str> = records.iter().filter_map(|record| record["messageId"].as_str()).collect();
    let done = done.into_inner().unwrap_or_default();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    if distinct.len() == ids.len() {
        for id in ids {
            assert_ne!(failed.contains(id), done.contains(id), "{id}: exactly the unfinished messages fail");
        }
    }
}

/// Time stands still, so no deadline passes.
#[derive(Debug)]
struct StoppedClock(chrono::DateTime<chrono::Utc>);

impl Clock for StoppedClock {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.0
    }

    fn sleep(&self, _: std::time::Duration) -> futures::future::BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}
