//! Figures that no story shows: each row is one that a changed operator survived.
#![allow(clippy::inconsistent_digit_grouping)]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tieout_accounting::book::{Calendar, PeriodAct};
use tieout_accounting::close::{self, Entity, Level};
use tieout_accounting::cost::{self, Cost};
use tieout_accounting::explain;
use tieout_accounting::journal::{Case, Role};
use tieout_accounting::policy::{Method, Policy};
use tieout_accounting::rates::{RateLine, Rates};
use tieout_accounting::schedule::Service;
use tieout_accounting::story::{self, Story};
use tieout_accounting::{Book, Contract, Currency, Event, Money, Period, Refusal, example};

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

fn contract(currency: &str, rates: &[(&str, &str, &str)], events: &[Value]) -> Result<Contract, Refusal> {
    let mut book = Book::new(Currency::parse(currency)?);
    let line = |(on, currency, rate): &(&str, &str, &str)| RateLine {
        on: example::day(on),
        currency: Currency::parse(currency).unwrap(),
        rate: rate.parse().unwrap(),
    };
    book.rates = Rates::new(rates.iter().map(line))?;
    let events: Vec<Event> = events.iter().cloned().map(Event::from_value).collect::<Result<_, _>>()?;
    Contract::from_events(&"C1".into(), &events, &book)
}

#[test]
fn a_period_that_is_closed_again_is_closed() {
    let mut calendar = Calendar::closed_through(period("2026-03"));
    calendar.reopen(period("2026-02"));
    calendar.close(period("2026-02"));
    assert!(calendar.is_closed(period("2026-02")) && calendar.is_closed(period("2026-03")));
}

#[test]
fn a_contract_knows_its_customer() {
    assert_eq!(example::annual_plan().unwrap().customer(), Some("Acme"));
}

#[test]
fn a_reversal_names_its_accrual() {
    let cost = Cost {
        id: "BILL-1".into(),
        amount: Money::new(1_200_00, Currency::parse("GBP").unwrap()),
        on: example::day("2026-03-05"),
        service: Service::days(example::day("2026-01-01"), example::day("2026-12-31")).unwrap(),
        method: Method::EqualTouched,
    };
    let entries = cost::entries(&cost, &Policy::default(), period("2026-03")).unwrap();
    for entry in &entries {
        assert_eq!(entry.reverses.is_some(), entry.case == Case::Reversal, "{}", entry.id);
        assert_eq!(entry.reversed_on.is_some(), entry.case == Case::Accrual, "{}", entry.id);
    }
}

#[test]
fn an_explanation_says_something() {
    let text = r#"{"story": "workshop", "ledger": {"currency": "EUR"}, "events": [{"type": "signed", "on": "2026-05-04",
        "obligations": [{"id": "workshop", "price": "950.00", "start": "2026-05-20", "end": "2026-05-20"}]}]}"#;
    let story = Story::parse(text).unwrap();
    let text = tieout_accounting::explain::explain(&story, &story.play().unwrap());
    assert!(text.contains("950.00") && text.lines().count() > 10, "{text}");
    assert!(story::run("").0.error.is_some());
}

#[test]
fn an_event_in_one_line_is_bounded() {
    let ids: Vec<String> = (0..900).map(|number| format!("obligation-with-a-long-name-{number}")).collect();
    let price = |id: &String| json!({"id": id, "price": "1.00", "satisfied": "at_point"});
    let line = |id: &String| json!({"obligation": id, "amount": "1.00"});
    let (prices, lines): (Vec<Value>, Vec<Value>) = (ids.iter().map(price).collect(), ids.iter().map(line).collect());
    let named = |ids: &[String]| json!({"type": "cancelled", "on": "2026-01-01", "obligations": ids});
    for (event, words) in [
        (
            json!({"type": "signed", "on": "2026-01-01", "obligations": prices}),
            "signed; 900 products",
        ),
        (
            json!({"type": "signed", "on": "2026-01-01", "obligations": prices, "bundles": [{"obligations": ids, "price": "9.00"}]}),
            "signed, 900 products sold together for 9.00; 900 products",
        ),
        (
            json!({"type": "invoiced", "on": "2026-01-01", "invoice": "I", "lines": lines}),
            "invoiced I: 900 lines, 900.00 in all",
        ),
        (named(&ids), "cancelled 900 products; this is the first day without it"),
        (
            named(&ids[..2]),
            "cancelled obligation-with-a-long-name-0, obligation-with-a-long-name-1; this is the first day without it",
        ),
        (
            json!({"type": "modified", "on": "2026-01-01", "price_change": "0.00", "remove": ids}),
            "modified, the whole price by 0.00; 900 products removed",
        ),
        (
            json!({"type": "opened", "on": "2026-01-01", "obligations": prices}),
            "taken over with what remains of 900 products; contract liability 0, contract asset 0, receivable 0",
        ),
    ] {
        let said = explain::in_words(&Event::from_value(event).unwrap(), 2);
        assert_eq!(said, words);
    }
    let doubted = json!({"type": "doubted", "on": "2026-01-01", "reason": "ä".repeat(3_000)});
    let said = explain::in_words(&Event::from_value(doubted).unwrap(), 2);
    assert_eq!((said.chars().count(), said.ends_with('…')), (explain::MAX_LINE_CHARS, true));
}

#[test]
fn a_rate_of_one_between_currencies_with_other_decimals_still_converts() {
    for (currency, price, expected) in [("JPY", "100", 100_00), ("KWD", "100.000", 100_00), ("USD", "100.00", 100_00)] {
        let events = [
            json!({"type": "signed", "on": "2026-01-01", "currency": currency, "obligations": [{"id": "a", "price": price, "satisfied": "at_point"}]}),
            json!({"type": "delivered", "on": "2026-01-10", "obligation": "a"}),
        ];
        let contract = contract("GBP", &[("2026-01-01", currency, "1")], &events).unwrap();
        assert_eq!(contract.recognised(period("2026-01")).minor, expected, "{currency}");
    }
}

#[test]
fn documents_stand_at_the_rate_that_the_ledger_gave_them() {
    let of = |rate: Option<&str>| {
        let mut invoiced =
            json!({"type": "invoiced", "on": "2026-01-05", "invoice": "I", "lines": [{"obligation": "a", "amount": "100.00"}]});
        invoiced["rate"] = json!(rate);
        let signed = json!({"type": "signed", "on": "2026-01-01", "currency": "USD", "obligations": [{"id": "a", "price": "100.00", "satisfied": "at_point"}]});
        let contract = contract("GBP", &[("2026-01-01", "USD", "0.50")], &[signed, invoiced]).unwrap();
        contract.balances(example::day("2026-01-31")).contract_liability
    };
    assert_eq!((of(Some("0.80")), of(None)), (80_00, 50_00));
}

#[test]
fn what_is_due_within_a_year_is_current_in_one_currency_and_in_two() {
    for (currency, whole, current) in [("GBP", 3_000_00, 1_000_00), ("USD", 1_500_00, 500_00)] {
        let signed = json!({"type": "signed", "on": "2026-01-01", "currency": currency, "obligations":
            [{"id": "plan", "price": "3000.00", "start": "2026-02-01", "end": "2029-01-31", "method": "equal_touched"}]});
        let contract = contract("GBP", &[("2026-01-01", "USD", "0.50")], &[signed]).unwrap();
        let on = example::day("2026-01-31");
        assert_eq!(
            (contract.rpo(on).minor, contract.rpo_current(on).minor),
            (whole, current),
            "{currency}"
        );
    }
}

#[test]
fn each_level_keeps_its_dimensions() {
    let plan = example::annual_plan().unwrap();
    let entity = Entity {
        id: "UK".into(),
        currency: plan.ledger_currency(),
        calendar: Calendar::default(),
    };
    for (level, expected) in [
        (Level::Account, [false; 4]),
        (Level::Tracking, [true, false, false, false]),
        (Level::Customer, [true, true, false, false]),
        (Level::Contract, [true, true, true, false]),
        (Level::Line, [true; 4]),
    ] {
        let proposal = close::propose(&entity, period("2026-01"), std::slice::from_ref(&plan), &[], level).unwrap();
        for line in proposal.journals.iter().flat_map(|journal| &journal.lines) {
            let kept = [
                !line.tracking.is_empty(),
                line.customer.is_some(),
                line.contract.is_some(),
                line.obligation.is_some(),
            ];
            assert_eq!(kept, expected, "{level:?}");
        }
        let again: Value = serde_json::from_str(&proposal.canonical_json()).unwrap();
        assert_eq!(again["journals"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn dates_have_one_shape() {
    for text in ["2026-1-05", "2026-01-5", "+2026-1-05", "26-01-0005", "2026-01-05 "] {
        let event = json!({"type": "delivered", "on": text, "obligation": "a"});
        assert!(Event::from_value(event).is_err(), "{text}");
    }
}

#[test]
fn what_has_ended_is_not_modified() {
    let signed = json!({"type": "signed", "on": "2026-01-01", "obligations":
        [{"id": "plan", "price": "10.00", "start": "2026-01-01", "end": "2026-12-31"}, {"id": "b", "price": "1.00", "satisfied": "at_point"}]});
    let cancelled = json!({"type": "cancelled", "on": "2026-03-01", "obligations": ["plan"]});
    let modified = json!({"type": "modified", "on": "2026-04-01", "price_change": "1.00", "change": [{"obligation": "plan"}]});
    let refusal = contract("GBP", &[], &[signed, cancelled, modified]).unwrap_err();
    assert!(refusal.to_string().contains("plan"), "{refusal}");
}

#[test]
fn closings_have_a_limit() {
    let plan = |count: i32| {
        let mut book = Book::new(Currency::parse("GBP").unwrap());
        let act = |number| PeriodAct {
            on: example::day("2026-02-05"),
            period: period("1900-01").plus(number),
            closed: true,
        };
        book.closed = (0..count).map(act).collect();
        Contract::from_events(&"C1".into(), &example::events().unwrap(), &book)
    };
    assert!(plan(1_500).is_ok());
    assert!(plan(1_502).is_err());
}

#[test]
fn names_of_accounts_are_their_own() {
    let names: BTreeSet<&str> = Role::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), Role::ALL.len());
}

/// Changes each amount of an expectation in turn and gives what was changed.
fn wrong_expectations(expect: &Value, place: &str, found: &mut Vec<(String, Value)>, whole: &Value) {
    match expect {
        Value::Object(object) => object
            .iter()
            .filter(|(key, _)| *key != "error")
            .for_each(|(key, value)| wrong_expectations(value, &format!("{place}/{key}"), found, whole)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| wrong_expectations(value, &format!("{place}/{index}"), found, whole)),
        leaf => {
            let mut changed = whole.clone();
            if let Some(slot) = changed.pointer_mut(place) {
                *slot = if *leaf == json!("123.45") {
                    json!("543.21")
                } else {
                    json!("123.45")
                };
                found.push((place.to_owned(), changed));
            }
        }
    }
}

#[test]
fn a_wrong_expectation_is_found_whichever_it_is() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stories");
    let mut tried = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let Ok(mut story) = Story::parse(&text) else { continue };
        let Ok(outcome) = story.play() else { continue };
        let mut changed = Vec::new();
        wrong_expectations(&story.expect.clone(), "", &mut changed, &story.expect.clone());
        for (place, expect) in changed {
            story.expect = expect;
            let differences = story.check(&outcome);
            assert!(!differences.is_empty(), "{}: {place}", story.id);
            assert!(differences.iter().all(|difference| difference.to_string().len() > 10), "{place}");
            tried += 1;
        }
    }
    assert!(tried > 500, "only {tried} expectations");
}

#[test]
fn an_expectation_that_cannot_be_read_is_a_difference() {
    let signed = json!({"type": "signed", "on": "2026-01-01", "obligations": [{"id": "a", "price": "100.00", "satisfied": "at_point"}]});
    let invoiced = json!({"type": "invoiced", "on": "2026-01-01", "invoice": "I", "lines": [{"obligation": "a", "amount": "100.00"}]});
    let story = json!({"story": "s", "ledger": {"currency": "GBP"}, "events": [signed, invoiced], "expect": {}});
    let mut story = Story::parse(&story.to_string()).unwrap();
    let outcome = story.play().unwrap();
    let journal = |lines: Value| json!({"journals": {"2026-01": lines}});
    let booked = json!([{"account": "receivable", "debit": "100.00"}, {"account": "contract_liability", "credit": "100.00"}]);
    for (expect, same) in [
        (journal(booked.clone()), true),
        (journal(json!([booked[0], booked[1], {"account": "fx", "debit": "0.00"}])), true),
        (journal(json!([booked[0], booked[1], {"account": "fx", "debit": "some"}])), false),
        (journal(json!([booked[0], booked[1], {"account": "fx", "debit": 1}])), false),
        (journal(json!([booked[0], booked[1], {"debit": "0.00"}])), false),
        (journal(json!("none")), false),
        (json!({"journals": {"2026-02": "none"}}), false),
        (json!({"journals": {"2026-02": []}}), true),
        (json!({"journals": "none"}), false),
        (json!({"journals": []}), false),
        (json!({"journals": null}), false),
        (json!({"journals": {}}), true),
        (json!({"intercompany": "none"}), false),
        (json!({"intercompany": {"seller": []}}), false),
        (json!({"intercompany": {"seller": {"2026-01": []}}}), true),
        (json!({"allocation_after": null}), false),
        (json!({"translated": "0.00"}), false),
        (json!({"disclosure": {"2020": "0.00"}}), false),
        (json!({"balances": {"2019-01-31": "0.00"}}), false),
        (json!({"recognised_by_obligation": {"b": "0.00"}}), false),
        (json!({"recognised": "0.00"}), false),
        (json!({"recognised": {"2026-02": null}}), false),
        (json!({"recognised": {"2026-01": {"a": "0.00"}}}), false),
        (json!({"recognised": {"2026-02": "0.00"}}), true),
        (json!({"treatment": []}), true),
        (json!({"treatment": {}}), false),
        (json!("none"), false),
        (json!([]), false),
        (json!(null), true),
        (json!({"error": true}), false),
        (json!({"error": ""}), false),
    ] {
        story.expect = expect.clone();
        assert_eq!(story.check(&outcome).is_empty(), same, "{expect}");
    }
    let refused = json!({"story": "s", "ledger": {"currency": "GBP"}, "events": [], "expect": {"error": ""}});
    assert!(!story::run(&refused.to_string()).1.is_empty());
}

#[test]
fn a_close_closes_every_contract_of_the_story() {
    let signed = |contract: &str, id: &str| json!({"type": "signed", "on": "2026-01-01", "contract": contract, "obligations": [{"id": id, "price": "100.00", "satisfied": "at_point"}]});
    let delivered = |id: &str| json!({"type": "delivered", "on": "2026-01-10", "known_on": "2026-02-10", "obligation": id});
    let closed = json!({"type": "period_closed", "on": "2026-02-05", "period": "2026-01"});
    let events = [signed("A", "a"), signed("B", "b"), closed, delivered("a"), delivered("b")];
    let story = json!({"story": "two", "until": "2026-02", "ledger": {"currency": "GBP"}, "events": events, "expect": {"posted": {"2026-02": "200.00"}}});
    let (outcome, differences) = story::run(&story.to_string());
    assert!(differences.is_empty(), "{:?} {:?}", outcome.error, differences);
}

#[test]
fn what_was_credited_is_not_released_by_a_cancellation() {
    let events = [
        json!({"type": "signed", "on": "2026-01-01", "obligations": [{"id": "a", "price": "100.00", "satisfied": "at_point"}]}),
        json!({"type": "invoiced", "on": "2026-01-05", "invoice": "I", "lines": [{"obligation": "a", "amount": "100.00"}]}),
        json!({"type": "credited", "on": "2026-01-20", "credit_note": "N", "invoice": "I", "reason": "billing", "lines": [{"obligation": "a", "amount": "40.00"}]}),
        json!({"type": "paid", "on": "2026-01-25", "invoice": "I", "amount": "60.00"}),
        json!({"type": "cancelled", "on": "2026-02-10"}),
    ];
    let contract = contract("GBP", &[], &events).unwrap();
    assert_eq!(contract.recognised_by_period().values().sum::<i64>(), 60_00);
    assert_eq!(contract.balances(example::day("2026-02-28")).contract_liability, 0);
}
