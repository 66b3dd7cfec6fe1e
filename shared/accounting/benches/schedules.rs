//! W1 to W5 (README, Performance) for criterion, with 10,000 contracts and two threads; the table of all 100,000 beside DuckDB is
//! the bench `table`, whose works these are. Each is checked before it is measured: a wrong total stops it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs
)]

#[path = "table/amended.rs"]
mod amended;
#[path = "table/child.rs"]
mod child;
#[path = "table/duck.rs"]
mod duck;
#[path = "table/input.rs"]
mod input;
#[path = "table/ledgers.rs"]
mod ledgers;
#[path = "table/month_end.rs"]
mod month_end;
mod support;
#[path = "table/threads.rs"]
mod threads;
#[path = "table/w1.rs"]
mod w1;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use ledgers::{Ledger, june, period};

const CONTRACTS: usize = 10_000;
const AMENDED: usize = 1_000;
const THREADS: usize = 2;

/// What the generator says of so many.
const SMALL: w1::Totals = w1::Totals {
    rows: 141_546,
    all: 25_374_580_078,
    june: 682_774_795,
};

fn benches(criterion: &mut Criterion) {
    let contracts = support::contracts(CONTRACTS);
    let mut ledgers = month_end::before_june(&contracts);
    let mut group = criterion.benchmark_group("10,000 contracts");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));

    w1::check(&w1::grouped(THREADS, &contracts), &SMALL);
    group.bench_function("W1: rows, grouped", |bencher| bencher.iter(|| w1::grouped(THREADS, &contracts)));

    let ends = month_end::close(THREADS, &ledgers, &[]);
    month_end::check(&contracts, &ends, &SMALL);
    group.bench_function("W2: close of a month", |bencher| {
        bencher.iter(|| month_end::close(THREADS, &ledgers, &[]))
    });

    for (ledger, end) in ledgers.iter_mut().zip(&ends) {
        ledger.posted.extend(end.proposal.postings());
    }
    assert!(month_end::close(THREADS, &ledgers, &[]).iter().all(|end| end.proposal.is_empty()));
    group.bench_function("W4: the same again", |bencher| {
        bencher.iter(|| month_end::close(THREADS, &ledgers, &[]))
    });

    ledgers.iter_mut().for_each(|ledger| ledger.close_through(june()));
    let before = amended::reports(THREADS, &ledgers);
    let changed = amended::amend(&mut ledgers, AMENDED);
    let july = period("2026-07");
    let close = |ledgers: &[Ledger]| threads::each(THREADS, ledgers, |ledger| ledger.month_end(july, &[]));
    amended::check(&ledgers, &changed, &close(&ledgers));
    group.bench_function("W3: one in ten amended late", |bencher| bencher.iter(|| close(&ledgers)));

    assert!(before == amended::reports(THREADS, &ledgers));
    group.bench_function("W5: report of a closed month", |bencher| {
        bencher.iter(|| amended::reports(THREADS, &ledgers))
    });
    group.finish();
}

criterion_group!(month_end_benches, benches);
criterion_main!(month_end_benches);
