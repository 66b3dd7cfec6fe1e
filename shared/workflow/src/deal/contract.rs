//! A booked deal as the events of its contract, in the language of stories.

use chrono::NaiveDate;
use serde_json::{Value, json};
use tieout_accounting::event::Event;
use tieout_accounting::ids::ContractId;
use tieout_crm::deal::Deal;
use tieout_platform::config::{Method, Satisfied};

use crate::error::WorkflowError;
use crate::facts::{event, later};

use super::check::{Bookable, BookedLine};

/// What the contract's life begins with: signed, and delivered on the day of service for what is satisfied at a point, but
/// not before the contract is signed: until then there is none to recognise under (ASC 606-10-25-1).
///
/// # Errors
/// Where the accounting refuses an event; its words name the value and the mend.
pub fn first_events(contract: &ContractId, deal: &Deal, bookable: &Bookable, today: NaiveDate) -> Result<Vec<Event>, WorkflowError> {
    let obligations: Vec<Value> = bookable.lines.iter().map(obligation).collect();
    let mut events = vec![event(json!({
        "type": "signed",
        "contract": contract.as_str(),
        "on": deal.close_date,
        "known_on": later(today, deal.close_date),
        "currency": deal.currency,
        "customer": bookable.customer.id.to_string(),
        "obligations": obligations,
    }))?];
    for line in bookable.lines.iter().filter(|line| line.satisfied == Satisfied::AtPoint) {
        events.push(event(json!({
            "type": "delivered",
            "on": line.start.max(deal.close_date),
            "known_on": later(today, line.start.max(deal.close_date)),
            "obligation": line.obligation,
        }))?);
    }
    Ok(events)
}

fn obligation(line: &BookedLine) -> Value {
    let price = line.total.to_major_string();
    match line.satisfied {
        Satisfied::AtPoint => json!({"id": line.obligation, "price": price, "satisfied": "at_point", "tracking": line.tracking}),
        Satisfied::OverTime => json!({
            "id": line.obligation,
            "price": price,
            "satisfied": "over_time",
            "start": line.start,
            "end": line.end,
            "method": method_name(line.method),
            "tracking": line.tracking,
        }),
    }
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Daily => "daily",
        Method::ProrataMonth => "prorata_month",
        Method::EqualTouched => "equal_touched",
        Method::EqualAnniversary => "equal_anniversary",
    }
}
