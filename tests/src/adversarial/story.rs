//! Stories: any text is computed, or refused with path and remedy. Computed entries balance.

use tieout_accounting::explain::explain;
use tieout_accounting::story::{self, Story};

/// Reads, computes, checks, prints and explains a story.
pub fn story(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (outcome, _) = story::run(&text);
    let printed = outcome.to_json();
    match Story::parse(&text) {
        Err(refusal) => {
            assert!(printed.get("error").is_some(), "refused, and yet computed");
            assert!(
                !refusal.place.is_empty() && !refusal.problem.is_empty() && !refusal.remedy.is_empty(),
                "{refusal:?}"
            );
        }
        Ok(story) => {
            let words = explain(&story, &outcome);
            assert!(!words.is_empty());
            for contract in &outcome.contracts {
                super::histories::entries_balance(contract);
            }
        }
    }
}
