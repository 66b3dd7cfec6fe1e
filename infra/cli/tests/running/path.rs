//! The path from closed-won to the journal, end to end.

use serde_json::{Value, json};
use tieout_accounting::Period;
use tieout_accounting::event::EventKind;
use tieout_sandbox::xero::Credit;

use crate::common::{Sold, UK, World, amount, day, line};

/// What was pushed to the opportunity: status, due, paid.
fn pushed(world: &World, sold: &Sold) -> (String, String, String) {
    let pushed = world.written_back(sold);
    let text = |field: &str| {
        pushed
            .get(field)
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .unwrap_or_default()
    };
    (
        text("Tieout_Invoice_Status__c"),
        text("Tieout_Amount_Due__c"),
        text("Tieout_Amount_Paid__c"),
    )
}

fn is_pushed(world: &World, sold: &Sold, status: &str, due: &str, paid: &str) {
    assert_eq!(pushed(world, sold), (status.to_owned(), due.to_owned(), paid.to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_won_deal_becomes_a_draft_as_the_mapping_says() {
    let world = World::new("2026-01-05").await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    let Value::Array(invoices) = world.look(&format!("/_sandbox/{UK}/invoices")).await else {
        panic!("no list")
    };
    assert_eq!(invoices.len(), 1);
    let draft = &invoices[0];
    let meant = json!({
        "Status": "DRAFT", "InvoiceNumber": "NWUK-00001", "Reference": "Umbra Ltd", "CurrencyCode": "GBP",
        "LineAmountTypes": "Exclusive", "SubTotal": 15300.50, "TotalTax": 3060.10, "Total": 18360.60,
    });
    for (field, value) in meant.as_object().unwrap() {
        assert_eq!(plain(&draft[field]), plain(value), "{field}");
    }
    let rows = [
        (
            "Platform, 2026-01-05 to 2027-01-04",
            "12000.0000",
            "850",
            json!([{"Name": "Region", "Option": "UK"}]),
        ),
        (
            "Support, 2026-01-05 to 2027-01-04",
            "2400.5000",
            "850",
            json!([{"Name": "Region", "Option": "UK"}]),
        ),
        (
            "Onboarding, 2026-01-05",
            "900.0000",
            "850",
            json!([{"Name": "Region", "Option": "UK"}]),
        ),
    ];
    for (place, (description, price, account, tracking)) in rows.into_iter().enumerate() {
        let line = &draft["LineItems"][place];
        assert_eq!(
            (line["Description"].as_str(), line["AccountCode"].as_str(), line["TaxType"].as_str()),
            (Some(description), Some(account), Some("OUTPUT2"))
        );
        assert_eq!(plain(&line["UnitAmount"]), amount(price).normalize().to_string());
        assert_eq!(
            (&line["Tracking"][0]["Name"], &line["Tracking"][0]["Option"]),
            (&tracking[0]["Name"], &tracking[0]["Option"])
        );
    }
    assert_eq!(world.events(&sold).await, ["signed", "delivered"]);
    let contract = world.contract(&sold).await.unwrap();
    let order = &contract.outline.orders[0];
    assert_eq!((order.rule.as_str(), contract.outline.head.entity.as_str()), ("Sterling", "uk"));
    let (version, _) = world.stack.deployment.store.current_config().await.unwrap().unwrap();
    assert_eq!(contract.events[0].config_version, version);
    is_pushed(&world, &sold, "Draft", "18360.60", "0.00");
    let link = world.written_back(&sold)["Tieout_Invoice_Link__c"].as_str().unwrap().to_owned();
    assert!(link.ends_with(draft["InvoiceID"].as_str().unwrap()), "{link}");
}

/// A number without trailing zeros.
fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<rust_decimal::Decimal>()
        .map_or(text, |number| number.normalize().to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_finance_does_becomes_events_and_is_pushed() {
    let world = World::new("2026-01-05").await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    let number = world.invoice(UK, &sold).number;
    let xero = world.xero();
    world.pass(3_600);
    xero.authorise_invoice(UK, &number, None, "").unwrap();
    world.settle().await;
    assert_eq!(world.events(&sold).await, ["signed", "delivered", "invoiced"]);
    is_pushed(&world, &sold, "Authorised", "18360.60", "0.00");
    xero.record_payment(UK, &number, amount("8360.60"), day("2026-01-05"), "").unwrap();
    world.settle().await;
    is_pushed(&world, &sold, "Part paid", "10000.00", "8360.60");
    let credit = Credit {
        amount: amount("1000.00"),
        date: day("2026-01-05"),
        number: None,
    };
    xero.create_credit_note_and_allocate(UK, &number, &credit, "").unwrap();
    world.settle().await;
    is_pushed(&world, &sold, "Part paid", "8800.00", "8360.60");
    xero.record_payment(UK, &number, amount("8800.00"), day("2026-01-05"), "").unwrap();
    world.settle().await;
    is_pushed(&world, &sold, "Paid", "0.00", "17160.60");
    assert_eq!(
        world.events(&sold).await,
        ["signed", "delivered", "invoiced", "paid", "credited", "paid"]
    );
    let events = world.contract(&sold).await.unwrap().events;
    let EventKind::Credited(credited) = &events[4].event.kind else {
        panic!("{:?}", events[4])
    };
    let net: rust_decimal::Decimal = credited.lines.iter().map(|line| line.amount).sum();
    assert_eq!((net, credited.tax), (amount("1000"), Some(amount("200"))));
    assert_eq!((world.parked_all(&sold).await.len(), world.dead_letters()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_deleted_and_entered_again_is_counted_once() {
    let world = World::new("2026-01-05").await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    let number = world.invoice(UK, &sold).number;
    let xero = world.xero();
    xero.authorise_invoice(UK, &number, None, "").unwrap();
    // The payment of the row before is deleted, and another is entered: what the events then say is paid, and what the case says.
    let rows = [
        (Some("8360.60"), "8360.60", ""),
        (None, "8360.60", "GBP 8360.60"),
        (Some("5000.00"), "8360.60", "GBP 3360.60 of GBP 8360.60"),
        (Some("8360.60"), "8360.60", ""),
        (Some("9000.00"), "9000.00", ""),
    ];
    let mut payment: Option<String> = None;
    for (again, paid, case) in rows {
        if let Some(payment) = payment {
            xero.delete_payment(UK, &payment, "").unwrap();
        }
        payment = again.map(|cash| xero.record_payment(UK, &number, amount(cash), day("2026-01-05"), "").unwrap());
        world.settle().await;
        let events = world.contract(&sold).await.unwrap().events;
        let of_payments = events.iter().filter_map(|stored| match &stored.event.kind {
            EventKind::Paid(paid) => Some(paid.amount),
            _ => None,
        });
        assert_eq!(of_payments.sum::<rust_decimal::Decimal>(), amount(paid), "{again:?}");
        let found = world.parked(&sold).await.map(|parked| parked.message.value);
        assert_eq!(found.unwrap_or_default(), case, "{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voided_invoice_takes_its_billing_back_and_waits_for_a_person() {
    let world = World::new("2026-01-05").await;
    let (voided, deleted) = (world.booked("Umbra Ltd", "GBP").await, world.booked("Penumbra Ltd", "GBP").await);
    let (number, draft) = (world.invoice(UK, &voided).number, world.invoice(UK, &deleted).number);
    world.xero().authorise_invoice(UK, &number, None, "").unwrap();
    world.settle().await;
    world.xero().void_invoice(UK, &number, "").unwrap();
    world.xero().void_invoice(UK, &draft, "").unwrap();
    world.settle().await;
    assert_eq!(
        world.events(&voided).await,
        ["signed", "delivered", "invoiced", "credited", "doubted"]
    );
    assert_eq!(world.events(&deleted).await, ["signed", "delivered", "doubted"]);
    for sold in [&voided, &deleted] {
        assert_eq!(pushed(&world, sold).0, "Voided");
        assert_eq!(world.parked(sold).await.unwrap().kind, "not_billed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_invoice_is_followed() {
    let world = World::new("2026-01-05").await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    let invoices = world.look(&format!("/_sandbox/{UK}/invoices")).await;
    let mut lines = invoices[0]["LineItems"].clone();
    let number = world.invoice(UK, &sold).number;
    world.xero().authorise_invoice(UK, &number, None, "").unwrap();
    world.settle().await;
    lines[0]["UnitAmount"] = json!("11000.00");
    lines[0]["LineAmount"] = Value::Null;
    lines[0]["TaxAmount"] = Value::Null;
    world
        .xero()
        .edit_invoice(UK, &number, json!({ "LineItems": lines.clone() }), "")
        .unwrap();
    world.settle().await;
    let lowered = ["signed", "delivered", "invoiced", "credited"];
    assert_eq!(world.events(&sold).await, lowered);
    is_pushed(&world, &sold, "Authorised", "17160.60", "0.00");
    assert!(world.parked(&sold).await.is_none());
    // A line raised above what was sold is a question: nothing is booked by itself, and the CRM is in step all the same.
    lines[2]["UnitAmount"] = json!("1000.00");
    lines[2]["LineAmount"] = Value::Null;
    lines[2]["TaxAmount"] = Value::Null;
    world.xero().edit_invoice(UK, &number, json!({ "LineItems": lines }), "").unwrap();
    world.settle().await;
    assert_eq!(world.events(&sold).await, lowered);
    assert_eq!(world.parked(&sold).await.unwrap().kind, "ledger_differs");
    is_pushed(&world, &sold, "Authorised", "17280.60", "0.00");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweep_finds_what_no_message_told() {
    let world = World::new("2026-01-05").await;
    world.salesforce().lose_next_messages(1).unwrap();
    let sold = world.booked("Umbra Ltd", "GBP").await;
    assert!(world.contract(&sold).await.is_none());
    world.sweep().await.unwrap();
    world.settle().await;
    let number = world.invoice(UK, &sold).number;
    is_pushed(&world, &sold, "Draft", "18360.60", "0.00");
    world.xero().lose_next_webhooks(1).unwrap();
    world.pass(60);
    world.xero().authorise_invoice(UK, &number, None, "").unwrap();
    world.settle().await;
    assert_eq!(pushed(&world, &sold).0, "Draft");
    world.pass(1_800);
    world.sweep().await.unwrap();
    world.settle().await;
    assert_eq!(pushed(&world, &sold).0, "Authorised");
    assert_eq!(world.events(&sold).await, ["signed", "delivered", "invoiced"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_a_day_the_sweep_finds_what_was_lost_with_a_message() {
    let world = World::new("2026-01-05").await;
    world.sweep().await.unwrap();
    let invoiced = world.booked("Umbra Ltd", "GBP").await;
    let number = world.invoice(UK, &invoiced).number;
    world.pass(60);
    world.xero().authorise_invoice(UK, &number, None, "").unwrap();
    let sold = world.sell("Penumbra Ltd", "GBP");
    world.deliver().await;
    world.lose_messages();
    world.pass(1_800);
    world.sweep().await.unwrap();
    world.lose_messages();
    assert!(world.contract(&sold).await.is_none());
    for unfinished in [2, 0] {
        world.pass(24 * 3_600);
        let found = world.sweep().await.unwrap();
        assert_eq!(found["unfinished"], json!(unfinished));
        world.settle().await;
    }
    is_pushed(&world, &sold, "Draft", "18360.60", "0.00");
    assert_eq!(pushed(&world, &invoiced).0, "Authorised");
    assert_eq!(world.events(&invoiced).await, ["signed", "delivered", "invoiced"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweep_finds_a_booked_deal_that_was_deleted_in_silence_and_leaves_an_open_one_alone() {
    let world = World::new("2026-01-05").await;
    let booked = world.booked("Umbra Ltd", "GBP").await;
    let customer = world.customer("Penumbra Ltd");
    let open = world.open_deal(&customer, "Penumbra Ltd", "GBP", Vec::new());
    world.salesforce().delete(&booked.opportunity).unwrap();
    world.salesforce().delete(&open.opportunity).unwrap();
    world.pass(60);
    world.sweep().await.unwrap();
    world.settle().await;
    assert_eq!(world.parked(&booked).await.unwrap().kind, "changed_after_booking");
    assert!(world.parked(&open).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_that_changes_after_it_was_booked_is_an_exception_with_both_versions() {
    let world = World::new("2026-01-05").await;
    let reopened = world.booked("Umbra Ltd", "GBP").await;
    let edited = world.booked("Penumbra Ltd", "GBP").await;
    let gone = world.booked("Antumbra Ltd", "GBP").await;
    let before = [
        world.state_of(UK, &reopened).await,
        world.state_of(UK, &edited).await,
        world.state_of(UK, &gone).await,
    ];
    world.salesforce().reopen(&reopened.opportunity).unwrap();
    let change = json!({ "UnitPrice": 13000.00 });
    world
        .salesforce()
        .edit_line(&edited.lines[0], change.as_object().unwrap().clone())
        .unwrap();
    world.edit(&edited.opportunity, json!({ "Name": "Penumbra Ltd, again" }));
    world.edit(&gone.opportunity, json!({ "Description": "on its way when it was deleted" }));
    world.deliver().await;
    world.salesforce().delete(&gone.opportunity).unwrap();
    world.pass(60);
    world.sweep().await.unwrap();
    world.settle().await;
    for (sold, before) in [&reopened, &edited, &gone].into_iter().zip(before) {
        let mut now = world.state_of(UK, sold).await;
        assert_eq!(now["parked"].take(), json!(["deal/DEAL"]));
        let doubt = now["events"].as_array_mut().unwrap().pop().unwrap();
        assert_eq!(doubt[0]["type"], "doubted");
        assert_eq!((&now["events"], &now["invoices"]), (&before["events"], &before["invoices"]));
        let case = world.parked(sold).await.unwrap();
        assert_eq!(case.kind, "changed_after_booking");
        assert_eq!(case.details["booked"]["won"], json!(true));
    }
    let case = world.parked(&reopened).await.unwrap();
    assert_eq!(case.details["now"]["won"], json!(false));
    let case = world.parked(&edited).await.unwrap();
    let price = |version: &str| case.details[version]["lines"][0]["total_price"].as_str().map(amount);
    assert_eq!((price("booked"), price("now")), (Some(amount("12000")), Some(amount("13000"))));
    assert_eq!(world.parked(&gone).await.unwrap().details["now"], Value::Null);
    // Set back as it was, there is nothing left to be looked at.
    world.salesforce().close_won(&reopened.opportunity).unwrap();
    world.edit(&reopened.opportunity, json!({ "CloseDate": "2026-01-05" }));
    world.settle().await;
    assert!(world.parked(&reopened).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_that_is_not_sure_waits_for_a_person() {
    let world = World::new("2026-01-05").await;
    let first = world.booked("Umbra Ltd", "GBP").await;
    let contact = world.invoice(UK, &first).contact_id;
    let number = world.invoice(UK, &first).number;
    world.xero().void_invoice(UK, &number, "").unwrap();
    world.settle().await;
    world.xero().archive_contact(UK, &contact, "").unwrap();
    let lines = || vec![line("Platform", "PLATFORM", "1200.00", day("2026-01-05"), 364)];
    let archived = world.open_deal(&first.account, "Second", "GBP", lines());
    // Another account of the same name: its contact would be the first one's, which has another number.
    let other = world.booked("Penumbra Ltd", "GBP").await;
    let ambiguous = world.open_deal(&world.customer("Penumbra Ltd"), "Third", "GBP", lines());
    for sold in [&archived, &ambiguous] {
        world.salesforce().close_won(&sold.opportunity).unwrap();
    }
    world.settle().await;
    for (sold, kind) in [(&archived, "contact_archived"), (&ambiguous, "contact_ambiguous")] {
        let case = world.parked(sold).await.unwrap();
        assert_eq!((case.kind.as_str(), case.message.field.as_str()), (kind, "Contact"));
        assert!(case.message.remedy.contains(&sold.account), "{}", case.message.remedy);
        assert!(
            world.contract(sold).await.is_none() && world.invoices(UK, sold).is_empty(),
            "nothing is half done"
        );
    }
    assert!(world.parked(&other).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deals_of_one_new_customer_at_once_make_one_contact() {
    let world = World::new("2026-01-05").await;
    let customer = world.customer("Umbra Ltd");
    let deals: Vec<Sold> = (0..4)
        .map(|place| {
            world.open_deal(
                &customer,
                &format!("Deal {place}"),
                "GBP",
                vec![line("Platform", "PLATFORM", "1200.00", day("2026-01-05"), 364)],
            )
        })
        .collect();
    for sold in &deals {
        world.salesforce().close_won(&sold.opportunity).unwrap();
    }
    world.settle().await;
    assert_eq!(world.contacts(UK).await.len(), 1);
    for sold in &deals {
        assert_eq!(world.invoice(UK, sold).contact_number.as_deref(), Some(customer.as_str()));
        assert_eq!(pushed(&world, sold).0, "Draft");
    }
    assert_eq!((world.dead_letters(), world.open_effects().await), (0, Vec::new()));
}

pub fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}
