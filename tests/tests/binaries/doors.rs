//! What both doors share: a table of requests, each tried in all shapes in which API Gateway may bring it.

use serde_json::Value;

use super::http::{Request, Shape};
use super::process::Process;

/// What has to come of a request.
pub struct Row {
    pub name: &'static str,
    pub request: Request,
    pub status: u64,
    pub body: &'static str,
    /// How many messages it puts on the queue.
    pub queued: usize,
}

/// Tries each row in both shapes, plain and base64; `queued` takes what lies on the queue and says how many there were.
pub async fn check(process: &Process, rows: Vec<Row>, mut queued: impl FnMut() -> usize) {
    for row in rows {
        for shape in [Shape::Http, Shape::Rest] {
            for base64 in [false, true] {
                let request = row.request.clone().with(|request| request.base64 = base64);
                let answer = process.answer(request.event(shape)).await;
                let what = format!("{} {shape:?} base64 {base64}: {answer}", row.name);
                assert_eq!(answer["statusCode"].as_u64(), Some(row.status), "{what}");
                assert!(is_body(&answer, row.body), "{what}");
                // The same message again within five minutes is the same message to the queue.
                let first = shape == Shape::Http && !base64;
                assert_eq!(queued(), if first { row.queued } else { 0 }, "{what}");
            }
        }
    }
}

fn is_body(answer: &Value, wanted: &str) -> bool {
    let body = answer["body"].as_str().unwrap_or_default();
    if wanted.is_empty() {
        body.is_empty()
    } else {
        body.contains(wanted)
    }
}

/// How often `metric` was counted, by the lines that CloudWatch would read.
pub fn counted(lines: &[String], metric: &str) -> u64 {
    let values = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values.filter_map(|line| line[metric].as_u64()).sum()
}
