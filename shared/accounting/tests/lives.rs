//! Identities over random contracts with random lives. `TIEOUT_LIVES` sets how many; 1,000 by default.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod life;

use std::collections::BTreeMap;

use life::Life;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tieout_accounting::book::Calendar;
use tieout_accounting::close::{self, Entity, Level, PostedLine};
use tieout_accounting::contract::Contract;
use tieout_accounting::event::EventKind;
use tieout_accounting::journal::Role;
use tieout_accounting::{Book, Event, Period, rollforward};

/// Runs a property over random lives; refused lives do not count, and may not be many.
fn over_lives(options: life::Options, property: impl Fn(&Life, &Contract) -> Result<(), TestCaseError>) {
    over_some_lives(1, options, property);
}

/// The same for a property that takes long: one life in `of`.
fn over_some_lives(of: u32, options: life::Options, property: impl Fn(&Life, &Contract) -> Result<(), TestCaseError>) {
    let cases = std::env::var("TIEOUT_LIVES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_000)
        / of;
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let counts = std::cell::Cell::new((0u32, 0u32));
    runner
        .run(&(any::<u64>(), 0usize..30), |(seed, steps)| {
            let life = Life::new(seed, steps, options);
            let (played, refused) = counts.get();
            match life.contract() {
                Ok(contract) => {
                    counts.set((played + 1, refused));
                    property(&life, &contract).map_err(|error| TestCaseError::fail(format!("{error}\n{}", life.story())))
                }
                Err(refusal) => {
                    counts.set((played, refused + 1));
                    prop_assert!(!refusal.to_string().contains("defect"), "{refusal}\n{}", life.story());
                    Ok(())
                }
            }
        })
        .unwrap();
    let (played, refused) = counts.get();
    assert!(played > refused, "{played} played, {refused} refused");
}

const PLAIN: life::Options = life::Options {
    foreign: false,
    closes: false,
    metered: true,
};
const FOREIGN: life::Options = life::Options {
    foreign: true,
    closes: false,
    metered: true,
};
const CLOSING: life::Options = life::Options {
    foreign: false,
    closes: true,
    metered: true,
};

#[test]
fn recognised_and_remaining_sum_to_the_price() {
    over_lives(PLAIN, |_, contract| {
        let recognised: i64 = contract.recognised_by_period().values().sum();
        let last = contract.through().last_day();
        prop_assert_eq!(recognised + contract.rpo(last).minor, contract.price().minor);
        let posted: i64 = contract.posted().values().sum();
        // What is still accrued at the end is reversed on the day after.
        let trailing = contract
            .entries()
            .iter()
            .filter(|entry| entry.posting_period > contract.through())
            .map(|entry| entry.sum(Role::Revenue))
            .sum::<i64>();
        prop_assert_eq!(recognised, posted + trailing);
        Ok(())
    });
}

#[test]
fn billed_less_recognised_is_the_position() {
    over_lives(PLAIN, |life, contract| {
        if life.conditional {
            return Ok(());
        }
        let last = contract.through().last_day();
        let balances = contract.balances(last);
        let recognised: i64 = contract.recognised_by_period().values().sum();
        let position = balances.contract_liability - balances.contract_asset - balances.accrued_receivable;
        let expected_refunds = contract.billed().minor - recognised - position;
        prop_assert!(
            (0..=balances.refund_liability).contains(&expected_refunds),
            "{expected_refunds} of {}",
            balances.refund_liability
        );
        Ok(())
    });
}

#[test]
fn rolls_forward_without_exchange_differences_in_one_currency() {
    over_lives(PLAIN, |_, contract| {
        let through = contract.through();
        for rows in [
            rollforward::contract_liability(std::slice::from_ref(contract), through),
            rollforward::contract_asset(std::slice::from_ref(contract), through),
        ] {
            for row in rows.map_err(|refusal| TestCaseError::fail(refusal.to_string()))?.values() {
                prop_assert_eq!(row.opening + row.billed + row.recognised + row.other, row.closing);
            }
        }
        prop_assert!(contract.fx().values().all(|amount| *amount == 0), "{:?}", contract.fx());
        Ok(())
    });
}

#[test]
fn debits_are_credits_and_entries_say_what_the_positions_say() {
    for options in [PLAIN, FOREIGN] {
        over_lives(options, |_, contract| {
            for entry in contract.entries() {
                prop_assert_eq!(entry.lines.iter().map(|line| line.amount).sum::<i64>(), 0, "{}", entry.id);
            }
            for period in contract.first_period().to(contract.through()) {
                let day = period.last_day();
                prop_assert_eq!(contract.balances(day), contract.economic_balances(day), "{}", day);
            }
            Ok(())
        });
    }
}

#[test]
fn a_closed_period_never_changes() {
    over_lives(CLOSING, |life, contract| {
        let sums = |contract: &Contract, through: Period| {
            let mut sums: BTreeMap<(Period, Role), i64> = BTreeMap::new();
            for entry in contract.entries().iter().filter(|entry| entry.posting_period <= through) {
                for line in &entry.lines {
                    *sums.entry((entry.posting_period, line.account)).or_default() += line.amount;
                }
            }
            sums.retain(|_, amount| *amount != 0);
            sums
        };
        for (place, event) in life.events.iter().enumerate() {
            let EventKind::PeriodClosed(period) = event.kind else {
                continue;
            };
            let known: Vec<Event> = life.events.iter().take(place + 1).cloned().collect();
            if let Ok(then) = Contract::from_events(contract.id(), &known, &life.book) {
                prop_assert_eq!(sums(&then, period), sums(contract, period), "closed {}", period);
            }
        }
        let lines = contract
            .entries()
            .iter()
            .filter(|entry| entry.posting_period < entry.economic_period)
            .count();
        prop_assert_eq!(lines, 0);
        Ok(())
    });
}

#[test]
fn what_is_posted_late_is_still_all_posted() {
    over_lives(CLOSING, |life, contract| {
        let open: Vec<Event> = life
            .events
            .iter()
            .filter(|event| !matches!(event.kind, EventKind::PeriodClosed(_)))
            .cloned()
            .collect();
        let Ok(undisturbed) = Contract::from_events(contract.id(), &open, &life.book) else {
            return Ok(());
        };
        prop_assert_eq!(undisturbed.recognised_by_period(), contract.recognised_by_period());
        let far = contract.through().plus(60).last_day();
        prop_assert_eq!(undisturbed.balances(far), contract.balances(far));
        Ok(())
    });
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    for options in [PLAIN, CLOSING] {
        over_lives(options, |life, contract| {
            let mut events = life.events.clone();
            let days: std::collections::BTreeSet<_> = events.iter().map(|event| (event.on, event.kind.name())).collect();
            if days.len() < events.len() {
                return Ok(()); // two facts of a kind on one day: the list says which is the later
            }
            events.reverse();
            // Of one day's closing and facts, the list says what came first.
            events.sort_by_key(|event| matches!(event.kind, EventKind::PeriodClosed(_)));
            let reversed =
                Contract::from_events(contract.id(), &events, &life.book).map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
            prop_assert_eq!(reversed.recognised_by_period(), contract.recognised_by_period());
            let far = contract.through().plus(60).last_day();
            prop_assert_eq!(reversed.balances(far), contract.balances(far));
            Ok(())
        });
    }
}

#[test]
fn a_close_run_twice_proposes_nothing_and_repairs_what_was_deleted() {
    over_lives(CLOSING, |life, contract| {
        let entity = Entity {
            id: "E1".into(),
            currency: life.book.ledger_currency,
            calendar: Calendar::default(),
        };
        let contracts = [contract.clone()];
        let fail = |error: close::CloseError| TestCaseError::fail(error.to_string());
        let mut posted: Vec<PostedLine> = Vec::new();
        for period in contract.first_period().to(contract.through()) {
            let proposal = close::propose(&entity, period, &contracts, &posted, Level::Tracking).map_err(fail)?;
            for journal in &proposal.journals {
                prop_assert_eq!(journal.lines.iter().map(|line| line.amount_minor).sum::<i64>(), 0);
                prop_assert!(
                    journal.posting_period == period || journal.posting_period == period.next(),
                    "{}",
                    journal.key
                );
            }
            posted.extend(proposal.postings());
            let again = close::propose(&entity, period, &contracts, &posted, Level::Account).map_err(fail)?;
            prop_assert!(again.is_empty(), "{}", again.canonical_json());
        }
        let last = contract.through();
        let Some(deleted) = posted.get(posted.len() / 2).map(|line| line.journal_key.clone()) else {
            return Ok(());
        };
        let (gone, mut left): (Vec<_>, Vec<_>) = posted.into_iter().partition(|line| line.journal_key == deleted);
        let repair = close::propose(&entity, last, &contracts, &left, Level::Line).map_err(fail)?;
        prop_assert_eq!(repair.journals.len(), 1);
        let mut repaired = repair.postings();
        let strip = |lines: &mut Vec<PostedLine>| {
            lines.iter_mut().for_each(|line| line.journal_key = "".into());
            lines.sort();
        };
        let mut gone = gone;
        left.extend(repaired.iter().cloned());
        strip(&mut repaired);
        strip(&mut gone);
        prop_assert_eq!(repaired, gone);
        prop_assert!(
            close::propose(&entity, last, &contracts, &left, Level::Line)
                .map_err(fail)?
                .is_empty()
        );
        Ok(())
    });
}

#[test]
fn books_kept_month_by_month_end_where_the_contract_says() {
    over_some_lives(10, CLOSING, |life, contract| {
        let fail = |error: close::CloseError| TestCaseError::fail(error.to_string());
        let mut entity = Entity {
            id: "E1".into(),
            currency: life.book.ledger_currency,
            calendar: Calendar::default(),
        };
        let facts: Vec<Event> = life
            .events
            .iter()
            .filter(|event| !matches!(event.kind, EventKind::PeriodClosed(_)))
            .cloned()
            .collect();
        let mut book = life.book.clone();
        book.until = Some(contract.through());
        let mut posted: Vec<PostedLine> = Vec::new();
        let told = facts
            .iter()
            .map(|event| Period::of(event.known()))
            .max()
            .unwrap_or(contract.through());
        let last = contract.through().max(told).plus(1);
        for period in contract.first_period().to(last) {
            // The month is closed on the fifth of the next one, with what is known by then.
            let on = period.next().first_day() + chrono::Days::new(4);
            let known: Vec<Event> = facts.iter().filter(|event| event.known() <= on).cloned().collect();
            book.until = Some(contract.through().max(period));
            let Ok(then) = Contract::from_events(contract.id(), &known, &book) else {
                return Ok(());
            };
            let before = posted.len();
            let proposal = close::propose(&entity, period, &[then], &posted, Level::Tracking).map_err(fail)?;
            posted.extend(proposal.postings());
            prop_assert!(
                posted[before..].iter().all(|line| line.posting_period >= period),
                "a closed period changed"
            );
            entity.calendar.close(period);
            book.closed.push(tieout_accounting::book::PeriodAct { on, period, closed: true });
        }
        let mut sums: BTreeMap<Role, i64> = BTreeMap::new();
        for line in posted.iter().filter(|line| line.posting_period <= last) {
            *sums.entry(line.role).or_default() += line.amount_minor;
        }
        let Ok(whole) = Contract::from_events(
            contract.id(),
            &facts,
            &Book {
                until: Some(last),
                ..life.book.clone()
            },
        ) else {
            return Ok(());
        };
        for entry in whole
            .entries()
            .iter()
            .filter(|entry| !entry.case.is_document() && entry.posting_period <= last)
        {
            for line in &entry.lines {
                *sums.entry(line.account).or_default() -= line.amount;
            }
        }
        // Whether a refund pays back a refund liability or a credit balance may look otherwise once more is known.
        sums.retain(|role, amount| *amount != 0 && !matches!(role, Role::Receivable | Role::RefundLiability));
        prop_assert!(sums.is_empty(), "{sums:?}");
        Ok(())
    });
}

#[test]
fn remaining_obligations_are_liability_and_unbilled_less_asset() {
    over_lives(life::Options { metered: false, ..PLAIN }, |life, contract| {
        if life.conditional || life.estimates {
            return Ok(());
        }
        let last = contract.through().last_day();
        let balances = contract.balances(last);
        let unbilled = contract.price().minor - contract.billed().minor;
        prop_assert_eq!(
            contract.rpo(last).minor,
            balances.contract_liability + unbilled - balances.contract_asset
        );
        Ok(())
    });
}

#[test]
fn events_survive_the_file() {
    over_lives(FOREIGN, |life, _| {
        for event in &life.events {
            let read = Event::from_value(event.to_value()).map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
            prop_assert_eq!(&read, event);
        }
        Ok(())
    });
}
