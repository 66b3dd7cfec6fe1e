//! W1: contracts to schedule rows (daily method, cumulative rounding), grouped by entity, currency and month.

use std::path::Path;

use tieout_accounting::Period;
use tieout_accounting::money::Rounding;
use tieout_accounting::schedule::daily;

use crate::support::{CURRENCIES, Generated};
use crate::{child, input, threads};

/// What the generator says of its file: rows, and minor units in all and in 2026-06.
pub struct Totals {
    pub rows: u64,
    pub all: i64,
    pub june: i64,
}

/// Of 100,000 contracts.
pub const LARGE: Totals = Totals {
    rows: 1_415_509,
    all: 250_875_240_396,
    june: 6_728_351_643,
};
const ENTITIES: usize = 8;
const MONTHS: usize = 96;
const RUNS: usize = 50;

/// Sums by entity, currency and month from 2024-01 on.
pub struct Grouped {
    rows: u64,
    sums: Vec<i64>,
}

pub fn run(file: &Path) {
    let contracts = input::read(file);
    let (one, grouped) = threads::least(RUNS, || grouped(1, &contracts));
    let checked = check(&grouped, &LARGE);
    let (two, grouped_by_two) = threads::least(RUNS, || self::grouped(2, &contracts));
    check(&grouped_by_two, &LARGE);
    child::row(
        "W1",
        "100,000 contracts in memory to 1,415,509 rows, grouped",
        Some(one),
        Some(two),
        &checked,
    );
    let (one, of_file) = threads::least(RUNS, || self::grouped(1, &input::read(file)));
    check(&of_file, &LARGE);
    let (two, of_file) = threads::least(RUNS, || self::grouped(2, &input::read(file)));
    child::row(
        "W1F",
        "the same, reading the file as well",
        Some(one),
        Some(two),
        &check(&of_file, &LARGE),
    );
}

pub fn check(grouped: &Grouped, totals: &Totals) -> String {
    let june = Period::parse("2026-06").unwrap().since(first()) as usize;
    let of_june: i64 = grouped.sums.iter().skip(june).step_by(MONTHS).sum();
    let found = (grouped.rows, grouped.sums.iter().sum::<i64>(), of_june);
    assert_eq!(found, (totals.rows, totals.all, totals.june));
    format!("{} {} {}", found.0, found.1, found.2)
}

fn first() -> Period {
    Period::parse("2024-01").unwrap()
}

pub fn grouped(count: usize, contracts: &[Generated]) -> Grouped {
    let parts: Vec<&[Generated]> = contracts.chunks(contracts.len().div_ceil(count)).collect();
    let mut grouped = threads::each(count, &parts, |part| group(part)).into_iter();
    let first = grouped.next().unwrap();
    grouped.fold(first, |mut all, part| {
        all.rows += part.rows;
        all.sums.iter_mut().zip(part.sums).for_each(|(sum, more)| *sum += more);
        all
    })
}

fn group(contracts: &[Generated]) -> Grouped {
    let first = first();
    let mut grouped = Grouped {
        rows: 0,
        sums: vec![0; ENTITIES * CURRENCIES.len() * MONTHS],
    };
    for contract in contracts {
        let place = (contract.entity * CURRENCIES.len() + contract.currency) * MONTHS;
        let (rows, sums) = (&mut grouped.rows, &mut grouped.sums[place..place + MONTHS]);
        let exact = daily::rows(
            contract.amount,
            contract.start,
            contract.end,
            Rounding::HalfAway,
            |period, minor| {
                sums[period.since(first) as usize] += minor;
                *rows += 1;
            },
        );
        assert!(exact);
    }
    grouped
}
