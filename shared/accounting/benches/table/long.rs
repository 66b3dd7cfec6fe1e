//! Contracts at the bounds of what is accepted: 1,000 obligations, 100 years, a late fact for each of many closes. Each is one contract, so
//! it is computed by one thread.

use std::path::Path;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::book::{Book, PeriodAct};
use tieout_accounting::contract::Contract;
use tieout_accounting::event::{DocumentLine, Event, EventKind, ObligationTerms, Paid, Satisfied, Signed, Used};
use tieout_accounting::ids::ObligationId;
use tieout_accounting::journal::Case;
use tieout_accounting::rates::{RateLine, Rates};
use tieout_accounting::{Currency, Period, story};

use crate::ledgers::{invoice, period};
use crate::{child, threads};

const OBLIGATIONS: i32 = 1_000;
const YEARS: i32 = 100;
const MONTHS: i32 = YEARS * 12;
const CLOSES: i32 = 1_150;
const LATE_FACTS: i32 = 14;
const PAYMENTS: u64 = 18_000;
const RUNS: usize = 2;

/// 12.00 a month for 100 years, in minor units.
const PRICE: i64 = 12_00 * MONTHS as i64;

pub fn run(_: &Path) {
    let all_along = |place: i32| (service(first(), MONTHS), place);
    let by_turns = |place: i32| (service(first().plus(place * (MONTHS - 12) / OBLIGATIONS), 12), place);
    let at_once = || signed_and_billed((0..OBLIGATIONS).map(all_along), true);
    let unbilled = || signed_and_billed((0..OBLIGATIONS).map(all_along), false);
    let shapes: [(&str, Vec<Event>); 6] = [
        ("invoiced in full at the signing", at_once()),
        ("never invoiced", unbilled()),
        (
            "of a year each, invoiced at its start",
            signed_and_billed((0..OBLIGATIONS).map(by_turns), true),
        ),
        ("every line invoiced every month", unbilled().into_iter().chain(monthly()).collect()),
        ("18,000 payments on as many days", at_once().into_iter().chain(payments()).collect()),
        ("in foreign currency, never invoiced", foreign(unbilled())),
    ];
    for (place, (shape, events)) in shapes.iter().enumerate() {
        let book = book();
        let (took, contract) = threads::least(RUNS, || Contract::from_events(&"LONG".into(), events, &book).unwrap());
        let what = format!("one contract of {OBLIGATIONS} obligations over {YEARS} years, {shape}");
        child::row("long", &what, Some(took), None, &recognised(&contract));
        if place < 2 {
            report(shape, events);
        }
    }
    late();
}

/// In pounds, with a rate of dollars that changes each month.
fn book() -> Book {
    let rate = |month: i32| RateLine {
        on: first().plus(month).first_day(),
        currency: usd(),
        rate: Decimal::new(8_000 + i64::from(month % 97), 4),
    };
    let mut book = Book::new(gbp());
    book.rates = Rates::new((0..MONTHS).map(rate)).unwrap();
    book
}

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn foreign(mut events: Vec<Event>) -> Vec<Event> {
    if let Some(EventKind::Signed(signed)) = events.first_mut().map(|event| &mut event.kind) {
        signed.currency = Some(usd());
    }
    events
}

/// Each month an invoice of the month's price of every obligation.
fn monthly() -> impl Iterator<Item = Event> {
    let line = |place: i32| DocumentLine {
        obligation: id(place),
        amount: Decimal::new(PRICE / i64::from(MONTHS), 2),
    };
    (0..MONTHS).map(move |month| {
        let on = first().plus(month).first_day();
        let mut invoiced = invoice(&format!("INV-{on}"), "", 0);
        invoiced.lines = (0..OBLIGATIONS).map(line).collect();
        Event::new(on, EventKind::Invoiced(invoiced))
    })
}

/// Every second day a part of the first invoice is paid.
fn payments() -> impl Iterator<Item = Event> {
    let signed = first().first_day();
    (0..PAYMENTS).map(move |place| {
        let paid = Paid {
            invoice: format!("INV-{signed}").as_str().into(),
            amount: Decimal::ONE,
            discount: None,
            rate: None,
        };
        Event::new(signed + chrono::Days::new(2 * place), EventKind::Paid(paid))
    })
}

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

fn first() -> Period {
    period("2026-01")
}

fn service(from: Period, months: i32) -> (NaiveDate, NaiveDate) {
    (from.first_day(), from.plus(months - 1).last_day())
}

fn id(place: i32) -> ObligationId {
    ObligationId::new(format!("line-{place:04}"))
}

fn signed_and_billed(services: impl Iterator<Item = ((NaiveDate, NaiveDate), i32)>, billed: bool) -> Vec<Event> {
    let mut obligations = Vec::new();
    let mut invoices: Vec<Event> = Vec::new();
    for ((start, end), place) in services {
        obligations.push(ObligationTerms {
            price: Some(Decimal::new(PRICE, 2)),
            start: Some(start),
            end: Some(end),
            ..ObligationTerms::new(id(place), Satisfied::OverTime)
        });
        let line = DocumentLine {
            obligation: id(place),
            amount: Decimal::new(PRICE, 2),
        };
        match invoices.last_mut().filter(|event| event.on == start).map(|event| &mut event.kind) {
            Some(EventKind::Invoiced(invoiced)) => invoiced.lines.push(line),
            _ => invoices.push(Event::new(
                start,
                EventKind::Invoiced(invoice(&format!("INV-{start}"), id(place).as_str(), PRICE)),
            )),
        }
    }
    let signed = Signed {
        obligations,
        ..Signed::default()
    };
    let signed = Event::new(first().first_day(), EventKind::Signed(signed));
    std::iter::once(signed).chain(invoices.into_iter().filter(|_| billed)).collect()
}

/// The same as a story: read, computed, and every key of `expect` as JSON.
fn report(shape: &str, events: &[Event]) {
    let events: Vec<serde_json::Value> = events.iter().map(Event::to_value).collect();
    let text = serde_json::json!({"story": "long", "ledger": {"currency": "GBP"}, "events": events}).to_string();
    let (took, json) = threads::least(RUNS, || story::run(&text).0.to_json().to_string());
    let what = format!("the same as a story of {} bytes, figures as JSON, {shape}", text.len());
    assert!(!json.contains("\"error\""));
    child::row("long", &what, Some(took), None, &format!("{} bytes", json.len()));
}

/// All of the price is recognised and nothing is left.
fn recognised(contract: &Contract) -> String {
    let all: i64 = contract.recognised_by_period().values().sum();
    if contract.currency() == contract.ledger_currency() {
        assert_eq!(all, i64::from(OBLIGATIONS) * PRICE);
    }
    let last = first().plus(MONTHS - 1).last_day();
    let rows: usize = contract.recognised_by_obligation().values().map(|rows| rows.len()).sum();
    assert_eq!((contract.balances(last).contract_liability, contract.rpo(last).minor), (0, 0));
    format!("{all} recognised, {rows} rows")
}

/// Usage of each month that becomes known after the month was closed, at the next close but one.
fn late() {
    let terms = ObligationTerms::new("usage", Satisfied::ByUsage);
    let signed = Signed {
        obligations: vec![terms],
        ..Signed::default()
    };
    let mut events = vec![Event::new(first().first_day(), EventKind::Signed(signed))];
    let mut book = Book::new(gbp());
    for month in (0..CLOSES).map(|place| first().plus(place)) {
        let next = month.next().first_day();
        book.closed.push(PeriodAct {
            on: next + chrono::Days::new(4),
            period: month,
            closed: true,
        });
        for fact in 0..LATE_FACTS {
            let used = Used {
                obligation: "usage".into(),
                quantity: None,
                amount: Some(Decimal::new(100 + i64::from(fact), 2)),
            };
            let mut event = Event::new(month.first_day() + chrono::Days::new(fact as u64), EventKind::Used(used));
            event.known_on = Some(next + chrono::Days::new(9));
            events.push(event);
        }
    }
    let (took, contract) = threads::least(RUNS, || Contract::from_events(&"LATE".into(), &events, &book).unwrap());
    let a_month: i64 = (0..i64::from(LATE_FACTS)).map(|fact| 100 + fact).sum();
    let all: i64 = contract.recognised_by_period().values().sum();
    assert_eq!(all, a_month * i64::from(CLOSES));
    let catch_ups = contract.entries().iter().filter(|entry| entry.case == Case::CatchUp).count();
    let what = format!("one contract, {CLOSES} closes with {} late facts", CLOSES * LATE_FACTS);
    let checked = format!("{all} recognised, {catch_ups} catch-up entries");
    child::row("long", &what, Some(took), None, &checked);
}
