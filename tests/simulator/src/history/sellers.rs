//! What sellers do in the CRM.

use chrono::{Days, Months, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox::salesforce::{NewAccount, NewLine, NewOpportunity};

use super::actors::{Actors, BadDeal, Deal, today};
use crate::auditor::facts::What;
use crate::world::World;

/// What can be sold: name and code, and whether it is done on one day.
const PRODUCTS: [(&str, &str, bool); 5] = [
    ("Platform", "PLATFORM", false),
    ("Support", "SUPPORT", false),
    ("Seats", "SEATS", false),
    ("Onboarding", "ONBOARDING", true),
    ("Training", "TRAINING", true),
];
const CURRENCIES: [&str; 3] = ["GBP", "USD", "EUR"];
/// A currency for which the group has no rule.
const NO_RULE: &str = "SEK";

/// A person's mail address, in the names of all customers and deals; it must be in no log.
pub const CANARY_MAIL: &str = "canary.person@customer.example";

pub fn sell(world: &World, actors: &mut Actors) {
    let start = starting(world, actors);
    let account = customer(world, actors);
    sold(world, actors, account, start, None);
}

pub fn sell_badly(world: &World, actors: &mut Actors) {
    let start = starting(world, actors);
    let account = customer(world, actors);
    let fault = if actors.dice.chance(500) {
        BadDeal::Currency
    } else {
        BadDeal::Dates
    };
    sold(world, actors, account, start, Some(fault));
}

/// The same customer again, from where the services end.
pub fn renew(world: &World, actors: &mut Actors) {
    let Some(index) = actors.deal(|deal| deal.fault.is_none() && !deal.deleted) else {
        return;
    };
    let Some(deal) = actors.deals.get(index).cloned() else { return };
    let start = deal.start.checked_add_months(Months::new(12)).unwrap_or(deal.start);
    sold(world, actors, deal.account, start, None);
}

/// Service begins around today: some are sold late.
fn starting(world: &World, actors: &mut Actors) -> NaiveDate {
    let days = actors.dice.between(0, 70);
    today(world) - Days::new(40) + Days::new(days)
}

fn customer(world: &World, actors: &mut Actors) -> String {
    if actors.dice.chance(400)
        && let Some(known) = actors.dice.pick(&actors.customers)
    {
        return known.clone();
    }
    let name = format!("Customer {} {CANARY_MAIL}", actors.number());
    let account = NewAccount {
        name,
        fields: [("BillingCountry".to_owned(), json!("GB"))].into_iter().collect(),
        ..NewAccount::default()
    };
    let id = world.salesforce.add_account(account).unwrap_or_default();
    actors.customers.push(id.clone());
    id
}

fn line(actors: &mut Actors, start: NaiveDate, dated: bool) -> NewLine {
    let (product, code, at_point) = *actors.dice.pick(&PRODUCTS).unwrap_or(&("Platform", "PLATFORM", false));
    let months = u32::try_from(actors.dice.between(1, 14)).unwrap_or(1);
    let shift = actors.dice.between(0, 20);
    let first = start + Days::new(shift);
    let last = if at_point {
        first
    } else {
        first.checked_add_months(Months::new(months)).unwrap_or(first) - Days::new(actors.dice.between(1, 12))
    };
    let cents = i64::try_from(actors.dice.between(1, 2_000_000)).unwrap_or(1);
    NewLine {
        product: product.to_owned(),
        product_code: Some(code.to_owned()),
        quantity: Decimal::from(actors.dice.between(1, 3)),
        unit_price: Decimal::new(cents, 2),
        service_date: dated.then_some(first),
        end_date: dated.then_some(last.max(first)),
        ..NewLine::default()
    }
}

fn sold(world: &World, actors: &mut Actors, account: String, start: NaiveDate, fault: Option<BadDeal>) {
    let lines = (0..actors.dice.between(1, 4)).map(|_| ()).collect::<Vec<()>>();
    let lines = lines
        .into_iter()
        .map(|()| line(actors, start, fault != Some(BadDeal::Dates)))
        .collect();
    let currency = match fault {
        Some(BadDeal::Currency) => NO_RULE,
        _ => actors.dice.pick(&CURRENCIES).copied().unwrap_or("GBP"),
    };
    let deal = NewOpportunity {
        name: format!("Deal {} of {CANARY_MAIL}", actors.number()),
        account_id: account.clone(),
        close_date: today(world),
        currency: Some(currency.to_owned()),
        lines,
        ..NewOpportunity::default()
    };
    let Ok(added) = world.salesforce.add_opportunity(deal) else {
        return;
    };
    let won = world.salesforce.close_won(&added.id);
    world.step(
        "seller",
        format_args!("sells {} in {currency}, from {start}, {fault:?}: {:?}", added.id, won.is_ok()),
    );
    saved(world, &added.id);
    actors.deals.push(Deal {
        id: added.id,
        account,
        currency: currency.to_owned(),
        start,
        fault,
        deleted: false,
    });
}

/// Reports what a deal is now.
pub fn saved(world: &World, id: &str) {
    if let Some(record) = world.salesforce.record(id) {
        world.report(What::DealSaved {
            id: id.to_owned(),
            record,
            lines: world.salesforce.lines(id),
        });
    }
}

/// Fixes one bad deal.
pub fn fix(world: &World, actors: &mut Actors) {
    if let Some(index) = actors.deal(|deal| deal.fault.is_some() && !deal.deleted) {
        fix_one(world, actors, index);
    }
}

/// Fixes every bad deal.
pub fn fix_all(world: &World, actors: &mut Actors) {
    for index in 0..actors.deals.len() {
        if actors.deals.get(index).is_some_and(|deal| deal.fault.is_some() && !deal.deleted) {
            fix_one(world, actors, index);
        }
    }
}

/// Fixes the deal at this index.
fn fix_one(world: &World, actors: &mut Actors, index: usize) {
    let currency = actors.dice.pick(&CURRENCIES).copied().unwrap_or("GBP");
    let Some(deal) = actors.deals.get_mut(index) else { return };
    match deal.fault.take() {
        Some(BadDeal::Currency) => {
            currency.clone_into(&mut deal.currency);
            change(world, &deal.id, json!({ "CurrencyIsoCode": currency }));
        }
        Some(BadDeal::Dates) => {
            let last = deal.start.checked_add_months(Months::new(6)).unwrap_or(deal.start);
            for line in world.salesforce.lines(&deal.id) {
                if let Some(id) = line.get("Id").and_then(Value::as_str) {
                    change(
                        world,
                        id,
                        json!({ "ServiceDate": deal.start.to_string(), "End_Date__c": last.to_string() }),
                    );
                }
            }
        }
        None => {}
    }
    let id = deal.id.clone();
    world.step("seller", format_args!("fixes {id}"));
    saved(world, &id);
}

fn change(world: &World, id: &str, fields: Value) -> bool {
    let Value::Object(fields) = fields else { return false };
    let changed = world.salesforce.edit(id, fields);
    if let Err(error) = &changed {
        world.step("seller", format_args!("cannot change {id}: {error}"));
    }
    changed.is_ok()
}

pub fn edit(world: &World, actors: &mut Actors) {
    let Some(index) = actors.deal(|deal| !deal.deleted) else { return };
    let Some(id) = actors.deals.get(index).map(|deal| deal.id.clone()) else {
        return;
    };
    let lines = world.salesforce.lines(&id);
    let line = actors
        .dice
        .pick(&lines)
        .and_then(|line| line.get("Id")?.as_str().map(str::to_owned));
    let cents = i64::try_from(actors.dice.between(1, 900_000)).unwrap_or(1);
    match (actors.dice.between(0, 2), line) {
        (0, Some(line)) => change(
            world,
            &line,
            json!({ "UnitPrice": Decimal::new(cents, 2).to_string().parse::<serde_json::Number>().ok() }),
        ),
        (1, Some(line)) => change(world, &line, json!({ "Quantity": actors.dice.between(1, 5) })),
        _ => change(world, &id, json!({ "Name": format!("Deal renamed {}", actors.number()) })),
    };
    world.step("seller", format_args!("edits {id}"));
    saved(world, &id);
}

pub fn reopen(world: &World, actors: &mut Actors) {
    let Some(index) = actors.deal(|deal| !deal.deleted) else { return };
    let Some(id) = actors.deals.get(index).map(|deal| deal.id.clone()) else {
        return;
    };
    let won = world
        .salesforce
        .record(&id)
        .is_some_and(|record| record.get("IsWon") == Some(&json!(true)));
    let done = if won {
        world.salesforce.reopen(&id)
    } else {
        world.salesforce.close_won(&id)
    };
    world.step(
        "seller",
        format_args!("{} {id}: {}", if won { "reopens" } else { "wins" }, done.is_ok()),
    );
    saved(world, &id);
}

pub fn delete(world: &World, actors: &mut Actors) {
    let Some(index) = actors.deal(|deal| !deal.deleted) else { return };
    let Some(deal) = actors.deals.get_mut(index) else { return };
    let done = world.salesforce.delete(&deal.id);
    world.step("seller", format_args!("deletes {}: {}", deal.id, done.is_ok()));
    if done.is_ok() {
        deal.deleted = true;
        world.report(What::DealDeleted { id: deal.id.clone() });
    }
}
