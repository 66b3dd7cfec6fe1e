//! Proof that the simulator sees: with each guard taken out, a run fails within a bounded number of seeds, and the same seed passes
//! while the guard stands.
//!
//! A guard whose absence nobody sees means that the life or the auditor is too blunt. `cargo test -p tieout-simulator --test guards -- --ignored
//! --nocapture` looks for the first seed of each row anew, after the life has changed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use tieout_platform::guard::Guard;
use tieout_simulator::{Options, Outcome, run};

/// A guard, and how its absence shows.
struct Row {
    guard: Guard,
    /// Invariants of which one has to break.
    expected: &'static [&'static str],
    /// The number of seeds, from 0, within which it has to.
    seeds_max: u64,
    /// The first seed in which it does.
    first_seed: u64,
}

const ROWS: [Row; 9] = [
    Row {
        guard: Guard::Claim,
        expected: &["I1", "I6"],
        seeds_max: 100,
        first_seed: 10,
    },
    Row {
        guard: Guard::BodyHash,
        expected: &["I6"],
        seeds_max: 100,
        first_seed: 14,
    },
    Row {
        guard: Guard::ReadBack,
        expected: &["I1", "I6"],
        seeds_max: 100,
        first_seed: 0,
    },
    Row {
        guard: Guard::VersionCompare,
        expected: &["I5"],
        seeds_max: 100,
        first_seed: 0,
    },
    Row {
        guard: Guard::ApprovalHash,
        expected: &["I11"],
        seeds_max: 100,
        first_seed: 21,
    },
    Row {
        guard: Guard::PeriodLock,
        expected: &["I4"],
        seeds_max: 100,
        first_seed: 0,
    },
    Row {
        guard: Guard::AcknowledgementOrder,
        expected: &["I2", "I12"],
        seeds_max: 100,
        first_seed: 0,
    },
    Row {
        guard: Guard::SignatureCheck,
        expected: &["I2"],
        seeds_max: 100,
        first_seed: 0,
    },
    Row {
        guard: Guard::Quota,
        expected: &["I8"],
        seeds_max: 100,
        first_seed: 51,
    },
];

impl Row {
    fn without(&self, seed: u64) -> Outcome {
        let options = Options {
            without: Some(self.guard),
            until_broken: true,
            ..Options::default()
        };
        run(seed, &options)
    }

    fn is_seen(&self, outcome: &Outcome) -> bool {
        outcome
            .violations
            .iter()
            .any(|violation| self.expected.contains(&violation.invariant))
    }
}

#[test]
fn every_guard_has_its_row() {
    for guard in Guard::ALL {
        assert_eq!(ROWS.iter().filter(|row| row.guard == guard).count(), 1, "{guard:?}");
    }
    assert!(ROWS.iter().all(|row| row.first_seed < row.seeds_max && !row.expected.is_empty()));
}

#[test]
fn without_a_guard_a_seed_fails_and_with_it_the_same_seed_passes() {
    for row in &ROWS {
        let without = row.without(row.first_seed);
        assert!(
            row.is_seen(&without),
            "without {:?} seed {} should break one of {:?}, and broke {:?}; look for another one: see the head of this file",
            row.guard,
            row.first_seed,
            row.expected,
            without.violations
        );
        let with = run(row.first_seed, &Options::default());
        assert!(
            with.violations.is_empty(),
            "seed {} with all guards: {:?}",
            row.first_seed,
            with.violations
        );
    }
}

#[test]
#[ignore = "looks for the seeds of the table; takes its time"]
fn find_the_first_seed_of_each_row() {
    let only = std::env::var("GUARD").ok();
    for row in ROWS
        .iter()
        .filter(|row| only.as_ref().is_none_or(|only| format!("{:?}", row.guard) == *only))
    {
        let seen = |seed: &u64| {
            let without = row.without(*seed);
            let broken: Vec<&str> = without.violations.iter().map(|violation| violation.invariant).collect();
            eprintln!("{:?} {seed}: {broken:?}", row.guard);
            row.is_seen(&without) && run(*seed, &Options::default()).violations.is_empty()
        };
        let found = (0..row.seeds_max).find(seen);
        let words = found.and_then(|seed| row.without(seed).violations.first().map(ToString::to_string));
        println!("{:?}: first seed {found:?}: {}", row.guard, words.unwrap_or_default());
    }
}
