//! Canaries: recognisable secrets and personal data, a run with failures at TRACE, and a search through all output.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use tieout::stack::{DEALS_QUEUE, INVOICES_QUEUE, secrets};
use tieout_local::event_source::EventSource;
use tieout_local::function::{Function as Handler, FunctionError, LocalFunction};
use tieout_platform::failure::chain;
use tieout_platform::runtime::{Deadline, Function};
use tieout_platform::telemetry::{self, Metrics};
use tieout_sandbox::salesforce::NewAccount;
use tieout_workflow::close;

use crate::common::{Sold, Trouble, UK, World, day, line};
use crate::path::period;

/// Our crates at TRACE. The SDK's own logs are excluded, as by the shipped filter.
const FILTER: &str = "tieout=trace,tieout_accounting=trace,tieout_crm=trace,tieout_ledger=trace,tieout_platform=trace,tieout_queue=trace,\
     tieout_store=trace,tieout_workflow=trace,deal_worker=trace,invoice_worker=trace,month_end=trace,salesforce_webhook=trace,sweep=trace,\
     xero_webhook=trace";
/// A customer, a deal, a product, a person and an amount that occur nowhere else.
const CUSTOMER: &str = "Zyxwvut Kanarienvogel AG";
const DEAL: &str = "Qqcanarydeal";
const PRODUCT: &str = "Vvcanaryproduct";
const EMAIL: &str = "canary.person@zyxwvut.example";
const NOTE: &str = "Kanarienstrasse";
const AMOUNT: &str = "31415926.53";

#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

macro_rules! watched {
    ($name:ident, $handler:ty) => {
        struct $name($handler, Arc<Mutex<Vec<String>>>);

        impl Handler for $name {
            fn invoke(
                &self,
                event: Value,
                deadline: chrono::DateTime<chrono::Utc>,
            ) -> futures::future::BoxFuture<'_, Result<Value, FunctionError>> {
                Box::pin(async move {
                    let answer = self.0.handle(event, Deadline::at(deadline)).await;
                    let words = match &answer {
                        Ok(answer) => answer.to_string(),
                        Err(failure) => chain(failure),
                    };
                    self.1.lock().unwrap_or_else(PoisonError::into_inner).push(words.clone());
                    answer.map_err(|_| FunctionError::failed("Failed", words))
                })
            }
        }
    };
}

watched!(Deals, deal_worker::Handler);
watched!(Invoices, invoice_worker::Handler);

/// The workers, with their answers and counters.
struct Workers {
    deals: EventSource,
    invoices: EventSource,
    metrics: Vec<Metrics>,
    answers: Arc<Mutex<Vec<String>>>,
}

async fn workers(world: &World) -> Workers {
    let (deals, invoices) = (world.start(Function::DealWorker), world.start(Function::InvoiceWorker));
    let metrics = vec![
        deals.metrics.clone(),
        invoices.metrics.clone(),
        world.stack.deployment.metrics.clone(),
    ];
    let answers = Arc::new(Mutex::new(Vec::new()));
    let local =
        |name: &str, handler: Arc<dyn Handler>| LocalFunction::new(name, handler, std::time::Duration::from_secs(120), world.clock.clone());
    let deals = local(
        "deals",
        Arc::new(Deals(deal_worker::Handler::init(deals).await.unwrap(), answers.clone())),
    );
    let invoices = local(
        "invoices",
        Arc::new(Invoices(invoice_worker::Handler::init(invoices).await.unwrap(), answers.clone())),
    );
    let source = |queue: &str, function: LocalFunction| EventSource::new(world.stack.services.sqs().clone(), queue, function, 10);
    Workers {
        deals: source(DEALS_QUEUE, deals),
        invoices: source(INVOICES_QUEUE, invoices),
        metrics,
        answers,
    }
}

impl Workers {
    async fn settle(&self, world: &World) {
        for _ in 0..7 {
            world.deliver().await;
            self.deals.drain().await.unwrap();
            self.invoices.drain().await.unwrap();
            world.deliver().await;
            if world.waiting() == 0 {
                return;
            }
            world.pass(905);
        }
    }
}

fn canary_deal(world: &World, place: usize) -> Sold {
    let account = NewAccount {
        name: format!("{CUSTOMER} {place}"),
        ..NewAccount::default()
    };
    let customer = world.salesforce().add_account(account).unwrap();
    let lines = vec![line(PRODUCT, "PLATFORM", AMOUNT, world.today(), 364)];
    let sold = world.open_deal(&customer, &format!("{DEAL} {place}"), "GBP", lines);
    world.edit(
        &sold.opportunity,
        json!({ "Description": format!("{EMAIL} lives in {NOTE} and owes {AMOUNT}") }),
    );
    sold
}

fn win(world: &World, sold: &Sold) {
    world.salesforce().close_won(&sold.opportunity).unwrap();
}

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A run in which everything fails once.
async fn play(world: &World, workers: &Workers) -> (Vec<String>, Vec<(String, String)>) {
    let mut errors = Vec::new();
    let usual = canary_deal(world, 0);
    win(world, &usual);
    workers.settle(world).await;
    let number = world.invoice(UK, &usual).number;
    world.xero().authorise_invoice(UK, &number, None, "").unwrap();
    workers.settle(world).await;
    // Each fault at each of the first calls of a deal.
    let troubles = [
        Trouble::AnswerLost,
        Trouble::Throttled,
        Trouble::ServerError,
        Trouble::ServerErrorAfter,
        Trouble::Truncated,
        Trouble::Refused,
    ];
    for (place, trouble) in troubles.into_iter().enumerate() {
        for at in [0, 3, 6, 9] {
            let sold = canary_deal(world, 100 + 10 * place + at);
            win(world, &sold);
            world.deliver().await;
            world.wire.arm(at, trouble);
            workers.deals.drain().await.unwrap();
            world.wire.disarm();
            world.pass(905);
        }
    }
    // What cannot be booked, and what the ledger refuses for good.
    let dateless = canary_deal(world, 1);
    world
        .salesforce()
        .edit_line(&dateless.lines[0], fields(json!({ "ServiceDate": null, "End_Date__c": null })))
        .unwrap();
    win(world, &dateless);
    workers.settle(world).await;
    // An outage until the message is a dead letter.
    world.xero().outage(true).unwrap();
    let unlucky = canary_deal(world, 2);
    win(world, &unlucky);
    world.settle().await;
    world.settle().await;
    world.xero().outage(false).unwrap();
    // Read now: SQS forgets dead letters after two weeks.
    let letters = crate::twice::failures(world).await.list().await.unwrap();
    let letters = letters
        .into_iter()
        .map(|failure| (failure.cause.unwrap_or_default(), failure.letter.body));
    let letters: Vec<(String, String)> = letters.collect();
    // Logins that are refused, and what no worker can read.
    world.salesforce().expire_tokens().unwrap();
    world.pass(31 * 60);
    errors.extend(world.sweep().await.err());
    world.morning(day("2026-02-05"));
    let deployment = world.command().await;
    errors.extend(
        close::plan(&deployment, "uk", period("2026-01"), EMAIL)
            .await
            .err()
            .map(|error| chain(&error)),
    );
    errors.extend(world.month_end("uk").await.err());
    workers.settle(world).await;
    (errors, letters)
}

/// All output, by its channel.
async fn said(
    world: &World,
    workers: &Workers,
    log: &Said,
    (errors, letters): (Vec<String>, Vec<(String, String)>),
) -> Vec<(&'static str, String)> {
    let log = String::from_utf8_lossy(&log.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    let answers = workers.answers.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
    let metrics: Vec<String> = workers.metrics.iter().flat_map(Metrics::kept_lines).collect();
    let (causes, letters): (Vec<String>, Vec<String>) = letters.into_iter().unzip();
    let parked = world.stack.deployment.store.parked().await.unwrap();
    let parked: Vec<String> = parked.iter().map(|case| format!("{case:?}")).collect();
    assert!(log.lines().count() > 20, "the log is captured: {log}");
    let counts = [metrics.len(), causes.len(), parked.len(), answers.len()];
    assert!(
        counts.iter().all(|count| *count > 0),
        "metrics, causes, parked, answers: {counts:?}"
    );
    vec![
        ("log", log),
        ("answers", answers),
        ("errors", errors.join("\n")),
        ("metrics", metrics.join("\n")),
        ("causes of dead letters", causes.join("\n")),
        ("dead letters", letters.join("\n")),
        ("parked", parked.join("\n")),
    ]
}

#[tokio::test]
async fn no_secret_and_nobody_s_data_is_said() {
    let log = Said::default();
    let writer = log.clone();
    let subscriber = telemetry::subscriber(FILTER, move || writer.clone());
    let all = async {
        let world = World::new("2026-01-05").await;
        let workers = workers(&world).await;
        let told = play(&world, &workers).await;
        let said = said(&world, &workers, &log, told).await;
        (world.wire.tokens(), said)
    };
    let dispatch = tracing::Dispatch::new(subscriber);
    let _guard = tracing::dispatcher::set_default(&dispatch);
    let (tokens, said) = all.await;
    assert!(tokens.len() > 1, "{} tokens were used", tokens.len());
    let secrets = [
        secrets::WEBHOOK_PATH,
        secrets::XERO_WEBHOOK_KEY,
        secrets::SALESFORCE_CLIENT.1,
        secrets::XERO_CLIENT.1,
        secrets::XERO_REFRESH_TOKEN,
    ];
    let secrets = secrets.iter().map(|secret| (*secret).to_owned()).chain(tokens);
    let personal = [CUSTOMER, DEAL, EMAIL, NOTE, AMOUNT].map(str::to_owned);
    // A person who corrects a parked deal is shown the line by its product's name, and what the ledger said.
    let mut found = Vec::new();
    let product = [PRODUCT.to_owned()];
    for canary in secrets.chain(personal).chain(product) {
        for (place, text) in &said {
            let allowed = canary == PRODUCT && *place == "parked";
            if let Some(line) = text.lines().find(|line| line.contains(&canary)).filter(|_| !allowed) {
                found.push(format!("{canary} in {place}: {:.700}", line));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
