//! Stories: any text is understood, or refused with the place and the mend; the journals of what is understood balance.

use tieout_accounting::explain::explain;
use tieout_accounting::story::{self, Story};

/// Reads, plays, checks, prints and explains.
pub fn story(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (outcome, _) = story::run(&text);
    let printed = outcome.to_json();
    match Story::parse(&text) {
        Err(refusal) => {
            assert!(printed.get("error").is_some(), "refused, and computed");
            assert!(
                !refusal.place.is_empty() && !refusal.problem.is_empty() && !refusal.mend.is_empty(),
                "{refusal:?}"
            );
        }
        Ok(story) => {
            let words = explain(&story, &outcome);
            assert!(!words.is_empty());
            for contract in &outcome.contracts {
                super::lives::entries_balance(contract);
            }
        }
    }
}
