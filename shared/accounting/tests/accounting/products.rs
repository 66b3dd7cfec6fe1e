//! Contracts of several products whose every change costs what it is worth: then each product is served at its own rate, whatever
//! happens to the others, and each month's revenue is rate times units times days (ASC 606-10-25-12, 25-13(a)).

use std::collections::BTreeMap;

use crate::history::History;
use crate::history::at_selling_prices::AtSellingPrices;
use crate::history::runner::{first_seed, histories};
use crate::properties::{amounts, names};
use tieout_accounting::Period;
use tieout_accounting::contract::Contract;

/// Revenue by product and month, from rates, units and days alone.
fn agrees(history: &History, contract: &Contract, expected: &BTreeMap<(String, Period), i64>) -> Result<(), String> {
    let found: BTreeMap<(String, Period), i64> = amounts(contract)
        .into_iter()
        .map(|((id, period), amount)| ((id.to_owned(), period), amount))
        .collect();
    for key in found.keys().chain(expected.keys()) {
        if found.get(key) != expected.get(key) {
            return Err(format!(
                "{key:?}: engine {:?}, rate times units times days {:?}",
                found.get(key),
                expected.get(key)
            ));
        }
    }
    let last = contract.balances(contract.through().last_day());
    if (last.contract_asset, last.contract_liability, last.accrued_receivable) != (0, 0, 0) {
        return Err(format!("everything has ended and is billed, and {last:?} is left"));
    }
    names::in_another_order(history, contract)?;
    names::named_twice(history, contract)
}

#[test]
fn at_selling_prices_each_product_is_served_at_its_own_rate() {
    let mut seen = BTreeMap::new();
    for seed in first_seed()..first_seed() + histories() {
        let made = AtSellingPrices::new(seed);
        made.count(&mut seen);
        let problem = match made.history.contract() {
            Ok(contract) => agrees(&made.history, &contract, &made.expected).err(),
            Err(refusal) => Some(refusal.to_string()),
        };
        if let Some(problem) = problem {
            panic!("{problem}\nseed {seed}\n{}", made.history.story);
        }
    }
    if histories() >= 100 {
        for what in AtSellingPrices::MIXTURES {
            assert!(
                seen.get(what).is_some_and(|count| *count * 20 > histories()),
                "{what}: {:?} of {}",
                seen.get(what),
                histories()
            );
        }
    }
}
