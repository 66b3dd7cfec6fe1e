//! Splitting a period changes no sum: by an event in its middle, by recording a fact in two parts, by closing month by month.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use tieout_accounting::Period;
use tieout_accounting::contract::Contract;

use super::knowledge::far;
use super::{amounts, problem, same};
use crate::history::History;
use crate::history::dice::Dice;

/// Months that are split in a history.
const SPLIT_MONTHS: usize = 6;

/// Documents of nothing, in the middle of months: a walk that stops there goes on as if it had not.
pub fn by_an_event_in_its_middle(history: &History, contract: &Contract) -> Result<(), String> {
    let mut dice = Dice(history.seed);
    let mut story = history.story.clone();
    let (invoice, obligation) = (json!("NOTHING"), story["events"][0]["obligations"][0]["id"].clone());
    let on = story["events"][0]["on"].clone();
    let events = story["events"].as_array_mut().ok_or("no events")?;
    let none = if contract.currency().exponent() == 0 { "0" } else { "0.00" };
    events.push(json!({"type": "invoiced", "on": on, "invoice": invoice, "lines": [{"obligation": obligation, "amount": none}]}));
    let months: Vec<Period> = contract.first_period().next().to(contract.through()).collect();
    for period in months.iter().step_by(months.len().div_ceil(SPLIT_MONTHS).max(1)) {
        let on = period.first_day() + Days::new(dice.roll(28));
        events.push(json!({"type": "paid", "on": on.to_string(), "invoice": invoice, "amount": none}));
        let number = format!("NOTHING-{on}");
        events.push(
            json!({"type": "credited", "on": on.to_string(), "credit_note": number, "invoice": invoice, "reason": "billing",
            "lines": [{"obligation": obligation, "amount": none}]}),
        );
    }
    same_books(history, contract, story)
}

/// Usage, deliveries and payments in two parts on the same day.
pub fn by_a_fact_recorded_in_two_parts(history: &History, contract: &Contract) -> Result<(), String> {
    let mut story = history.story.clone();
    let events = story["events"].as_array_mut().ok_or("no events")?;
    let whole: Vec<Value> = std::mem::take(events);
    for event in whole {
        match halves(&event) {
            Some((first, second)) => events.extend([first, second]),
            None => events.push(event),
        }
    }
    same_books(history, contract, story)
}

/// Units of a delivery or usage, in two parts. Amounts of money are not split: each is rounded as a document of its own.
fn halves(event: &Value) -> Option<(Value, Value)> {
    if !matches!(event["type"].as_str()?, "delivered" | "used") {
        return None;
    }
    let units: i64 = event.get("quantity")?.as_str()?.parse().ok()?;
    let (mut first, mut second) = (event.clone(), event.clone());
    first["quantity"] = json!((units / 3).to_string());
    second["quantity"] = json!((units - units / 3).to_string());
    Some((first, second))
}

fn same_books(history: &History, contract: &Contract, story: Value) -> Result<(), String> {
    let split = History::read(history.seed, history.options, story);
    let split_contract = split.contract().map_err(|refusal| format!("{refusal}\n{}", split.story))?;
    if history.options.foreign {
        // Which of a contract's obligations bears a difference of rates depends on which is looked at first; the sum does not.
        let sums = |contract: &Contract| {
            contract
                .recognised_by_period()
                .values()
                .copied()
                .filter(|sum| *sum != 0)
                .collect::<Vec<_>>()
        };
        same("recognised", sums(&split_contract), sums(contract))?;
    } else {
        same("recognised", amounts(&split_contract), amounts(contract))?;
    }
    for period in contract.first_period().to(contract.through()) {
        let day = period.last_day();
        same(&day.to_string(), split_contract.balances(day), contract.balances(day))?;
        same(&day.to_string(), split_contract.rpo(day), contract.rpo(day))?;
    }
    same("posted", split_contract.posted(), contract.posted())?;
    same("exchange differences", split_contract.fx(), contract.fx())
}

/// Closing several months at once, or one after the other on the same day, or never: the sums are the same.
pub fn by_a_close_for_each_month(history: &History, contract: &Contract) -> Result<(), String> {
    let mut story = history.story.clone();
    let events = story["events"].as_array_mut().ok_or("no events")?;
    let whole: Vec<Value> = std::mem::take(events);
    let mut closed: Option<Period> = None;
    for event in whole {
        if event["type"] == "period_closed" {
            let through = Period::parse(event["period"].as_str().ok_or("no period")?).map_err(problem)?;
            let from = closed.map_or(contract.first_period(), Period::next);
            for period in from.to(through.previous()) {
                let mut each = event.clone();
                each["period"] = json!(period.to_string());
                events.push(each);
            }
            closed = closed.max(Some(through));
        }
        events.push(event);
    }
    let split = History::read(history.seed, history.options, story).contract().map_err(problem)?;
    same("recognised", amounts(&split), amounts(contract))?;
    let day: NaiveDate = far(contract);
    same("balances", split.balances(day), contract.balances(day))?;
    let sum = |contract: &Contract| contract.posted().values().sum::<i64>();
    same("posted", sum(&split), sum(contract))
}
