//! Running properties over histories: a seed for each, the shortest story that fails, how to repeat it.

use super::{History, Options};
use tieout_accounting::contract::Contract;

/// A property: what must hold of a history and the contract that the engine makes of it.
pub type Property = fn(&History, &Contract) -> Result<(), String>;

/// Histories of the usual run; `TIEOUT_HISTORIES` sets another number.
const USUAL_HISTORIES: u64 = 1_000;
/// The first seed; `TIEOUT_SEED` sets another.
const FIRST_SEED: u64 = 606;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// How many histories this run has.
pub fn histories() -> u64 {
    from_environment("TIEOUT_HISTORIES").unwrap_or(USUAL_HISTORIES)
}

/// The first seed of this run.
pub fn first_seed() -> u64 {
    from_environment("TIEOUT_SEED").unwrap_or(FIRST_SEED)
}

/// Runs properties over random histories.
pub fn over_histories(test: &str, options: Options, properties: &[(&str, Property)]) {
    over_some_histories(1, test, options, properties);
}

/// The same for properties that take long: one history in `of`.
pub fn over_some_histories(of: u64, test: &str, options: Options, properties: &[(&str, Property)]) {
    let first = first_seed();
    let (mut events, mut refused) = (0usize, 0usize);
    let count = (histories() / of).max(1);
    for seed in first..first + count {
        let history = History::new(seed, options);
        events += history.events.len();
        refused += history.refused;
        for (name, property) in properties {
            if let Some(problem) = problem(&history, *property) {
                let (history, problem) = shortest(history, problem, *property);
                panic!(
                    "{name}: {problem}\nseed {seed}; repeat: TIEOUT_SEED={seed} TIEOUT_HISTORIES={of} cargo test -p tieout-accounting --test accounting {test}\n{}",
                    history.story
                );
            }
        }
    }
    assert!(events > refused, "{test}: {events} events, {refused} more refused");
}

fn problem(history: &History, property: Property) -> Option<String> {
    let contract = history.contract().ok()?;
    property(history, &contract).err()
}

/// Leaves out what does not matter for the failure.
fn shortest(mut history: History, mut found: String, property: Property) -> (History, String) {
    let mut step = history.events.len() / 2;
    while step > 0 {
        let mut index = 1;
        while index < history.events.len() {
            let indices: Vec<usize> = (index..index + step).collect();
            let shorter = history.without(&indices);
            match problem(&shorter, property) {
                Some(problem) => (history, found) = (shorter, problem),
                None => index += step,
            }
        }
        step /= 2;
    }
    (history, found)
}
