//! Every story can be explained: workings, rates and roll-forwards add up to its figures, each reason cites the standards, the
//! summary is bounded; and a few explanations are compared with what was worked out by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tieout_accounting::explain::{ExplainError, Explanation, Scope, Span, explain};
use tieout_accounting::story::{Outcome, Story};

/// Fewer stories than there are would pass without looking.
const LEAST_STORIES: usize = 150;

fn stories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stories");
    let paths = std::fs::read_dir(folder)
        .expect("tests/stories")
        .map(|entry| entry.expect("entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect()
}

/// Calls `check` with each story that plays, and how its JSON explains it.
fn explained(check: impl Fn(&Story, &Outcome, &Value)) {
    let mut explained = 0;
    for path in stories() {
        let text = std::fs::read_to_string(&path).expect("story");
        let Ok(story) = Story::parse(&text) else { continue };
        let Ok(outcome) = story.play() else { continue };
        let json = Explanation::new(&story, &outcome, Scope::default()).unwrap_or_else(|error| panic!("{}: {error}", story.id));
        check(&story, &outcome, &json.to_json());
        explained += 1;
    }
    assert!(explained >= LEAST_STORIES, "only {explained} stories were explained");
}

fn list<'v>(json: &'v Value, key: &str) -> &'v [Value] {
    json[key].as_array().unwrap_or_else(|| panic!("no list {key}"))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// Minor units of an amount that was written with the currency's decimals.
fn minor(value: &Value) -> i64 {
    value.as_str().expect("an amount").replace('.', "").parse().expect("digits")
}

#[test]
fn workings_add_up_to_the_revenue_of_every_story() {
    explained(|story, _, json| {
        let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
        for working in list(json, "workings") {
            let key = (text(working, "obligation").to_owned(), text(working, "period").to_owned());
            *sums.entry(key).or_default() += minor(&working["amount"]);
            let parts: i64 = list(working, "translated").iter().map(|part| minor(&part["ledger"])).sum();
            if !list(working, "translated").is_empty() {
                assert_eq!(parts, minor(&working["amount"]), "{}: rates of {working}", story.id);
            }
        }
        let by_obligation = json["recognised_by_obligation"].as_object().expect("figures");
        for (obligation, periods) in by_obligation {
            for (period, amount) in periods.as_object().expect("periods") {
                let worked = sums.remove(&(obligation.clone(), period.clone())).unwrap_or(0);
                assert_eq!(worked, minor(amount), "{}: {obligation} {period}", story.id);
            }
        }
        sums.retain(|_, sum| *sum != 0);
        assert!(sums.is_empty(), "{}: workings without revenue {sums:?}", story.id);
    });
}

#[test]
fn a_rate_gives_the_amount_that_was_translated() {
    explained(|story, _, json| {
        for used in list(json, "rates").iter().filter(|used| used["rate"].is_string()) {
            let number = |key: &str| text(used, key).parse::<rust_decimal::Decimal>().expect("a number");
            let difference = (number("amount") * number("rate") - number("ledger")).abs();
            // A document is translated line by line: net, tax, and a supplier's part, each rounded once.
            let units: rust_decimal::Decimal = "0.02".parse().unwrap();
            let unit = if text(used, "ledger").contains('.') { units } else { 2.into() };
            assert!(difference <= unit, "{}: {used}", story.id);
        }
    });
}

#[test]
fn opening_and_movements_are_closing_in_every_story() {
    explained(|story, outcome, json| {
        let mut closing: BTreeMap<(String, &str), i64> = BTreeMap::new();
        for (contract, sides) in json["roll_forward"].as_object().expect("roll-forward") {
            for (side, revenue) in [("contract_liability", "to_revenue"), ("contract_asset", "earned")] {
                let mut before = 0;
                for (period, row) in sides[side].as_object().expect("periods") {
                    let of = |key: &str| minor(&row[key]);
                    assert_eq!(of("opening"), before, "{}: {contract} {side} {period}", story.id);
                    let moved = of("billed") + of("settled_by_billing") + of(revenue) + of("other");
                    assert_eq!(of("opening") + moved, of("closing"), "{}: {contract} {side} {period}", story.id);
                    before = of("closing");
                    *closing.entry((period.clone(), side)).or_default() += before;
                }
            }
        }
        for contract in &outcome.contracts {
            assert!(
                json["roll_forward"][contract.id().as_str()].is_object(),
                "{}: {}",
                story.id,
                contract.id()
            );
        }
        // Against the balances, which are summed from the entries.
        for ((period, side), closing) in closing {
            let day = tieout_accounting::Period::parse(&period).unwrap().last_day().to_string();
            let balances = &json["balances"][&day];
            let accrued = if side == "contract_asset" {
                minor(&balances["accrued_receivable"])
            } else {
                0
            };
            // A contract that begins later has no row yet, and nothing to add.
            assert_eq!(closing, minor(&balances[side]) + accrued, "{}: {side} on {day}", story.id);
        }
    });
}

#[test]
fn every_reason_cites_the_standards_in_order_of_time() {
    let cites = |paragraph: &str| {
        let (american, international) = paragraph.split_once("; ").unwrap_or((paragraph, ""));
        (american.starts_with("ASC ") || american.starts_with("FASB "))
            && (international.starts_with("IFRS ") || international.starts_with("IAS "))
            && !paragraph.contains(".md")
            && !paragraph.contains("accounting")
    };
    explained(|story, _, json| {
        for key in ["questions", "reasons", "entries"] {
            for reason in list(json, key) {
                assert!(cites(text(reason, "paragraph")), "{}: {reason}", story.id);
                assert!(
                    !text(reason, "words").is_empty() && !text(reason, "words").contains(".md"),
                    "{}: {reason}",
                    story.id
                );
            }
            let mut last: BTreeMap<&str, &str> = BTreeMap::new();
            for reason in list(json, key)
                .iter()
                .filter(|reason| reason["book"].as_str().is_none_or(|book| book == "contract"))
            {
                let before = last.insert(text(reason, "contract"), text(reason, "on"));
                assert!(before.is_none_or(|before| before <= text(reason, "on")), "{}: {key}", story.id);
            }
        }
        let ids: Vec<&str> = list(json, "entries").iter().map(|entry| text(entry, "id")).collect();
        assert!(ids.iter().all(|id| !id.is_empty()), "{}", story.id);
    });
}

/// Where a fact's rule stands, as the standards have it: a story, words of the reason, the paragraph.
#[test]
fn a_fact_cites_its_paragraph() {
    let paid = json!([
        {"type": "invoiced", "on": "2026-01-01", "invoice": "I", "lines": [{"obligation": "plan", "amount": "1200.00"}]},
        {"type": "paid", "on": "2026-01-15", "invoice": "I", "amount": "1200.00"}
    ]);
    #[rustfmt::skip]
    let rows = [
        (json!([]), "stand-alone selling price", "ASC 606-10-32-28..35; IFRS 15.73-80"),
        (paid.clone(), "the customer paid", "ASC 606-10-45-4; IFRS 15.108, IFRS 9.3.2.3(a)"),
        (json!([{"type": "cancelled", "on": "2026-07-01"}]), "cancelled", "ASC 606-10-25-10, 25-13, 45-2; IFRS 15.18, 21, 106"),
        (json!([{"type": "cancelled", "on": "2026-07-01", "obligations": ["plan"]}]), "cancelled", "ASC 606-10-25-10, 25-13(a); IFRS 15.18, 21(a)"),
        (json!([{"type": "estimated", "on": "2026-01-01", "obligation": "plan", "included": "100.00"}]), "variable consideration", "ASC 606-10-32-5..13, 32-40; IFRS 15.50-58, 85"),
        (json!([{"type": "estimated", "on": "2026-03-01", "obligation": "plan", "included": "100.00"}]), "variable consideration", "ASC 606-10-32-14, 32-42..45; IFRS 15.59, 87-90"),
        (json!([{"type": "invoiced", "on": "2026-01-01", "invoice": "I", "lines": [{"obligation": "plan", "amount": "1200.00"}]},
            {"type": "credited", "on": "2026-05-01", "credit_note": "CN", "invoice": "I", "reason": "billing", "lines": [{"obligation": "plan", "amount": "100.00"}]}]),
            "only the billing changes", "ASC 606-10-45-1, 45-3..4; IFRS 15.105, 107-108"),
        (json!([{"type": "period_closed", "on": "2026-02-05", "period": "2026-01"},
            {"type": "modified", "on": "2026-01-01", "known_on": "2026-02-10", "price_change": "120.00", "change": [{"obligation": "plan", "price": "1320.00"}]}]),
            "known only after 2026-01 was closed", "ASC 250-10-45-17, 45-27; IAS 8.36, 41"),
    ];
    for (events, words, paragraph) in rows {
        let (story, outcome) = played(&events, json!({}));
        let json = Explanation::new(&story, &outcome, Scope::default()).expect("explained").to_json();
        let all = ["questions", "reasons", "entries"].into_iter().flat_map(|key| list(&json, key));
        let found: Vec<&str> = all
            .filter(|reason| text(reason, "words").contains(words))
            .map(|reason| text(reason, "paragraph"))
            .collect();
        assert!(!found.is_empty(), "nothing says {words}");
        assert!(
            found.iter().all(|found| *found == paragraph),
            "{words}: {found:?}, expected {paragraph}"
        );
    }
}

/// A plan of 1,200.00 and support of 600.00 for 2026, and what else happens.
fn played(events: &Value, more: Value) -> (Story, Outcome) {
    let mut all = vec![json!({"type": "signed", "on": "2026-01-01", "obligations": [
        {"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31"},
        {"id": "support", "price": "600.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31"}
    ]})];
    all.extend(events.as_array().expect("events").iter().cloned());
    let mut story =
        json!({"story": "plan-and-support", "ledger": {"currency": "GBP"}, "policy": {"method": "equal_touched"}, "events": all});
    for (key, value) in more.as_object().expect("keys") {
        story[key] = value.clone();
    }
    let story = Story::parse(&story.to_string()).expect("story");
    let outcome = story.play().expect("plays");
    (story, outcome)
}

fn shown(story: &Story, outcome: &Outcome, scope: Scope) -> String {
    Explanation::new(story, outcome, scope).expect("explained").to_text()
}

fn has_lines(found: &str, expected: &[&str]) {
    for line in expected {
        let words: Vec<&str> = line.split_whitespace().collect();
        let same = |row: &str| row.split_whitespace().eq(words.iter().copied());
        assert!(found.lines().any(same), "no line {line:?} in\n{found}");
    }
}

/// 100.00 of the plan and 50.00 of support a month. The invoice of March bills the plan's 1,200.00: of these, 450.00 were
/// earned through March, 300.00 in January and February; at the end of March 750.00 are a liability.
#[test]
fn the_roll_forward_shows_what_billing_settled() {
    let invoice =
        json!([{"type": "invoiced", "on": "2026-03-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "1200.00"}]}]);
    let (story, outcome) = played(&invoice, json!({}));
    has_lines(
        &shown(&story, &outcome, Scope::default()),
        &[
            "plan 100.00 100.00 100.00 100.00 100.00 100.00 100.00 100.00 100.00 100.00 100.00 100.00 1200.00",
            "all products 150.00 150.00 150.00 150.00 150.00 150.00 150.00 150.00 150.00 150.00 150.00 150.00 1800.00",
            "opening billed against contract asset to revenue closing",
            "2026-03 0.00 1200.00 -300.00 -150.00 750.00",
            "opening against billing earned closing",
            "2026-02 150.00 0.00 150.00 300.00",
            "2026-03 300.00 -300.00 0.00 0.00",
            "2026-03 support 50.00 3 of 12 months x 600.00 = 150.00 to date, less 100.00 before",
            "2026-03-01 invoice C1/2026-03-01/invoice/INV-1",
        ],
    );
}

/// 1,200.00 USD billed at 0.80, which the table has, and 600.00 USD at 0.75, which the ledger booked. First in, first out:
/// 150.00 USD a month are 120.00 GBP through August, then 112.50.
#[test]
fn rates_say_which_of_which_day_and_whose() {
    let events = json!([
        {"type": "invoiced", "on": "2026-01-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "1200.00"}]},
        {"type": "invoiced", "on": "2026-01-10", "invoice": "INV-2", "rate": "0.75", "lines": [{"obligation": "support", "amount": "600.00"}]}
    ]);
    let signed = json!({"type": "signed", "on": "2026-01-01", "currency": "USD", "obligations": [
        {"id": "plan", "price": "1200.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31"},
        {"id": "support", "price": "600.00", "satisfied": "over_time", "start": "2026-01-01", "end": "2026-12-31"}
    ]});
    let all: Vec<Value> = std::iter::once(signed)
        .chain(events.as_array().expect("events").iter().cloned())
        .collect();
    let rates = json!([{"on": "2025-12-15", "currency": "USD", "rate": "0.80"}, {"on": "2026-01-31", "currency": "USD", "rate": "0.90"}]);
    let (story, outcome) = played(&json!([]), json!({"events": all, "rates": rates}));
    has_lines(
        &shown(&story, &outcome, Scope::default()),
        &[
            "2026-01-01 invoice INV-1 1200.00 USD at 0.80 = 960.00 GBP rates table, in force since 2025-12-15",
            "2026-01-10 invoice INV-2 600.00 USD at 0.75 = 450.00 GBP booked by the ledger on INV-2",
            "2026-01-31 receivable at the closing rate 1800.00 USD at 0.90 = 1620.00 GBP rates table, in force since 2026-01-31",
            "2026-01 plan 80.00 1 of 12 months x 1200.00 = 100.00 to date",
            "100.00 USD at 0.80 = 80.00 GBP (INV-1 of 2026-01-01)",
            "50.00 USD at 0.75 = 37.50 GBP (INV-2 of 2026-01-10)",
            "total 0.00 1410.00 -1410.00 0.00",
        ],
    );
    let json = Explanation::new(&story, &outcome, Scope::default()).expect("explained").to_json();
    let booked = &list(&json, "rates")[1];
    assert_eq!(
        (text(booked, "rate"), text(booked, "source"), text(booked, "rate_on")),
        ("0.75", "booked by the ledger on INV-2", "2026-01-10")
    );
}

#[test]
fn a_scope_shows_what_belongs_to_it() {
    let events = json!([
        {"type": "invoiced", "on": "2026-01-01", "invoice": "INV-1", "lines": [{"obligation": "plan", "amount": "1200.00"}]},
        {"type": "invoiced", "on": "2026-02-01", "invoice": "INV-10", "lines": [{"obligation": "support", "amount": "600.00"}]},
        {"type": "paid", "on": "2026-02-20", "invoice": "INV-1", "amount": "1200.00"},
        {"type": "credited", "on": "2026-04-01", "credit_note": "CN-1", "invoice": "INV-1", "reason": "price", "lines": [{"obligation": "plan", "amount": "120.00"}]}
    ]);
    let (story, outcome) = played(&events, json!({}));
    let of = |period: Option<&str>, obligation: Option<&str>, document: Option<&str>| Scope {
        period: period.map(|text| Span::parse(text).expect("a period")),
        obligation: obligation.map(str::to_owned),
        document: document.map(str::to_owned),
    };
    #[rustfmt::skip]
    let rows: [(Scope, &[&str], &[&str]); 6] = [
        (of(Some("2026-02"), None, None), &["C1/2026-02-01/invoice/INV-10", "C1/2026-02-28/release/0", "paid 1200.00 of INV-1", "1500.00"], &["CN-1", "2026-03"]),
        (of(None, Some("support"), None), &["support", "C1/2026-02-01/invoice/INV-10", "600.00"], &["paid", "CN-1", "Contract liability by month"]),
        (of(None, None, Some("INV-1")), &["C1/2026-01-01/invoice/INV-1", "C1/2026-02-20/payment/INV-1", "C1/2026-04-01/credit note/CN-1"], &["INV-10", "release", "NOTES"]),
        (of(None, None, Some("CN-1")), &["C1/2026-04-01/credit note/CN-1"], &["C1/2026-01-01", "payment"]),
        (of(Some("2026-03"), Some("plan"), None), &["2026-03  plan", "300.00 to date"], &["2026-02  plan", "support"]),
        (of(Some("2026"), None, None), &["2026-01", "2026-12", "NOTES TO THE ACCOUNTS"], &[]),
    ];
    for (scope, expected, absent) in rows {
        let found = shown(&story, &outcome, scope.clone());
        // The title and what was chosen may name anything.
        let body = found.split_once("CONTRACT").expect("a contract").1;
        for words in expected {
            assert!(body.contains(words), "{scope:?}: no {words:?} in\n{body}");
        }
        for words in absent {
            assert!(!body.contains(words), "{scope:?}: {words:?} in\n{body}");
        }
    }
}

#[test]
fn a_quiet_month_shows_its_open_balances() {
    // Delivered and billed in January, paid in April: in February and March nothing happens.
    let events = json!([
        {"type": "signed", "on": "2026-01-05", "obligations": [{"id": "setup", "price": "900.00", "satisfied": "at_point"}]},
        {"type": "delivered", "on": "2026-01-05", "obligation": "setup"},
        {"type": "invoiced", "on": "2026-01-05", "invoice": "INV-1", "lines": [{"obligation": "setup", "amount": "900.00"}]},
        {"type": "paid", "on": "2026-04-10", "invoice": "INV-1", "amount": "900.00"}
    ]);
    let value = json!({"story": "s", "ledger": {"currency": "GBP"}, "until": "2026-05", "events": events});
    let story = Story::parse(&value.to_string()).expect("a story");
    let outcome = story.play().expect("plays");
    for (month, receivable) in [("2026-02", Some("900.00")), ("2026-03", Some("900.00")), ("2026-05", None)] {
        let scope = Scope {
            period: Some(Span::parse(month).expect("a month")),
            ..Scope::default()
        };
        let found = shown(&story, &outcome, scope);
        match receivable {
            Some(amount) => assert!(found.contains("receivable") && found.contains(amount), "{month}: {found}"),
            None => assert!(found.contains("Nothing of the story belongs to all of these."), "{month}: {found}"),
        }
    }
}

#[test]
fn text_and_json_list_the_same_entries_beside_contracts() {
    let mut compared = 0;
    for path in stories() {
        let text = std::fs::read_to_string(&path).expect("story");
        let Ok(story) = Story::parse(&text) else { continue };
        let Ok(outcome) = story.play() else { continue };
        for period in outcome.contracts.iter().map(|contract| contract.first_period()) {
            let scope = Scope {
                period: Some(Span::parse(&period.to_string()).expect("a month")),
                ..Scope::default()
            };
            let explanation = Explanation::new(&story, &outcome, scope).expect("explained");
            let (json, text) = (explanation.to_json(), explanation.to_text());
            let beside = list(&json, "entries").iter().filter(|entry| entry["book"] != "contract");
            let ids: Vec<&str> = beside.map(|entry| entry["id"].as_str().expect("an id")).collect();
            let sections = text
                .find("\nCOSTS")
                .or_else(|| text.find("\nINTERCOMPANY"))
                .map_or("", |at| &text[at..]);
            let listed = sections
                .lines()
                .filter(|line| ids.iter().any(|id| line.ends_with(&format!("  {id}"))));
            assert_eq!(listed.count(), ids.len(), "{} {period}\n{sections}", story.id);
            compared += ids.len();
        }
    }
    assert!(compared > 0, "no story has such entries");
}

#[test]
fn json_keeps_to_the_scope() {
    let (story, outcome) = played(&json!([]), json!({}));
    let json = |scope: Scope| Explanation::new(&story, &outcome, scope).expect("explained").to_json();
    let whole = json(Scope::default());
    assert_eq!(whole["recognised"], outcome.to_json()["recognised"]);
    assert!(whole.get("scope").is_none());
    let february = json(Scope {
        period: Some(Span::parse("2026-02").unwrap()),
        ..Scope::default()
    });
    assert_eq!(february["recognised"], json!({"2026-02": "150.00"}));
    assert_eq!(february["recognised_by_obligation"]["plan"], json!({"2026-02": "100.00"}));
    assert_eq!(february["roll_forward"]["C1"]["contract_asset"]["2026-02"]["earned"], "150.00");
    let plan = json(Scope {
        obligation: Some("plan".into()),
        ..Scope::default()
    });
    assert_eq!(plan["allocation"], json!({"plan": "1200.00"}));
    assert!(plan.get("balances").is_none() && plan.get("roll_forward").is_none());
    assert_eq!(list(&plan, "workings").len(), 12);
}

#[test]
fn a_choice_that_the_story_does_not_have_is_named() {
    let (story, outcome) = played(&json!([]), json!({}));
    let refused = |scope: Scope| match Explanation::new(&story, &outcome, scope) {
        Err(error @ ExplainError::Scope(_)) => error.to_string(),
        other => panic!("{:?}", other.map(|explanation| explanation.to_text())),
    };
    let whole = Scope::default;
    let rows = [
        (
            Scope {
                obligation: Some("plna".into()),
                ..whole()
            },
            "no product of the story has the id plna; write one of: plan, support",
        ),
        (
            Scope {
                document: Some("INV-1".into()),
                ..whole()
            },
            "no invoice or credit note of the story has the number INV-1; write one of: (there is none)",
        ),
        (
            Scope {
                period: Some(Span::parse("2028-01").unwrap()),
                ..whole()
            },
            "the story has nothing in 2028-01; it covers 2026-01 to 2026-12, write a month or a year of these",
        ),
    ];
    for (scope, expected) in rows {
        assert_eq!(refused(scope), expected);
    }
    for text in ["2026-13", "2026-3", "26", "March", ""] {
        let refusal = Span::parse(text).expect_err(text).to_string();
        assert!(
            refusal.contains("neither a month nor a year") && refusal.contains("2026-03"),
            "{refusal}"
        );
    }
}

/// 300 products for three years, billed every year: 10,800 figures of revenue.
#[test]
fn the_summary_of_a_large_contract_is_bounded() {
    let id = |at: usize| format!("seat-{at:03}");
    let terms = |at: usize| {
        let item = if at < 290 {
            json!({"ssp": "360.00"})
        } else {
            json!({"ssp": "360.00", "satisfied": "at_point"})
        };
        let mut terms = json!({"id": id(at), "price": "360.00", "start": "2026-01-01", "end": "2028-12-31"});
        for (key, value) in item.as_object().expect("keys") {
            terms[key] = value.clone();
        }
        if at >= 290 {
            terms
                .as_object_mut()
                .expect("terms")
                .retain(|key, _| key != "start" && key != "end");
        }
        terms
    };
    let signed = json!({"type": "signed", "on": "2026-01-01", "obligations": (0..300).map(terms).collect::<Vec<_>>()});
    let invoice = |year: i32| {
        let lines: Vec<Value> = (0..290).map(|at| json!({"obligation": id(at), "amount": "120.00"})).collect();
        json!({"type": "invoiced", "on": format!("{year}-01-01"), "invoice": format!("INV-{year}"), "lines": lines})
    };
    let (story, outcome) = played(&json!([]), json!({"events": [signed, invoice(2026), invoice(2027), invoice(2028)]}));
    let whole = explain(&story, &outcome);
    let count = whole.lines().count();
    assert!(count <= 200, "{count} lines:\n{whole}");
    assert!(whole.chars().count() <= 20_000, "{} characters", whole.chars().count());
    has_lines(
        &whole,
        &["over time (290 products) 2900.00 2900.00 2900.00 2900.00 2900.00 2900.00 2900.00 2900.00 2900.00 2900.00 2900.00 2900.00"],
    );
    let one = Scope {
        obligation: Some("seat-007".into()),
        ..Scope::default()
    };
    let detail = shown(&story, &outcome, one);
    assert_eq!(detail.lines().filter(|line| line.contains("of 36 months x 360.00")).count(), 36);
    let month = Scope {
        period: Some(Span::parse("2027-05").unwrap()),
        ..Scope::default()
    };
    let detail = shown(&story, &outcome, month);
    assert_eq!(detail.lines().filter(|line| line.contains("17 of 36 months x 360.00")).count(), 290);
}

#[test]
fn a_century_is_shown_by_year() {
    let signed = json!({"type": "signed", "on": "2026-01-01", "obligations":
        [{"id": "lease", "price": "120000.00", "start": "2026-01-01", "end": "2125-12-31"}]});
    let (story, outcome) = played(&json!([]), json!({"events": [signed]}));
    let whole = explain(&story, &outcome);
    has_lines(&whole, &["2026 0.00 1200.00 1200.00", "total 0.00 120000.00 120000.00"]);
    assert!(whole.lines().count() <= 400, "{}", whole.lines().count());
}

#[test]
fn a_refused_story_says_why() {
    let story = Story::parse(&json!({"story": "s", "ledger": {"currency": "GBP"}, "events": [
        {"type": "signed", "on": "2026-01-01", "obligations": [{"id": "plan", "price": "10.00", "start": "2026-01-01", "end": "2026-01-31"}]},
        {"type": "paid", "on": "2026-01-02", "invoice": "INV-9", "amount": "10.00"}
    ]}).to_string())
    .expect("readable");
    let (outcome, _) = tieout_accounting::story::run(&json!({"story": "s", "ledger": {"currency": "GBP"}, "events": []}).to_string());
    assert!(outcome.error.is_some());
    assert!(explain(&story, &outcome).contains("Refused: "));
}
