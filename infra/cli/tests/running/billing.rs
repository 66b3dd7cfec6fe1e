//! Billing plans: an order that is billed by the quarter, from the first draft to a cancellation.

use serde_json::json;
use tieout_accounting::ids::EntityId;
use tieout_store::Stage;
use tieout_workflow::contracts::show;
use tieout_workflow::deal::settle::{How, settle};

use crate::common::{Sold, UK, World, amount, contract_id, day, line};
use crate::orders::Further;

const SIGNED: &str = "2026-01-01";

impl World {
    /// A deal of one line of 12,000.00 over a year, billed as it says; its message waits to be delivered.
    fn sell_by(&self, frequency: &str, timing: Option<&str>) -> Sold {
        let customer = self.customer("Umbra Ltd");
        let lines = vec![line("Platform", "PLATFORM", "12000.00", self.today(), 364)];
        let sold = self.open_deal(&customer, "Umbra Ltd", "GBP", lines);
        self.edit(
            &sold.opportunity,
            json!({ "Billing_Frequency__c": frequency, "Billing_Timing__c": timing }),
        );
        self.salesforce().close_won(&sold.opportunity).unwrap();
        sold
    }

    /// What falls due on the morning of a day, made; the number of documents that were due.
    async fn due_on(&self, on: &str) -> u64 {
        self.morning(day(on));
        let billed = self.billing().await.unwrap();
        self.settle().await;
        billed["documents"].as_u64().unwrap()
    }

    /// Each document of the contract as `day stage`.
    async fn plan(&self, sold: &Sold) -> Vec<String> {
        let documents = self.contract(sold).await.unwrap().outline.documents;
        let stage = |stage: &Stage| match stage {
            Stage::Planned => "planned",
            Stage::Numbered { .. } => "numbered",
            Stage::InLedger(_) => "made",
            Stage::Dropped => "dropped",
        };
        let invoices = documents
            .iter()
            .filter_map(|document| Some((document.due.as_ref()?.on, stage(&document.stage))));
        invoices.map(|(on, stage)| format!("{on} {stage}")).collect()
    }

    /// On the second of May the customer cancels from the sixteenth.
    async fn end(&self, sold: &Sold) {
        self.morning(day("2026-05-02"));
        let end = Further {
            kind: Some("Cancellation"),
            names_first: true,
            effective: Some(day("2026-05-16")),
            lines: Vec::new(),
        };
        let order = self.order(sold, &end);
        self.salesforce().close_won(&order.opportunity).unwrap();
        self.settle().await;
    }

    /// 135 of 365 days are served: as much is billed and earned, and nothing is left.
    async fn is_even(&self, sold: &Sold) {
        let view = show(&self.stack.deployment, &contract_id(sold)).await.unwrap();
        let position = &serde_json::to_value(&view).unwrap()["schedule"]["position"];
        assert_eq!(
            (&position["price"], &position["billed"]),
            (&json!("4438.36"), &json!("4438.36")),
            "{position}"
        );
        for balance in ["contract_liability", "contract_asset", "refund_liability"] {
            assert_eq!(position[balance], "0.00", "{balance}: {position}");
        }
        assert_eq!((self.difference().await, self.dead_letters()), (Vec::new(), 0));
    }

    fn pay(&self, number: &str, value: &str) {
        self.xero().authorise_invoice(UK, number, None, "").unwrap();
        self.xero().record_payment(UK, number, amount(value), self.today(), "").unwrap();
    }
}

/// Booked and paid in January; its second invoice a draft on the first of April.
async fn in_april() -> (World, Sold) {
    let world = World::new(SIGNED).await;
    let sold = world.sell_by("Quarterly", None);
    world.settle().await;
    assert_eq!(world.documents(), ["NWUK-00001 DRAFT 3000"]);
    assert_eq!(
        world.plan(&sold).await,
        ["2026-01-01 made", "2026-04-01 planned", "2026-07-01 planned", "2026-10-01 planned"]
    );
    world.pay("NWUK-00001", "3600.00");
    world.settle().await;
    // Somebody asks the ledger now and then: its token does not live for a quarter without.
    for (on, due) in [
        ("2026-01-01", 0),
        ("2026-02-20", 0),
        ("2026-03-31", 0),
        ("2026-04-01", 1),
        ("2026-04-01", 0),
    ] {
        assert_eq!(world.due_on(on).await, due, "{on}");
        world.sweep().await.unwrap();
        world.settle().await;
    }
    assert_eq!(world.documents(), ["NWUK-00001 PAID 3000", "NWUK-00002 DRAFT 3000"]);
    (world, sold)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quarter_is_billed_when_it_begins_and_never_after_the_end() {
    let (world, sold) = in_april().await;
    let second = world
        .invoices(UK, &sold)
        .into_iter()
        .find(|invoice| invoice.number == "NWUK-00002")
        .unwrap();
    assert_eq!(
        (second.date, second.due_date),
        (day("2026-04-01"), Some(day("2026-05-01"))),
        "30 days"
    );
    world.xero().authorise_invoice(UK, "NWUK-00002", None, "").unwrap();
    world.settle().await;

    world.end(&sold).await;
    // Not served are 230 of 365 days: 12,000 x 230 / 365 = 7,561.64, of which 6,000.00 are not billed.
    let documents = ["NWUK-00001 PAID 3000", "NWUK-00002 AUTHORISED 3000", "NWUK-CN-00001 DRAFT 1561.64"];
    assert_eq!(world.documents(), documents);
    let plan = ["2026-01-01 made", "2026-04-01 made", "2026-07-01 dropped", "2026-10-01 dropped"];
    assert_eq!(world.plan(&sold).await, plan);
    let case = world.stack.deployment.store.parked().await.unwrap();
    assert_eq!((case, world.difference().await), (Vec::new(), Vec::<String>::new()));

    world.xero().authorise_credit_note(UK, "NWUK-CN-00001", "").unwrap();
    world.settle().await;
    // 1,438.36 and 20 % tax.
    let second = world
        .invoices(UK, &sold)
        .into_iter()
        .find(|invoice| invoice.number == "NWUK-00002")
        .unwrap();
    assert_eq!(second.amount_due, amount("1726.03"));
    world
        .xero()
        .record_payment(UK, "NWUK-00002", amount("1726.03"), world.today(), "")
        .unwrap();
    world.settle().await;
    for on in ["2026-06-10", "2026-07-01", "2026-08-20", "2026-10-01"] {
        assert_eq!(world.due_on(on).await, 0, "{on}");
        world.sweep().await.unwrap();
        world.settle().await;
    }
    assert_eq!(world.documents().len(), 3, "{:?}", world.documents());
    assert_eq!(world.plan(&sold).await, plan, "two invoices were never made");
    let numbers = world.stack.deployment.store.register(&EntityId::new("uk")).await.unwrap();
    assert_eq!(numbers.len(), 3, "and have no number: {numbers:?}");
    world.is_even(&sold).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_arrears_what_was_served_is_billed_at_the_end() {
    let world = World::new(SIGNED).await;
    let sold = world.sell_by("Quarterly", Some("In arrears"));
    world.settle().await;
    assert_eq!(world.documents(), Vec::<String>::new());
    for (on, due) in [("2026-02-20", 0), ("2026-03-31", 0), ("2026-04-01", 1)] {
        assert_eq!(world.due_on(on).await, due, "{on}");
        world.sweep().await.unwrap();
        world.settle().await;
    }
    world.xero().authorise_invoice(UK, "NWUK-00001", None, "").unwrap();
    world.settle().await;
    world.end(&sold).await;
    // 3,000.00 less what is not served of it: 7,561.64 of which the third and the fourth quarter are 6,000.00.
    assert_eq!(world.documents(), ["NWUK-00001 AUTHORISED 3000"]);
    assert_eq!(
        world.plan(&sold).await,
        ["2026-04-01 made", "2026-05-16 planned", "2026-10-01 dropped", "2027-01-01 dropped"]
    );
    assert_eq!(world.due_on("2026-05-16").await, 1);
    assert_eq!(world.documents(), ["NWUK-00001 AUTHORISED 3000", "NWUK-00002 DRAFT 1438.36"]);
    world.xero().authorise_invoice(UK, "NWUK-00002", None, "").unwrap();
    world.settle().await;
    let second = world
        .invoices(UK, &sold)
        .into_iter()
        .find(|invoice| invoice.number == "NWUK-00002")
        .unwrap();
    assert_eq!(second.date, day("2026-05-16"));
    assert_eq!(world.due_on("2026-07-01").await, 0);
    world.is_even(&sold).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_added_has_a_plan_of_its_own() {
    let (world, sold) = in_april().await;
    let more = Further {
        kind: Some("Upsell"),
        names_first: true,
        effective: None,
        lines: vec![line("Seats", "SEATS", "400.00", day("2026-04-15"), 121)],
    };
    let order = world.order(&sold, &more);
    world.edit(&order.opportunity, json!({ "Billing_Frequency__c": "Monthly" }));
    world.salesforce().close_won(&order.opportunity).unwrap();
    world.settle().await;
    // 15 April to 14 August are four months.
    let mut plan = world.plan(&sold).await;
    let added = plan.split_off(4);
    assert_eq!(plan[2..], ["2026-07-01 planned", "2026-10-01 planned"]);
    assert_eq!(
        added,
        [
            "2026-04-15 planned",
            "2026-05-15 planned",
            "2026-06-15 planned",
            "2026-07-15 planned"
        ]
    );
    assert_eq!(world.due_on("2026-05-15").await, 2);
    let documents = world.documents();
    assert_eq!(documents[2..], ["NWUK-00003 DRAFT 100", "NWUK-00004 DRAFT 100"]);
    let of_order = world.invoices(UK, &order);
    let days: Vec<String> = of_order.iter().map(|invoice| invoice.date.to_string()).collect();
    assert_eq!(days, ["2026-04-15", "2026-05-15"], "their own days, also where they are made later");
    assert_eq!((world.difference().await, world.dead_letters()), (Vec::new(), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_billed_while_the_contract_is_in_doubt() {
    let (world, sold) = in_april().await;
    // The customer is said to have left: the draft is deleted.
    world.xero().void_invoice(UK, "NWUK-00002", "").unwrap();
    world.settle().await;
    let documents = ["NWUK-00001 PAID 3000", "NWUK-00002 DELETED 3000"];
    world.due_on("2026-05-20").await;
    world.sweep().await.unwrap();
    world.settle().await;
    assert_eq!(world.due_on("2026-07-01").await, 1);
    assert_eq!(world.documents(), documents, "due, and the contract is in doubt");
    let deployment = &world.stack.deployment;
    settle(deployment, &contract_id(&sold), How::Keep, "amira", "they stay")
        .await
        .unwrap();
    assert_eq!(world.due_on("2026-07-02").await, 1);
    assert_eq!(world.documents(), [documents[0], documents[1], "NWUK-00003 DRAFT 3000"]);
    // What a person has settled as kept is billed as it was planned, also where the deal says something else now.
    world.edit(&sold.opportunity, json!({ "Billing_Frequency__c": "Monthly" }));
    world.settle().await;
    settle(deployment, &contract_id(&sold), How::Keep, "amira", "as booked")
        .await
        .unwrap();
    world.due_on("2026-08-25").await;
    world.sweep().await.unwrap();
    world.settle().await;
    assert_eq!(world.due_on("2026-10-01").await, 1);
    assert_eq!(world.documents().last().unwrap(), "NWUK-00004 DRAFT 3000");
    assert_eq!(world.dead_letters(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_without_a_meaning_waits_with_the_choices() {
    let world = World::new(SIGNED).await;
    let sold = world.sell_by("Every week", None);
    world.settle().await;
    assert_eq!(world.documents(), Vec::<String>::new());
    let case = world.parked(&sold).await.unwrap();
    let text = format!("{case:?}");
    for word in [
        "Billing_Frequency__c",
        "Every week",
        "Annual, Half-yearly, Monthly, Once, Quarterly",
        "[salesforce.billing]",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    world.edit(&sold.opportunity, json!({ "Billing_Frequency__c": "Half-yearly" }));
    world.settle().await;
    assert_eq!(world.documents(), ["NWUK-00001 DRAFT 6000"]);
    assert!(world.parked(&sold).await.is_none());
}
