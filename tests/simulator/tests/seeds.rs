//! The usual run: as many seeds as five minutes of two cores hold, and the same trace for the same seed.

use std::ops::ControlFlow;

use tieout_simulator::{Options, Outcome, run, run_many};

/// Seeds of the usual run: a count, so that it is the same on each machine. More by `cargo run --release -p tieout-simulator -- --seeds 1000000`.
const SEEDS: u64 = 400;
/// Where they begin.
const FROM: u64 = 0;
/// How many run side by side.
const THREADS: usize = 2;
/// Each history has at least so many acts, deliveries and invocations.
const EVENTS_MIN: u64 = 200;
/// Seeds that are run twice.
const TWICE: [u64; 3] = [1, 7, 12];

fn report(outcome: &Outcome) -> String {
    let violations: Vec<String> = outcome.violations.iter().map(ToString::to_string).collect();
    let tail = outcome.trace.iter().rev().take(40).rev().cloned().collect::<Vec<_>>().join("\n");
    format!(
        "seed {}\n{}\nagain: cargo run --release -p tieout-simulator -- --seed {} --trace\n{tail}\n",
        outcome.seed,
        violations.join("\n"),
        outcome.seed
    )
}

#[test]
fn nothing_is_lost_and_nothing_twice() {
    let (mut failures, mut events, mut fewest) = (Vec::new(), 0, u64::MAX);
    run_many(FROM..FROM + SEEDS, THREADS, &Options::default(), |outcome| {
        events += outcome.events;
        fewest = fewest.min(outcome.events);
        if !outcome.violations.is_empty() {
            failures.push(report(&outcome));
        }
        ControlFlow::Continue(())
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    eprintln!("{SEEDS} seeds, {} events each, at least {fewest}", events / SEEDS);
    assert!(fewest >= EVENTS_MIN, "a history of {fewest} events");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let options = Options {
        whole_trace: true,
        ..Options::default()
    };
    for seed in TWICE {
        let (first, second) = (run(seed, &options), run(seed, &options));
        let differ = first.trace.iter().zip(&second.trace).position(|(one, other)| one != other);
        if let Some(step) = differ {
            panic!("seed {seed}, step {step}:\n{}\n{}", first.trace[step], second.trace[step]);
        }
        assert_eq!(first.hash, second.hash, "seed {seed}");
    }
}
