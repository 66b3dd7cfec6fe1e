//! What sellers do in the CRM.

use chrono::{Days, Months, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_sandbox::salesforce::{NewAccount, NewLine, NewOpportunity};

use super::town::{BadDeal, Deal, Town, today};
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

pub fn sell(world: &World, town: &mut Town) {
    let start = starting(world, town);
    let account = customer(world, town);
    sold(world, town, account, start, None);
}

pub fn sell_badly(world: &World, town: &mut Town) {
    let start = starting(world, town);
    let account = customer(world, town);
    let fault = if town.dice.chance(500) { BadDeal::Currency } else { BadDeal::Dates };
    sold(world, town, account, start, Some(fault));
}

/// The same customer again, from where the services end.
pub fn renew(world: &World, town: &mut Town) {
    let Some(place) = town.deal(|deal| deal.fault.is_none() && !deal.deleted) else {
        return;
    };
    let Some(deal) = town.deals.get(place).cloned() else { return };
    let start = deal.start.checked_add_months(Months::new(12)).unwrap_or(deal.start);
    sold(world, town, deal.account, start, None);
}

/// Service begins around today: some are sold late.
fn starting(world: &World, town: &mut Town) -> NaiveDate {
    let days = town.dice.between(0, 70);
    today(world) - Days::new(40) + Days::new(days)
}

fn customer(world: &World, town: &mut Town) -> String {
    if town.dice.chance(400)
        && let Some(known) = town.dice.pick(&town.customers)
    {
        return known.clone();
    }
    let name = format!("Customer {} {CANARY_MAIL}", town.number());
    let account = NewAccount {
        name,
        fields: [("BillingCountry".to_owned(), json!("GB"))].into_iter().collect(),
        ..NewAccount::default()
    };
    let id = world.salesforce.add_account(account).unwrap_or_default();
    town.customers.push(id.clone());
    id
}

fn line(town: &mut Town, start: NaiveDate, dated: bool) -> NewLine {
    let (product, code, at_point) = *town.dice.pick(&PRODUCTS).unwrap_or(&("Platform", "PLATFORM", false));
    let months = u32::try_from(town.dice.between(1, 14)).unwrap_or(1);
    let shift = town.dice.between(0, 20);
    let first = start + Days::new(shift);
    let last = if at_point {
        first
    } else {
        first.checked_add_months(Months::new(months)).unwrap_or(first) - Days::new(town.dice.between(1, 12))
    };
    let cents = i64::try_from(town.dice.between(1, 2_000_000)).unwrap_or(1);
    NewLine {
        product: product.to_owned(),
        product_code: Some(code.to_owned()),
        quantity: Decimal::from(town.dice.between(1, 3)),
        unit_price: Decimal::new(cents, 2),
        service_date: dated.then_some(first),
        end_date: dated.then_some(last.max(first)),
        ..NewLine::default()
    }
}

fn sold(world: &World, town: &mut Town, account: String, start: NaiveDate, fault: Option<BadDeal>) {
    let lines = (0..town.dice.between(1, 4)).map(|_| ()).collect::<Vec<()>>();
    let lines = lines
        .into_iter()
        .map(|()| line(town, start, fault != Some(BadDeal::Dates)))
        .collect();
    let currency = match fault {
        Some(BadDeal::Currency) => NO_RULE,
        _ => town.dice.pick(&CURRENCIES).copied().unwrap_or("GBP"),
    };
    let deal = NewOpportunity {
        name: format!("Deal {} of {CANARY_MAIL}", town.number()),
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
    town.deals.push(Deal {
        id: added.id,
        account,
        currency: currency.to_owned(),
        start,
        fault,
        deleted: false,
    });
}

/// Tells what a deal is now.
pub fn saved(world: &World, id: &str) {
    if let Some(record) = world.salesforce.record(id) {
        world.tell(What::DealSaved {
            id: id.to_owned(),
            record,
            lines: world.salesforce.lines(id),
        });
    }
}

/// Mends one bad deal.
pub fn mend(world: &World, town: &mut Town) {
    if let Some(place) = town.deal(|deal| deal.fault.is_some() && !deal.deleted) {
        mend_one(world, town, place);
    }
}

/// Mends every bad deal.
pub fn mend_all(world: &World, town: &mut Town) {
    for place in 0..town.deals.len() {
        if town.deals.get(place).is_some_and(|deal| deal.fault.is_some() && !deal.deleted) {
            mend_one(world, town, place);
        }
    }
}

/// Mends the deal at this place.
fn mend_one(world: &World, town: &mut Town, place: usize) {
    let currency = town.dice.pick(&CURRENCIES).copied().unwrap_or("GBP");
    let Some(deal) = town.deals.get_mut(place) else { return };
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
    world.step("seller", format_args!("mends {id}"));
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

pub fn edit(world: &World, town: &mut Town) {
    let Some(place) = town.deal(|deal| !deal.deleted) else { return };
    let Some(id) = town.deals.get(place).map(|deal| deal.id.clone()) else {
        return;
    };
    let lines = world.salesforce.lines(&id);
    let line = town.dice.pick(&lines).and_then(|line| line.get("Id")?.as_str().map(str::to_owned));
    let cents = i64::try_from(town.dice.between(1, 900_000)).unwrap_or(1);
    match (town.dice.between(0, 2), line) {
        (0, Some(line)) => change(
            world,
            &line,
            json!({ "UnitPrice": Decimal::new(cents, 2).to_string().parse::<serde_json::Number>().ok() }),
        ),
        (1, Some(line)) => change(world, &line, json!({ "Quantity": town.dice.between(1, 5) })),
        _ => change(world, &id, json!({ "Name": format!("Deal renamed {}", town.number()) })),
    };
    world.step("seller", format_args!("edits {id}"));
    saved(world, &id);
}

pub fn reopen(world: &World, town: &mut Town) {
    let Some(place) = town.deal(|deal| !deal.deleted) else { return };
    let Some(id) = town.deals.get(place).map(|deal| deal.id.clone()) else {
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

pub fn delete(world: &World, town: &mut Town) {
    let Some(place) = town.deal(|deal| !deal.deleted) else { return };
    let Some(deal) = town.deals.get_mut(place) else { return };
    let done = world.salesforce.delete(&deal.id);
    world.step("seller", format_args!("deletes {}: {}", deal.id, done.is_ok()));
    if done.is_ok() {
        deal.deleted = true;
        world.tell(What::DealDeleted { id: deal.id.clone() });
    }
}
