//! The work list: cases that people assign, snooze and resolve, and what becomes of them when the world moves on.

use serde_json::{Value, json};
use tieout_sandbox::salesforce::NewLine;
use tieout_workflow::WorkflowError;
use tieout_workflow::worklist::{CaseView, assign, list, resolve, show, snooze};

use crate::common::{Sold, UK, World, amount, day, line};

const TODAY: &str = "2026-01-05";

/// A deal that is won, with a line that has no first day.
async fn dateless(world: &World) -> Sold {
    let account = world.customer("Umbra Ltd");
    let lines = ["Platform", "Support"].map(|product| line(product, &product.to_uppercase(), "1200.00", day(TODAY), 364));
    let sold = world.open_deal(&account, "Umbra, a year", "GBP", lines.to_vec());
    first_day(world, &sold, 0, Value::Null);
    world.salesforce().close_won(&sold.opportunity).unwrap();
    world.settle().await;
    sold
}

fn first_day(world: &World, sold: &Sold, line: usize, day: Value) {
    let Value::Object(fields) = json!({ "ServiceDate": day }) else {
        panic!("an object")
    };
    world.salesforce().edit_line(&sold.lines[line], fields).unwrap();
}

/// The same message about the deal once more.
async fn again(world: &World, sold: &Sold) {
    world.pass(60);
    world.edit(&sold.opportunity, json!({ "Description": world.now().to_rfc3339() }));
    world.settle().await;
}

async fn cases(world: &World, all: bool) -> Vec<CaseView> {
    list(&world.stack.deployment, None, all).await.unwrap().cases
}

fn key(sold: &Sold) -> String {
    format!("deal/{}", sold.opportunity)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_says_whose_move_it_is_who_and_how_much() {
    let world = World::new(TODAY).await;
    let sold = dateless(&world).await;
    let deployment = &world.stack.deployment;
    world.pass(3 * 86_400);
    let found = list(deployment, Some("uk"), false).await.unwrap();
    assert_eq!((found.oldest_days, found.asleep, found.cases.len()), (Some(3), 0, 1));
    let case = serde_json::to_value(&found.cases[0]).unwrap();
    for (place, expected) in [
        ("/key", json!(key(&sold))),
        ("/reason", json!("findings")),
        ("/whose_move/group", json!("sales")),
        ("/whose_move/person", json!(null)),
        ("/about/customer", json!("Umbra Ltd")),
        ("/about/deal_name", json!("Umbra, a year")),
        ("/about/amount", json!("2400.00")),
        ("/about/currency", json!("GBP")),
        ("/about/entity", json!("uk")),
        ("/about/contract", json!(null)),
        (
            "/about/crm_link",
            json!(deployment.crm.deal_url(&deployment.crm.record_id(&sold.opportunity).unwrap())),
        ),
    ] {
        assert_eq!(case.pointer(place), Some(&expected), "{place}");
    }
    assert_eq!(
        list(deployment, Some("us"), false).await.unwrap().cases,
        [],
        "the rules give it to another entity"
    );
    assign(deployment, &key(&sold), "dana", "amira").await.unwrap();
    let moved = &cases(&world, false).await[0].whose_move;
    assert_eq!(
        (moved.person.as_deref(), moved.assigned_by.as_deref()),
        (Some("dana"), Some("amira"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_of_a_document_leads_to_both_systems() {
    let world = World::new(TODAY).await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    world.xero().void_invoice(UK, "NWUK-00001", "").unwrap();
    world.settle().await;
    let cases = cases(&world, false).await;
    let case = cases.iter().find(|case| case.reason == "not_billed").unwrap();
    assert_eq!(case.whose_move.group.name(), "finance");
    let about = &case.about;
    assert_eq!(
        (about.amount, about.document.as_deref()),
        (Some(amount("15300.5")), Some("NWUK-00001"))
    );
    assert_eq!(
        (about.customer.as_deref(), about.deal.as_deref()),
        (Some("Umbra Ltd"), Some(sold.opportunity.as_str()))
    );
    assert_eq!(json!(about.ledger_link), world.written_back(&sold)["Tieout_Invoice_Link__c"]);
    assert!(
        about.crm_link.as_ref().is_some_and(|link| link.ends_with(&sold.opportunity)),
        "{about:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_resolved_is_not_asked_again_and_what_is_new_is() {
    let world = World::new(TODAY).await;
    let sold = dateless(&world).await;
    let deployment = &world.stack.deployment;
    resolve(deployment, &key(&sold), "dana", "the customer has withdrawn")
        .await
        .unwrap();
    for round in 0..3 {
        assert_eq!(cases(&world, true).await, [], "round {round}");
        again(&world, &sold).await;
        world.pass(3_700);
        world.sweep().await.unwrap();
        world.settle().await;
    }
    let history = show(deployment, &key(&sold)).await.unwrap();
    assert_eq!((history.open, history.closed.len()), (None, 1));
    let closed = &history.closed[0];
    assert_eq!(
        (closed.by.as_deref(), closed.why.as_str()),
        (Some("dana"), "the customer has withdrawn")
    );
    // Something else is wrong now.
    first_day(&world, &sold, 1, Value::Null);
    again(&world, &sold).await;
    let open = cases(&world, false).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].findings.len(), 2, "both lines: {open:?}");
    // Corrected, it is booked, and the case is closed by itself: whatever comes later is a new one.
    for line in 0..2 {
        first_day(&world, &sold, line, json!(TODAY));
    }
    again(&world, &sold).await;
    assert_eq!(cases(&world, true).await, []);
    assert_eq!(world.events(&sold).await, ["signed"]);
    let history = show(deployment, &key(&sold)).await.unwrap();
    assert_eq!(
        history.closed.iter().map(|case| case.by.as_deref()).collect::<Vec<_>>(),
        [Some("dana"), None]
    );
    assert_eq!(world.dead_letters(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snoozed_case_sleeps_until_its_day_or_until_something_else_is_wrong() {
    for (name, until, other, wakes) in [
        ("its day has come", "2026-01-06", false, true),
        ("not yet", "2026-01-20", false, false),
        ("something else", "2026-01-20", true, true),
    ] {
        let world = World::new(TODAY).await;
        let sold = dateless(&world).await;
        snooze(&world.stack.deployment, &key(&sold), day(until), "dana", "on leave")
            .await
            .unwrap();
        assert_eq!(cases(&world, false).await, [], "{name}");
        assert_eq!(cases(&world, true).await.len(), 1, "{name}");
        world.pass(86_400);
        if other {
            first_day(&world, &sold, 1, Value::Null);
        }
        again(&world, &sold).await;
        let seen = list(&world.stack.deployment, None, false).await.unwrap();
        assert_eq!((seen.cases.len(), seen.asleep), if wakes { (1, 0) } else { (0, 1) }, "{name}");
        assert!(cases(&world, true).await[0].times > 1, "{name}: it was found again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_and_what_is_unknown_is_refused() {
    let world = World::new(TODAY).await;
    let sold = dateless(&world).await;
    let (deployment, known) = (&world.stack.deployment, key(&sold));
    let later = day("2026-02-01");
    let answers: Vec<(&str, Result<(), WorkflowError>, &str)> = vec![
        (
            "by",
            resolve(deployment, &known, "nobody", "no").await,
            "there is no person \"nobody\"",
        ),
        (
            "case",
            resolve(deployment, "deal/006", "dana", "no").await,
            "there is no case \"deal/006\"",
        ),
        (
            "to",
            assign(deployment, &known, "nobody", "dana").await,
            "there is no person \"nobody\"",
        ),
        (
            "case",
            assign(deployment, "deal/006", "dana", "dana").await,
            "there is no case \"deal/006\"",
        ),
        (
            "today",
            snooze(deployment, &known, day(TODAY), "dana", "no").await,
            "2026-01-05 is not after today",
        ),
        (
            "case",
            snooze(deployment, "deal/006", later, "dana", "no").await,
            "there is no case \"deal/006\"",
        ),
        (
            "shown",
            show(deployment, "deal/006").await.map(drop),
            "there is no case \"deal/006\"",
        ),
        (
            "entity",
            list(deployment, Some("xx"), false).await.map(drop),
            "there is no entity \"xx\"",
        ),
    ];
    for (name, answer, says) in answers {
        let error = answer.unwrap_err().to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
    resolve(deployment, &known, "dana", "once").await.unwrap();
    assert!(resolve(deployment, &known, "dana", "twice").await.is_err());
    assert!(assign(deployment, &known, "dana", "dana").await.is_err(), "it is closed");
    assert_eq!(cases(&world, true).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_holds_a_contract_in_doubt_is_settled_and_not_resolved() {
    let world = World::new(TODAY).await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    first_day(&world, &sold, 0, json!("2026-02-01"));
    again(&world, &sold).await;
    let found = cases(&world, false).await;
    assert_eq!(found[0].reason, "changed_after_booking", "{found:?}");
    let error = resolve(&world.stack.deployment, &found[0].key, "dana", "no").await.unwrap_err();
    assert!(error.to_string().contains("tieout contract settle"), "{error}");
    assert_eq!(cases(&world, false).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_of_more_lines_than_a_case_can_hold_waits_all_the_same() {
    const LINES: usize = 1_150;
    let world = World::new(TODAY).await;
    let account = world.customer("Umbra Ltd");
    let wrong = |number: usize| NewLine {
        service_date: None,
        ..line(
            &format!("Platform, site {number:04}, {}", "x".repeat(200)),
            "PLATFORM",
            "1.00",
            day(TODAY),
            364,
        )
    };
    let sold = world.open_deal(&account, "Umbra, all sites", "GBP", (0..LINES).map(wrong).collect());
    world.salesforce().close_won(&sold.opportunity).unwrap();
    world.settle().await;
    let cases = cases(&world, false).await;
    assert_eq!(cases.iter().map(|case| case.key.clone()).collect::<Vec<_>>(), [key(&sold)]);
    let last = cases[0].findings.last().unwrap();
    assert!(last.value.parse::<usize>().unwrap() >= LINES - 100, "{last:?}");
    assert_eq!(last.what, format!("and {} more that are not listed", last.value));
    assert_eq!(world.dead_letters(), 0);
}
