//! `cargo bench -p tieout-accounting --bench table [-- W2 long …]`: W1 to W5 (README, Performance), a million contracts and long ones, beside
//! DuckDB from PyPI on the same file and machine. A wrong total stops it.
//!
//! Each work runs in a process of its own, so that its peak of memory (`VmHWM`) is its own; its time is the least of several runs.
//! `TIEOUT_GENERATOR` names generate.py where it is not at `../shared/bench/`; without it the same contracts are made here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs
)]

mod amended;
mod child;
mod duck;
mod input;
mod ledgers;
mod long;
mod million;
mod month_end;
mod print;
#[path = "../support/mod.rs"]
mod support;
mod threads;
mod w1;

use std::path::Path;

/// A work by its name, and what does it on the file.
type Work = (&'static str, fn(&Path));

/// The works that need a process of their own.
const WORKS: [Work; 6] = [
    ("W1", w1::run),
    ("W2", month_end::run),
    ("W3", amended::run),
    ("W4", month_end::again),
    ("million", million::run),
    ("long", long::run),
];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [child, work, file] = asked.as_slice()
        && child == "--work"
    {
        let (_, run) = WORKS.iter().find(|(name, _)| name == work).expect("one of the works");
        run(Path::new(file));
        return child::peak();
    }
    let python = duck::python();
    let file = input::file(python.as_deref());
    let mut rows = Vec::new();
    for (work, _) in WORKS
        .iter()
        .filter(|(name, _)| asked.is_empty() || asked.iter().any(|asked| asked == name))
    {
        rows.extend(child::rows(work, &file));
    }
    let duck = python.map(|python| duck::Duck::new(python, &file));
    print::table(&rows, duck.as_ref());
}
