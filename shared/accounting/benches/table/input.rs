//! The generator's file, and reading it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{self, CURRENCIES, Generated};

pub const CONTRACTS: usize = 100_000;
const GENERATOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/bench/generate.py");

/// Makes the file: by the given generator where there is one, else by our own of the same seed.
pub fn file(python: Option<&Path>) -> PathBuf {
    let file = crate::duck::folder().join(format!("contracts-{CONTRACTS}.csv"));
    let generator = std::env::var("TIEOUT_GENERATOR").unwrap_or_else(|_| GENERATOR.to_owned());
    let python = python.unwrap_or(Path::new("python3"));
    let run = Command::new(python).arg(&generator).arg(CONTRACTS.to_string()).arg(&file).output();
    if Path::new(&generator).exists() && run.is_ok_and(|run| run.status.success()) {
        eprintln!("input: {CONTRACTS} contracts by {generator}");
    } else {
        eprintln!("input: {CONTRACTS} contracts by our own generator, seed 606 (none at {generator})");
        write(&file);
    }
    file
}

/// Reads the file: `id,entity,currency,amount_minor,start,end`.
pub fn read(file: &Path) -> Vec<Generated> {
    let text = std::fs::read_to_string(file).unwrap();
    let contracts: Vec<Generated> = text.lines().skip(1).map(contract).collect();
    assert_eq!(contracts.len(), CONTRACTS);
    contracts
}

fn contract(line: &str) -> Generated {
    let mut cells = line.split(',');
    let mut cell = || cells.next().unwrap();
    Generated {
        id: cell().parse().unwrap(),
        entity: cell().parse::<usize>().unwrap() - 1,
        currency: place(cell()),
        amount: cell().parse().unwrap(),
        start: date(cell()),
        end: date(cell()),
    }
}

fn place(currency: &str) -> usize {
    CURRENCIES.iter().position(|name| *name == currency).unwrap()
}

/// `YYYY-MM-DD`, read by hand: the general reader of dates takes most of the time of a file.
fn date(text: &str) -> chrono::NaiveDate {
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap();
    chrono::NaiveDate::from_ymd_opt(number(0, 4) as i32, number(5, 7), number(8, 10)).unwrap()
}

fn write(file: &Path) {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    writeln!(out, "id,entity,currency,amount_minor,start,end").unwrap();
    for row in support::contracts(CONTRACTS) {
        let currency = CURRENCIES[row.currency];
        writeln!(
            out,
            "{},{},{currency},{},{},{}",
            row.id,
            row.entity + 1,
            row.amount,
            row.start,
            row.end
        )
        .unwrap();
    }
}
