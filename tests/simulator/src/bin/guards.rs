//! Proves that the auditor sees each guard's absence: disables it, runs the row's seed, and runs the same seed with all guards enabled.
//!
//! Guards that are conditions inside a function are disabled in a copy of the workspace, `target/guards`, which is built for each row.

use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, ExitCode};

use clap::Parser;
use tieout_simulator::guards::{Copy, Disabled, ROWS, Row, Seam};
use tieout_simulator::{Options, run};

/// The seeds of a search.
const SEARCHED_SEEDS: u64 = 100;

/// Disables each guard in turn, and says which seed breaks which invariant without it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Look for the first seed of each row anew, among the first 100, and print it.
    #[arg(long)]
    search: bool,
    /// Only this guard, for instance `PeriodLock`.
    #[arg(long)]
    only: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_asked = |row: &&Row| {
        let only = arguments.only.as_ref();
        only.is_none_or(|only| format!("{:?}", row.guard) == *only)
    };
    let mut out = std::io::stdout();
    let (mut rows, mut unseen) = (0, 0);
    for row in ROWS.iter().filter(is_asked) {
        rows += 1;
        let seeds = if arguments.search {
            0..SEARCHED_SEEDS
        } else {
            row.first_seed..row.first_seed + 1
        };
        let text = match proved(row, seeds) {
            Ok(text) => text,
            Err(text) => {
                unseen += 1;
                format!("NOT SEEN: {text}")
            }
        };
        // Nobody is left to read it where standard output is closed.
        let _ = writeln!(out, "{:?}: {text}", row.guard);
    }
    let _ = writeln!(out, "{rows} rows, {unseen} not seen");
    if rows > 0 && unseen == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The first of these seeds that breaks what `row` expects without the guard, and nothing with it.
fn proved(row: &Row, mut seeds: Range<u64>) -> Result<String, String> {
    let broken_by: Box<dyn Fn(u64) -> Result<Option<String>, String>> = match row.disabled {
        Disabled::AtSeam(seam) => Box::new(move |seed| Ok(at_seam(row, seam, seed))),
        Disabled::InCopy(edits) => {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            let copied = Copy::new(&root).and_then(|copy| copy.simulate(edits));
            let simulate = copied.map_err(|error| error.to_string())?;
            Box::new(move |seed| in_copy(row, &simulate, seed))
        }
    };
    let last = seeds.end.saturating_sub(1);
    let found = seeds.find_map(|seed| broken_by(seed).map(|broken| Some((seed, broken?))).transpose());
    let (seed, broken) = found.ok_or_else(|| format!("no seed up to {last} breaks one of {:?}", row.expected))??;
    match run(seed, &Options::default()).violations.first() {
        Some(violation) => Err(format!("seed {seed} fails with all guards enabled: {violation}")),
        None => Ok(format!("seed {seed}: {broken}")),
    }
}

fn at_seam(row: &Row, seam: Seam, seed: u64) -> Option<String> {
    let options = Options {
        disabled: Some(seam),
        until_broken: true,
        ..Options::default()
    };
    let violations = run(seed, &options).violations;
    let expected = violations.iter().find(|violation| row.is_seen([violation.invariant].into_iter()));
    expected.map(ToString::to_string)
}

/// Runs the copy's `simulate`, which prints a line for each violation.
fn in_copy(row: &Row, simulate: &Path, seed: u64) -> Result<Option<String>, String> {
    let output = Command::new(simulate)
        .args(["--until-broken", "--seed", &seed.to_string()])
        .output()
        .map_err(|error| format!("{}: {error}", simulate.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    // 1 says that something was found; anything else but 0 is a simulator that did not come to its end.
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(format!(
            "seed {seed}: {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let mut lines = text.lines().map(str::trim);
    let expected = lines.find(|line| row.is_seen(line.split(' ').take(1)));
    Ok(expected.map(str::to_owned))
}
