//! What is printed, and what is not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use crate::clock::ManualClock;
use crate::secret::Secret;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(filter: &str, act: impl FnOnce()) -> String {
    let page = Page::default();
    let writer = page.clone();
    tracing::subscriber::with_default(subscriber(filter, move || writer.clone()), act);
    page.text()
}

#[test]
fn secrets_do_not_print() {
    let secret = Secret::new("canary-4711");
    let text = logged("trace", || {
        tracing::error!(?secret, key = ?Some(&secret), "refused with {secret:?}");
        let span = tracing::info_span!("call", ?secret);
        let _inside = span.enter();
        tracing::info!(entity = "uk", "inside");
    });
    assert!(!text.contains("canary"), "{text}");
    assert_eq!(text.lines().count(), 2);
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["message"], "refused with Secret(…)");
}

#[test]
fn a_filter_chooses_what_is_logged() {
    let act = || {
        tracing::info!("one");
        tracing::debug!("two");
        tracing::debug!(target: "noisy", "three");
    };
    let rows = [
        ("info", 1),
        ("debug", 3),
        ("debug,noisy=off", 2),
        ("off", 0),
        ("", 0),
        ("no such = filter = at all", 1),
    ];
    for (filter, lines) in rows {
        assert_eq!(logged(filter, act).lines().count(), lines, "{filter:?}");
    }
}

#[test]
fn a_counter_is_a_line_in_the_embedded_metric_format() {
    let metrics = Metrics::kept("xero-webhook", ManualClock::new(DateTime::<Utc>::UNIX_EPOCH));
    metrics.count(Metric::SignatureRefused, &[]);
    metrics.add(Metric::Parked, 3, &[(Dimension::Entity, "uk"), (Dimension::Kind, "")]);
    let lines: Vec<Value> = metrics
        .kept_lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected = json!([
        {"_aws": {"Timestamp": 0, "CloudWatchMetrics": [{"Namespace": "Tieout", "Dimensions": [["Function"]],
            "Metrics": [{"Name": "SignatureRefused", "Unit": "Count"}]}]},
         "Function": "xero-webhook", "SignatureRefused": 1},
        {"_aws": {"Timestamp": 0, "CloudWatchMetrics": [{"Namespace": "Tieout", "Dimensions": [["Function"], ["Function", "Entity"]],
            "Metrics": [{"Name": "Parked", "Unit": "Count"}]}]},
         "Function": "xero-webhook", "Entity": "uk", "Parked": 3},
    ]);
    assert_eq!(Value::Array(lines), expected);
    assert_eq!(metrics.kept_count(Metric::Parked), 3);
    assert_eq!(metrics.kept_count(Metric::DeadLettered), 0);
}

#[test]
fn metrics_have_different_names() {
    let names: std::collections::BTreeSet<String> = Metric::ALL.into_iter().map(Metric::name).collect();
    assert_eq!(names.len(), Metric::ALL.len());
}
