//! A contract is signed over what was sold: lines, prices, dates and ways of being earned of one version of the deal that was won.

use chrono::{Days, Months, NaiveDate};
use serde_json::Value;

use crate::auditor::books::{Books, Contract};
use crate::auditor::history::{History, Line, Version};
use crate::auditor::json::{cents, day, list, text};

/// Contracts that are signed over something that never was sold.
pub fn wrong(books: &Books, history: &History) -> Vec<String> {
    let mut wrong = Vec::new();
    for contract in books.contracts.values() {
        let Some(versions) = history.deals.get(&contract.id) else {
            continue;
        };
        let sold = versions.iter().filter(|version| version.won && !version.deleted);
        if !sold.clone().any(|version| is_signed_over(contract, version, history)) {
            wrong.push(format!(
                "contract {} is signed over none of the {} versions of its deal that were won",
                contract.id,
                sold.count()
            ));
        }
    }
    wrong
}

fn is_signed_over(contract: &Contract, version: &Version, history: &History) -> bool {
    let Some(signed) = contract.events.first().filter(|event| event.kind() == "signed") else {
        return false;
    };
    let obligations = list(&signed.body, "obligations");
    let booked = |line: &Line| {
        let terms = obligations.iter().find(|terms| text(terms, "id") == line.id);
        terms.is_some_and(|terms| is_as_sold(contract, terms, line, version, history))
    };
    obligations.len() == version.lines.len() && Some(signed.on()) == version.closed_on && version.lines.iter().all(booked)
}

fn is_as_sold(contract: &Contract, terms: &Value, line: &Line, version: &Version, history: &History) -> bool {
    let product = history.product(&line.code);
    let same_price = cents(terms, "price") == line.cents;
    if product.is_some_and(|product| product.at_point) {
        let due = line.start.max(version.closed_on);
        let deliveries = contract
            .events
            .iter()
            .filter(|event| event.kind() == "delivered" && text(&event.body, "obligation") == line.id);
        let days: Vec<NaiveDate> = deliveries.map(|event| event.on()).collect();
        return same_price && text(terms, "satisfied") == "at_point" && due.is_some_and(|due| days == [due]);
    }
    let own = product.and_then(|product| product.method.as_deref());
    let method = own.or(history.entity(&contract.entity).map(|entity| entity.method.as_str()));
    same_price
        && text(terms, "satisfied") == "over_time"
        && Some(text(terms, "method")) == method
        && day(terms, "start") == line.start
        && day(terms, "end") == line.end.or_else(|| end_of_term(line))
}

/// The day before the anniversary of the start.
fn end_of_term(line: &Line) -> Option<NaiveDate> {
    let months = u32::try_from(line.months).ok().filter(|months| *months > 0)?;
    line.start?.checked_add_months(Months::new(months))?.checked_sub_days(Days::new(1))
}
