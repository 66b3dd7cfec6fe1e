//! The 24 ledgers of the generator's contracts: one for each entity and currency. The file has no rates, so each keeps its own currency.

use tieout_accounting::book::{Book, Calendar, PeriodAct};
use tieout_accounting::close::{Closing, Entity, Level, Posted, PostedLine, Proposal};
use tieout_accounting::contract::Contract;
use tieout_accounting::event::{DocumentLine, Event, EventKind, Invoiced, ObligationTerms, Satisfied, Signed};
use tieout_accounting::ids::{ContractId, JournalKey};
use tieout_accounting::journal::Role;
use tieout_accounting::{Currency, Period};

use crate::support::{CURRENCIES, Generated};

/// A contract's events: signed and invoiced in full, in advance, on its first day.
pub struct Dealt {
    pub generated: Generated,
    pub id: ContractId,
    pub events: Vec<Event>,
}

/// The ledger of an entity in a currency, with what was posted and is still there.
pub struct Ledger {
    pub entity: Entity,
    pub book: Book,
    pub dealt: Vec<Dealt>,
    pub posted: Vec<PostedLine>,
}

/// What a month-end gives.
pub struct MonthEnd {
    pub proposal: Proposal,
    /// Balance of the contract liability of all contracts, minor units.
    pub liability: i128,
}

pub fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

pub fn june() -> Period {
    period("2026-06")
}

/// The ledgers with nothing closed and nothing posted.
pub fn ledgers(contracts: &[Generated]) -> Vec<Ledger> {
    let mut ledgers: Vec<Ledger> = (0..8 * CURRENCIES.len()).map(empty).collect();
    for contract in contracts {
        ledgers[contract.entity * CURRENCIES.len() + contract.currency]
            .dealt
            .push(dealt(contract));
    }
    ledgers
}

fn empty(place: usize) -> Ledger {
    let (entity, currency) = (place / CURRENCIES.len() + 1, CURRENCIES[place % CURRENCIES.len()]);
    let ledger_currency = Currency::parse(currency).unwrap();
    Ledger {
        entity: Entity {
            id: format!("{entity}-{currency}").as_str().into(),
            currency: ledger_currency,
            calendar: Calendar::default(),
        },
        book: Book::new(ledger_currency),
        dealt: Vec::new(),
        posted: Vec::new(),
    }
}

pub fn dealt(generated: &Generated) -> Dealt {
    let amount = rust_decimal::Decimal::new(generated.amount, 2);
    let terms = ObligationTerms {
        price: Some(amount),
        start: Some(generated.start),
        end: Some(generated.end),
        // Every third is one bespoke service: its amendments are caught up (W3).
        series: (generated.id % 3 == 2).then_some(false),
        ..ObligationTerms::new("plan", Satisfied::OverTime)
    };
    let signed = Signed {
        obligations: vec![terms],
        ..Signed::default()
    };
    let events = vec![
        Event::new(generated.start, EventKind::Signed(signed)),
        Event::new(generated.start, EventKind::Invoiced(invoice("INV", "plan", generated.amount))),
    ];
    Dealt {
        generated: *generated,
        id: ContractId::new(format!("C{:07}", generated.id)),
        events,
    }
}

pub fn invoice(number: &str, obligation: &str, minor: i64) -> Invoiced {
    Invoiced {
        invoice: number.into(),
        currency: None,
        lines: vec![DocumentLine {
            obligation: obligation.into(),
            amount: rust_decimal::Decimal::new(minor, 2),
        }],
        tax: None,
        unconditional: true,
        rate: None,
    }
}

impl Ledger {
    /// Closes each month through one, on the fifth of the month after.
    pub fn close_through(&mut self, last: Period) {
        let act = |period: Period| PeriodAct {
            on: period.next().first_day() + chrono::Days::new(4),
            period,
            closed: true,
        };
        self.book.closed = period("2024-01").to(last).map(act).collect();
        self.entity.calendar = Calendar::closed_through(last);
    }

    /// Computes the contracts from their events.
    pub fn contracts(&self) -> Vec<Contract> {
        let contract = |dealt: &Dealt| Contract::from_events(&dealt.id, &dealt.events, &self.book).unwrap();
        self.dealt.iter().map(contract).collect()
    }

    /// A month-end from the events on: contracts, balances, journals with their parts. Each contract is computed, compared and dropped.
    pub fn month_end(&self, period: Period, used: &[JournalKey]) -> MonthEnd {
        let on = period.last_day();
        let mut closing = Closing::new(&self.entity, period, Level::Tracking).unwrap();
        used.iter().for_each(|key| closing.used(key));
        let ids = self.dealt.iter().map(|dealt| &dealt.id);
        let posted = Posted::of(ids, &self.posted, |line| closing.posted(&line.journal_key, line.posting_period));
        let mut liability = 0;
        for (place, dealt) in self.dealt.iter().enumerate() {
            let contract = Contract::from_events(&dealt.id, &dealt.events, &self.book).unwrap();
            liability += i128::from(contract.balances(on).contract_liability);
            closing.contract(&contract, posted.lines(place)).unwrap();
        }
        let proposal = closing.propose().unwrap();
        MonthEnd { proposal, liability }
    }
}

/// Sum of an account's lines over proposals, minor units, debit positive; where an economic period is named, of that alone.
pub fn sum<'p>(proposals: impl IntoIterator<Item = &'p Proposal>, role: Role, economic: Option<Period>) -> i128 {
    let lines = proposals
        .into_iter()
        .flat_map(|proposal| &proposal.journals)
        .flat_map(|journal| &journal.lines);
    let parts = lines.filter(|line| line.role == role).flat_map(|line| &line.parts);
    let counts = parts.filter(|part| economic.is_none_or(|economic| part.economic_period == economic));
    counts.map(|part| i128::from(part.amount_minor)).sum()
}

/// Each journal balances, and each line is the sum of its parts; gives the number of parts.
pub fn check_journals(proposal: &Proposal) -> usize {
    for journal in &proposal.journals {
        assert_eq!(journal.lines.iter().map(|line| i128::from(line.amount_minor)).sum::<i128>(), 0);
        for line in &journal.lines {
            assert_eq!(line.parts.iter().map(|part| part.amount_minor).sum::<i64>(), line.amount_minor);
        }
    }
    proposal
        .journals
        .iter()
        .flat_map(|journal| &journal.lines)
        .map(|line| line.parts.len())
        .sum()
}
