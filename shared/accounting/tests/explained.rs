//! Every story can be explained, and the workings add up to its figures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tieout_accounting::explain::explain;
use tieout_accounting::story::Story;

fn stories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stories");
    let paths = std::fs::read_dir(folder)
        .expect("tests/stories")
        .map(|entry| entry.expect("entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect()
}

#[test]
fn workings_add_up_to_the_revenue_of_every_story() {
    let mut explained = 0;
    for path in stories() {
        let text = std::fs::read_to_string(&path).expect("story");
        let Ok(story) = Story::parse(&text) else { continue };
        let Ok(outcome) = story.play() else { continue };
        let workings = story.workings().expect("a story that plays has workings");
        for (contract, (id, workings)) in outcome.contracts.iter().zip(&workings) {
            assert_eq!(contract.id(), id);
            let mut sums: BTreeMap<_, i128> = BTreeMap::new();
            for working in workings {
                *sums.entry((working.obligation.clone(), working.period)).or_default() += working.amount;
            }
            for (obligation, amounts) in contract.recognised_by_obligation() {
                for (period, amount) in amounts {
                    let worked = sums.get(&(obligation.clone(), *period)).copied().unwrap_or(0);
                    assert_eq!(worked, i128::from(*amount), "{}: {obligation} {period}", story.id);
                }
            }
        }
        let text = explain(&story, &outcome);
        for heading in ["What happened", "What follows, and why", "How each figure came about", "Journals"] {
            assert!(text.contains(heading), "{}: no {heading}", story.id);
        }
        explained += 1;
    }
    assert!(explained >= 150, "only {explained} stories were explained");
}
