//! Nobody knows whether a contract stands: a deal that changed after it was booked, an invoice that was deleted. Until somebody settles it,
//! nothing unbilled is revenue.
//!
//! A year of the platform for 3,650.00 from 1 January, 10.00 a day. The cause comes on 11 January, when 100.00 are earned; January is
//! closed, the doubt is settled on 11 February, and February is closed.

use rust_decimal::Decimal;
use serde_json::json;
use tieout_store::PeriodState;
use tieout_workflow::WorkflowError;
use tieout_workflow::close;
use tieout_workflow::deal::settle::{How, settle};

use crate::common::{Sold, UK, World, amount, contract_id, day, line};
use crate::orders::Further;
use crate::path::period;

#[derive(Clone, Copy, PartialEq)]
enum Invoice {
    Draft,
    Authorised,
    Paid,
}

#[derive(Clone, Copy)]
enum Cause {
    Reopened,
    /// To 4,000.00.
    Edited,
    /// To 3,000.00.
    Lowered,
    /// To half a year.
    Shortened,
    Deleted,
    /// The invoice, in the ledger.
    Voided,
}

#[derive(Clone, Copy)]
enum Then {
    Nothing,
    /// The deal is again as it was booked.
    SetBack,
    Settled(How),
}

struct Row {
    name: &'static str,
    invoice: Invoice,
    cause: Cause,
    then: Then,
    /// Of the contract, without `invoiced` and `paid`.
    events: &'static [&'static str],
    /// Through January and through February.
    revenue: [&'static str; 2],
    documents: &'static [&'static str],
    /// The case that is open at the end.
    parked: Option<&'static str>,
}

impl World {
    async fn a_year(&self, far: Invoice) -> Sold {
        let customer = self.customer("Umbra Ltd");
        let lines = vec![line("Platform", "PLATFORM", "3650.00", day("2026-01-01"), 364)];
        let sold = self.open_deal(&customer, "A year", "GBP", lines);
        self.salesforce().close_won(&sold.opportunity).unwrap();
        self.settle().await;
        let number = self.invoice(UK, &sold).number;
        if far != Invoice::Draft {
            self.xero().authorise_invoice(UK, &number, None, "").unwrap();
        }
        if far == Invoice::Paid {
            let day = day("2026-01-01");
            self.xero().record_payment(UK, &number, amount("4380.00"), day, "").unwrap();
        }
        self.settle().await;
        sold
    }

    fn price(&self, sold: &Sold, price: f64) {
        let change = json!({ "UnitPrice": price });
        self.salesforce()
            .edit_line(&sold.lines[0], change.as_object().unwrap().clone())
            .unwrap();
        self.edit(&sold.opportunity, json!({ "Description": price.to_string() }));
    }

    async fn raise(&self, sold: &Sold, cause: Cause) {
        match cause {
            Cause::Reopened => self.salesforce().reopen(&sold.opportunity).unwrap(),
            Cause::Edited => self.price(sold, 4000.0),
            Cause::Lowered => self.price(sold, 3000.0),
            Cause::Shortened => {
                let change = json!({ "End_Date__c": "2026-06-30" });
                self.salesforce()
                    .edit_line(&sold.lines[0], change.as_object().unwrap().clone())
                    .unwrap();
                self.edit(&sold.opportunity, json!({ "Description": "half a year" }));
            }
            Cause::Deleted => self.salesforce().delete(&sold.opportunity).unwrap(),
            Cause::Voided => {
                let number = self.invoice(UK, sold).number;
                self.xero().void_invoice(UK, &number, "").unwrap();
            }
        }
        self.pass(60);
        self.sweep().await.unwrap();
        self.settle().await;
    }

    async fn react(&self, sold: &Sold, cause: Cause, then: Then) {
        match (then, cause) {
            (Then::Nothing, _) => {}
            (Then::SetBack, Cause::Edited) => self.price(sold, 3650.0),
            (Then::SetBack, _) => {
                self.salesforce().close_won(&sold.opportunity).unwrap();
                self.edit(&sold.opportunity, json!({ "CloseDate": "2026-01-01" }));
            }
            (Then::Settled(how), _) => {
                let contract = contract_id(sold);
                for _ in ["once", "again"] {
                    settle(&self.stack.deployment, &contract, how, "amira", "agreed by phone")
                        .await
                        .unwrap();
                }
            }
        }
        // What is settled is not asked again.
        if !matches!(cause, Cause::Deleted) {
            self.edit(&sold.opportunity, json!({ "NextStep": "none" }));
        }
        self.pass(60);
        self.sweep().await.unwrap();
        self.settle().await;
    }

    /// Closes a month; revenue through its end.
    async fn close(&self, month: &str, on: &str, last_day: &str) -> Decimal {
        self.morning(day(on));
        let (deployment, period) = (&self.stack.deployment, period(month));
        let (record, _) = close::plan(deployment, "uk", period, "amira").await.unwrap();
        let PeriodState::Proposed { hash, .. } = record.state else {
            panic!("{:?}", record.state)
        };
        close::approve(deployment, "uk", period, &hash, "bjorn").await.unwrap();
        close::post(deployment, "uk", period, "amira").await.unwrap();
        let balances = self.xero().balances(UK, day(last_day));
        -balances.get("200").copied().unwrap_or_default()
    }
}

async fn check(row: &Row) {
    let name = row.name;
    let world = World::new("2026-01-01").await;
    let sold = world.a_year(row.invoice).await;
    world.morning(day("2026-01-11"));
    world.raise(&sold, row.cause).await;
    let january = world.close("2026-01", "2026-02-03", "2026-01-31").await;
    world.morning(day("2026-02-11"));
    world.react(&sold, row.cause, row.then).await;
    let february = world.close("2026-02", "2026-03-03", "2026-02-28").await;
    let events = world.events(&sold).await;
    let events: Vec<&str> = events
        .iter()
        .map(String::as_str)
        .filter(|name| !["invoiced", "paid"].contains(name))
        .collect();
    assert_eq!(events, row.events, "{name}");
    assert_eq!([january, february], row.revenue.map(amount), "{name}");
    let all = world.xero().list_invoices(UK).into_iter().chain(world.xero().list_credit_notes(UK));
    let documents = all.map(|document| format!("{} {} {}", document.number, document.status, document.sub_total.normalize()));
    assert_eq!(documents.collect::<Vec<_>>(), row.documents, "{name}");
    let parked = world.parked(&sold).await.map(|case| case.kind);
    assert_eq!(parked.as_deref(), row.parked, "{name}");
    assert_eq!(world.dead_letters(), 0, "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_doubt_and_not_billed_is_no_revenue() {
    let kept = Then::Settled(How::Keep);
    let rows = [
        Row {
            name: "a draft is deleted, and nobody settles it",
            invoice: Invoice::Draft,
            cause: Cause::Voided,
            then: Then::Nothing,
            events: &["signed", "doubted"],
            revenue: ["100", "100"],
            documents: &["NWUK-00001 DELETED 3650"],
            parked: Some("not_billed"),
        },
        Row {
            name: "a draft is deleted, and the contract stands: what was left out is recognised",
            invoice: Invoice::Draft,
            cause: Cause::Voided,
            then: kept,
            events: &["signed", "doubted", "settled"],
            revenue: ["100", "590"],
            documents: &["NWUK-00001 DELETED 3650"],
            parked: None,
        },
        Row {
            name: "an approved invoice is voided",
            invoice: Invoice::Authorised,
            cause: Cause::Voided,
            then: Then::Nothing,
            events: &["signed", "credited", "doubted"],
            revenue: ["100", "100"],
            documents: &["NWUK-00001 VOIDED 3650"],
            parked: Some("not_billed"),
        },
    ];
    for row in &rows {
        check(row).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_that_changed_holds_back_what_is_not_billed() {
    let kept = Then::Settled(How::Keep);
    let rows = [
        Row {
            name: "the deal is edited before its draft is approved, and set back",
            invoice: Invoice::Draft,
            cause: Cause::Edited,
            then: Then::SetBack,
            events: &["signed", "doubted", "settled"],
            revenue: ["100", "590"],
            documents: &["NWUK-00001 DRAFT 3650"],
            parked: None,
        },
        Row {
            name: "the deal is edited, and the contract stands as it was booked",
            invoice: Invoice::Draft,
            cause: Cause::Edited,
            then: kept,
            events: &["signed", "doubted", "settled"],
            revenue: ["100", "590"],
            documents: &["NWUK-00001 DRAFT 3650"],
            parked: None,
        },
        Row {
            name: "the deal is reopened after it was billed: what is billed goes on being released",
            invoice: Invoice::Authorised,
            cause: Cause::Reopened,
            then: Then::Nothing,
            events: &["signed", "doubted"],
            revenue: ["310", "590"],
            documents: &["NWUK-00001 AUTHORISED 3650"],
            parked: Some("changed_after_booking"),
        },
        Row {
            name: "the deal is reopened, and won again",
            invoice: Invoice::Draft,
            cause: Cause::Reopened,
            then: Then::SetBack,
            events: &["signed", "doubted", "settled"],
            revenue: ["100", "590"],
            documents: &["NWUK-00001 DRAFT 3650"],
            parked: None,
        },
    ];
    for row in &rows {
        check(row).await;
    }
}

/// 41 days are served by 11 February, 410.00; the other 3,240.00 are credited, as a draft.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubt_is_settled_by_an_end() {
    let end = |on: &str| Then::Settled(How::End(day(on)));
    let rows = [
        Row {
            name: "the deal is deleted, and the contract ends",
            invoice: Invoice::Authorised,
            cause: Cause::Deleted,
            then: end("2026-02-11"),
            events: &["signed", "doubted", "cancelled", "settled"],
            revenue: ["310", "410"],
            documents: &["NWUK-00001 AUTHORISED 3650", "NWUK-CN-00001 DRAFT 3240"],
            parked: None,
        },
        Row {
            name: "it was paid: what is to be given back is no revenue",
            invoice: Invoice::Paid,
            cause: Cause::Deleted,
            then: end("2026-02-11"),
            events: &["signed", "doubted", "cancelled", "settled"],
            revenue: ["310", "410"],
            documents: &["NWUK-00001 PAID 3650", "NWUK-CN-00001 DRAFT 3240"],
            parked: None,
        },
        Row {
            name: "the draft is deleted, and the contract ended with the doubt",
            invoice: Invoice::Draft,
            cause: Cause::Voided,
            then: end("2026-01-11"),
            events: &["signed", "doubted", "cancelled", "settled"],
            revenue: ["100", "100"],
            documents: &["NWUK-00001 DELETED 3650"],
            parked: None,
        },
        Row {
            name: "the draft is deleted, and there never was a contract: what was closed is taken back in the open month",
            invoice: Invoice::Draft,
            cause: Cause::Voided,
            then: end("2026-01-01"),
            events: &["signed", "doubted", "cancelled", "settled"],
            revenue: ["100", "0"],
            documents: &["NWUK-00001 DELETED 3650"],
            parked: None,
        },
    ];
    for row in &rows {
        check(row).await;
    }
}

/// The edit makes it 4,000.00. 41 days are served by 11 February, 410.00; 324 are left, 18 of them in February.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_accepted_as_an_amendment() {
    let accept = |on: &str| Then::Settled(How::Accept(day(on)));
    let rows = [
        Row {
            // The 350.00 that are added are for the 324 days: 590.00 + 350.00 x 18 / 324.
            name: "from a day in the doubt: what is added is billed",
            invoice: Invoice::Authorised,
            cause: Cause::Edited,
            then: accept("2026-02-11"),
            events: &["signed", "doubted", "modified", "settled"],
            revenue: ["310", "609.44"],
            documents: &["NWUK-00001 AUTHORISED 3650", "NWUK-00002 DRAFT 350"],
            parked: None,
        },
        Row {
            // Of the 3,240.00 that are left, 2,590.00 stay: 410.00 + 2,590.00 x 18 / 324.
            name: "what falls away is credited",
            invoice: Invoice::Paid,
            cause: Cause::Lowered,
            then: accept("2026-02-11"),
            events: &["signed", "doubted", "modified", "settled"],
            revenue: ["310", "553.89"],
            documents: &["NWUK-00001 PAID 3650", "NWUK-CN-00001 DRAFT 650"],
            parked: None,
        },
        Row {
            // 3,000.00 x 59 / 365; what January had too much is taken back in February.
            name: "from the first day: the price was wrong from the start",
            invoice: Invoice::Authorised,
            cause: Cause::Lowered,
            then: accept("2026-01-01"),
            events: &["signed", "doubted", "modified", "settled"],
            revenue: ["310", "484.93"],
            documents: &["NWUK-00001 AUTHORISED 3650", "NWUK-CN-00001 DRAFT 650"],
            parked: None,
        },
        Row {
            // Nothing unbilled was revenue since 11 January: 410.00 + 2,590.00 x 18 / 324 all the same.
            name: "before the draft is approved: the credit note waits beside it",
            invoice: Invoice::Draft,
            cause: Cause::Lowered,
            then: accept("2026-02-11"),
            events: &["signed", "doubted", "modified", "settled"],
            revenue: ["100", "553.89"],
            documents: &["NWUK-00001 DRAFT 3650", "NWUK-CN-00001 DRAFT 650"],
            parked: None,
        },
        Row {
            // 3,650.00 over 181 days, 140 of them left: 410.00 + 3,240.00 x 18 / 140.
            name: "the service ends earlier for the same price",
            invoice: Invoice::Authorised,
            cause: Cause::Shortened,
            then: accept("2026-02-11"),
            events: &["signed", "doubted", "modified", "settled"],
            revenue: ["310", "826.57"],
            documents: &["NWUK-00001 AUTHORISED 3650"],
            parked: None,
        },
    ];
    for row in &rows {
        check(row).await;
    }
}

/// Each edit is compared with what was accepted before it; what falls away is taken from what was added last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_edit_after_another_is_accepted() {
    let world = World::new("2026-01-01").await;
    let sold = world.a_year(Invoice::Authorised).await;
    let contract = contract_id(&sold);
    for (price, on) in [(4000.0, "2026-02-01"), (4500.0, "2026-03-01"), (3900.0, "2026-03-01")] {
        world.price(&sold, price);
        world.settle().await;
        let how = How::Accept(day(on));
        settle(&world.stack.deployment, &contract, how, "amira", "agreed").await.unwrap();
    }
    let contract = world.contract(&sold).await.unwrap();
    let plans: Vec<Vec<String>> = contract
        .outline
        .documents
        .iter()
        .map(|document| {
            document
                .plan
                .iter()
                .map(|line| {
                    let part = line.obligation.split_once('~').map_or("", |(_, part)| part);
                    format!("{}{part} {}", document.kind.name(), line.amount.normalize())
                })
                .collect()
        })
        .collect();
    assert_eq!(
        plans,
        [
            vec!["invoice 3650"],
            vec!["invoice2 350"],
            vec!["invoice3 500"],
            // 600.00 less: the 500.00 of March, and 100.00 of the 350.00 of February, of which 306 of 334 days are left.
            vec!["credit_note2 100"],
            vec!["credit_note3 500"],
        ]
    );
    assert_eq!(contract.outline.superseded.len(), 3);
    assert_eq!(contract.outline.orders[0].booked.lines[0].total_price, amount("3900"));
    assert_eq!(world.parked(&sold).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_is_no_change_of_the_contract_is_refused() {
    let world = World::new("2026-01-01").await;
    let sold = world.a_year(Invoice::Authorised).await;
    let contract = contract_id(&sold);
    let other = world.customer("Penumbra Ltd");
    let accept = |on: &str| How::Accept(day(on));
    let rows = [
        (json!({ "AccountId": other }), "makes another contract of it"),
        (json!({ "Type": "Upsell" }), "makes another contract of it"),
        (json!({ "StageName": "Closed Lost" }), "is not closed-won"),
    ];
    let before = world.salesforce().record(&sold.opportunity).unwrap();
    for (change, words) in rows {
        world.edit(&sold.opportunity, change.clone());
        world.price(&sold, 3000.0);
        world.settle().await;
        refused(&world, &contract, accept("2026-02-01"), "amira", "agreed", words).await;
        let back: serde_json::Map<_, _> = change
            .as_object()
            .unwrap()
            .keys()
            .map(|field| (field.clone(), before.get(field).cloned().unwrap_or_default()))
            .collect();
        world.edit(&sold.opportunity, json!(back));
    }
    for (on, words) in [
        ("2025-12-31", "before the contract was signed, on 2026-01-01"),
        ("2026-12-15", "more than what is left of the line"),
    ] {
        refused(&world, &contract, accept(on), "amira", "agreed", words).await;
    }
    world.xero().void_invoice(UK, "NWUK-00001", "").unwrap();
    world.settle().await;
    refused(
        &world,
        &contract,
        accept("2026-02-01"),
        "amira",
        "agreed",
        "and not by one edited deal alone",
    )
    .await;
    settle(&world.stack.deployment, &contract, How::Keep, "amira", "billed by hand")
        .await
        .unwrap();
    refused(
        &world,
        &contract,
        accept("2026-02-01"),
        "amira",
        "agreed",
        "it was settled before, as \"keep\"",
    )
    .await;
}

/// 184 of 365 days are left on 1 July: 1,840.00 of the platform, stated anew as 2,000.00.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_an_order_that_states_the_whole_is_refused() {
    let world = World::new("2026-01-01").await;
    let sold = world.a_year(Invoice::Authorised).await;
    world.morning(day("2026-01-11"));
    let order = world.order(
        &sold,
        &Further {
            kind: Some("Order form"),
            names_first: true,
            effective: Some(day("2026-07-01")),
            lines: vec![line("Platform", "PLATFORM", "2000.00", day("2026-07-01"), 183)],
        },
    );
    world.salesforce().close_won(&order.opportunity).unwrap();
    world.settle().await;
    assert_eq!(world.events(&sold).await, ["signed", "invoiced", "modified"]);
    world.price(&order, 1500.0);
    world.settle().await;
    let contract = contract_id(&sold);
    let accept = How::Accept(day("2026-07-01"));
    refused(&world, &contract, accept, "amira", "agreed", "state all that the customer has").await;
    assert_eq!(world.events(&sold).await, ["signed", "invoiced", "modified", "doubted"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_change_is_another_question() {
    let world = World::new("2026-01-01").await;
    let sold = world.a_year(Invoice::Draft).await;
    let contract = contract_id(&sold);
    world.price(&sold, 4000.0);
    world.settle().await;
    settle(&world.stack.deployment, &contract, How::Keep, "amira", "a slip")
        .await
        .unwrap();
    for (price, events, parked) in [
        // As it was when it was settled, as it was booked, and as it never was.
        (4000.0, 3, false),
        (3650.0, 3, false),
        (5000.0, 4, true),
        (5500.0, 5, true),
        (3650.0, 6, false),
        (5500.0, 7, true),
    ] {
        world.price(&sold, price);
        world.pass(60);
        world.settle().await;
        assert_eq!(world.events(&sold).await.len(), events, "{price}: {:?}", world.events(&sold).await);
        assert_eq!(world.parked(&sold).await.is_some(), parked, "{price}");
    }
    // The deal and its draft: two causes, and only one of them goes away.
    let number = world.invoice(UK, &sold).number;
    world.xero().void_invoice(UK, &number, "").unwrap();
    world.settle().await;
    world.price(&sold, 3650.0);
    world.settle().await;
    assert_eq!(world.events(&sold).await.last().unwrap(), "doubted");
    assert_eq!(world.parked(&sold).await.unwrap().kind, "not_billed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settlement_that_cannot_be_is_refused_with_what_to_do() {
    let world = World::new("2026-01-01").await;
    let sold = world.a_year(Invoice::Draft).await;
    let (known, unknown) = (contract_id(&sold), "C-0000000000000000".into());
    let long = "x".repeat(501);
    let rows = [
        (&known, How::Keep, "amira", "a slip", "it is not in doubt"),
        (&unknown, How::Keep, "amira", "a slip", "`tieout contract list` shows them"),
        (&known, How::Keep, "amira", " ", "the reason has 0 characters"),
        (&known, How::Keep, "amira", long.as_str(), "write why, in 1 to 500"),
        (&known, How::Keep, "bjorn", "a slip", "bjorn may not prepare"),
        (&known, How::Keep, "nobody", "a slip", "there is no person"),
    ];
    for (contract, how, by, reason, words) in rows {
        refused(&world, contract, how, by, reason, words).await;
    }
    world.price(&sold, 4000.0);
    world.settle().await;
    let end = |on: &str| How::End(day(on));
    refused(&world, &known, end("2026-02-01"), "amira", "gone", "invoice NWUK-00001 is a draft").await;
    world.xero().authorise_invoice(UK, "NWUK-00001", None, "").unwrap();
    world.settle().await;
    for (on, words) in [
        ("2025-12-31", "before the contract was signed, on 2026-01-01"),
        ("2027-01-01", "is after the last day of the contract"),
    ] {
        refused(&world, &known, end(on), "amira", "gone", words).await;
    }
    assert_eq!(world.events(&sold).await, ["signed", "doubted", "invoiced"]);
}

async fn refused(world: &World, contract: &tieout_accounting::ids::ContractId, how: How, by: &str, reason: &str, words: &str) {
    let error: WorkflowError = settle(&world.stack.deployment, contract, how, by, reason).await.unwrap_err();
    assert!(error.to_string().contains(words), "{how:?} {by}: {error}");
}
