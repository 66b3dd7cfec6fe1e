//! The names in a fact may come in any order, and one may come twice.

use serde_json::Value;
use tieout_accounting::contract::Contract;

use super::{amounts, same};
use crate::history::History;

/// The lists of a fact whose order says nothing.
const LISTS: [&str; 6] = ["obligations", "bundles", "add", "change", "remove", "lines"];

fn turn(value: &mut Value) {
    let Value::Object(object) = value else { return };
    for key in LISTS {
        if let Some(Value::Array(list)) = object.get_mut(key) {
            list.reverse();
            list.iter_mut().for_each(turn);
        }
    }
}

/// The same facts with their names in another order give the same books.
pub fn in_another_order(history: &History, contract: &Contract) -> Result<(), String> {
    let mut story = history.story.clone();
    story["events"].as_array_mut().ok_or("no events")?.iter_mut().for_each(turn);
    same_books(history, contract, story)
}

/// A product that is changed, removed or cancelled twice by one fact is so once.
pub fn named_twice(history: &History, contract: &Contract) -> Result<(), String> {
    let mut story = history.story.clone();
    for event in story["events"].as_array_mut().ok_or("no events")? {
        let keys: &[&str] = match event["type"].as_str() {
            Some("cancelled") => &["obligations"],
            Some("modified") => &["change", "remove"],
            _ => &[],
        };
        for key in keys {
            if let Some(Value::Array(list)) = event.get_mut(*key) {
                list.extend(list.first().cloned());
            }
        }
    }
    same_books(history, contract, story)
}

fn same_books(history: &History, contract: &Contract, story: Value) -> Result<(), String> {
    let other = History::read(history.seed, history.options, story);
    let turned = other.contract().map_err(|refusal| format!("{refusal}\n{}", other.story))?;
    same("recognised", amounts(&turned), amounts(contract))?;
    for period in contract.first_period().to(contract.through()) {
        let day = period.last_day();
        same(&day.to_string(), turned.balances(day), contract.balances(day))?;
        same(&day.to_string(), turned.rpo(day), contract.rpo(day))?;
    }
    same("posted", turned.posted(), contract.posted())
}
