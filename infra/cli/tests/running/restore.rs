//! A lost table is rebuilt from an export by the steps of docs/restore.md. What happened since is found again, and nothing is done twice.

use bytes::Bytes;
use chrono::NaiveDate;
use serde_json::{Value, json};
use tieout_accounting::Period;
use tieout_platform::http::Connector as _;
use tieout_platform::vendor::{StoredToken, TokenVault};
use tieout_sandbox::xero::Credit;
use tieout_store::PeriodState;
use tieout_workflow::start::XERO_CONNECTION;
use tieout_workflow::{close, tie_out};

use crate::common::{EU, Sold, UK, World, amount, day, line};

/// Items of one BatchWriteItem.
const BATCH_ITEMS_MAX: usize = 25;
/// After so many sweeps nothing new may be found.
const SWEEPS: usize = 3;

async fn dynamodb(world: &World, operation: &str, body: Value) -> Value {
    let request = http::Request::post(&world.stack.services.dynamodb_url)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        )
        .body(Bytes::from(body.to_string()));
    let answer = world.wire.send(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{operation}: {}", String::from_utf8_lossy(answer.body()));
    serde_json::from_slice(answer.body()).unwrap()
}

/// All items, as `aws dynamodb export-table-to-point-in-time` writes them.
async fn export(world: &World) -> Vec<Value> {
    let mut items = Vec::new();
    let mut from = Value::Null;
    loop {
        let mut body = json!({"TableName": tieout::stack::TABLE, "ConsistentRead": true});
        if !from.is_null() {
            body["ExclusiveStartKey"] = from;
        }
        let page = dynamodb(world, "Scan", body).await;
        items.extend(page["Items"].as_array().unwrap().iter().cloned());
        from = page["LastEvaluatedKey"].clone();
        if from.is_null() {
            return items;
        }
    }
}

/// Replaces the lost table by one with the export; the functions restart on it.
async fn import(world: &World, items: &[Value]) {
    dynamodb(world, "DeleteTable", json!({"TableName": tieout::stack::TABLE})).await;
    world.stack.deployment.store.create_table().await.unwrap();
    for batch in items.chunks(BATCH_ITEMS_MAX) {
        let puts: Vec<Value> = batch.iter().map(|item| json!({"PutRequest": {"Item": item}})).collect();
        let answer = dynamodb(world, "BatchWriteItem", json!({"RequestItems": {tieout::stack::TABLE: puts}})).await;
        assert!(
            answer["UnprocessedItems"].as_object().is_none_or(serde_json::Map::is_empty),
            "{answer}"
        );
    }
    world.restart().await;
}

/// A company's deals.
struct Life {
    paid: Sold,
    drafted: Sold,
    steady: Sold,
    late: Option<Sold>,
    later: Option<Sold>,
}

impl Life {
    /// Until the hour of the export.
    async fn before(world: &World) -> Self {
        let paid = world.booked("Paid Ltd", "GBP").await;
        authorise(world, UK, &paid).await;
        let drafted = world.booked("Drafted Ltd", "GBP").await;
        let customer = world.customer("Steady GmbH");
        let lines = vec![line("Seats", "SEATS", "3650.00", world.today(), 364)];
        let steady = world.open_deal(&customer, "A year", "EUR", lines);
        world.salesforce().close_won(&steady.opportunity).unwrap();
        world.settle().await;
        authorise(world, EU, &steady).await;
        Self {
            paid,
            drafted,
            steady,
            late: None,
            later: None,
        }
    }

    /// From then until the table is lost: missing from the export.
    async fn after(&mut self, world: &World) {
        world.morning(day("2026-01-20"));
        authorise(world, UK, &self.drafted).await;
        let number = world.invoice(UK, &self.drafted).number;
        world
            .xero()
            .record_payment(UK, &number, amount("1000.00"), world.today(), "")
            .unwrap();
        let credit = Credit {
            amount: amount("1000.00"),
            date: world.today(),
            number: None,
        };
        world.xero().create_credit_note_and_allocate(UK, &number, &credit, "").unwrap();
        let number = world.invoice(UK, &self.paid).number;
        world
            .xero()
            .record_payment(UK, &number, amount("500.00"), world.today(), "")
            .unwrap();
        self.late = Some(world.booked("Late Ltd", "GBP").await);
        self.later = Some(world.booked("Later Ltd", "GBP").await);
        world.morning(day("2026-02-05"));
        close_january(world).await;
    }

    /// The whole visible state, except for the day on which a fact became known.
    async fn state(&self, who: &str, world: &World) -> Value {
        world.settle().await;
        let (late, later) = (self.late.as_ref().unwrap(), self.later.as_ref().unwrap());
        let mut deals = Vec::new();
        for (tenant, sold) in [(UK, &self.paid), (UK, &self.drafted), (UK, late), (UK, later), (EU, &self.steady)] {
            let mut state = world.state_of(tenant, sold).await;
            // A contact that was forgotten is found before anything is created: no effect is needed.
            state.as_object_mut().unwrap().remove("contact_effect");
            for event in state["events"].as_array_mut().unwrap() {
                event[0].as_object_mut().unwrap().remove("known_on");
            }
            deals.push(state);
        }
        let mut ties = Vec::new();
        for entity in ["uk", "us", "eu"] {
            let found = tie_out::tie_out(&world.stack.deployment, entity, january()).await.unwrap();
            assert!(found.ties(), "{who}, {entity}: {found:#?}");
            ties.push(
                found
                    .lines
                    .iter()
                    .map(|line| json!([line.name, line.left.1, line.right.1]))
                    .collect::<Vec<_>>(),
            );
        }
        json!({ "deals": deals, "ties": ties, "uk": books(world, "uk", UK).await, "eu": books(world, "eu", EU).await })
    }
}

fn january() -> Period {
    Period::parse("2026-01").unwrap()
}

async fn authorise(world: &World, tenant: &str, sold: &Sold) {
    let number = world.invoice(tenant, sold).number;
    world.xero().authorise_invoice(tenant, &number, None, "").unwrap();
    world.settle().await;
}

/// Closes January: that of the UK entity by two people, that of the euro entity by its policy. Can be repeated.
async fn close_january(world: &World) {
    let deployment = world.command().await;
    let (record, _) = close::plan(&deployment, "uk", january(), "amira").await.unwrap();
    if let PeriodState::Proposed { hash, .. } = &record.state {
        close::approve(&deployment, "uk", january(), hash, "bjorn").await.unwrap();
        close::post(&deployment, "uk", january(), "amira").await.unwrap();
    }
    world.month_end("eu").await.unwrap();
}

/// An entity's journals in the ledger, its postings and its January.
async fn books(world: &World, entity: &str, tenant: &str) -> Value {
    let store = &world.stack.deployment.store;
    let journals = world.xero().list_journals(tenant);
    let journals: Vec<Value> = journals
        .iter()
        .map(|journal| json!([journal.date, journal.status, journal.lines]))
        .collect();
    let postings = store.postings(entity).await.unwrap();
    let postings: Vec<Value> = postings
        .iter()
        .map(|posting| json!([posting.journal_key, posting.date, posting.lines.as_array().map(Vec::len)]))
        .collect();
    let record = store.period(entity, "2026-01").await.unwrap().unwrap();
    json!({
        "journals": journals,
        "postings": postings,
        "closed": matches!(record.state, PeriodState::Closed { .. }),
        "balances": world.xero().balances(tenant, january().last_day()),
    })
}

async fn token(world: &World) -> StoredToken {
    let vault: &dyn TokenVault = &world.stack.deployment.store;
    vault.read(XERO_CONNECTION).await.unwrap().unwrap()
}

/// The steps of the runbook after the import, by their numbers there.
async fn follow_the_runbook(world: &World, connected: StoredToken, later: &Sold) {
    // 4. Connect Xero again: the restored token may be a former one. The one that was in use stands for a new consent.
    let vault: &dyn TokenVault = &world.stack.deployment.store;
    let version = token(world).await.version + 1;
    let connected = StoredToken {
        access_token: None,
        version,
        ..connected
    };
    assert!(vault.rotate(XERO_CONNECTION, connected).await.unwrap());
    // Whose message comes first gets the first number of the restored counter, which the ledger has for somebody else.
    world.edit(&later.opportunity, json!({ "Description": "said again" }));
    world.settle().await;
    // 5. Sweep the gap: the restored cursors say where it begins.
    for _ in 0..SWEEPS {
        world.sweep().await.unwrap();
        world.settle().await;
        world.pass(3_700);
    }
    // 7. Close again what was closed in the gap.
    close_january(world).await;
}

fn difference(found: &Value, expected: &Value, place: &str, out: &mut Vec<String>) {
    match (found, expected) {
        (Value::Object(left), Value::Object(right)) if left.len() == right.len() => {
            for (key, value) in left {
                difference(value, &right[key], &format!("{place}.{key}"), out);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (value, other)) in left.iter().zip(right).enumerate() {
                difference(value, other, &format!("{place}[{at}]"), out);
            }
        }
        _ if found == expected => {}
        _ => out.push(format!("{place}:\n  restored    {found}\n  undisturbed {expected}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_table_is_restored_from_an_export_and_nothing_is_done_twice() {
    let start: NaiveDate = day("2026-01-05");
    let twin = World::new(&start.to_string()).await;
    let mut undisturbed = Life::before(&twin).await;
    undisturbed.after(&twin).await;
    let expected = undisturbed.state("undisturbed", &twin).await;

    let world = World::new(&start.to_string()).await;
    let mut life = Life::before(&world).await;
    let items = export(&world).await;
    life.after(&world).await;
    let connected = token(&world).await;
    import(&world, &items).await;
    assert!(
        world.contract(life.late.as_ref().unwrap()).await.is_none(),
        "the export does not know it"
    );
    assert!(world.stack.deployment.store.postings("uk").await.unwrap().is_empty());
    follow_the_runbook(&world, connected, life.later.as_ref().unwrap()).await;
    let found = life.state("restored", &world).await;
    let mut differences = Vec::new();
    difference(&found, &expected, "", &mut differences);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
