//! W1 and W2 of accounting.md section 1: 100,000 contracts to 1,415,509 schedule rows, and one month-end close of the same.
//! Quotes rows and totals before it measures; a wrong total stops it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use support::{CURRENCIES, Generated};
use tieout_accounting::book::Calendar;
use tieout_accounting::close::{self, Entity, Level};
use tieout_accounting::contract::Contract;
use tieout_accounting::event::{DocumentLine, Event, EventKind, Invoiced, ObligationTerms, Satisfied, Signed};
use tieout_accounting::money::Rounding;
use tieout_accounting::schedule::daily;
use tieout_accounting::{Book, Currency, Period};

const CONTRACTS: usize = 100_000;
const ROWS: u64 = 1_415_509;
const TOTAL: i64 = 250_875_240_396;
const JUNE_2026: i64 = 6_728_351_643;
const ENTITIES: usize = 8;
const MONTHS: usize = 84;

/// Sums by entity, currency and month from 2024-01 on.
struct Grouped {
    rows: u64,
    sums: Vec<i64>,
}

fn w1(contracts: &[Generated], first: Period) -> Grouped {
    let mut grouped = Grouped {
        rows: 0,
        sums: vec![0; ENTITIES * CURRENCIES.len() * MONTHS],
    };
    for contract in contracts {
        let group = (contract.entity * CURRENCIES.len() + contract.currency) * MONTHS;
        let (rows, sums) = (&mut grouped.rows, &mut grouped.sums[group..group + MONTHS]);
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

fn w1_threads(contracts: &[Generated], first: Period) -> Grouped {
    let (left, right) = contracts.split_at(contracts.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| w1(right, first));
        let mut grouped = w1(left, first);
        let other = other.join().unwrap();
        grouped.rows += other.rows;
        grouped.sums.iter_mut().zip(other.sums).for_each(|(sum, more)| *sum += more);
        grouped
    })
}

fn contract(generated: &Generated, book: &Book) -> Contract {
    let amount = rust_decimal::Decimal::new(generated.amount, 2);
    let terms = ObligationTerms {
        price: Some(amount),
        start: Some(generated.start),
        end: Some(generated.end),
        ..ObligationTerms::new("plan", Satisfied::OverTime)
    };
    let signed = Signed {
        obligations: vec![terms],
        ..Signed::default()
    };
    let lines = vec![DocumentLine {
        obligation: "plan".into(),
        amount,
    }];
    let invoiced = Invoiced {
        invoice: "INV".into(),
        currency: None,
        lines,
        tax: None,
        unconditional: true,
        rate: None,
    };
    let events = [
        Event::new(generated.start, EventKind::Signed(signed)),
        Event::new(generated.start, EventKind::Invoiced(invoiced)),
    ];
    let id = tieout_accounting::ids::ContractId::new(format!("C{}", generated.id));
    Contract::from_events(&id, &events, book).unwrap()
}

fn benches(criterion: &mut Criterion) {
    let generated = support::contracts(CONTRACTS);
    let first = Period::parse("2024-01").unwrap();
    let june = Period::parse("2026-06").unwrap();
    let grouped = w1(&generated, first);
    let month = june.since(first) as usize;
    let of_june: i64 = grouped.sums.iter().skip(month).step_by(MONTHS).sum();
    assert_eq!((grouped.rows, grouped.sums.iter().sum::<i64>(), of_june), (ROWS, TOTAL, JUNE_2026));
    println!(
        "W1: {} rows, {TOTAL} minor units, 2026-06 {of_june}: as the generator says",
        grouped.rows
    );

    let mut group = criterion.benchmark_group("month-end");
    group.sample_size(10);
    group.bench_function("W1, one thread", |bencher| bencher.iter(|| w1(&generated, first).rows));
    group.bench_function("W1, two threads", |bencher| bencher.iter(|| w1_threads(&generated, first).rows));

    let book = Book::new(Currency::parse("GBP").unwrap());
    group.bench_function("contracts from events, 10,000", |bencher| {
        bencher.iter(|| {
            generated
                .iter()
                .take(10_000)
                .map(|generated| contract(generated, &book).entries().len())
                .sum::<usize>()
        })
    });
    let contracts: Vec<Contract> = generated.iter().take(10_000).map(|generated| contract(generated, &book)).collect();
    let entity = Entity {
        id: "E".into(),
        currency: book.ledger_currency,
        calendar: Calendar::closed_through(june.previous()),
    };
    let posted = close::propose(
        &Entity {
            calendar: Calendar::default(),
            ..entity.clone()
        },
        june.previous(),
        &contracts,
        &[],
        Level::Tracking,
    )
    .unwrap()
    .postings();
    group.bench_function("W2, 10,000 contracts", |bencher| {
        bencher.iter(|| {
            close::propose(&entity, june, &contracts, &posted, Level::Tracking)
                .unwrap()
                .journals
                .len()
        })
    });
    group.finish();
}

criterion_group!(month_end, benches);
criterion_main!(month_end);
