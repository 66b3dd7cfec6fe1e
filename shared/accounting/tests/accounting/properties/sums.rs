//! Sums: recognised, posted, debits and credits, currencies.

use std::collections::BTreeMap;

use serde_json::json;
use tieout_accounting::contract::Contract;
use tieout_accounting::journal::Role;

use super::{amounts, problem, same};
use crate::history::History;

/// 606-10-32: what was earned and what is still to be earned is the transaction price, to the cent.
pub fn recognised_and_remaining_are_the_price(history: &History, contract: &Contract) -> Result<(), String> {
    let by_obligation: i64 = contract.recognised_by_obligation().values().flat_map(BTreeMap::values).sum();
    let recognised: i64 = contract.recognised_by_period().values().sum();
    same("by obligation and by period", by_obligation, recognised)?;
    if history.financed() {
        return Ok(()); // interest is revenue beyond the price
    }
    let last = contract.through().last_day();
    same(
        "recognised and remaining, price",
        recognised + contract.rpo(last).minor,
        contract.price().minor,
    )
}

/// What is still accrued at the end is reversed on the day after; all else of what was recognised stands in the books.
pub fn all_that_is_recognised_is_posted(_: &History, contract: &Contract) -> Result<(), String> {
    let recognised: i64 = contract.recognised_by_period().values().sum();
    let beyond = contract.entries().iter().filter(|entry| entry.posting_period > contract.through());
    let taken_back: i64 = beyond.map(|entry| entry.sum(Role::Revenue)).sum();
    let posted: i64 = contract.posted().values().sum();
    same("recognised, posted", recognised, posted + taken_back)
}

/// Each journal balances in the ledger's currency, and in the contract's where its lines have such amounts.
pub fn debits_are_credits(history: &History, contract: &Contract) -> Result<(), String> {
    for entry in contract.entries() {
        same(entry.id.as_str(), entry.lines.iter().map(|line| line.amount).sum::<i64>(), 0)?;
        let of_document = entry.lines.iter().filter_map(|line| line.transaction);
        same(entry.id.as_str(), of_document.sum::<i64>(), 0)?;
        if !history.options.foreign {
            same(entry.id.as_str(), entry.lines.iter().all(|line| line.transaction.is_none()), true)?;
        }
        if entry.lines.iter().any(|line| line.amount == 0 && line.transaction.is_none()) || entry.lines.is_empty() {
            return Err(format!("{} has a line of nothing", entry.id));
        }
    }
    Ok(())
}

/// Not even two that cancel each other.
pub fn no_exchange_differences(_: &History, contract: &Contract) -> Result<(), String> {
    for entry in contract.entries() {
        same(entry.id.as_str(), entry.sum(Role::Fx), 0)?;
    }
    same("exchange differences", contract.fx().values().all(|amount| *amount == 0), true)
}

/// A foreign currency of which one unit is always worth one has the figures of a domestic contract.
pub fn at_a_rate_of_one_there_is_one_currency(history: &History, contract: &Contract) -> Result<(), String> {
    let currency = contract.currency().code();
    let twin = match contract.currency().exponent() {
        0 => "KRW",
        3 => "BHD",
        _ => "CHF",
    };
    let mut foreign = history.story.clone();
    foreign["ledger"]["currency"] = json!(twin);
    foreign["rates"] = json!([{"on": "2020-01-01", "currency": currency, "rate": "1"}]);
    for event in foreign["events"].as_array_mut().ok_or("no events")? {
        event.as_object_mut().ok_or("no event")?.remove("rate");
    }
    let mut domestic = foreign.clone();
    domestic["ledger"]["currency"] = json!(currency);
    let [foreign, domestic] = [foreign, domestic].map(|story| History::read(history.seed, history.options, story).contract());
    let (foreign, domestic) = (foreign.map_err(problem)?, domestic.map_err(problem)?);
    same("recognised", amounts(&foreign), amounts(&domestic))?;
    for period in domestic.first_period().to(domestic.through()) {
        let day = period.last_day();
        same(&day.to_string(), foreign.balances(day), domestic.balances(day))?;
    }
    no_exchange_differences(history, &foreign)
}
