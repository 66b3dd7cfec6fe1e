//! Stories that somebody's cat walked over: whatever comes in, a figure or a refusal comes out, never a panic.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use tieout_accounting::{explain::explain, story};

const NASTY: [&str; 28] = [
    "",
    "-1",
    "0",
    "0.00",
    "9223372036854775807",
    "-9223372036854775808",
    "79228162514264337593543950335",
    "10000000000000.00",
    "9999999999999.99",
    "0.000000000000001",
    "1e9",
    "NaN",
    "2026-02-30",
    "2999-12-31",
    "1900-01-01",
    "0001-01-01",
    "2026-13",
    "2026-06",
    "GBP",
    "QQQ",
    "JPY",
    "residual",
    "prospective",
    "catch_up",
    "over_time",
    "user",
    "\u{0}",
    "0.333333333333333",
];

#[test]
fn mutilated_stories_never_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stories");
    let mut stories: Vec<Value> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            stories.push(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
        }
    }
    let cases = std::env::var("TIEOUT_HISTORIES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2_000);
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(which in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), mutations in prop::collection::vec((any::<u32>(), any::<u32>(), 0u8..6), 1..6))| {
        let mut story = which.get(&stories).clone();
        let donor = other.get(&stories).clone();
        for (index, what, how) in mutations {
            mutate(&mut story, &donor, index as usize, what as usize, how);
        }
        let text = story.to_string();
        let (outcome, _) = story::run(&text);
        let _ = outcome.to_json();
        if let Ok(story) = story::Story::parse(&text) {
            let _ = explain(&story, &outcome);
        }
    });
}

#[test]
fn what_is_no_story_is_refused() {
    for text in [
        "",
        "{",
        "[]",
        "null",
        "\"\"",
        "{\"\":1,\"story\":\"a\",\"ledger\":{\"currency\":\"GBP\"},\"events\":[]}",
        "{}",
        "{\"story\": 1}",
        &"[".repeat(100_000),
        "{\"story\":\"a\",\"ledger\":{\"currency\":\"GBP\"},\"events\":[]}",
    ] {
        let (outcome, differences) = story::run(text);
        assert!(outcome.error.is_some() && !differences.is_empty(), "{text:.40}");
        let refusal = story::Story::parse(text).err();
        assert!(
            refusal.is_none_or(|refusal| !refusal.place.is_empty() && !refusal.remedy.is_empty()),
            "{text:.40}"
        );
    }
}

fn mutate(story: &mut Value, donor: &Value, index: usize, what: usize, how: u8) {
    if how == 0 {
        let events = story["events"].as_array_mut().unwrap();
        let moved = events.get(index % events.len().max(1)).cloned();
        events.extend(moved);
        return;
    }
    if how == 1 {
        let foreign = donor["events"].as_array().unwrap();
        let event = foreign[what % foreign.len()].clone();
        story["events"].as_array_mut().unwrap().push(event);
        return;
    }
    let Value::Object(object) = story else { return };
    object.remove("expect");
    let mut leaves = Vec::new();
    object
        .iter_mut()
        .filter(|(key, _)| ["events", "policy", "rates", "until", "ledger"].contains(&key.as_str()))
        .for_each(|(_, value)| collect(value, &mut leaves));
    let count = leaves.len().max(1);
    if let Some(leaf) = leaves.into_iter().nth(index % count) {
        *leaf = match how {
            2 => Value::Null,
            3 => serde_json::json!(what as u64),
            _ => serde_json::json!(NASTY[what % NASTY.len()]),
        };
    }
}

fn collect<'a>(value: &'a mut Value, leaves: &mut Vec<&'a mut Value>) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| collect(value, leaves)),
        Value::Object(object) => object.values_mut().for_each(|value| collect(value, leaves)),
        leaf => leaves.push(leaf),
    }
}
