//! What a customer does after the first deal: further orders, from the CRM to events, documents and the tie-out.

use chrono::NaiveDate;
use serde_json::{Value, json};
use tieout_accounting::Period;
use tieout_sandbox::salesforce::{NewLine, NewOpportunity};
use tieout_workflow::tie_out::tie_out;

use crate::common::{Sold, UK, World, amount, day, line};

const SIGNED: &str = "2026-01-05";

/// How far finance came with the first invoice, of 15,300.50 and 20 % tax.
#[derive(Clone, Copy, PartialEq)]
enum First {
    Draft,
    Authorised,
    Paid,
}

/// An order that follows the first one half a year later.
pub struct Further {
    pub kind: Option<&'static str>,
    pub names_first: bool,
    pub effective: Option<NaiveDate>,
    pub lines: Vec<NewLine>,
}

impl World {
    async fn first(&self, far: First) -> Sold {
        let sold = self.booked("Umbra Ltd", "GBP").await;
        let number = self.invoice(UK, &sold).number;
        if far != First::Draft {
            self.xero().authorise_invoice(UK, &number, None, "").unwrap();
        }
        if far == First::Paid {
            self.xero()
                .record_payment(UK, &number, amount("18360.60"), day(SIGNED), "")
                .unwrap();
        }
        self.settle().await;
        sold
    }

    pub fn order(&self, first: &Sold, further: &Further) -> Sold {
        let mut fields = json!({ "Type": further.kind, "Change_Effective_Date__c": further.effective });
        if further.names_first {
            fields["Amends_Opportunity__c"] = json!(first.opportunity);
        }
        let Value::Object(fields) = fields else { panic!("an object") };
        let added = self.salesforce().add_opportunity(NewOpportunity {
            name: "Umbra Ltd, changed".to_owned(),
            account_id: first.account.clone(),
            close_date: self.today(),
            currency: Some("GBP".to_owned()),
            fields: fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            lines: further.lines.clone(),
            ..NewOpportunity::default()
        });
        let added = added.unwrap();
        Sold {
            opportunity: added.id,
            account: first.account.clone(),
            lines: added.line_ids,
            on: self.today(),
        }
    }

    /// Each document of the organisation as `number status total`, without tax.
    pub fn documents(&self) -> Vec<String> {
        let all = self.xero().list_invoices(UK).into_iter().chain(self.xero().list_credit_notes(UK));
        all.map(|document| format!("{} {} {}", document.number, document.status, document.sub_total.normalize()))
            .collect()
    }

    pub async fn difference(&self) -> Vec<String> {
        let through = period("2026-07");
        let tied = tie_out(&self.stack.deployment, "uk", through).await.unwrap();
        let open = tied.lines.iter().filter(|line| !line.ties() && !line.name.contains("ledger"));
        open.map(|line| format!("{line:?}")).collect()
    }
}

fn less(code: &str, price: &str) -> NewLine {
    taken_away(line(code, code, price, day("2026-07-06"), 182))
}

/// The same line, as what falls away.
pub fn taken_away(line: NewLine) -> NewLine {
    NewLine {
        quantity: -line.quantity,
        ..line
    }
}

fn more(code: &str, price: &str) -> NewLine {
    line(code, code, price, day("2026-07-06"), 182)
}

struct Row {
    name: &'static str,
    first: First,
    further: Further,
    events: &'static [&'static str],
    documents: &'static [&'static str],
    /// What waits for a person, and a word of it.
    parked: Option<(&'static str, &'static str)>,
}

async fn check(row: Row) {
    let name = row.name;
    let world = World::new(SIGNED).await;
    let first = world.first(row.first).await;
    // Agreed in February, from July on: a refresh token does not live for half a year.
    world.morning(day("2026-02-05"));
    let further = world.order(&first, &row.further);
    world.salesforce().close_won(&further.opportunity).unwrap();
    for round in ["once", "again"] {
        world.settle().await;
        let events = world.events(&first).await;
        let before = events
            .iter()
            .take_while(|event| ["signed", "delivered", "invoiced", "paid"].contains(&event.as_str()))
            .count();
        assert_eq!(events[before..], *row.events, "{name}, {round}");
        let parked = world.stack.deployment.store.parked().await.unwrap();
        assert_eq!(world.documents(), row.documents, "{name}, {round}: {parked:?}");
        let found = parked.iter().find(|case| case.key.ends_with(&further.opportunity));
        match (row.parked, found) {
            (None, None) => assert_eq!(world.difference().await, Vec::<String>::new(), "{name}, {round}"),
            (Some((kind, word)), Some(case)) => {
                assert_eq!(case.kind, kind, "{name}, {round}: {case:?}");
                let text = format!("{case:?}");
                assert!(text.contains(word), "{name}, {round}: {text}");
            }
            (expected, found) => panic!("{name}, {round}: expected {expected:?}, found {found:?}; all {parked:?}"),
        }
        assert_eq!(world.dead_letters(), 0, "{name}, {round}");
        // The same message once more.
        world.edit(&further.opportunity, json!({ "Description": round }));
    }
}

fn further(kind: &'static str, lines: Vec<NewLine>) -> Further {
    Further {
        kind: Some(kind),
        names_first: true,
        effective: Some(day("2026-07-06")),
        lines,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_changes_the_contract_that_it_names() {
    check(Row {
        name: "upsell",
        first: First::Paid,
        further: further("Upsell", vec![more("PLATFORM", "3000.00")]),
        events: &["modified"],
        documents: &["NWUK-00001 PAID 15300.5", "NWUK-00002 DRAFT 3000"],
        parked: None,
    })
    .await;
    // Half of the year is left, so 1,800 may fall away.
    check(Row {
        name: "downgrade",
        first: First::Authorised,
        further: further("Existing Customer - Downgrade", vec![less("PLATFORM", "1800.00")]),
        events: &["modified"],
        documents: &["NWUK-00001 AUTHORISED 15300.5", "NWUK-CN-00001 DRAFT 1800"],
        parked: None,
    })
    .await;
    check(Row {
        name: "swap, before the first invoice was approved",
        first: First::Draft,
        further: further("Amendment", vec![less("SUPPORT", "1000.00"), more("SEATS", "1500.00")]),
        events: &["modified", "modified"],
        documents: &["NWUK-00001 DRAFT 15300.5", "NWUK-00002 DRAFT 1500", "NWUK-CN-00001 DRAFT 1000"],
        parked: None,
    })
    .await;
    // 183 of 365 days are left of the platform by days: 12,000 x 183/365 = 6,016.44. Support counts months: 26 of 31 days of July, five
    // whole months and 4 of 31 days of January of 2,400.50 are 5 + 30/31 of 27/31 + 11 + 4/31 = 12 months: 1,193.80.
    check(Row {
        name: "cancellation",
        first: First::Paid,
        further: further("Cancellation", vec![]),
        events: &["cancelled"],
        documents: &["NWUK-00001 PAID 15300.5", "NWUK-CN-00001 DRAFT 7210.24"],
        parked: None,
    })
    .await;
    check(Row {
        name: "early renewal",
        first: First::Paid,
        further: further("Renewal", vec![line("PLATFORM", "PLATFORM", "13000.00", day("2026-07-06"), 364)]),
        events: &["modified", "cancelled"],
        documents: &["NWUK-00001 PAID 15300.5", "NWUK-00002 DRAFT 13000", "NWUK-CN-00001 DRAFT 7210.24"],
        parked: None,
    })
    .await;
    check(Row {
        name: "found without a name, by customer, entity and currency",
        first: First::Authorised,
        further: Further {
            names_first: false,
            effective: None,
            ..further("Upsell", vec![more("SEATS", "3000.00")])
        },
        events: &["modified"],
        documents: &["NWUK-00001 AUTHORISED 15300.5", "NWUK-00002 DRAFT 3000"],
        parked: None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_may_state_the_whole() {
    // 6,016.44 and 1,193.80 are left, as above: the platform is stated with 3,000.00 more, support as it is.
    check(Row {
        name: "stated as a whole, more of one product",
        first: First::Paid,
        further: further("Order form", vec![more("PLATFORM", "9016.44"), more("SUPPORT", "1193.80")]),
        events: &["modified"],
        documents: &["NWUK-00001 PAID 15300.5", "NWUK-00002 DRAFT 3000"],
        parked: None,
    })
    .await;
    check(Row {
        name: "stated as a whole, less of one and none of the other",
        first: First::Paid,
        further: further("Order form", vec![more("PLATFORM", "5000.00")]),
        events: &["modified"],
        documents: &["NWUK-00001 PAID 15300.5", "NWUK-CN-00001 DRAFT 2210.24"],
        parked: None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_is_not_clear_waits_and_changes_nothing() {
    let rows: [(&'static str, Further, &'static str, &'static str); 7] = [
        (
            "unknown kind",
            further("Expansion-2", vec![more("SEATS", "3000.00")]),
            "order_waits",
            "Expansion-2",
        ),
        (
            "begins, and names an earlier deal",
            further("New Customer", vec![more("SEATS", "3000.00")]),
            "order_waits",
            "begins a contract",
        ),
        (
            "says nothing, and names an earlier deal",
            Further {
                kind: None,
                ..further("", vec![more("SEATS", "3000.00")])
            },
            "order_waits",
            "begins a contract",
        ),
        (
            "takes away too much",
            further("Downgrade", vec![less("PLATFORM", "9600.00")]),
            "order_waits",
            "Downgrade",
        ),
        (
            "takes away more than is left",
            further("Existing Customer - Downgrade", vec![less("PLATFORM", "9600.00")]),
            "findings",
            "more than what is left of PLATFORM",
        ),
        (
            "ends after the end",
            Further {
                effective: Some(day("2027-02-01")),
                ..further("Cancellation", vec![])
            },
            "findings",
            "after the last day",
        ),
        (
            "ends without a day",
            Further {
                effective: None,
                ..further("Cancellation", vec![])
            },
            "order_waits",
            "needs its first day",
        ),
    ];
    for (name, further, kind, word) in rows {
        check(Row {
            name,
            first: First::Authorised,
            further,
            events: &[],
            documents: &["NWUK-00001 AUTHORISED 15300.5"],
            parked: Some((kind, word)),
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credit_note_is_set_against_what_it_corrects_once_finance_approves_it() {
    // 1,800 and 20 % tax: 2,160 of the 18,360.60 that are due.
    let rows = [
        ("outstanding", First::Authorised, Some("16200.60"), None),
        ("paid: nothing is outstanding", First::Paid, Some("0"), Some("credit_left")),
        ("a draft", First::Draft, None, Some("ledger_differs")),
    ];
    for (name, far, due, parked) in rows {
        let world = World::new(SIGNED).await;
        let first = world.first(far).await;
        world.morning(day("2026-02-05"));
        let order = world.order(&first, &further("Existing Customer - Downgrade", vec![less("PLATFORM", "1800.00")]));
        world.salesforce().close_won(&order.opportunity).unwrap();
        world.settle().await;
        world.xero().authorise_credit_note(UK, "NWUK-CN-00001", "").unwrap();
        world.settle().await;
        let is_credited = |events: &[String]| events.iter().filter(|event| *event == "credited").count();
        assert_eq!(is_credited(&world.events(&first).await), usize::from(far != First::Draft), "{name}");
        if let Some(due) = due {
            assert_eq!(world.invoice(UK, &first).amount_due, amount(due), "{name}");
        }
        let case = world.stack.deployment.store.parked().await.unwrap().pop();
        assert_eq!(case.as_ref().map(|case| case.kind.as_str()), parked, "{name}");
        if far == First::Draft {
            // Once the invoice is in the books, the credit note follows.
            world.xero().authorise_invoice(UK, "NWUK-00001", None, "").unwrap();
            world.settle().await;
            assert_eq!(is_credited(&world.events(&first).await), 1, "{name}");
            assert_eq!(world.invoice(UK, &first).amount_due, amount("16200.60"), "{name}");
            assert_eq!(world.stack.deployment.store.parked().await.unwrap(), [], "{name}");
        }
        assert_eq!(world.difference().await, Vec::<String>::new(), "{name}");
        assert_eq!(world.dead_letters(), 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_added_is_billed_before_it_begins() {
    let lines = || vec![less("PLATFORM", "1800.00"), more("SEATS", "3000.00")];
    let renewed = vec![line("PLATFORM", "PLATFORM", "13000.00", day("2026-07-06"), 364)];
    let rows = [
        ("upsell", further("Upsell", lines()[1..].to_vec())),
        ("swap", further("Amendment", lines())),
        ("early renewal", further("Renewal", renewed)),
    ];
    for (name, further) in rows {
        let world = World::new(SIGNED).await;
        let first = world.first(First::Authorised).await;
        world.morning(day("2026-02-05"));
        let order = world.order(&first, &further);
        world.salesforce().close_won(&order.opportunity).unwrap();
        world.settle().await;
        world.xero().authorise_invoice(UK, "NWUK-00002", None, "").unwrap();
        world.settle().await;
        let events = world.events(&first).await;
        assert_eq!(events.iter().filter(|event| *event == "invoiced").count(), 2, "{name}: {events:?}");
        assert_eq!(world.stack.deployment.store.parked().await.unwrap(), [], "{name}");
        assert_eq!(world.difference().await, Vec::<String>::new(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_deal_is_booked_first_whatever_order_the_messages_come_in() {
    let world = World::new(SIGNED).await;
    let first = world.sell("Umbra Ltd", "GBP");
    let upsell = world.order(&first, &further("Upsell", vec![more("SEATS", "3000.00")]));
    world.salesforce().close_won(&upsell.opportunity).unwrap();
    let downgrade = world.order(&upsell, &further("Existing Customer - Downgrade", vec![less("SEATS", "1000.00")]));
    world.salesforce().close_won(&downgrade.opportunity).unwrap();
    // The newest message comes first: it names the upsell, which names the first deal.
    let deployment = world.command().await;
    let record = deployment.crm.record_id(&downgrade.opportunity).unwrap();
    tieout_workflow::deal::handle(&deployment, &record).await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.events(&first).await, ["signed", "delivered", "modified", "modified"]);
        assert_eq!(
            world.documents(),
            ["NWUK-00001 DRAFT 15300.5", "NWUK-00002 DRAFT 3000", "NWUK-CN-00001 DRAFT 1000"]
        );
        world.settle().await;
    }
    assert_eq!(world.stack.deployment.store.parked().await.unwrap(), []);
}

fn unnamed(kind: &'static str, lines: Vec<NewLine>) -> Further {
    Further {
        names_first: false,
        effective: None,
        ..further(kind, lines)
    }
}

/// A customer with so many contracts for a year, and an order that names none of them.
async fn with_contracts(contracts: usize, further: &Further) -> World {
    let world = World::new(SIGNED).await;
    let account = world.customer("Umbra Ltd");
    for number in 0..contracts {
        let lines = vec![line("Platform", "PLATFORM", "12000.00", day(SIGNED), 364)];
        let sold = world.open_deal(&account, &format!("Umbra {number}"), "GBP", lines);
        world.salesforce().close_won(&sold.opportunity).unwrap();
    }
    world.settle().await;
    let customer = Sold {
        opportunity: String::new(),
        account,
        lines: Vec::new(),
        on: world.today(),
    };
    let order = world.order(&customer, further);
    world.salesforce().close_won(&order.opportunity).unwrap();
    world.settle().await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_fits_two_contracts_or_none_waits() {
    for (contracts, words) in [(2, "has 2 contracts that run on 2026-07-06"), (0, "has none of this entity")] {
        let world = with_contracts(contracts, &unnamed("Upsell", vec![more("SEATS", "3000.00")])).await;
        let parked = world.stack.deployment.store.parked().await.unwrap();
        assert_eq!(parked.len(), 1, "{words}");
        assert_eq!(parked[0].kind, "order_waits", "{words}");
        assert!(parked[0].message.what.contains(words), "{parked:?}");
        assert_eq!(world.documents().len(), contracts, "{words}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_after_the_end_and_a_win_back_begin_contracts() {
    for (kind, start) in [("Renewal", "2027-01-05"), ("Win-back", "2026-07-06")] {
        let lines = vec![line("PLATFORM", "PLATFORM", "13000.00", day(start), 364)];
        let world = with_contracts(1, &unnamed(kind, lines)).await;
        assert_eq!(world.documents(), ["NWUK-00001 DRAFT 12000", "NWUK-00002 DRAFT 13000"], "{kind}");
        assert_eq!(world.stack.deployment.store.parked().await.unwrap(), [], "{kind}");
        let heads = world.stack.deployment.store.heads_of(&"uk".into()).await.unwrap();
        assert_eq!(heads.len(), 2, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_after_a_downgrade_credits_what_was_left_of_both() {
    let world = World::new(SIGNED).await;
    let first = world.first(First::Paid).await;
    world.morning(day("2026-02-05"));
    let downgrade = further("Existing Customer - Downgrade", vec![less("PLATFORM", "1800.00")]);
    let end = Further {
        effective: Some(day("2026-10-05")),
        ..further("Cancellation", vec![])
    };
    for further in [downgrade, end] {
        let order = world.order(&first, &further);
        world.salesforce().close_won(&order.opportunity).unwrap();
        world.settle().await;
    }
    let waiting = world.stack.deployment.store.parked().await.unwrap();
    assert!(waiting[0].message.what.contains("is not approved yet"), "{waiting:?}");
    world.xero().authorise_credit_note(UK, "NWUK-CN-00001", "").unwrap();
    world.settle().await;
    // The sweep looks at what waits within the hour.
    for _ in 0..2 {
        world.pass(3_700);
        world.sweep().await.unwrap();
        world.settle().await;
    }
    // From 5 October 92 days are left: 12,000 x 92/365 - 1,800 x 92/183 = 2,119.74. Of support 27/31 of October, two months and 4/31 of
    // January, three of twelve months: 600.13.
    assert_eq!(
        world.documents(),
        [
            "NWUK-00001 PAID 15300.5",
            "NWUK-CN-00001 AUTHORISED 1800",
            "NWUK-CN-00002 DRAFT 2719.87"
        ]
    );
    assert_eq!(world.difference().await, Vec::<String>::new());
    world.xero().authorise_credit_note(UK, "NWUK-CN-00002", "").unwrap();
    world.settle().await;
    let parked = world.stack.deployment.store.parked().await.unwrap();
    assert!(
        parked.len() == 2 && parked.iter().all(|case| case.kind == "credit_left"),
        "{parked:?}"
    );
    assert_eq!(world.difference().await, Vec::<String>::new());
    // Nothing of it is revenue: 15,300.50 less what is given back.
    let deployment = &world.stack.deployment;
    let books = tieout_workflow::close::read_books(deployment, deployment.entity("uk").unwrap(), period("2027-01"));
    let books = books.await.unwrap();
    let recognised: i64 = books.contracts[0].1.recognised_by_period().values().sum();
    assert_eq!(recognised, 1_530_050 - 180_000 - 271_987);
}

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}
