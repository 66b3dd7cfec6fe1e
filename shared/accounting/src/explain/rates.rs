//! The rate of each amount that was translated: which rate, of which day, and whose.
//!
//! Example: INV-1 of 1 August over 1,200.00 USD at 0.80, which the ledger booked, is 960.00 GBP; its receivable stands at the
//! closing rate of 31 August.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::scope::{entry_name, starts};
use crate::contract::{Closing, Contract, Rate, RateSource, Translated};
use crate::event::{Event, EventKind};
use crate::journal::{Case, Entry, Role};
use crate::rates::Rates;

/// An amount that was translated.
#[derive(Debug, Clone)]
pub(super) struct RateUsed {
    pub(super) on: NaiveDate,
    /// What it was translated for: a document, or a balance at the closing rate.
    pub(super) what: String,
    pub(super) translated: Translated,
    /// The number of the document, where it is one.
    pub(super) document: Option<String>,
}

/// Documents and closing balances of a contract in a foreign currency, in order of time.
pub(super) fn used(contract: &Contract, events: &[Event], closings: Vec<Closing>, rates: &Rates) -> Vec<RateUsed> {
    let documents = contract
        .entries()
        .iter()
        .filter_map(|entry| document(contract, entry, events, rates));
    let closing = |closing: Closing| RateUsed {
        on: closing.on,
        what: format!("{} at the closing rate", super::text::account(closing.account)),
        translated: closing.translated,
        document: None,
    };
    let mut used: Vec<RateUsed> = documents.chain(closings.into_iter().map(closing)).collect();
    used.sort_by_key(|used| used.on);
    used
}

/// A document's amount with tax, and the rate at which the ledger booked it.
fn document(contract: &Contract, entry: &Entry, events: &[Event], rates: &Rates) -> Option<RateUsed> {
    let account = match entry.case {
        Case::Invoice | Case::CreditNote => Role::Receivable,
        Case::Payment | Case::Refund => Role::Cash,
        _ => return None,
    };
    let line = entry
        .lines
        .iter()
        .find(|line| line.account == account && line.transaction.is_some())?;
    let amount = i128::from(line.transaction?).abs();
    let exponent = contract.currency().exponent();
    let is_amount = |written: Decimal| Decimal::try_from_i128_with_scale(amount, exponent).is_ok_and(|amount| amount == written);
    let name = entry_name(entry);
    let (event, number, booked) = events.iter().find_map(|event| match (&event.kind, entry.case) {
        (EventKind::Invoiced(of), Case::Invoice) if name == of.invoice.as_str() => Some((event, Some(of.invoice.to_string()), of.rate)),
        (EventKind::Credited(of), Case::CreditNote) if name == of.credit_note.as_str() => {
            Some((event, Some(of.credit_note.to_string()), of.rate))
        }
        (EventKind::Paid(of), Case::Payment) if starts(name, of.invoice.as_str()) && is_amount(of.amount) => {
            Some((event, Some(of.invoice.to_string()), of.rate))
        }
        (EventKind::Refunded(of), Case::Refund) if event.on == entry.on && is_amount(of.amount) => {
            Some((event, of.invoice.as_ref().map(ToString::to_string), of.rate))
        }
        _ => None,
    })?;
    let of = number.clone().unwrap_or_else(|| entry.case.words().to_owned());
    let rate = match (&event.kind, booked) {
        (_, Some(rate)) => Some(Rate {
            rate,
            on: event.on,
            source: RateSource::Booked(of),
        }),
        (EventKind::Credited(credited), None) => invoice_rate(events, credited.invoice.as_str(), contract, rates),
        (_, None) => table(contract, event.on, of, rates),
    };
    Some(RateUsed {
        on: event.on,
        what: format!("{} {}", entry.case.words(), number.as_deref().unwrap_or_default())
            .trim_end()
            .to_owned(),
        translated: Translated {
            amount,
            ledger: i128::from(line.amount).abs(),
            rate,
        },
        document: number,
    })
}

/// A credit note has the rate of its invoice.
fn invoice_rate(events: &[Event], invoice: &str, contract: &Contract, rates: &Rates) -> Option<Rate> {
    let (event, booked) = events.iter().find_map(|event| match &event.kind {
        EventKind::Invoiced(of) if of.invoice.as_str() == invoice => Some((event, of.rate)),
        _ => None,
    })?;
    match booked {
        Some(rate) => Some(Rate {
            rate,
            on: event.on,
            source: RateSource::Booked(invoice.to_owned()),
        }),
        None => table(contract, event.on, invoice.to_owned(), rates),
    }
}

fn table(contract: &Contract, on: NaiveDate, number: String, rates: &Rates) -> Option<Rate> {
    let rate: Decimal = rates.in_force(contract.currency(), on).ok()?;
    Some(Rate {
        rate,
        on,
        source: RateSource::Table(number),
    })
}

/// Whose rate it is, in words: "rates table, in force since 2026-08-01".
pub(super) fn source(rate: &Rate, currency: crate::Currency, rates: &Rates) -> String {
    let table = || match rates.since(currency, rate.on) {
        Some(since) => format!("rates table, in force since {since}"),
        None => "rates table".to_owned(),
    };
    match &rate.source {
        RateSource::Booked(document) => format!("booked by the ledger on {document}"),
        RateSource::Table(_) | RateSource::Closing => table(),
        RateSource::Earned => format!("{}, earned before it was billed", table()),
        RateSource::Signing => "rate of the signing, kept by policy".to_owned(),
    }
}

/// What a rate was taken for: "INV-1 of 2026-08-01".
pub(super) fn occasion(rate: &Rate) -> String {
    match &rate.source {
        RateSource::Booked(document) | RateSource::Table(document) => format!("{document} of {}", rate.on),
        RateSource::Earned => format!("earned through {}, before it was billed", rate.on),
        RateSource::Closing => format!("closing rate of {}", rate.on),
        RateSource::Signing => format!("signing of {}", rate.on),
    }
}
