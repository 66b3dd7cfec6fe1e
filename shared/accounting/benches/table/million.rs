//! A million contracts, each signed and invoiced: all of their life recognised, June closed, journals balanced. They are computed one at a
//! time and dropped; what a close holds is its differences. What was posted before comes contract by contract, as from a store.

use std::path::Path;

use tieout_accounting::close::{Closing, Level, PostedLine, Proposal};
use tieout_accounting::contract::Contract;
use tieout_accounting::ids::JournalKey;
use tieout_accounting::journal::Role;
use tieout_accounting::money::Rounding;
use tieout_accounting::schedule::daily;

use crate::ledgers::{self, Ledger, check_journals, june, period, sum};
use crate::support::{self, CURRENCIES, Generated};
use crate::{child, threads};

const MILLION: usize = 1_000_000;
const RUNS: usize = 2;
const LIMIT_MB: u64 = 512;

pub fn run(_: &Path) {
    let contracts = support::contracts(MILLION);
    let mut ledgers = ledgers::ledgers(&[]);
    ledgers.iter_mut().for_each(|ledger| ledger.close_through(june().previous()));
    let (two, (recognised, proposals)) = threads::least(RUNS, || close(&contracts, &ledgers));
    let (mut all, mut of_june) = (0i64, 0i64);
    for contract in &contracts {
        daily::rows(
            contract.amount,
            contract.start,
            contract.end,
            Rounding::HalfAway,
            |period, minor| {
                all += minor;
                of_june += if period == june() { minor } else { 0 };
            },
        );
    }
    assert_eq!(recognised, i128::from(all));
    assert_eq!(-sum(&proposals, Role::Revenue, None), i128::from(of_june));
    let parts: usize = proposals.iter().map(check_journals).sum();
    let what = "a million contracts from events: recognised, 2026-06 closed";
    let checked = format!("{all} recognised, {of_june} in 2026-06, {parts} parts; bound {LIMIT_MB} MB");
    child::row("million", what, None, Some(two), &checked);
    assert!(child::peak_mb() <= LIMIT_MB, "{} MB", child::peak_mb());
}

/// Each thread closes its half of the contracts of every ledger; the halves are merged.
fn close(contracts: &[Generated], ledgers: &[Ledger]) -> (i128, Vec<Proposal>) {
    let halves: Vec<&[Generated]> = contracts.chunks(contracts.len().div_ceil(2)).collect();
    let mut parts = threads::each(2, &halves, |half| part(half, ledgers)).into_iter();
    let (mut recognised, mut closings) = parts.next().unwrap();
    for (more, others) in parts {
        recognised += more;
        closings.iter_mut().zip(others).for_each(|(closing, other)| closing.merge(other));
    }
    (recognised, closings.into_iter().map(|closing| closing.propose().unwrap()).collect())
}

fn part<'l>(contracts: &[Generated], ledgers: &'l [Ledger]) -> (i128, Vec<Closing<'l>>) {
    let mut closings: Vec<Closing<'l>> = ledgers
        .iter()
        .map(|ledger| Closing::new(&ledger.entity, june(), Level::Tracking).unwrap())
        .collect();
    let months: Vec<JournalKey> = period("2024-01")
        .to(june())
        .map(|month| JournalKey::new(format!("E/{month}/release/1")))
        .collect();
    let mut recognised = 0i128;
    for generated in contracts {
        let place = generated.entity * CURRENCIES.len() + generated.currency;
        let dealt = ledgers::dealt(generated);
        let contract = Contract::from_events(&dealt.id, &dealt.events, &ledgers[place].book).unwrap();
        recognised += contract
            .recognised_by_period()
            .values()
            .map(|minor| i128::from(*minor))
            .sum::<i128>();
        closings[place].contract(&contract, &posted(generated, &contract, &months)).unwrap();
    }
    (recognised, closings)
}

/// What was posted for a contract through May, by the arithmetic of W1.
fn posted(generated: &Generated, contract: &Contract, journals: &[JournalKey]) -> Vec<PostedLine> {
    let mut lines = Vec::new();
    let first = period("2024-01");
    daily::rows(
        generated.amount,
        generated.start,
        generated.end,
        Rounding::HalfAway,
        |month, minor| {
            if month >= june() || minor == 0 {
                return;
            }
            let line = |role, amount_minor| PostedLine {
                contract: contract.id().clone(),
                obligation: contract.dimensions().keys().next().cloned(),
                role,
                economic_period: month,
                posting_period: month,
                amount_minor,
                journal_key: journals[month.since(first) as usize].clone(),
            };
            lines.extend([line(Role::ContractLiability, minor), line(Role::Revenue, -minor)]);
        },
    );
    lines
}
