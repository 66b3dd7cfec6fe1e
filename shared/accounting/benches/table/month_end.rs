//! W2: one month-end close of all contracts. W4: the same again, and after three journals were deleted in the ledger.

use std::path::Path;

use tieout_accounting::close::ProposedJournal;
use tieout_accounting::ids::JournalKey;
use tieout_accounting::journal::Role;

use crate::ledgers::{self, Ledger, MonthEnd, check_journals, june, sum};
use crate::support::Generated;
use crate::{child, input, threads, w1};

const RUNS: usize = 5;

/// June 2026 is to be closed; everything before is posted and closed.
pub fn before_june(contracts: &[Generated]) -> Vec<Ledger> {
    let mut ledgers = ledgers::ledgers(contracts);
    let may = june().previous();
    let posted = threads::each(2, &ledgers, |ledger| ledger.month_end(may, &[]).proposal.postings());
    for (ledger, posted) in ledgers.iter_mut().zip(posted) {
        ledger.posted = posted;
        ledger.close_through(may);
    }
    ledgers
}

/// The month-ends of all ledgers.
pub fn close(threads: usize, ledgers: &[Ledger], used: &[Vec<JournalKey>]) -> Vec<MonthEnd> {
    let tasks: Vec<(usize, &Ledger)> = ledgers.iter().enumerate().collect();
    threads::each(threads, &tasks, |(place, ledger)| {
        ledger.month_end(june(), used.get(*place).map_or(&[], Vec::as_slice))
    })
}

pub fn run(file: &Path) {
    let contracts = input::read(file);
    let ledgers = before_june(&contracts);
    let (one, ends) = threads::least(RUNS, || close(1, &ledgers, &[]));
    let checked = check(&contracts, &ends, &w1::LARGE);
    let (two, ends) = threads::least(RUNS, || close(2, &ledgers, &[]));
    assert_eq!(checked, check(&contracts, &ends, &w1::LARGE));
    let lines: usize = ledgers.iter().map(|ledger| ledger.posted.len()).sum();
    let what = format!("close of 2026-06 from events, against {lines} lines posted before");
    child::row("W2", &what, Some(one), Some(two), &checked);
}

/// One release in each ledger; revenue is that of the generator; the balances are what was billed and is not earned.
pub fn check(contracts: &[Generated], ends: &[MonthEnd], totals: &w1::Totals) -> String {
    let proposals = || ends.iter().map(|end| &end.proposal);
    let revenue = -sum(proposals(), Role::Revenue, Some(june()));
    assert_eq!(revenue, i128::from(totals.june));
    assert_eq!(sum(proposals(), Role::ContractLiability, None), revenue);
    assert!(proposals().all(|proposal| proposal.journals.len() == 1));
    let parts: usize = proposals().map(check_journals).sum();
    let liability: i128 = ends.iter().map(|end| end.liability).sum();
    assert_eq!(liability, contracts.iter().map(unearned).sum::<i128>());
    format!("{parts} {liability} {revenue}")
}

/// Billed in advance and not earned at the end of June, by the arithmetic of W1.
fn unearned(contract: &Generated) -> i128 {
    if contract.start > june().last_day() {
        return 0;
    }
    let mut rest = contract.amount;
    let rounding = tieout_accounting::money::Rounding::HalfAway;
    let row = |period, minor| rest -= if period <= june() { minor } else { 0 };
    assert!(tieout_accounting::schedule::daily::rows(
        contract.amount,
        contract.start,
        contract.end,
        rounding,
        row
    ));
    i128::from(rest)
}

/// W4.
pub fn again(file: &Path) {
    let mut ledgers = before_june(&input::read(file));
    let ends = close(2, &ledgers, &[]);
    for (ledger, end) in ledgers.iter_mut().zip(&ends) {
        ledger.posted.extend(end.proposal.postings());
    }
    let (one, none) = threads::least(RUNS, || close(1, &ledgers, &[]));
    assert!(none.iter().all(|end| end.proposal.is_empty()));
    let (two, none) = threads::least(RUNS, || close(2, &ledgers, &[]));
    assert!(none.iter().all(|end| end.proposal.is_empty()));
    child::row("W4", "W2 again once it is posted", Some(one), Some(two), "no journal proposed");

    let mut used: Vec<Vec<JournalKey>> = vec![Vec::new(); ledgers.len()];
    let deleted = [2, 11, 23];
    for place in deleted {
        let journal = &ends[place].proposal.journals[0];
        used[place].push(journal.key.clone());
        ledgers[place].posted.retain(|line| line.journal_key != journal.key);
    }
    let repaired = |ends: &[MonthEnd], place: usize| ends[place].proposal.journals.clone();
    let (one, again) = threads::least(RUNS, || close(1, &ledgers, &used));
    let (two, by_two) = threads::least(RUNS, || close(2, &ledgers, &used));
    for (place, end) in ends.iter().enumerate() {
        let expected: &[ProposedJournal] = if deleted.contains(&place) { &end.proposal.journals } else { &[] };
        assert_eq!(repaired(&again, place), repaired(&by_two, place));
        let found = repaired(&again, place);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found.lines, expected.lines);
            assert_ne!(found.key, expected.key);
        }
    }
    child::row(
        "W4",
        "three journals deleted in the ledger",
        Some(one),
        Some(two),
        "those three proposed, line by line, under new keys",
    );
}
