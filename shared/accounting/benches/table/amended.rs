//! W3: 10,000 contracts amended from 15 June, known on 10 July when June was locked. W5: the report of June, before and after.

use std::fmt::Write as _;
use std::path::Path;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::Period;
use tieout_accounting::event::{Change, Event, EventKind, Modified, ObligationTerms, Satisfied};
use tieout_accounting::journal::Role;
use tieout_accounting::rollforward;

use crate::ledgers::{Dealt, Ledger, MonthEnd, check_journals, invoice, june, period, sum};
use crate::month_end::{before_june, close};
use crate::support::Generated;
use crate::{child, input, threads};

const AMENDED: usize = 10_000;
const RUNS: usize = 5;

pub fn run(file: &Path) {
    let mut ledgers = before_june(&input::read(file));
    let ends = close(2, &ledgers, &[]);
    for (ledger, end) in ledgers.iter_mut().zip(ends) {
        ledger.posted.extend(end.proposal.postings());
        ledger.close_through(june());
    }
    let (_, before) = threads::least(1, || reports(2, &ledgers));
    let amended = amend(&mut ledgers, AMENDED);

    let july = period("2026-07");
    let (one, ends) = threads::least(RUNS, || threads::each(1, &ledgers, |ledger| ledger.month_end(july, &[])));
    let checked = check(&ledgers, &amended, &ends);
    let (two, ends) = threads::least(RUNS, || threads::each(2, &ledgers, |ledger| ledger.month_end(july, &[])));
    assert_eq!(checked, check(&ledgers, &amended, &ends));
    child::row(
        "W3",
        "close of 2026-07, all from events, 10,000 amended late",
        Some(one),
        Some(two),
        &checked,
    );

    let (one, after) = threads::least(RUNS, || reports(1, &ledgers));
    assert!(before == after, "the report of June has changed");
    let (two, after) = threads::least(RUNS, || reports(2, &ledgers));
    assert!(before == after, "the report of June has changed");
    let bytes: usize = after.iter().map(String::len).sum();
    let what = "report of 2026-06 from events: roll-forward, and balance and revenue of each contract";
    child::row("W5", what, Some(one), Some(two), &format!("{bytes} bytes, the same as before W3"));
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Amends the first contracts of the file that are in service around the day; gives what was amended.
pub fn amend(ledgers: &mut [Ledger], count: usize) -> Vec<Generated> {
    let (from, until) = (day("2026-06-01"), day("2026-07-15"));
    let in_service = |dealt: &&mut Dealt| dealt.generated.start <= from && dealt.generated.end >= until;
    let mut dealt: Vec<&mut Dealt> = ledgers.iter_mut().flat_map(|ledger| &mut ledger.dealt).filter(in_service).collect();
    dealt.sort_by_key(|dealt| dealt.generated.id);
    dealt.truncate(count);
    assert_eq!(dealt.len(), count);
    dealt.into_iter().map(amend_one).collect()
}

/// A tenth more: a product beside it (separate), a higher price of a series (prospective) or of what is none (catch-up); billed later.
fn amend_one(dealt: &mut Dealt) -> Generated {
    let more = dealt.generated.amount / 10;
    let mut modified = Modified {
        treatment: None,
        decided: None,
        price_change: Decimal::new(more, 2),
        add: Vec::new(),
        change: Vec::new(),
        remove: Vec::new(),
    };
    let separate = dealt.generated.id.is_multiple_of(3);
    if separate {
        modified.add.push(ObligationTerms {
            price: Some(Decimal::new(more, 2)),
            start: Some(day("2026-06-15")),
            end: Some(dealt.generated.end),
            ..ObligationTerms::new("extra", Satisfied::OverTime)
        });
    } else {
        modified.change.push(Change {
            obligation: "plan".into(),
            price: Some(Decimal::new(dealt.generated.amount + more, 2)),
            start: None,
            end: None,
            quantity: None,
            progress: None,
            ssp: None,
        });
    }
    let known = day("2026-07-10");
    dealt.events.push(Event {
        known_on: Some(known),
        ..Event::new(day("2026-06-15"), EventKind::Modified(modified))
    });
    let billed = if separate { "extra" } else { "plan" };
    dealt
        .events
        .push(Event::new(known, EventKind::Invoiced(invoice("INV2", billed, more))));
    dealt.generated
}

/// Revenue to date of an amended contract, by arithmetic of its own.
fn to_date(contract: &Generated, last: NaiveDate) -> i64 {
    let days = |from: NaiveDate, to: NaiveDate| (to - from).num_days() + 1;
    let share = |amount: i64, served: i64, whole: i64| (2 * amount * served + whole) / (2 * whole);
    let (start, end, from) = (contract.start, contract.end, day("2026-06-15"));
    let (amount, more) = (contract.amount, contract.amount / 10);
    let last = last.min(end);
    match contract.id % 3 {
        0 => share(amount, days(start, last), days(start, end)) + share(more, days(from, last), days(from, end)),
        1 => {
            let before = share(amount, days(start, day("2026-06-14")), days(start, end));
            before + share(amount - before + more, days(from, last), days(from, end))
        }
        _ => share(amount + more, days(start, last), days(start, end)),
    }
}

/// What is posted for June is what the amendments changed of it, July is July, and nothing goes into a locked month.
pub fn check(ledgers: &[Ledger], amended: &[Generated], ends: &[MonthEnd]) -> String {
    let july = period("2026-07");
    let proposals = || ends.iter().map(|end| &end.proposal);
    proposals().for_each(|proposal| {
        check_journals(proposal);
        assert!(proposal.journals.iter().all(|journal| journal.posting_period == july));
    });
    let revenue = |period: Period| -sum(proposals(), Role::Revenue, Some(period));
    let unchanged = |contract: &Generated, period: Period| row(contract, period);
    let late = |contract: &Generated| {
        let may = unchanged_to_date(contract, june().previous());
        to_date(contract, june().last_day()) - may - unchanged(contract, june())
    };
    let expected_late: i64 = amended.iter().map(late).sum();
    assert_eq!(revenue(june()), i128::from(expected_late));
    let all: i64 = ledgers
        .iter()
        .flat_map(|ledger| &ledger.dealt)
        .map(|dealt| row(&dealt.generated, july))
        .sum();
    let of_july = |contract: &Generated| to_date(contract, july.last_day()) - to_date(contract, june().last_day()) - row(contract, july);
    let expected_july = all + amended.iter().map(of_july).sum::<i64>();
    assert_eq!(revenue(july), i128::from(expected_july));
    assert_eq!(-sum(proposals(), Role::Revenue, None), i128::from(expected_late + expected_july));
    format!("{expected_late} of June in July, {expected_july} of July, none in a locked month")
}

/// Revenue of a month, and through it, before the amendment.
fn row(contract: &Generated, of: Period) -> i64 {
    unchanged_to_date(contract, of) - unchanged_to_date(contract, of.previous())
}

fn unchanged_to_date(contract: &Generated, through: Period) -> i64 {
    let mut sum = 0;
    let rounding = tieout_accounting::money::Rounding::HalfAway;
    tieout_accounting::schedule::daily::rows(contract.amount, contract.start, contract.end, rounding, |period, minor| {
        sum += if period <= through { minor } else { 0 };
    });
    sum
}

/// The report of June of each ledger.
pub fn reports(threads: usize, ledgers: &[Ledger]) -> Vec<String> {
    threads::each(threads, ledgers, |ledger| {
        let contracts = ledger.contracts();
        let rows = rollforward::contract_liability(&contracts, june()).unwrap();
        let mut report = format!("{} {}\n", ledger.entity.id, june());
        for (period, row) in rows {
            writeln!(
                report,
                "{period} {} {} {} {} {}",
                row.opening, row.billed, row.recognised, row.other, row.closing
            )
            .unwrap();
        }
        for contract in contracts {
            let liability = contract.balances(june().last_day()).contract_liability;
            let revenue = contract.posted().get(&june()).copied().unwrap_or(0);
            writeln!(report, "{} {liability} {revenue}", contract.id()).unwrap();
        }
        report
    })
}
