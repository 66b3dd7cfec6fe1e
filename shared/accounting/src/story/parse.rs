//! Reading a story strictly.

use serde_json::Value;

use super::Story;
use super::extras::{extras, fiscal};
use super::json;
use super::lists::{rates, selling_prices};
use crate::event::{Event, Reader};
use crate::limits::{MAX_EVENTS, MAX_STORY_BYTES};
use crate::policy::{FxLayers, FxRate, Method, Policy, Remainder, RevenueCoding};
use crate::{Book, Currency, Refusal, money::Rounding};

/// Keys that `expect` may have.
const EXPECTED: [&str; 15] = [
    "allocation",
    "allocation_after",
    "treatment",
    "recognised",
    "recognised_by_obligation",
    "posted",
    "balances",
    "fx",
    "journals",
    "rpo",
    "rpo_current",
    "disclosure",
    "intercompany",
    "translated",
    "error",
];

pub(super) fn story(text: &str) -> Result<Story, Refusal> {
    if text.len() > MAX_STORY_BYTES {
        return Err(Refusal::new(
            "story",
            text.len(),
            format!("bytes are more than {MAX_STORY_BYTES}"),
            "split the story",
        ));
    }
    let value = json::parse(text)?;
    let mut reader = Reader::new(&value, "")?;
    let id = reader.need_text("story")?.to_owned();
    let title = reader.text("title")?.map(str::to_owned);
    for key in ["area", "notes", "verification"] {
        reader.text(key)?;
    }
    reader.get("source");
    let ledger_currency = ledger(&mut reader)?;
    let policy = policy(&mut reader)?;
    let rates = rates(&mut reader, ledger_currency)?;
    let selling_prices = selling_prices(&mut reader, ledger_currency)?;
    let fiscal = fiscal(&mut reader)?;
    let extras = extras(&mut reader, ledger_currency, &policy)?;
    let until = reader.period("until")?;
    reader.need("events")?;
    let events = reader
        .list("events", MAX_EVENTS)?
        .into_iter()
        .map(|(place, value)| Event::from_value_at(value, &place))
        .collect::<Result<Vec<_>, _>>()?;
    let expect = expect(&mut reader)?;
    reader.finish()?;
    let book = Book {
        ledger_currency,
        policy,
        rates,
        selling_prices,
        fiscal,
        closed: Vec::new(),
        until,
    };
    Ok(Story {
        id,
        title,
        book,
        events,
        extras,
        expect,
    })
}

fn ledger(reader: &mut Reader<'_>) -> Result<Currency, Refusal> {
    let mut ledger = Reader::new(reader.need("ledger")?, "ledger")?;
    let currency = Currency::parse(ledger.need_text("currency")?).map_err(|refusal| Refusal {
        place: "ledger.currency".to_owned(),
        ..refusal
    })?;
    ledger.finish()?;
    Ok(currency)
}

fn policy(reader: &mut Reader<'_>) -> Result<Policy, Refusal> {
    let Some(value) = reader.get("policy") else {
        return Ok(Policy::default());
    };
    let mut policy = Reader::new(value, "policy")?;
    let place = |refusal: Refusal, key: &str| Refusal {
        place: format!("policy.{key}"),
        ..refusal
    };
    let read = Policy {
        method: policy
            .text("method")?
            .map_or(Ok(Method::default()), Method::parse)
            .map_err(|refusal| place(refusal, "method"))?,
        remainder: choice(
            &mut policy,
            "rounding",
            &[
                ("cumulative", Remainder::Cumulative),
                ("last", Remainder::Last),
                ("first", Remainder::First),
                ("last_full", Remainder::LastFull),
                ("balance", Remainder::Balance),
            ],
        )?,
        rounding: choice(
            &mut policy,
            "round_half",
            &[("away", Rounding::HalfAway), ("even", Rounding::HalfEven)],
        )?,
        revenue_coding: choice(
            &mut policy,
            "revenue_coding",
            &[("liability", RevenueCoding::Liability), ("revenue", RevenueCoding::Revenue)],
        )?,
        fx_layers: choice(
            &mut policy,
            "fx_layers",
            &[("fifo", FxLayers::Fifo), ("proportional", FxLayers::Proportional)],
        )?,
        fx_rate: choice(
            &mut policy,
            "fx_rate",
            &[("document", FxRate::Document), ("contract", FxRate::Contract)],
        )?,
        financing: policy.flag("financing", false)?,
    };
    policy.finish()?;
    Ok(read)
}

/// One of named values; the first is the default.
fn choice<T: Copy + Default>(reader: &mut Reader<'_>, key: &'static str, choices: &[(&str, T)]) -> Result<T, Refusal> {
    let Some(text) = reader.text(key)? else {
        return Ok(T::default());
    };
    let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
    let names = || choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| Refusal::new(reader.at(key), text, "is not a known choice", format!("write one of {}", names())))
}

fn expect(reader: &mut Reader<'_>) -> Result<Value, Refusal> {
    let Some(value) = reader.get("expect") else {
        return Ok(Value::Null);
    };
    let mut inner = Reader::new(value, "expect")?;
    for key in EXPECTED {
        inner.get(key);
    }
    inner.finish()?;
    Ok(value.clone())
}
