//! Lines of contracts: what a cancellation, a change, an addition and usage leave of them.

use super::*;

/// A contract's events as a story has them, and the MRR that its lines give by month.
fn check_contract(name: &str, events: &[Value], switches: Switches, expected: &[(&str, &str)]) {
    let events: Vec<Event> = events.iter().cloned().map(|event| Event::from_value(event).unwrap()).collect();
    let currency = Currency::parse("GBP").unwrap();
    let contract = Contract::from_events(&"C1".into(), &events, &Book::new(currency)).unwrap();
    let lines = tieout_accounting::metrics::lines(&contract, &events).unwrap();
    let portfolio = Portfolio {
        lines: &lines,
        merges: &[],
        rates: &Rates::default(),
    };
    let last = expected.iter().map(|(month, _)| period(month)).max().unwrap();
    let cube = portfolio.cube(&method(switches), last).unwrap();
    for (month, mrr) in expected {
        assert_eq!(cube.mrr(period(month)).unwrap().amount.to_major_string(), *mrr, "{name} {month}");
    }
}

/// 2026 at a price.
fn year(id: &str, price: &str) -> Value {
    json!({"id": id, "price": price, "start": "2026-01-01", "end": "2026-12-31"})
}

fn signed(obligations: &[Value]) -> Value {
    json!({"type": "signed", "on": "2025-12-20", "customer": "Acme", "obligations": obligations})
}

/// A change from July on.
fn modified(price_change: &str, what: &str, of: Value) -> Value {
    json!({"type": "modified", "on": "2026-07-01", "price_change": price_change, what: [of]})
}

#[test]
fn a_cancelled_line_counts_the_price_of_its_whole_term() {
    let fir = json!({"id": "plan", "price": "4800.00", "start": "2026-01-10", "end": "2027-01-09"});
    check_contract(
        "cancelled: the price of the month stays that of the whole term",
        &[signed(&[fir]), json!({"type": "cancelled", "on": "2026-05-01"})],
        Switches::default(),
        &[("2026-01", "400.00"), ("2026-04", "400.00"), ("2026-05", "0.00")],
    );
}

#[test]
fn a_change_goes_on_with_what_is_left() {
    let plain = Switches::default();
    let plan = || signed(&[year("plan", "12000.00")]);
    let two = || signed(&[year("a", "12000.00"), year("b", "6000.00")]);
    check_contract(
        "upgraded by 3,000.00 for the second half",
        &[
            plan(),
            modified("3000.00", "change", json!({"obligation": "plan", "price": "15000.00"})),
        ],
        plain,
        &[
            ("2026-06", "1000.00"),
            ("2026-07", "1500.00"),
            ("2026-12", "1500.00"),
            ("2027-01", "0.00"),
        ],
    );
    check_contract(
        "extended by a year at the same price",
        &[
            plan(),
            modified("12000.00", "change", json!({"obligation": "plan", "end": "2027-12-31"})),
        ],
        plain,
        &[
            ("2026-06", "1000.00"),
            ("2026-07", "1000.00"),
            ("2027-12", "1000.00"),
            ("2028-01", "0.00"),
        ],
    );
    check_contract(
        "one of two is extended: the other does not move",
        &[
            two(),
            modified("12000.00", "change", json!({"obligation": "a", "end": "2027-12-31"})),
        ],
        plain,
        &[("2026-12", "1500.00"), ("2027-01", "1000.00")],
    );
    let seats = json!({"id": "seats", "price": "600.00", "start": "2026-07-01", "end": "2026-12-31"});
    check_contract(
        "seats added",
        &[plan(), modified("600.00", "add", seats)],
        plain,
        &[("2026-06", "1000.00"), ("2026-07", "1100.00")],
    );
    check_contract(
        "one of two removed",
        &[two(), modified("-3000.00", "remove", json!("b"))],
        plain,
        &[("2026-06", "1500.00"), ("2026-07", "1000.00")],
    );
}

#[test]
fn use_counts_in_its_month_where_the_method_says_so() {
    let plain = Switches::default();
    let metered = json!({"id": "calls", "satisfied": "by_usage", "unit_price": "0.05"});
    let setup = json!({"id": "setup", "price": "900.00", "satisfied": "at_point"});
    let used = |on: &str, quantity: &str| json!({"type": "used", "on": on, "obligation": "calls", "quantity": quantity});
    let use_of_january = [
        signed(&[year("plan", "12000.00"), metered, setup]),
        used("2026-01-20", "1000"),
        used("2026-01-31", "200"),
    ];
    check_contract("use and set-up are out", &use_of_january, plain, &[("2026-01", "1000.00")]);
    let with_use = Switches { usage: Usage::In, ..plain };
    check_contract(
        "use is in",
        &use_of_january,
        with_use,
        &[("2026-01", "1060.00"), ("2026-02", "1000.00")],
    );
}
