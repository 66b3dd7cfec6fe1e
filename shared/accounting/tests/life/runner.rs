//! Running properties over lives: a seed for each, the shortest story that fails, how to repeat it.

use super::{Life, Options};
use tieout_accounting::contract::Contract;

/// A property: what must hold of a life and the contract that the engine makes of it.
pub type Property = fn(&Life, &Contract) -> Result<(), String>;

/// Lives of the usual run; `TIEOUT_LIVES` sets another number.
const USUAL_LIVES: u64 = 1_000;
/// The first seed; `TIEOUT_SEED` sets another.
const FIRST_SEED: u64 = 606;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// How many lives this run has.
pub fn lives() -> u64 {
    from_environment("TIEOUT_LIVES").unwrap_or(USUAL_LIVES)
}

/// Runs properties over random lives.
pub fn over_lives(test: &str, options: Options, properties: &[(&str, Property)]) {
    over_some_lives(1, test, options, properties);
}

/// The same for properties that take long: one life in `of`.
pub fn over_some_lives(of: u64, test: &str, options: Options, properties: &[(&str, Property)]) {
    let first = from_environment("TIEOUT_SEED").unwrap_or(FIRST_SEED);
    let (mut events, mut refused) = (0usize, 0usize);
    let count = (lives() / of).max(1);
    for seed in first..first + count {
        let life = Life::new(seed, options);
        events += life.events.len();
        refused += life.refused;
        for (name, property) in properties {
            if let Some(problem) = problem(&life, *property) {
                let (life, problem) = shortest(life, problem, *property);
                panic!(
                    "{name}: {problem}\nseed {seed}; repeat: TIEOUT_SEED={seed} TIEOUT_LIVES={of} cargo test -p tieout-accounting --test '*' {test}\n{}",
                    life.story
                );
            }
        }
    }
    assert!(events > refused, "{test}: {events} events, {refused} more refused");
}

fn problem(life: &Life, property: Property) -> Option<String> {
    let contract = life.contract().ok()?;
    property(life, &contract).err()
}

/// Leaves out what does not matter for the failure.
fn shortest(mut life: Life, mut found: String, property: Property) -> (Life, String) {
    let mut step = life.events.len() / 2;
    while step > 0 {
        let mut place = 1;
        while place < life.events.len() {
            let places: Vec<usize> = (place..place + step).collect();
            let shorter = life.without(&places);
            match problem(&shorter, property) {
                Some(problem) => (life, found) = (shorter, problem),
                None => place += step,
            }
        }
        step /= 2;
    }
    (life, found)
}
