//! What contradicts itself or is not known is refused: where it stands, the offending value, the remedy.

use serde_json::Value;
use tieout_accounting::story;

#[test]
fn every_contradiction_is_refused_by_its_name() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("refusals.json")).expect("rows");
    assert!(rows.len() >= 70, "only {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let (title, word) = (row["title"].as_str().expect("title"), row["word"].as_str().expect("word"));
        let error = story::run(&row["story"].to_string()).0.error.unwrap_or_default();
        let where_and_remedy = error.contains(": ") && error.contains("; ");
        if !error.contains(word) || !where_and_remedy {
            wrong.push(format!("{title}: wanted {word}, got {error:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
