//! Runs seeds of the simulator: many on all cores, or one with its whole trace.

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::Parser;
use tieout_simulator::{Options, Outcome, run, run_many};

/// Plays histories of a company under faults, and says which of them break an invariant.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// Print the whole trace of that seed.
    #[arg(long)]
    trace: bool,
    /// End a seed soon after something was found.
    #[arg(long)]
    until_broken: bool,
    /// Without faults.
    #[arg(long)]
    calm: bool,
    /// How many run side by side.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Stop after so many failures.
    #[arg(long, default_value_t = 10)]
    failures: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => one(seed, &arguments),
        None => many(&arguments),
    }
}

fn one(seed: u64, arguments: &Arguments) -> ExitCode {
    let options = Options {
        whole_trace: arguments.trace,
        calm: arguments.calm,
        until_broken: arguments.until_broken,
        ..Options::default()
    };
    let outcome = run(seed, &options);
    let mut out = std::io::stdout().lock();
    if arguments.trace {
        for line in &outcome.trace {
            // Nobody is left to read it where standard output is closed.
            let _ = writeln!(out, "{line}");
        }
    }
    let _ = writeln!(out, "{}", report(&outcome));
    if outcome.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn report(outcome: &Outcome) -> String {
    let mut text = format!(
        "seed {}: {} events, {} requests to vendors, {} steps, trace {:016x}",
        outcome.seed, outcome.events, outcome.requests, outcome.steps, outcome.hash
    );
    for violation in &outcome.violations {
        text.push_str(&format!("\n  {violation}"));
    }
    if !outcome.violations.is_empty() {
        text.push_str(&format!(
            "\n  again: cargo run --release -p tieout-simulator -- --seed {} --trace",
            outcome.seed
        ));
    }
    text
}

fn many(arguments: &Arguments) -> ExitCode {
    let options = Options {
        calm: arguments.calm,
        until_broken: arguments.until_broken,
        ..Options::default()
    };
    let (mut ran, mut events, mut failed) = (0_u64, 0_u64, 0_u64);
    let seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    run_many(seeds, arguments.threads, &options, |outcome| {
        ran += 1;
        events += outcome.events;
        if !outcome.violations.is_empty() {
            failed += 1;
            let _ = writeln!(std::io::stdout().lock(), "{}", report(&outcome));
        }
        match failed < arguments.failures {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    let _ = writeln!(std::io::stdout(), "{ran} seeds, {events} events, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
