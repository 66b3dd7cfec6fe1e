//! One customer's life as a person sees it: found by whatever is in hand, and shown whole.

use serde_json::{Value, json};
use tieout_sandbox::xero::Credit;
use tieout_workflow::contracts::{find, list, show};

use crate::common::{Sold, UK, World, amount, contract_id, day, line};
use crate::orders::{Further, taken_away};

const SIGNED: &str = "2026-01-05";

/// A year that was paid, and a downgrade half a year later whose credit note is a draft.
async fn downgraded() -> (World, Sold, Sold) {
    let world = World::new(SIGNED).await;
    let first = world.booked("Umbra Ltd", "GBP").await;
    world.xero().authorise_invoice(UK, "NWUK-00001", None, "").unwrap();
    world
        .xero()
        .record_payment(UK, "NWUK-00001", amount("18360.60"), day(SIGNED), "")
        .unwrap();
    world.settle().await;
    world.morning(day("2026-02-05"));
    let further = Further {
        kind: Some("Existing Customer - Downgrade"),
        names_first: true,
        effective: Some(day("2026-07-06")),
        lines: vec![taken_away(line("PLATFORM", "PLATFORM", "1800.00", day("2026-07-06"), 182))],
    };
    let order = world.order(&first, &further);
    world.salesforce().close_won(&order.opportunity).unwrap();
    world.settle().await;
    (world, first, order)
}

async fn shown(world: &World, sold: &Sold) -> Value {
    let view = show(&world.stack.deployment, &contract_id(sold)).await.unwrap();
    serde_json::to_value(&view).unwrap()
}

/// The values of `keys` in each row of a list.
fn columns(rows: &Value, keys: &[&str]) -> Vec<Value> {
    let rows = rows.as_array().unwrap();
    let row = |row: &Value| Value::Array(keys.iter().map(|key| row[key].clone()).collect());
    rows.iter().map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_is_shown_from_the_orders_to_the_position() {
    let (world, first, order) = downgraded().await;
    let view = shown(&world, &first).await;
    for (key, expected) in [
        ("entity", json!("uk")),
        ("customer", json!(first.account)),
        ("customer_name", json!("Umbra Ltd")),
        ("currency", json!("GBP")),
        ("in_doubt", json!(null)),
        ("planned", json!([])),
        ("questions", json!([])),
    ] {
        assert_eq!(view[key], expected, "{key}");
    }
    assert_eq!(
        columns(&view["orders"], &["kind", "deal", "signed_on", "effective", "amount"]),
        [
            json!(["new", first.opportunity, SIGNED, null, "15300.50"]),
            json!(["change", order.opportunity, "2026-02-05", "2026-07-06", "-1800.00"]),
        ]
    );
    assert_eq!(
        columns(&view["events"], &["on", "kind"]),
        [
            json!([SIGNED, "signed"]),
            json!([SIGNED, "delivered"]),
            json!([SIGNED, "invoiced"]),
            json!([SIGNED, "paid"]),
            json!(["2026-07-06", "modified"]),
        ]
    );
    assert!(
        view["events"][3]["words"].as_str().unwrap().starts_with("paid 18360.6"),
        "{}",
        view["events"][3]
    );
    assert_eq!(
        columns(&view["documents"], &["kind", "number", "status", "amount", "deal", "answers"]),
        [
            json!(["invoice", "NWUK-00001", "paid", "15300.50", first.opportunity, null]),
            json!([
                "credit_note",
                "NWUK-CN-00001",
                "draft",
                "1800.00",
                order.opportunity,
                {"ordinal": 1, "number": "NWUK-00001", "cancelled": false}
            ]),
        ]
    );
    let invoice = &view["documents"][0];
    assert!(
        invoice["synced_version"].as_str().is_some_and(|at| at.starts_with(SIGNED)),
        "{invoice}"
    );
    // The address that sellers are given.
    assert_eq!(invoice["link"], world.written_back(&first)["Tieout_Invoice_Link__c"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schedule_is_what_is_earned_by_days_and_months() {
    let (world, first, _) = downgraded().await;
    let view = shown(&world, &first).await;
    assert_eq!(view["schedule"]["currency"], "GBP");
    let months = columns(
        &view["schedule"]["months"],
        &["month", "revenue", "contract_liability", "contract_asset", "receivable"],
    );
    // January: 27 of 365 days of 12,000 are 887.67; of 2,400.50 over twelve months 27 of 31 days of one: 174.23; 900 at once. All was billed
    // and paid: 15,300.50 less 1,961.90 is owed as service.
    assert_eq!(months[0], json!(["2026-01", "1961.90", "13338.60", "0.00", "0.00"]));
    assert_eq!(months.len(), 13, "{months:?}");
    assert_eq!(months[12][0], "2027-01");
    let revenue = months.iter().map(|month| amount(month[1].as_str().unwrap()));
    // What is left after the downgrade.
    assert_eq!(revenue.sum::<rust_decimal::Decimal>(), amount("13500.50"));
    let position = &view["schedule"]["position"];
    assert_eq!((&position["on"], &position["price"]), (&json!("2026-02-05"), &json!("13500.50")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contract_is_found_by_what_a_person_has_in_hand() {
    let (world, first, order) = downgraded().await;
    let goodwill = Credit {
        amount: amount("1000.00"),
        date: day("2026-02-05"),
        number: Some("GOODWILL-7".to_owned()),
    };
    let second = world.booked("Orbis Ltd", "GBP").await;
    world.xero().authorise_invoice(UK, "NWUK-00002", None, "").unwrap();
    world
        .xero()
        .create_credit_note_and_allocate(UK, "NWUK-00002", &goodwill, "")
        .unwrap();
    world.settle().await;
    world
        .xero()
        .edit_invoice(UK, "NWUK-00002", json!({ "InvoiceNumber": "2026/17" }), "")
        .unwrap();
    world.settle().await;
    let (one, other) = (contract_id(&first), contract_id(&second));
    let rows = [
        (one.as_str(), &one),
        ("NWUK-00001", &one),
        ("NWUK-CN-00001", &one),
        (first.account.as_str(), &one),
        // As a person copies it from an address.
        (&first.account[..15], &one),
        (order.opportunity.as_str(), &one),
        ("2026/17", &other),
        ("GOODWILL-7", &other),
        ("NWUK-00002", &other),
    ];
    for (name, expected) in rows {
        let found = find(&world.stack.deployment, name).await;
        assert_eq!(found.unwrap(), std::slice::from_ref(expected), "{name}");
    }
    for name in [
        "",
        "NWUK-00099",
        "C-0000000000000000",
        "001000000000999AAA",
        "it's",
        "\"",
        &"9".repeat(2_000),
    ] {
        let error = find(&world.stack.deployment, name).await.unwrap_err().to_string();
        assert!(error.contains("there is no contract"), "{name}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contracts_are_listed_by_entity_and_customer() {
    let world = World::new(SIGNED).await;
    let account = world.customer("Umbra Ltd");
    for name in ["a year", "another"] {
        let lines = vec![line("Platform", "PLATFORM", "12000.00", day(SIGNED), 364)];
        let sold = world.open_deal(&account, name, "GBP", lines);
        world.salesforce().close_won(&sold.opportunity).unwrap();
    }
    world.booked("Orbis Ltd", "GBP").await;
    let deployment = &world.stack.deployment;
    for (entity, customer, count) in [
        (None, None, 3),
        (Some("uk"), None, 3),
        (Some("us"), None, 0),
        (None, Some(account.as_str()), 2),
        (Some("us"), Some(account.as_str()), 0),
        (None, Some("001000000000999AAA"), 0),
    ] {
        let found = list(deployment, entity, customer).await.unwrap();
        assert_eq!(found.len(), count, "{entity:?} {customer:?}: {found:?}");
        assert!(
            found.iter().all(|one| one.invoices.len() == 1 && one.orders.len() == 1),
            "{found:?}"
        );
    }
    assert!(list(deployment, Some("uk "), None).await.is_err());
    assert_eq!(find(deployment, &account).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_about_a_contract_is_among_its_questions() {
    let (world, first, order) = downgraded().await;
    world.edit(&order.opportunity, json!({ "Change_Effective_Date__c": "2026-08-06" }));
    world.settle().await;
    let view = shown(&world, &first).await;
    let case = format!("deal/{}", order.opportunity);
    let expected = [json!(["accounting", null]), json!(["work_list", case])];
    // The deal was edited after it was booked: the contract is in doubt, and the case says why.
    assert_eq!(columns(&view["questions"], &["asked_by", "case"]), expected, "{view}");
    let reason = format!("deal {} was edited", order.opportunity);
    assert_eq!(view["in_doubt"], json!({ "reason": reason, "since": "2026-02-05" }));
}
