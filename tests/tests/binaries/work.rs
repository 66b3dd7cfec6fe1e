//! The workers and the timed functions on one deal: booked, drafted, followed, swept, its month proposed.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_platform::runtime::variables::Function;
use tieout_queue::{Hint, Kind, Source};
use tieout_sandbox::salesforce::{NewAccount, NewLine, NewOpportunity};

use super::process::Process;
use super::world::{DEALS, INVOICES, World, assert_no_secret};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A year of PLATFORM from September, in GBP, closed-won.
fn won_deal(world: &World) -> String {
    let account = NewAccount {
        name: "Acme Ltd".to_owned(),
        currency: Some("GBP".to_owned()),
        ..NewAccount::default()
    };
    let account_id = world.salesforce.add_account(account).unwrap();
    let line = NewLine {
        product: "Platform".to_owned(),
        product_code: Some("PLATFORM".to_owned()),
        quantity: Decimal::ONE,
        unit_price: Decimal::from(12_000),
        service_date: Some(day("2026-09-01")),
        end_date: Some(day("2027-08-31")),
        ..NewLine::default()
    };
    let deal = NewOpportunity {
        name: "Acme platform".to_owned(),
        account_id,
        close_date: day("2026-09-01"),
        currency: Some("GBP".to_owned()),
        lines: vec![line],
        ..NewOpportunity::default()
    };
    let added = world.salesforce.add_opportunity(deal).unwrap();
    world.salesforce.close_won(&added.id).unwrap();
    added.id
}

/// Gives the worker `hint` and an unreadable message; only the unreadable one may be returned as failed.
async fn only_the_unreadable_fails(world: &World, function: Function, queue: &str, hint: &Hint) {
    let process = Process::started(function, &world.variables(function)).await;
    world.send(queue, &hint.to_text(), &hint.group());
    world.send(queue, "{\"v\": 1, canary-body", "unreadable");
    let (event, received) = world.batch(queue);
    assert_eq!(received.len(), 2, "{event}");
    let answer = process.answer(event).await;
    let unreadable = received.iter().find(|message| message.body.contains("canary-body")).unwrap();
    assert_eq!(
        answer,
        json!({ "batchItemFailures": [{ "itemIdentifier": unreadable.message_id }] }),
        "{}",
        process.log().join("\n")
    );
    for message in &received {
        world.services.sqs().delete(queue, &message.receipt_handle).unwrap();
    }
    let not_a_batch = process.invoke(json!({ "hello": "world" })).await;
    assert!(not_a_batch.is_err(), "{not_a_batch:?}");
    assert_no_secret(&process.ended().await);
}

async fn timed(world: &World, function: Function, event: Value) -> Value {
    let process = Process::started(function, &world.variables(function)).await;
    let answer = process.answer(event).await;
    assert_no_secret(&process.ended().await);
    answer
}

#[tokio::test]
async fn a_deal_goes_through_all_shipped_binaries() {
    let world = World::new().await;
    let config = &world.config.config;
    let uk = config.entities.iter().find(|entity| entity.id == "uk").unwrap();
    let deal = won_deal(&world);
    let organisation = &config.salesforce.organisation_id;
    let hint = Hint::new(Kind::Deal, Source::Crm, organisation, &deal, json!({}), None).unwrap();
    only_the_unreadable_fails(&world, Function::DealWorker, DEALS, &hint).await;

    let invoices = world.xero.list_invoices(&uk.xero_tenant);
    assert_eq!(invoices.len(), 1);
    assert_eq!(
        (invoices[0].status.as_str(), invoices[0].sub_total),
        ("DRAFT", Decimal::from(12_000))
    );
    let written = world.salesforce.written_back(&deal);
    assert_eq!(written["Tieout_Invoice_Number__c"], invoices[0].number);

    let hint = Hint::new(Kind::Invoice, Source::Ledger, &uk.xero_tenant, &invoices[0].id, json!({}), None).unwrap();
    only_the_unreadable_fails(&world, Function::InvoiceWorker, INVOICES, &hint).await;

    let found = timed(&world, Function::Sweep, json!({ "time": "2026-11-22T06:00:00Z" })).await;
    assert_eq!(found, json!({ "deals": 1, "documents": 1, "unfinished": 0 }));
    assert_eq!((world.receive(DEALS).len(), world.receive(INVOICES).len()), (1, 1));

    let due = timed(&world, Function::Billing, json!({ "time": "2026-11-22T05:00:00Z" })).await;
    assert_eq!(due, json!({ "documents": 0, "deals": 0 }));

    let closed = timed(
        &world,
        Function::MonthEnd,
        json!({ "entity": "uk", "time": "2026-11-22T06:00:00Z" }),
    )
    .await;
    assert_eq!(closed["uk"]["waiting"]["period"], "2026-09", "{closed}");
    let unknown = json!({ "entity": "atlantis", "time": "2026-11-22T06:00:00Z" });
    let process = Process::started(Function::MonthEnd, &world.variables(Function::MonthEnd)).await;
    assert!(process.invoke(unknown).await.is_err());
}
