//! What a deal costs: calls of DynamoDB with their units, calls of the ledger and of the CRM; from the won deal to the draft, when finance
//! approves it, and when it is paid. Every figure is counted at the connector, so it is the same on every machine.
//!
//! `cargo bench -p tieout --bench deal_cost`
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a bench stops where it cannot measure")]

mod common;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::Value;
use tieout::stack::Stack;
use tieout_platform::clock::ManualClock;
use tieout_platform::http::{Connector, Network, Request, Response, TransportError};
use tieout_sandbox::salesforce::NewAccount;
use tieout_store::OrderKey;

use common::{date, opportunity, start};

const DEALS: usize = 20;
/// Between two steps, so that nobody waits for the ledger's minute.
const PAUSE_S: u64 = 61;
/// What one write unit holds, and one read unit.
const WRITE_UNIT_BYTES: usize = 1024;
const READ_UNIT_BYTES: usize = 4096;

/// Counts of one step.
#[derive(Debug, Clone, Default)]
struct Counts {
    operations: BTreeMap<String, usize>,
    write_units: usize,
    read_half_units: usize,
    ledger: usize,
    crm: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tenths of a call, and of a unit.
        let each = |count: usize| format!("{}.{}", count / DEALS, count * 10 / DEALS % 10);
        let calls = self.operations.values().sum();
        writeln!(
            out,
            "DynamoDB {} calls, {} write units, {} read units; ledger {} calls; CRM {} calls",
            each(calls),
            each(self.write_units),
            each(self.read_half_units / 2),
            each(self.ledger),
            each(self.crm)
        )?;
        for (operation, count) in &self.operations {
            writeln!(out, "    {operation:<50} {:>5}", each(*count))?;
        }
        Ok(())
    }
}

/// The network, counting.
#[derive(Debug)]
struct Counting {
    network: Network,
    counts: Arc<Mutex<Counts>>,
    /// The size of each item that was written, by its key: an update costs what the whole item weighs.
    sizes: Mutex<BTreeMap<String, usize>>,
}

impl Counting {
    fn count(&self, request: &Request, answer: Option<&Bytes>) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let path = request.uri().path();
        if path.starts_with("/api.xro/") {
            counts.ledger += 1;
        } else if path.starts_with("/services/data/") {
            counts.crm += 1;
        }
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let Some(operation) = target.and_then(|target| target.strip_prefix("DynamoDB_20120810.")) else {
            return;
        };
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let name = format!("{operation} {}", what(operation, &body));
        *counts.operations.entry(name).or_default() += 1;
        let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        match operation {
            "PutItem" => counts.write_units += units(put(&mut sizes, &body), WRITE_UNIT_BYTES),
            "UpdateItem" => counts.write_units += units(updated(&mut sizes, &body), WRITE_UNIT_BYTES),
            "TransactWriteItems" => {
                for write in body["TransactItems"].as_array().into_iter().flatten() {
                    let size = if write["Put"].is_object() {
                        put(&mut sizes, &write["Put"])
                    } else {
                        0
                    };
                    counts.write_units += 2 * units(size, WRITE_UNIT_BYTES);
                }
            }
            "GetItem" | "Query" => {
                let answer: Value = answer.and_then(|answer| serde_json::from_slice(answer).ok()).unwrap_or_default();
                let items = answer["Items"].as_array().into_iter().flatten().chain(answer.get("Item"));
                let units = units(items.map(size).sum(), READ_UNIT_BYTES);
                let is_consistent = body["ConsistentRead"].as_bool() == Some(true);
                counts.read_half_units += if is_consistent { 2 * units } else { units };
            }
            _ => {}
        }
    }

    fn take(&self) -> Counts {
        std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Connector for Counting {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let mut copy = Request::new(request.body().clone());
            *copy.uri_mut() = request.uri().clone();
            *copy.headers_mut() = request.headers().clone();
            let answer = self.network.send(request).await;
            self.count(&copy, answer.as_ref().ok().map(http::Response::body));
            answer
        })
    }
}

/// The kind of item that a request is about: its key up to the first `#`.
fn what(operation: &str, body: &Value) -> String {
    let kind = |pk: &Value| pk["S"].as_str().unwrap_or("?").split('#').next().unwrap_or("?").to_owned();
    match operation {
        "TransactWriteItems" => {
            let writes = body["TransactItems"].as_array().into_iter().flatten();
            let kinds: Vec<String> = writes.map(|write| kind(&write["Put"]["Item"]["pk"])).collect();
            format!("{} x {}", kinds.len(), kinds.first().cloned().unwrap_or_default())
        }
        "PutItem" => kind(&body["Item"]["pk"]),
        "Query" => kind(&body["ExpressionAttributeValues"][":pk"]),
        _ => kind(&body["Key"]["pk"]),
    }
}

fn key_of(item: &Value) -> String {
    format!("{} {}", item["pk"]["S"], item["sk"]["S"])
}

fn put(sizes: &mut BTreeMap<String, usize>, put: &Value) -> usize {
    let bytes = size(&put["Item"]);
    sizes.insert(key_of(&put["Item"]), bytes);
    bytes
}

fn updated(sizes: &mut BTreeMap<String, usize>, update: &Value) -> usize {
    let written = size(&update["ExpressionAttributeValues"]);
    let bytes = sizes.entry(key_of(&update["Key"])).or_default();
    *bytes += written;
    *bytes
}

/// Names and values, as DynamoDB counts them.
fn size(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    attributes
        .map(|(name, value)| {
            let value = value["S"].as_str().or_else(|| value["N"].as_str()).unwrap_or_default();
            name.len() + value.len()
        })
        .sum()
}

fn units(bytes: usize, of_bytes: usize) -> usize {
    bytes.div_ceil(of_bytes).max(1)
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a bench prints")]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let counts = Arc::new(Mutex::new(Counts::default()));
    let counting = Arc::new(Counting {
        network: Network::new().expect("a network client"),
        counts,
        sizes: Mutex::default(),
    });
    let clock = ManualClock::new(date(2026, 1, 15).and_hms_opt(9, 0, 0).expect("a time").and_utc());
    let stack = start(folder.path().to_owned(), clock.clone(), counting.clone()).await;
    let salesforce = stack.sandbox.salesforce.clone().expect("the sandbox's Salesforce");
    let xero = stack.sandbox.xero.clone().expect("the sandbox's Xero");
    let account = NewAccount {
        name: "Customer".to_owned(),
        ..NewAccount::default()
    };
    let account = salesforce.add_account(account).expect("an account");
    let mut all: [Counts; 3] = Default::default();
    // The first deal makes the contact and warms what is kept: it is not counted.
    for number in 0..=DEALS {
        let deal = salesforce
            .add_opportunity(opportunity(number, account.clone()))
            .expect("an opportunity");
        settle(&stack, &clock).await;
        counting.take();
        salesforce.close_won(&deal.id).expect("won");
        settle(&stack, &clock).await;
        let won = counting.take();
        let contract = OrderKey::new("crm", &deal.id).expect("a key").contract();
        let outline = stack
            .deployment
            .store
            .outline(&contract)
            .await
            .expect("an outline")
            .expect("a booked deal");
        let made = outline.documents[0].in_ledger().expect("a stored draft");
        let entity = stack.deployment.entity(outline.head.entity.as_str()).expect("an entity");
        let tenant = entity.xero_tenant.clone();
        counting.take();
        xero.authorise_invoice(&tenant, &made.number, None, "").expect("authorised");
        settle(&stack, &clock).await;
        let authorised = counting.take();
        let invoices = xero.list_invoices(&tenant);
        let invoice = invoices.iter().find(|invoice| invoice.number == made.number).expect("the invoice");
        xero.record_payment(&tenant, &made.number, invoice.amount_due, date(2026, 1, 20), "")
            .expect("paid");
        settle(&stack, &clock).await;
        let paid = counting.take();
        if number > 0 {
            for (sum, step) in all.iter_mut().zip([won, authorised, paid]) {
                add(sum, &step);
            }
        }
    }
    println!("calls of a deal of three lines whose customer has a contact, {DEALS} deals");
    for (name, counts) in ["won, drafted, written back", "authorised", "paid"].into_iter().zip(&all) {
        print!("  {name}: {counts}");
    }
}

fn add(sum: &mut Counts, step: &Counts) {
    for (operation, count) in &step.operations {
        *sum.operations.entry(operation.clone()).or_default() += count;
    }
    sum.write_units += step.write_units;
    sum.read_half_units += step.read_half_units;
    sum.ledger += step.ledger;
    sum.crm += step.crm;
}

async fn settle(stack: &Stack, clock: &ManualClock) {
    clock.advance(Duration::from_secs(PAUSE_S));
    while stack.step().await.expect("a step") > 0 {}
}
