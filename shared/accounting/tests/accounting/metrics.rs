//! Recurring revenue: every case of `tests/metrics`, to the cent and with each of its variants, and identities over generated lines.
#![allow(clippy::inconsistent_digit_grouping)]

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tieout_accounting::metrics::{
    Basis, CohortBy, Cube, Discount, Every, Figure, Fraction, Gaps, Interval, LineKey, Measure, Merge, Method, Movement, Off, Portfolio,
    Preset, Price, Recurrence, RecurringLine, SameMonth, Switches, Usage,
};
use tieout_accounting::rates::{RateLine, Rates};
use tieout_accounting::{Book, Contract, Currency, Event, Money, Period, Refusal, example::day};

mod contracts;

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

/// A line as the cases write it: `amount` of the term, or `each` with `every` and `count`.
fn line(value: &Value, currency: Currency) -> RecurringLine {
    let known = [
        "customer",
        "contract",
        "id",
        "amount",
        "each",
        "every",
        "count",
        "currency",
        "start",
        "end",
        "signed",
        "cancelled",
        "notice",
        "trial_end",
        "follows",
        "awaits_renewal",
        "kind",
        "discounts",
        "basis",
    ];
    let unknown: Vec<&String> = value
        .as_object()
        .unwrap()
        .keys()
        .filter(|key| !known.contains(&key.as_str()))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let currency = text(value, "currency").map_or(currency, |code| Currency::parse(code).unwrap());
    let money = |key: &str| text(value, key).map(|amount| Money::parse_major(amount, currency).unwrap());
    let (customer, contract) = (text(value, "customer").unwrap(), text(value, "contract").unwrap_or("C1"));
    let interval = |name: &str| serde_json::from_value::<Interval>(json!(name)).unwrap();
    let every = || Every {
        count: u16::try_from(value["count"].as_u64().unwrap_or(1)).unwrap().try_into().unwrap(),
        interval: interval(text(value, "every").unwrap_or("month")),
    };
    let price = money("amount").map_or_else(|| Price::Each(money("each").unwrap(), every()), Price::Term);
    let date = |key: &str| text(value, key).map(day);
    let mut line = RecurringLine::new(
        LineKey::new(customer, contract, text(value, "id").unwrap_or("plan")),
        price,
        date("start").unwrap(),
        date("end"),
    );
    line.signed = date("signed").unwrap_or(line.start);
    (line.cancelled, line.notice, line.trial_end) = (date("cancelled"), date("notice"), date("trial_end"));
    line.follows = text(value, "follows").map(|id| match id.split_once('/') {
        Some((contract, id)) => LineKey::new(customer, contract, id),
        None => LineKey::new(customer, contract, id),
    });
    line.awaits_renewal = value["awaits_renewal"].as_bool().unwrap_or(false);
    line.recurrence = text(value, "kind").map_or(Recurrence::Subscription, |kind| serde_json::from_value(json!(kind)).unwrap());
    line.basis = text(value, "basis").map_or(Basis::Contract, |basis| serde_json::from_value(json!(basis)).unwrap());
    for discount in value["discounts"].as_array().into_iter().flatten() {
        line.discounts.push(Discount {
            off: Off::Share(text(discount, "share").unwrap().parse().unwrap()),
            months: discount["months"].as_u64().map(|months| u16::try_from(months).unwrap()),
        });
    }
    line
}

/// The switches that a case changes, over those that it begins with.
fn switches(base: Switches, changed: &Value) -> Switches {
    let mut whole = serde_json::to_value(base).unwrap();
    for (name, choice) in changed.as_object().into_iter().flatten() {
        assert!(whole.get(name).is_some(), "no switch {name}");
        whole[name] = choice.clone();
    }
    serde_json::from_value(whole).unwrap()
}

fn last_month(expect: &Value, last: &mut Option<Period>) {
    match expect {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            *last = (*last).max(Period::parse(key).ok());
            last_month(value, last);
        }),
        Value::Array(list) => list.iter().for_each(|value| last_month(value, last)),
        Value::String(text) => *last = (*last).max(Period::parse(text).ok()),
        _ => {}
    }
}

struct Checked<'c> {
    cube: &'c Cube<'c>,
    currency: Currency,
    wrong: Vec<String>,
    checks: usize,
}

impl Checked<'_> {
    fn same(&mut self, what: &str, found: &Value, expected: &Value) {
        self.checks += 1;
        if found != expected {
            self.wrong.push(format!("{what}: {found} in place of {expected}"));
        }
    }

    fn money(&self, minor: i64) -> Value {
        json!(Money::new(minor, self.currency).to_major_string())
    }

    /// A figure, or what of it is each customer's.
    fn figure(&mut self, what: &str, figure: &Figure, expected: &Value) {
        let sum: i64 = figure.parts.iter().map(|part| part.amount).sum();
        assert_eq!(sum, figure.amount.minor, "{what}: the parts do not sum to the figure");
        let Some(by_customer) = expected.as_object() else {
            return self.same(what, &self.money(figure.amount.minor), expected);
        };
        for (customer, expected) in by_customer {
            let parts = figure.parts.iter().filter(|part| part.key.customer.as_str() == customer);
            let found = self.money(parts.map(|part| part.amount).sum());
            self.same(&format!("{what} {customer}"), &found, expected);
        }
    }

    fn movement(&mut self, what: &str, movement: &Movement, expected: &Map<String, Value>) {
        let found = serde_json::to_value(movement).unwrap();
        for (name, expected) in expected {
            let minor = found[name].as_i64().unwrap_or_else(|| panic!("no movement {name}"));
            self.same(&format!("{what} {name}"), &self.money(minor), expected);
        }
    }

    fn fraction(&mut self, what: &str, found: Option<Fraction>, expected: &Value) {
        let found = found.map_or(Value::Null, |fraction| {
            if expected.is_array() {
                json!([fraction.numerator, fraction.denominator])
            } else {
                let places = expected
                    .as_str()
                    .and_then(|text| text.split_once('.'))
                    .map_or(0, |(_, digits)| digits.len());
                json!(fraction.decimal(u32::try_from(places).unwrap()))
            }
        });
        self.same(what, &found, expected);
    }

    fn expect(&mut self, key: &str, expected: &Value) {
        let cube = self.cube;
        let months = || expected.as_object().unwrap().iter().map(|(month, value)| (period(month), value));
        let figures =
            |of: &dyn Fn(Period) -> Result<Figure, Refusal>| months().map(|(month, value)| (month, of(month).unwrap(), value)).collect();
        let figures: Vec<(Period, Figure, &Value)> = match key {
            "mrr" => figures(&|month| cube.mrr(month)),
            "arr" => figures(&|month| cube.arr(month)),
            "trial" => figures(&|month| cube.trial(month)),
            "lapsed" => figures(&|month| cube.lapsed(month)),
            "notice_given" => figures(&|month| cube.notice_given(month)),
            _ => return self.expect_others(key, expected),
        };
        for (month, figure, value) in figures {
            self.figure(&format!("{key} {month}"), &figure, value);
        }
    }

    fn expect_others(&mut self, key: &str, expected: &Value) {
        let cube = self.cube;
        match key {
            "customers" | "average_per_customer" => {
                for (month, value) in expected.as_object().unwrap() {
                    let figure = cube.mrr(period(month)).unwrap();
                    let found = match key {
                        "customers" => json!(figure.customers),
                        _ => figure
                            .average_per_customer()
                            .map_or(Value::Null, |average| json!(average.to_major_string())),
                    };
                    self.same(&format!("{key} {month}"), &found, value);
                }
            }
            "movements" | "arr_movements" => {
                let measure = if key == "movements" { Measure::Mrr } else { Measure::Arr };
                for (month, value) in expected.as_object().unwrap() {
                    let moved = cube.movements(period(month).previous(), period(month), measure).unwrap();
                    self.movement(&format!("{key} {month}"), &moved.total, value.as_object().unwrap());
                }
            }
            "windows" => expected.as_array().unwrap().iter().for_each(|window| self.window(window)),
            "cohorts" | "quarters" => self.cohorts(if key == "cohorts" { CohortBy::Month } else { CohortBy::Quarter }, expected),
            _ => panic!("unknown expectation {key}"),
        }
    }

    fn window(&mut self, window: &Value) {
        let (from, to) = (period(text(window, "from").unwrap()), period(text(window, "to").unwrap()));
        let measure = text(window, "measure").map_or(Measure::Mrr, |measure| serde_json::from_value(json!(measure)).unwrap());
        let moved = self.cube.movements(from, to, measure).unwrap();
        let kept = self.cube.retention(from, to, measure).unwrap();
        assert_eq!(
            kept.logos.closing() as usize,
            moved
                .rows
                .iter()
                .filter(|row| row.movement.closing != 0 || row.movement.lapsed < 0)
                .count()
        );
        for (key, expected) in window.as_object().unwrap() {
            let what = format!("{from} to {to} {key}");
            match key.as_str() {
                "from" | "to" | "measure" => {}
                "movement" => self.movement(&what, &moved.total, expected.as_object().unwrap()),
                "grr" => self.fraction(&what, kept.grr(), expected),
                "nrr" => self.fraction(&what, kept.nrr(), expected),
                "logo_churn" => self.fraction(&what, kept.logo_churn(), expected),
                "quick_ratio" => self.fraction(&what, moved.total.quick_ratio(), expected),
                "gross_retention" => self.fraction(&what, moved.total.gross_retention(), expected),
                "net_retention" => self.fraction(
                    &what,
                    moved.total.net_retention(self.cube.method().switches.net_retention),
                    expected,
                ),
                "growth" => self.fraction(&what, moved.total.growth(), expected),
                "logos" => self.same(&what, &serde_json::to_value(kept.logos).unwrap(), expected),
                _ => panic!("unknown expectation {key}"),
            }
        }
    }

    fn cohorts(&mut self, by: CohortBy, expected: &Value) {
        let found = self.cube.cohorts(by).unwrap();
        for (first, expected) in expected.as_object().unwrap() {
            let cohort = found.cohorts.iter().find(|cohort| cohort.first == period(first)).unwrap();
            for (key, expected) in expected.as_object().unwrap() {
                let what = format!("cohort {first} {key}");
                match key.as_str() {
                    "start_mrr" => self.same(&what, &self.money(cohort.start_mrr), expected),
                    "start_logos" => self.same(&what, &json!(cohort.units.len()), expected),
                    "logos_at" => {
                        for (month, expected) in expected.as_object().unwrap() {
                            let at = cohort.months.iter().find(|at| at.period == period(month)).unwrap();
                            self.same(&format!("{what} {month}"), &json!(at.logos), expected);
                        }
                    }
                    _ => {
                        for (age, expected) in expected.as_object().unwrap() {
                            let at = cohort.months.iter().find(|at| at.age.to_string() == *age).unwrap();
                            let found = if key == "mrr_by_month" {
                                self.money(at.mrr)
                            } else {
                                json!(at.logos)
                            };
                            self.same(&format!("{what} {age}"), &found, expected);
                        }
                    }
                }
            }
        }
    }
}

fn rates_of(case: &Value) -> Rates {
    let rate = |value: &Value| RateLine {
        on: day(text(value, "on").unwrap()),
        currency: Currency::parse(text(value, "currency").unwrap()).unwrap(),
        rate: text(value, "rate").unwrap().parse().unwrap(),
    };
    Rates::new(case["rates"].as_array().into_iter().flatten().map(rate)).unwrap()
}

/// Checks a case by its own switches and by those of each variant; how many figures were compared, and what is wrong.
fn check(case: &Value) -> (usize, Vec<String>) {
    let currency = Currency::parse(text(case, "currency").unwrap()).unwrap();
    let lines: Vec<RecurringLine> = case["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| line(value, currency))
        .collect();
    let merge = |value: &Value| Merge {
        from: text(value, "from").unwrap().into(),
        into: text(value, "into").unwrap().into(),
    };
    let merges: Vec<Merge> = case["merges"].as_array().into_iter().flatten().map(merge).collect();
    let case_switches = switches(Switches::default(), &case["switches"]);
    let own = json!({"name": "as defined", "switches": {}, "expect": case["expect"]});
    let (mut checks, mut wrong) = (0, Vec::new());
    for variant in std::iter::once(&own).chain(case["variants"].as_array().into_iter().flatten()) {
        let mut method = Method::new(switches(case_switches, &variant["switches"]), currency);
        method.as_of = text(variant, "as_of").map(day);
        let rates = if variant.get("rates").is_some() {
            rates_of(variant)
        } else {
            rates_of(case)
        };
        let portfolio = Portfolio {
            lines: &lines,
            merges: &merges,
            rates: &rates,
        };
        let mut through = None;
        last_month(&variant["expect"], &mut through);
        let name = format!("{}: {}", text(case, "case").unwrap(), text(variant, "name").unwrap());
        let cube = portfolio
            .cube(&method, through.unwrap())
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let mut checked = Checked {
            cube: &cube,
            currency,
            wrong: Vec::new(),
            checks: 0,
        };
        for (key, expected) in variant["expect"].as_object().unwrap() {
            checked.expect(key, expected);
        }
        assert!(checked.checks > 0, "{name} expects nothing");
        checks += checked.checks;
        wrong.extend(checked.wrong.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    (checks, wrong)
}

#[test]
fn every_case_comes_out_as_its_source_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/metrics");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("tests/metrics")
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let (mut checks, mut wrong) = (0, Vec::new());
    for path in &paths {
        let case: Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            case["source"].as_str().is_some_and(|source| !source.is_empty()),
            "{}",
            path.display()
        );
        let (count, found) = check(&case);
        checks += count;
        wrong.extend(found);
    }
    assert!(paths.len() >= 20 && checks >= 700, "only {} cases, {checks} figures", paths.len());
    assert!(wrong.is_empty(), "{}\n{} of {checks} figures differ", wrong.join("\n"), wrong.len());
}

fn monthly(customer: &str, contract: &str, minor: i64, (start, end): (&str, &str)) -> RecurringLine {
    let price = Price::Term(Money::new(minor, Currency::parse("GBP").unwrap()));
    RecurringLine::new(LineKey::new(customer, contract, "plan"), price, day(start), Some(day(end)))
}

fn method(switches: Switches) -> Method {
    Method::new(switches, Currency::parse("GBP").unwrap())
}

#[test]
fn what_cannot_be_counted_is_refused_by_name() {
    let plan = || monthly("a", "C1", 120_000, ("2026-01-01", "2026-12-31"));
    let mut dollars = plan();
    dollars.price = Price::Term(Money::new(1, Currency::parse("USD").unwrap()));
    let mut backwards = plan();
    backwards.end = Some(day("2025-12-31"));
    let mut open = plan();
    open.end = None;
    let mut orphan = plan();
    orphan.follows = Some(LineKey::new("a", "C9", "plan"));
    let mut circle = plan();
    circle.follows = Some(circle.key.clone());
    let mut gift = plan();
    gift.discounts = vec![Discount {
        off: Off::Share("1.01".parse().unwrap()),
        months: None,
    }];
    for (lines, word) in [
        (vec![dollars], "USD"),
        (vec![backwards], "2025-12-31"),
        (vec![open], "a/C1/plan"),
        (vec![orphan], "a/C9/plan"),
        (vec![circle], "a/C1/plan"),
        (vec![gift], "1.01"),
        (vec![plan(), plan()], "a/C1/plan"),
    ] {
        let portfolio = Portfolio {
            lines: &lines,
            merges: &[],
            rates: &Rates::default(),
        };
        let refusal = portfolio
            .cube(&method(Switches::default()), period("2026-01"))
            .unwrap_err()
            .to_string();
        assert!(refusal.contains(word), "{word}: {refusal}");
    }
}

#[test]
fn a_result_says_with_what_it_was_made() {
    let usd = Currency::parse("USD").unwrap();
    let mut line = monthly("a", "C1", 0, ("2026-01-01", "2026-12-31"));
    line.price = Price::Term(Money::new(1_200_00, usd));
    let lines = [line];
    let rates = Rates::new([RateLine {
        on: day("2025-12-31"),
        currency: usd,
        rate: "0.75".parse().unwrap(),
    }])
    .unwrap();
    let portfolio = Portfolio {
        lines: &lines,
        merges: &[],
        rates: &rates,
    };
    let mut method = Method::of(Preset::Contract, period("2025-12"), Currency::parse("GBP").unwrap());
    method.switches.same_month = SameMonth::Both;
    let cube = portfolio.cube(&method, period("2026-02")).unwrap();
    let (january, february) = (period("2026-01"), period("2026-02"));
    let moved = cube.movements(january, february, Measure::Mrr).unwrap();
    let kept = cube.retention(january, february, Measure::Mrr).unwrap();
    let cohorts = cube.cohorts(CohortBy::Month).unwrap();
    let mrr = cube.mrr(january).unwrap();
    for (found, rates) in [
        (mrr.method, &mrr.rates),
        (moved.method, &moved.rates),
        (kept.method, &kept.rates),
        (cohorts.method, &cohorts.rates),
    ] {
        assert_eq!((found, found.changed()), (method, vec!["same_month"]));
        assert_eq!(rates.iter().map(|used| used.rate.to_string()).collect::<Vec<_>>(), ["0.75"]);
    }
    assert_eq!(mrr.amount.minor, 75_00);
    assert_eq!(
        serde_json::to_value(&mrr).unwrap()["method"]["switches"]["fx"],
        json!({"constant": {"set": "2025-12"}})
    );
}

#[test]
fn what_is_not_yet_known_does_not_count() {
    let mut old = monthly("Late", "C1", 120_000, ("2025-03-01", "2026-02-28"));
    old.awaits_renewal = true;
    let mut new = monthly("Late", "C2", 132_000, ("2026-04-01", "2027-03-31"));
    (new.signed, new.follows) = (day("2026-04-10"), Some(old.key.clone()));
    let lines = [old, new];
    let portfolio = Portfolio {
        lines: &lines,
        merges: &[],
        rates: &Rates::default(),
    };
    let lapsing = Switches {
        gaps: Gaps::Lapsed { months: 2 },
        ..Switches::default()
    };
    for (as_of, month, expected) in [
        ("2026-03-31", "2026-03", [0, 0, 100_00]),
        ("2026-04-30", "2026-04", [110_00, 0, 0]),
        ("2026-03-31", "2026-04", [0, 0, 100_00]),
        ("2026-03-31", "2026-05", [0, -100_00, 0]),
    ] {
        let mut method = method(lapsing);
        method.as_of = Some(day(as_of));
        let cube = portfolio.cube(&method, period(month)).unwrap();
        let churn = cube
            .movements(period(month).previous(), period(month), Measure::Mrr)
            .unwrap()
            .total
            .churn;
        let found = [
            cube.mrr(period(month)).unwrap().amount.minor,
            churn,
            cube.lapsed(period(month)).unwrap().amount.minor,
        ];
        assert_eq!(found, expected, "{month} as of {as_of}");
    }
}

/// Customer, amount, first day, days, day of a cancellation, what it is.
type Seed = (u8, i64, u64, u64, Option<u64>, u8);

/// Lines of six customers, some of which follow, end early or are priced by the interval.
fn any_lines() -> impl Strategy<Value = Vec<RecurringLine>> {
    let one = (
        0u8..6,
        0i64..1_000_000,
        0u64..700,
        0u64..900,
        proptest::option::of(0u64..900),
        0u8..8,
    );
    proptest::collection::vec(one, 1..25).prop_map(|lines| {
        let mut last: BTreeMap<u8, (LineKey, NaiveDate)> = BTreeMap::new();
        let line = |(index, (customer, minor, start, days, cancelled, kind)): (usize, Seed)| {
            let start = day("2025-01-01") + chrono::Days::new(start);
            let end = start + chrono::Days::new(days);
            let mut line = monthly(
                &format!("c{customer}"),
                &format!("C{}", index % 3),
                minor,
                (&start.to_string(), &end.to_string()),
            );
            line.key.obligation = index.to_string().as_str().into();
            line.cancelled = cancelled.filter(|_| kind < 2).map(|after| start + chrono::Days::new(after));
            line.awaits_renewal = kind == 3;
            if kind == 4 {
                let every = Every {
                    count: 2.try_into().unwrap(),
                    interval: Interval::Week,
                };
                line.price = Price::Each(line.price.money(), every);
            }
            if let Some((key, _)) = last.get(&customer).filter(|(_, before)| kind > 4 && *before < start) {
                line.follows = Some(key.clone());
            }
            last.insert(customer, (line.key.clone(), start));
            line
        };
        lines.into_iter().enumerate().map(line).collect()
    })
}

fn any_switches() -> impl Strategy<Value = Switches> {
    let choice = |names: &'static [&'static str]| proptest::sample::select(names);
    (
        choice(&["start_month_full", "touched", "last_day", "first_day", "share_of_days"]),
        choice(&["live", "signed_in", "notice_out", "signed_in_notice_out"]),
        choice(&["churn", "lapsed", "filled"]),
        choice(&["linked", "unlinked"]),
        choice(&["customer", "subscription", "item"]),
        choice(&["ignored", "both"]),
        choice(&["exact", "twelve_times_rounded"]),
        choice(&["unit", "line", "up_for_renewal"]),
        1u8..4,
    )
        .prop_map(|(counted, commitment, gaps, chain, grain, same_month, annual, cap, lost_after)| {
            let gaps = match gaps {
                "churn" => json!("churn"),
                other => json!({other: {"months": 2}}),
            };
            let changed = json!({"counted": counted, "commitment": commitment, "gaps": gaps, "chain": chain, "grain": grain,
                "same_month": same_month, "annual": annual, "cap": cap, "lost_after": lost_after});
            switches(Switches::default(), &changed)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn opening_and_movements_are_the_closing(lines in any_lines(), switches in any_switches(), from in 0i32..24, span in 1i32..24) {
        let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
        let from = period("2025-01").plus(from);
        let to = from.plus(span);
        let cube = portfolio.cube(&method(switches), to).unwrap();
        for measure in [Measure::Mrr, Measure::Arr] {
            let figure = |month| if measure == Measure::Mrr { cube.mrr(month) } else { cube.arr(month) };
            let moved = cube.movements(from, to, measure).unwrap();
            for movement in moved.rows.iter().map(|row| &row.movement).chain([&moved.total]) {
                prop_assert_eq!(movement.opening + movement.change().unwrap(), movement.closing);
            }
            prop_assert_eq!(moved.total.opening, figure(from).unwrap().amount.minor);
            prop_assert_eq!(moved.total.closing, figure(to).unwrap().amount.minor);
            for row in &moved.rows {
                prop_assert_eq!(row.opening.iter().map(|part| part.amount).sum::<i64>(), row.movement.opening);
                prop_assert_eq!(row.closing.iter().map(|part| part.amount).sum::<i64>(), row.movement.closing);
            }
            let kept = cube.retention(from, to, measure).unwrap();
            prop_assert!(0 <= kept.gross && kept.gross <= kept.opening && kept.gross <= kept.net, "{:?}", kept);
        }
        let arr = cube.arr(to).unwrap();
        prop_assert_eq!(arr.parts.iter().map(|part| part.amount).sum::<i64>(), arr.amount.minor);
    }

    #[test]
    fn months_add_up_to_the_year(lines in any_lines(), from in 0i32..24) {
        let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
        let from = period("2025-01").plus(from);
        let cube = portfolio.cube(&method(Switches::default()), from.plus(12)).unwrap();
        let monthly: i64 = from.to(from.plus(11)).map(|month| {
            cube.movements(month, month.next(), Measure::Mrr).unwrap().total.change().unwrap()
        }).sum();
        prop_assert_eq!(monthly, cube.movements(from, from.plus(12), Measure::Mrr).unwrap().total.change().unwrap());
    }
}
