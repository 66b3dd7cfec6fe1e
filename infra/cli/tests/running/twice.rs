//! Everything twice: delivered again, in another order, late, and concurrently. The result has to be that of one delivery.

use futures::future::join_all;
use serde_json::{Value, json};
use tieout::stack::{DEALS_QUEUE, INVOICES_QUEUE};
use tieout_accounting::Period;
use tieout_local::event_source::sqs_event;
use tieout_local::sqs::ReceiveRequest;
use tieout_platform::aws::AwsSettings;
use tieout_queue::{DeadLetters, Queue};
use tieout_sandbox::xero::Credit;
use tieout_store::Act;
use tieout_workflow::close;
use tieout_workflow::failures::Failures;

use crate::common::{EU, Sold, UK, World, amount, day, line};

/// The order in which a record's events are delivered; those of an inner list concurrently.
const ORDERS: [&[&[usize]]; 5] = [
    &[&[0], &[0], &[1], &[1], &[2], &[2]],
    &[&[2], &[1], &[0], &[2]],
    &[&[0, 0], &[1, 1, 1], &[2, 2]],
    &[&[0, 1, 2]],
    &[&[2, 2, 2], &[0], &[1], &[0]],
];
/// Between two deliveries: longer than SQS's deduplication, shorter than a day.
const BETWEEN_S: i64 = 3 * 3_600;

/// An event of all messages on the queue; they remain on it.
fn event(world: &World, queue: &str) -> Value {
    let request = ReceiveRequest {
        max_messages: 10,
        wait_s: Some(0),
        visibility_timeout_s: Some(0),
    };
    let batch = world.stack.services.sqs().receive_now(queue, &request).unwrap();
    assert!(!batch.is_empty(), "nothing is on {queue}");
    sqs_event(queue, &batch)
}

/// Gives the events to the function in this order. Messages that it returns as failed are delivered again by the queue.
async fn play(world: &World, queue: &str, events: &[Value], order: &[&[usize]]) {
    for together in order {
        let function = match queue {
            DEALS_QUEUE => world.functions().deal_worker,
            _ => world.functions().invoice_worker,
        };
        let calls = together.iter().map(|place| function.call(events[*place].clone()));
        for answer in join_all(calls).await {
            answer.unwrap();
        }
        world.pass(60);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_is_booked_once() {
    let world = World::new("2026-01-05").await;
    let once = world.booked("Once Ltd", "GBP").await;
    let mut expected = world.state_of(UK, &once).await.to_string();
    for (row, order) in ORDERS.into_iter().enumerate() {
        world.morning(world.today().succ_opt().unwrap());
        let name = format!("Again {row} Ltd");
        let sold = world.sell(&name, "GBP");
        world.deliver().await;
        let mut events = vec![event(&world, DEALS_QUEUE)];
        for stage in ["a", "b"] {
            world.pass(301);
            world.edit(&sold.opportunity, json!({ "Description": stage }));
            world.deliver().await;
            events.push(event(&world, DEALS_QUEUE));
        }
        play(&world, DEALS_QUEUE, &events, order).await;
        world.settle().await;
        world.pass(BETWEEN_S);
        play(&world, DEALS_QUEUE, &events, &[&[1], &[0, 2]]).await;
        world.settle().await;
        expected = expected.replace("Once Ltd", &name);
        assert_eq!(world.state_of(UK, &sold).await.to_string(), expected, "{order:?}");
        expected = expected.replace(&name, "Once Ltd");
    }
}

/// What finance does with an invoice, each act followed by its webhook; gives the webhooks' events.
async fn acts(world: &World, sold: &Sold, number_of_note: &str) -> Vec<Value> {
    let number = world.invoice(UK, sold).number;
    let xero = world.xero();
    let mut events = Vec::new();
    xero.authorise_invoice(UK, &number, None, "").unwrap();
    world.deliver().await;
    events.push(event(world, INVOICES_QUEUE));
    world.pass(301);
    xero.record_payment(UK, &number, amount("1000.00"), world.today(), "").unwrap();
    world.deliver().await;
    events.push(event(world, INVOICES_QUEUE));
    world.pass(301);
    let credit = Credit {
        amount: amount("1000.00"),
        date: world.today(),
        number: Some(number_of_note.to_owned()),
    };
    xero.create_credit_note_and_allocate(UK, &number, &credit, "").unwrap();
    world.deliver().await;
    events.push(event(world, INVOICES_QUEUE));
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_is_followed_once() {
    let world = World::new("2026-01-05").await;
    let once = world.booked("Once Ltd", "GBP").await;
    acts(&world, &once, "CN-9").await;
    world.settle().await;
    let mut expected = world.state_of(UK, &once).await;
    expected["invoices"][0]["reference"].take();
    expected["invoices"][0]["contact_name"].take();
    for (row, order) in ORDERS.into_iter().enumerate() {
        world.morning(world.today().succ_opt().unwrap());
        let sold = world.booked(&format!("Again {row} Ltd"), "GBP").await;
        let events = acts(&world, &sold, &format!("CN-{row}")).await;
        play(&world, INVOICES_QUEUE, &events, order).await;
        world.settle().await;
        world.pass(BETWEEN_S);
        play(&world, INVOICES_QUEUE, &events, &[&[0], &[1, 2]]).await;
        world.settle().await;
        let mut found = world.state_of(UK, &sold).await;
        found["invoices"][0]["reference"].take();
        found["invoices"][0]["contact_name"].take();
        let found = found.to_string().replace(&format!("CN-{row}"), "CN-9");
        assert_eq!(found, expected.to_string(), "{order:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_webhooks_and_sweeps_that_come_twice_change_nothing() {
    let world = World::new("2026-01-05").await;
    world.salesforce().double_next_messages(1).unwrap();
    let sold = world.booked("Umbra Ltd", "GBP").await;
    world.xero().double_next_webhooks(2).unwrap();
    let number = world.invoice(UK, &sold).number;
    world.xero().authorise_invoice(UK, &number, None, "").unwrap();
    world.settle().await;
    let expected = world.state_of(UK, &sold).await;
    assert_eq!(world.events(&sold).await, ["signed", "delivered", "invoiced"]);
    for sweeps in 1..3 {
        let looks = (0..sweeps).map(|_| world.sweep());
        for look in join_all(looks).await {
            look.unwrap();
        }
        world.settle().await;
        world.pass(1_800);
    }
    // An outbound message that Salesforce sends again hours later.
    world.pass(BETWEEN_S);
    world.edit(&sold.opportunity, json!({ "Description": "saved again" }));
    world.settle().await;
    assert_eq!(world.state_of(UK, &sold).await, expected);
}

/// A world whose EUR entity has a billed contract, on the morning on which January is due.
async fn due() -> World {
    let world = World::new("2026-01-01").await;
    let customer = world.customer("Umbra Ltd");
    let sold = world.open_deal(
        &customer,
        "A year",
        "EUR",
        vec![line("Seats", "SEATS", "12000.00", day("2026-01-01"), 364)],
    );
    world.salesforce().close_won(&sold.opportunity).unwrap();
    world.settle().await;
    let number = world.invoice(EU, &sold).number;
    world.xero().authorise_invoice(EU, &number, None, "").unwrap();
    world.settle().await;
    world.morning(day("2026-02-05"));
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_is_closed_once() {
    for together in [1, 2, 3] {
        let world = due().await;
        for _ in 0..3 {
            // Whoever is slower finds somebody else at it; the timer invokes again.
            join_all((0..together).map(|_| world.month_end("eu"))).await;
            world.pass(120);
        }
        world.month_end("eu").await.unwrap();
        let journals = world.xero().list_journals(EU);
        assert_eq!(journals.len(), 1, "{together} at once: {journals:?}");
        assert_eq!(journals[0].lines.iter().map(|(_, amount)| *amount).max(), Some(amount("1000")));
        let postings = world.stack.deployment.store.postings("eu").await.unwrap();
        assert_eq!((postings.len(), world.open_effects().await), (1, Vec::new()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_two_people_at_once_post_once() {
    let world = World::new("2026-01-01").await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    let number = world.invoice(UK, &sold).number;
    world.xero().authorise_invoice(UK, &number, None, "").unwrap();
    world.settle().await;
    world.morning(day("2026-02-03"));
    let january = Period::parse("2026-01").unwrap();
    let (one, other) = (world.command().await, world.command().await);
    let plans = futures::join!(
        close::plan(&one, "uk", january, "amira"),
        close::plan(&other, "uk", january, "amira")
    );
    assert!(plans.0.is_ok() || plans.1.is_ok());
    let (record, proposal) = close::plan(&one, "uk", january, "amira").await.unwrap();
    let tieout_store::PeriodState::Proposed { hash, .. } = &record.state else {
        panic!("{:?}", record.state)
    };
    let approvals = futures::join!(
        close::approve(&one, "uk", january, hash, "bjorn"),
        close::approve(&other, "uk", january, hash, "chidi")
    );
    assert!(approvals.0.is_ok() != approvals.1.is_ok(), "one of the two approves");
    let _ = futures::join!(
        close::post(&one, "uk", january, "amira"),
        close::post(&other, "uk", january, "amira")
    );
    world.pass(120);
    let _ = futures::join!(
        close::post(&one, "uk", january, "amira"),
        close::post(&other, "uk", january, "amira")
    );
    assert_eq!(world.xero().list_journals(UK).len(), proposal.journals.len());
    assert!(close::plan(&one, "uk", january, "amira").await.unwrap().1.journals.is_empty());
    assert_eq!(world.open_effects().await, Vec::<String>::new());
}

pub async fn failures(world: &World) -> Failures {
    let settings = AwsSettings::local(&world.stack.services.sqs_url, world.wire.clone());
    let ready = &world.stack.ready;
    let queues = [
        (DEALS_QUEUE, &ready.deals_queue, &ready.deals_dead_letters),
        (INVOICES_QUEUE, &ready.invoices_queue, &ready.invoices_dead_letters),
    ];
    Failures {
        deployment: world.command().await,
        queues: queues
            .into_iter()
            .map(|(name, queue, letters)| {
                (
                    name.to_owned(),
                    Queue::new(&settings, queue.clone()),
                    DeadLetters::new(&settings, letters.clone()),
                )
            })
            .collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_is_sent_back_once_or_twice() {
    let world = World::new("2026-01-05").await;
    let once = world.booked("Umbra Ltd", "GBP").await;
    let expected = world.state_of(UK, &once).await.to_string();
    world.morning(day("2026-01-06"));
    world.xero().outage(true).unwrap();
    let sold = world.sell("Penumbra Ltd", "GBP");
    world.settle().await;
    world.settle().await;
    assert_eq!((world.dead_letters(), world.waiting()), (2, 0), "the deal was saved twice");
    world.xero().outage(false).unwrap();
    let failures = failures(&world).await;
    let list = failures.list().await.unwrap();
    let (id, cause) = (list[0].letter.message_id.clone(), list[0].cause.clone().unwrap());
    assert!(cause.contains("503"), "{cause}");
    world.pass(60);
    let refused = failures.replay(&id, "amira").await.unwrap_err().to_string();
    assert!(refused.contains("amira may not operate"), "{refused}");
    assert_eq!(failures.show(&id).await.unwrap().letter.message_id, id);
    for failure in &list {
        world.pass(60);
        failures.replay(&failure.letter.message_id, "dana").await.unwrap();
        let again = failures.replay(&failure.letter.message_id, "dana").await;
        assert!(again.unwrap_err().to_string().contains("there is no dead letter"));
    }
    world.settle().await;
    let found = world.state_of(UK, &sold).await.to_string().replace("Penumbra", "Umbra");
    assert_eq!(found, expected);
    let acts = world.stack.deployment.store.acts().await.unwrap();
    assert_eq!(
        acts.iter()
            .filter(|act| act.act == Act::Replayed && act.by == "dana" && act.cause == cause)
            .count(),
        1
    );
}
