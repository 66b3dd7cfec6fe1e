//! The engine against an independent model, to the cent (see `reference`). `TIEOUT_HISTORIES` and `TIEOUT_SEED` as in `histories`.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::history::{History, Options};
use crate::reference::Model;
use crate::reference::fraction::fraction;
use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};
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

fn agrees(history: &History, contract: &Contract) -> Result<(), String> {
    let through = contract.through().first_day();
    let Some(model) = Model::play(&history.story, contract.currency().exponent(), through) else {
        return Ok(());
    };
    AGREED.set(AGREED.get() + 1);
    let together = model.cancelled_together();
    let name = |id: &str| together.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let mut expected: BTreeMap<(String, NaiveDate), i128> = BTreeMap::new();
    for ((id, month), amount) in &model.recognised {
        *expected.entry((name(id), *month)).or_default() += amount;
    }
    let mut found: BTreeMap<(String, NaiveDate), i128> = BTreeMap::new();
    for (id, periods) in contract.recognised_by_obligation() {
        for (period, amount) in periods {
            *found.entry((name(id.as_str()), period.first_day())).or_default() += i128::from(*amount);
        }
    }
    expected.retain(|_, amount| *amount != 0);
    found.retain(|_, amount| *amount != 0);
    if found == expected {
        return Ok(());
    }
    let differs = |key: &&(String, NaiveDate)| found.get(*key) != expected.get(*key);
    let keys = found.keys().chain(expected.keys());
    let first = keys.filter(differs).min_by_key(|(id, month)| (*month, id.clone())).unwrap();
    Err(format!("{first:?}: engine {:?}, model {:?}", found.get(first), expected.get(first)))
}

#[test]
fn the_engine_agrees_with_the_reference_model() {
    crate::history::runner::over_histories(
        "the_engine_agrees_with_the_reference_model",
        SIMPLE,
        &[("agrees with the model", agrees)],
    );
    let agreed = AGREED.get() as u64;
    assert!(
        agreed * 2 > crate::history::runner::histories(),
        "only {agreed} histories are known to the model"
    );
}

/// The first obligation over time of a history, signed alone in a foreign currency; `None` where it has none with a price.
fn alone(history: &History, rates: Value) -> Option<Value> {
    let signed = &history.story["events"][0];
    let over_time = |terms: &&Value| terms["satisfied"].as_str().is_none_or(|kind| kind == "over_time") && terms["price"] != "0.00";
    let obligation = signed["obligations"].as_array()?.iter().find(over_time)?;
    let (on, currency) = (&signed["on"], &history.story["ledger"]["currency"]);
    let signed = json!({"type": "signed", "on": on, "currency": currency, "obligations": [obligation]});
    Some(json!({"story": "alone", "ledger": {"currency": "CHF"}, "policy": history.story["policy"], "rates": rates, "events": [signed]}))
}

/// Minor units of the contract's currency in those of the ledger, at a rate in thousandths, rounded once.
fn translated(minor: i128, decimals: u32, thousandths: i128, even: bool) -> i128 {
    fraction(minor * thousandths * 100, 1_000 * 10i128.pow(decimals)).rounded(even)
}

/// Revenue to date in the contract's currency by month, from the model; none where a month takes back.
fn to_date(story: &Value, contract: &Contract) -> Option<Vec<(NaiveDate, i128)>> {
    let model = Model::play(story, contract.currency().exponent(), contract.through().first_day())?;
    let mut sum = 0;
    let months: Vec<(NaiveDate, i128)> = model.recognised.iter().map(|((_, month), amount)| (*month, *amount)).collect();
    if months.iter().any(|(_, amount)| *amount < 0) {
        return None;
    }
    Some(
        months
            .into_iter()
            .map(|(month, amount)| {
                sum += amount;
                (month, sum)
            })
            .collect(),
    )
}

/// docs/accounting.md, Schedules: rounded once in the contract's currency, then translated cumulatively, never month by month.
#[test]
fn an_advance_is_translated_cumulatively() {
    for seed in 0..crate::history::runner::histories() {
        let history = History::new(seed, SIMPLE);
        // The table's rate serves the receivable; revenue never looks at it.
        let table = json!([{"on": "2020-01-01", "currency": history.story["ledger"]["currency"], "rate": "1.7"}]);
        let Some(mut story) = alone(&history, table) else { continue };
        let rate = 1 + i128::from(seed) * 7 % 1_999;
        let price = story["events"][0]["obligations"][0]["price"].clone();
        let invoiced = json!({"type": "invoiced", "on": story["events"][0]["on"], "invoice": "I", "rate": format!("{}.{:03}", rate / 1_000, rate % 1_000),
            "lines": [{"obligation": story["events"][0]["obligations"][0]["id"], "amount": price}]});
        story["events"].as_array_mut().unwrap().push(invoiced);
        let contract = History::read(seed, SIMPLE, story.clone()).contract().unwrap();
        let even = story["policy"]["round_half"] == "even";
        let (decimals, whole) = (contract.currency().exponent(), i128::from(contract.price().minor));
        let base = translated(whole, decimals, rate, even);
        let Some(months) = to_date(&story, &contract).filter(|_| whole > 0) else {
            continue;
        };
        let mut booked = 0;
        for (month, sum) in months {
            booked += i128::from(contract.recognised(tieout_accounting::Period::of(month)).minor);
            assert_eq!(booked, fraction(base * sum, whole).rounded(even), "{month} of {story}");
        }
    }
}

/// Earned before it is billed: each month's revenue is worth what it is worth on the day on which it is recognised.
#[test]
fn an_accrual_is_translated_at_the_rate_of_its_month() {
    for seed in 0..crate::history::runner::histories() {
        let history = History::new(seed, SIMPLE);
        let rate = |month: i128| 1 + (month * 37 + i128::from(seed)) % 1_999;
        let first = NaiveDate::from_ymd_opt(2022, 1, 1).unwrap();
        let line = |month: u32| {
            let (on, rate) = (first + chrono::Months::new(month), rate(i128::from(month)));
            json!({"on": on.to_string(), "currency": history.story["ledger"]["currency"], "rate": format!("{}.{:03}", rate / 1_000, rate % 1_000)})
        };
        let Some(story) = alone(&history, (0..150).map(line).collect()) else {
            continue;
        };
        let contract = History::read(seed, SIMPLE, story.clone()).contract().unwrap();
        let even = story["policy"]["round_half"] == "even";
        let Some(months) = to_date(&story, &contract) else { continue };
        let mut before = 0;
        for (month, sum) in months {
            let number = i128::from(month.year() - 2022) * 12 + i128::from(month.month0());
            let expected = translated(sum - before, contract.currency().exponent(), rate(number), even);
            before = sum;
            assert_eq!(
                i128::from(contract.recognised(tieout_accounting::Period::of(month)).minor),
                expected,
                "{month} of {story}"
            );
        }
    }
}
