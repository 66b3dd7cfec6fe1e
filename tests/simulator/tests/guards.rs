//! Proof that the auditor sees: with each guard disabled, a seed breaks an invariant, and the same seed passes with the guard enabled.
//!
//! A guard whose absence nobody sees means that the generated histories or the auditor are too blunt. The rows that need an edited copy of
//! the workspace are built and run by `cargo run --release -p tieout-simulator --bin guards`; here their edits are checked to fit.

use std::collections::BTreeSet;
use std::path::Path;

use tieout_simulator::guards::{Disabled, Edit, EditError, Guard, ROWS};
use tieout_simulator::{Options, run};

#[test]
fn every_guard_has_its_row() {
    for guard in Guard::ALL {
        assert!(ROWS.iter().any(|row| row.guard == guard), "{guard:?}");
    }
    assert!(ROWS.iter().all(|row| !row.expected.is_empty()));
}

#[test]
fn with_a_guard_disabled_a_seed_fails_and_with_it_enabled_the_same_seed_passes() {
    for row in &ROWS {
        let Disabled::AtSeam(seam) = row.disabled else { continue };
        let options = Options {
            disabled: Some(seam),
            until_broken: true,
            ..Options::default()
        };
        let found = run(row.first_seed, &options).violations;
        assert!(
            row.is_seen(found.iter().map(|violation| violation.invariant)),
            "without {:?} seed {} should break one of {:?}, but broke {found:?}; `guards --search` looks for another seed",
            row.guard,
            row.first_seed,
            row.expected,
        );
    }
    let seeds: BTreeSet<u64> = ROWS.iter().map(|row| row.first_seed).collect();
    for seed in seeds {
        let found = run(seed, &Options::default()).violations;
        assert_eq!(found, [], "seed {seed} with all guards enabled");
    }
}

#[test]
fn every_edit_fits_the_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut edits = 0;
    for row in &ROWS {
        let Disabled::InCopy(of_row) = row.disabled else { continue };
        for edit in of_row {
            let edited = edit.edited(&root).unwrap_or_else(|error| panic!("{:?}: {error}", row.guard));
            assert!(edited.contains(edit.replace));
            edits += 1;
        }
    }
    assert!(edits > 0);
}

#[test]
fn an_edit_that_does_not_fit_exactly_once_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("source.rs"), "if a { b } if a { c } if d { e }").unwrap();
    for (search, expected) in [("if d", Ok(())), ("if a", Err(Some(2))), ("if x", Err(Some(0)))] {
        let edit = Edit {
            file: "source.rs",
            search,
            replace: "if true",
        };
        let answer = match edit.edited(folder.path()) {
            Ok(_) => Ok(()),
            Err(EditError::Count { count, .. }) => Err(Some(count)),
            Err(EditError::File { .. }) => Err(None),
        };
        assert_eq!(answer, expected, "{search}");
    }
}
