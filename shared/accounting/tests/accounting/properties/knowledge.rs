//! What is known when: closed periods, late facts, the order of arrival.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use tieout_accounting::contract::Contract;
use tieout_accounting::event::EventKind;
use tieout_accounting::journal::Role;
use tieout_accounting::{Event, Period};

use super::{amounts, problem, same};
use crate::history::History;
use crate::history::dice::Dice;

/// A day after which nothing happens any more.
pub fn far(contract: &Contract) -> NaiveDate {
    contract.through().plus(60).last_day()
}

/// Sums by posting period and account, through a period.
fn sums(contract: &Contract, through: Period) -> BTreeMap<(Period, Role), i64> {
    let mut sums: BTreeMap<(Period, Role), i64> = BTreeMap::new();
    for entry in contract.entries().iter().filter(|entry| entry.posting_period <= through) {
        for line in &entry.lines {
            *sums.entry((entry.posting_period, line.account)).or_default() += line.amount;
        }
    }
    sums.retain(|_, amount| *amount != 0);
    sums
}

/// docs/accounting.md, Period lock: what was closed says for ever what it said then, unless it is reopened.
pub fn a_closed_period_never_changes(history: &History, contract: &Contract) -> Result<(), String> {
    let reopened = history
        .events
        .iter()
        .rposition(|event| matches!(event.kind, EventKind::PeriodReopened(_)));
    let closes = history
        .events
        .iter()
        .enumerate()
        .filter(|(index, _)| reopened.is_none_or(|reopened| *index > reopened));
    let closes: Vec<(usize, Period)> = closes
        .filter_map(|(index, event)| {
            if let EventKind::PeriodClosed(period) = event.kind {
                Some((index, period))
            } else {
                None
            }
        })
        .collect();
    let some = closes.len().div_ceil(6).max(1);
    for (index, period) in closes.into_iter().step_by(some) {
        let known: Vec<Event> = history.events.iter().take(index + 1).cloned().collect();
        if let Ok(then) = Contract::from_events(contract.id(), &known, &history.book) {
            same(&format!("closed {period}"), sums(&then, period), sums(contract, period))?;
        }
    }
    let early = contract
        .entries()
        .iter()
        .filter(|entry| entry.posting_period < entry.economic_period);
    same("entries posted before their time", early.count(), 0)
}

/// Closes move amounts to later periods; none is lost, and what was earned when stays.
pub fn what_is_late_is_still_posted(history: &History, contract: &Contract) -> Result<(), String> {
    let acts = history.indices_of(&["period_closed", "period_reopened"]);
    let mut undisturbed = history.without(&acts);
    undisturbed.book.until = Some(contract.through());
    let undisturbed = undisturbed.contract().map_err(problem)?;
    same("recognised", amounts(&undisturbed), amounts(contract))?;
    same("balances", undisturbed.balances(far(contract)), contract.balances(far(contract)))
}

/// The same facts with the same dates, recorded in another order and known on other days, end in the same position.
pub fn the_order_of_arrival_does_not_matter(history: &History, contract: &Contract) -> Result<(), String> {
    let mut dice = Dice(history.seed);
    let mut story = history.story.clone();
    let events = story["events"].as_array_mut().ok_or("no events")?;
    let known = |event: &Value| {
        event
            .get("known_on")
            .unwrap_or(&event["on"])
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    events.sort_by_key(known);
    // Of two facts about the same thing on the same day, the one that is recorded later is the later: their order is kept.
    let mut latest: BTreeMap<String, NaiveDate> = BTreeMap::new();
    for event in events.iter_mut().skip(1) {
        let on: NaiveDate = event["on"].as_str().ok_or("no date")?.parse().map_err(problem)?;
        if event["type"].as_str().is_some_and(|kind| kind.starts_with("period_")) {
            continue;
        }
        let mut recorded = on + Days::new(dice.roll(200));
        let before = latest.entry(on.to_string()).or_insert(on);
        recorded = recorded.max(*before);
        *before = recorded;
        event["known_on"] = json!(recorded.to_string());
    }
    let mut keyed: Vec<(u64, Value)> = events.drain(..).map(|event| (dice.roll(1_000), event)).collect();
    // Facts of one day of knowledge keep their order; days are shuffled.
    let mut key_of: BTreeMap<String, u64> = BTreeMap::new();
    for (key, event) in &mut keyed {
        *key = *key_of.entry(known(event)).or_insert(*key);
    }
    keyed.sort_by_key(|(key, _)| *key);
    events.extend(keyed.into_iter().map(|(_, event)| event));
    let mut other = History::read(history.seed, history.options, story);
    other.book.until = Some(contract.through());
    let turned = other.contract().map_err(|refusal| format!("{refusal}\n{}", other.story))?;
    same("recognised", amounts(&turned), amounts(contract))?;
    same("balances", turned.balances(far(contract)), contract.balances(far(contract)))
}
