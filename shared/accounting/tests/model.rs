//! The engine against an independent model, to the cent (see `naive`). `TIEOUT_LIVES` and `TIEOUT_SEED` as in `lives`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod life;
mod naive;

use std::cell::Cell;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use life::{Life, Options};
use naive::Model;
use tieout_accounting::contract::Contract;

const SIMPLE: Options = Options {
    foreign: false,
    closes: false,
    metered: true,
    simple: true,
};

thread_local! {
    static AGREED: Cell<usize> = const { Cell::new(0) };
}

fn agrees(life: &Life, contract: &Contract) -> Result<(), String> {
    let through = contract.through().first_day();
    let Some(model) = Model::play(&life.story, contract.currency().exponent(), through) else {
        return Ok(());
    };
    AGREED.set(AGREED.get() + 1);
    let expected: BTreeMap<(String, NaiveDate), i128> = model.recognised.into_iter().filter(|(_, amount)| *amount != 0).collect();
    let mut found = BTreeMap::new();
    for (id, periods) in contract.recognised_by_obligation() {
        for (period, amount) in periods.iter().filter(|(_, amount)| **amount != 0) {
            found.insert((id.as_str().to_owned(), period.first_day()), i128::from(*amount));
        }
    }
    if found == expected {
        return Ok(());
    }
    let differs = |key: &&(String, NaiveDate)| found.get(*key) != expected.get(*key);
    let keys = found.keys().chain(expected.keys());
    let first = keys.filter(differs).min_by_key(|(id, month)| (*month, id.clone())).unwrap();
    Err(format!("{first:?}: engine {:?}, model {:?}", found.get(first), expected.get(first)))
}

#[test]
fn the_engine_agrees_with_the_naive_model() {
    life::runner::over_lives(
        "the_engine_agrees_with_the_naive_model",
        SIMPLE,
        &[("agrees with the model", agrees)],
    );
    let agreed = AGREED.get() as u64;
    assert!(agreed * 2 > life::runner::lives(), "only {agreed} lives are known to the model");
}
