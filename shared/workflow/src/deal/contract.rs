//! What a booked deal begins: the events of its contract, and the invoice to be made.

use chrono::NaiveDate;
use tieout_accounting::event::{Delivered, Event, EventKind, ObligationTerms, Satisfied as Transfer, Signed};
use tieout_accounting::ids::ContractId;
use tieout_accounting::{Currency, Refusal};
use tieout_crm::deal::Deal;
use tieout_platform::config::Satisfied;
use tieout_store::PlannedLine;

use crate::facts::event;
use crate::ids::line_of;
use crate::ledger::decimal;
use crate::policy::method;

use super::check::{Bookable, BookedLine};

/// What the contract's life begins with: signed, and delivered on the day of service for what is satisfied at a point, but
/// not before the contract is signed: until then there is none to recognise under (ASC 606-10-25-1).
///
/// # Errors
/// Where the deal's currency is none.
pub fn first_events(contract: &ContractId, deal: &Deal, bookable: &Bookable, today: NaiveDate) -> Result<Vec<Event>, Refusal> {
    let signed = Signed {
        currency: Some(Currency::parse(&deal.currency)?),
        customer: Some(bookable.customer.id.to_string()),
        obligations: bookable.lines.iter().map(obligation).collect(),
        ..Signed::default()
    };
    let signed = Event {
        contract: Some(contract.clone()),
        ..event(deal.close_date, today, EventKind::Signed(signed))
    };
    Ok(std::iter::once(signed)
        .chain(delivered(&bookable.lines, deal.close_date, today))
        .collect())
}

/// What of the lines is delivered on a day of its own, but not before `since`.
pub fn delivered<'a>(lines: impl IntoIterator<Item = &'a BookedLine>, since: NaiveDate, today: NaiveDate) -> impl Iterator<Item = Event> {
    let at_point = lines.into_iter().filter(|line| line.satisfied == Satisfied::AtPoint);
    at_point.map(move |line| {
        let delivered = Delivered {
            obligation: line.obligation.as_str().into(),
            quantity: None,
            share: None,
        };
        event(line.start.max(since), today, EventKind::Delivered(delivered))
    })
}

/// What bills all lines of a deal.
pub fn invoice_lines(bookable: &Bookable) -> Vec<PlannedLine> {
    let lines = bookable.lines.iter().map(|line| planned_line(&obligation(line), line));
    lines.collect()
}

/// The lines that obligations came from, and what bills them.
pub fn billed<'a>(added: &[ObligationTerms], bookable: &'a Bookable) -> (Vec<&'a BookedLine>, Vec<PlannedLine>) {
    let of_line = |added: &ObligationTerms| {
        let line = bookable.lines.iter().find(|line| line.obligation == line_of(added.id.as_str()))?;
        Some((line, planned_line(added, line)))
    };
    added.iter().filter_map(of_line).unzip()
}

fn planned_line(added: &ObligationTerms, line: &BookedLine) -> PlannedLine {
    PlannedLine {
        obligation: added.id.to_string(),
        amount: added.price.unwrap_or_default(),
        service: added.start.zip(added.end),
        revenue_account: line.revenue_account.clone(),
    }
}

/// What a line promises.
pub fn obligation(line: &BookedLine) -> ObligationTerms {
    let of = |satisfied| ObligationTerms {
        price: Some(decimal(line.total)),
        tracking: line.tracking.clone(),
        ..ObligationTerms::new(line.obligation.as_str(), satisfied)
    };
    match line.satisfied {
        Satisfied::AtPoint => of(Transfer::AtPoint),
        Satisfied::OverTime => ObligationTerms {
            start: Some(line.start),
            end: Some(line.end),
            method: Some(method(line.method)),
            ..of(Transfer::OverTime)
        },
    }
}
