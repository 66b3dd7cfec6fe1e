//! What the tests of both webhooks share: a table of requests, each sent in all forms that API Gateway has.

use serde_json::Value;

use super::http::{Request, Shape};
use super::process::Process;

/// A request and the expected answer.
pub struct Row {
    pub name: &'static str,
    pub request: Request,
    pub status: u64,
    pub body: &'static str,
    /// Messages that it puts on the queue.
    pub queued: usize,
}

/// Sends each row in both shapes, plain and base64. `queued` empties the queue and counts its messages.
pub async fn check(process: &Process, rows: Vec<Row>, mut queued: impl FnMut() -> usize) {
    for row in rows {
        for shape in [Shape::Http, Shape::Rest] {
            for base64 in [false, true] {
                let request = row.request.clone().with(|request| request.base64 = base64);
                let answer = process.answer(request.event(shape)).await;
                let what = format!("{} {shape:?} base64 {base64}: {answer}", row.name);
                assert_eq!(answer["statusCode"].as_u64(), Some(row.status), "{what}");
                assert!(has_body(&answer, row.body), "{what}");
                // FIFO deduplication: the same message within five minutes is queued once.
                let first = shape == Shape::Http && !base64;
                assert_eq!(queued(), if first { row.queued } else { 0 }, "{what}");
            }
        }
    }
}

fn has_body(answer: &Value, wanted: &str) -> bool {
    let body = answer["body"].as_str().unwrap_or_default();
    if wanted.is_empty() {
        body.is_empty()
    } else {
        body.contains(wanted)
    }
}

/// The sum of `metric` over log lines in the embedded metric format.
pub fn counted(lines: &[String], metric: &str) -> u64 {
    let values = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values.filter_map(|line| line[metric].as_u64()).sum()
}
