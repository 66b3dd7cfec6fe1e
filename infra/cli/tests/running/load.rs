//! The webhooks under load while their queue is slow, throttled and lossy: whatever is acknowledged is on the queue.
//!
//! `TIEOUT_REQUESTS=2000 cargo test --release -p tieout --test running load -- --nocapture` prints how many a second.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use serde_json::{Value, json};
use tieout::stack::{DEALS_QUEUE, INVOICES_QUEUE, Starts};
use tieout_local::function::LocalFunction;
use tieout_local::gateway::{ClientCertificate, Gateway, Route};
use tieout_local::sqs::ReceiveRequest;
use tieout_platform::config::Config;
use tieout_platform::http::{Connector, Network, Request, Response, TransportError};
use tieout_platform::runtime::Function;

use crate::bad_input::{SalesforceWebhook, XeroWebhook, outbound_of, signed_delivery_of};
use crate::common::{CONFIG, World};

/// Requests of one run, to both webhooks together.
const REQUESTS: usize = 600;
/// Concurrent connections.
const CONNECTIONS: usize = 64;
/// Turns that others get before a slow queue answers.
const TURNS: usize = 50;
/// How long a message is kept away from later looks, in seconds: longer than the look at all of them.
const KEPT_AWAY_S: i64 = 600;

/// A failing SQS: in turn normal, slow, throttled, unavailable, dropping a part of a batch, and silent after accepting all.
#[derive(Debug)]
struct BadDay {
    network: Network,
    calls: AtomicUsize,
}

impl BadDay {
    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        if !request
            .headers()
            .get("x-amz-target")
            .is_some_and(|target| target.as_bytes().ends_with(b"SendMessageBatch"))
        {
            return self.network.send(request).await;
        }
        match self.calls.fetch_add(1, Ordering::Relaxed) % 9 {
            0 => Ok(error(400, "com.amazonaws.sqs#RequestThrottled")),
            1 | 2 => Ok(error(503, "com.amazonaws.sqs#ServiceUnavailable")),
            3 => {
                let _ = self.network.send(request).await;
                Err(TransportError::Unknown {
                    host: "sqs".to_owned(),
                    source: "the answer was lost".into(),
                })
            }
            4 => Ok(none_taken(&request)),
            5 => {
                for _ in 0..TURNS {
                    tokio::task::yield_now().await;
                }
                self.network.send(request).await
            }
            _ => self.network.send(request).await,
        }
    }
}

impl Connector for BadDay {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

fn answer(status: u16, body: &Value) -> Response {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    let kind = http::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert("content-type", kind);
    response
}

fn error(status: u16, code: &str) -> Response {
    answer(status, &json!({ "__type": code, "message": "a bad day" }))
}

fn none_taken(request: &Request) -> Response {
    let asked: Value = serde_json::from_slice(request.body()).unwrap();
    let failed = |entry: &Value| json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": false});
    let failed: Vec<Value> = asked["Entries"].as_array().unwrap().iter().map(failed).collect();
    answer(200, &json!({ "Successful": [], "Failed": failed }))
}

/// Both webhooks behind a gateway of their own, over a failing queue.
async fn webhooks(world: &World) -> Gateway {
    let config = Config::check(CONFIG).unwrap();
    let starts = Starts {
        services: &world.stack.services,
        config: &config,
        clock: world.clock.clone(),
        time_limits: None,
        connector: Arc::new(BadDay {
            network: Network::new().unwrap(),
            calls: AtomicUsize::new(0),
        }),
    };
    let local = |name, handler| LocalFunction::new(name, handler, std::time::Duration::from_secs(600), world.clock.clone());
    let salesforce = salesforce_webhook::Handler::init(starts.of(Function::SalesforceWebhook))
        .await
        .unwrap();
    let xero = xero_webhook::Handler::init(starts.of(Function::XeroWebhook)).await.unwrap();
    let certificate = &config.config.salesforce.client_certificate;
    let shown = ClientCertificate::new(&certificate.subject, &certificate.issuer);
    let routes = vec![
        Route::any("/salesforce/{secret}", local("salesforce", Arc::new(SalesforceWebhook(salesforce)))).with_client_certificate(shown),
        Route::any("/xero", local("xero", Arc::new(XeroWebhook(xero)))),
    ];
    Gateway::start(routes, world.clock.clone(), 0).await.unwrap()
}

/// The record that request `number` is about, and the request.
fn request(base: &str, number: usize) -> (String, Request) {
    if number.is_multiple_of(2) {
        let record = format!("0065g{number:010}");
        let url = format!("{base}/salesforce/{}", tieout::stack::secrets::WEBHOOK_PATH);
        let request = http::Request::post(url).header("content-type", "text/xml");
        return (record.clone(), request.body(Bytes::from(outbound_of(number, &record))).unwrap());
    }
    let record = format!("717f2bfc-c6d4-41fd-b238-{number:012}");
    let (body, signature) = signed_delivery_of(&record);
    let request = http::Request::post(format!("{base}/xero"))
        .header("content-type", "application/json")
        .header("x-xero-signature", signature);
    (record, request.body(Bytes::from(body)).unwrap())
}

/// One sender with consecutive requests; gives the records that were acknowledged and those that were not.
async fn sender(base: &str, first: usize, count: usize) -> Vec<(String, bool)> {
    let network = Network::new().unwrap();
    let mut answers = Vec::new();
    for number in (first..count).step_by(CONNECTIONS) {
        let (record, request) = request(base, number);
        let answer = network.send(request).await.unwrap();
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        let taken = match answer.status().as_u16() {
            200 => true,
            503 => false,
            status => panic!("{record}: {status}"),
        };
        if number.is_multiple_of(2) {
            assert!(body.contains(&format!("<Ack>{taken}</Ack>")), "{record}: {body}");
        } else {
            assert_eq!(body, "", "{record}");
        }
        answers.push((record, taken));
    }
    answers
}

/// The records that messages on the queue are about.
fn queued(world: &World, queue: &str) -> BTreeSet<String> {
    let request = ReceiveRequest {
        max_messages: 10,
        wait_s: Some(0),
        visibility_timeout_s: Some(KEPT_AWAY_S),
    };
    let mut records = BTreeSet::new();
    loop {
        let batch = world.stack.services.sqs().receive_now(queue, &request).unwrap();
        if batch.is_empty() {
            return records;
        }
        for message in batch {
            let body: Value = serde_json::from_str(&message.body).unwrap();
            let record = body["record"].as_str().unwrap();
            // Salesforce's ids are queued with their checksum.
            let short = if record.starts_with("006") { &record[..15] } else { record };
            records.insert(short.to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::disallowed_methods)]
async fn what_is_acknowledged_is_on_the_queue() {
    let count = std::env::var("TIEOUT_REQUESTS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(REQUESTS);
    let world = World::new("2026-01-05").await;
    let gateway = webhooks(&world).await;
    let base = gateway.url();
    let started = std::time::Instant::now();
    let answers = join_all((0..CONNECTIONS).map(|first| sender(&base, first, count))).await.concat();
    let took = started.elapsed();
    let records: BTreeSet<String> = queued(&world, DEALS_QUEUE)
        .union(&queued(&world, INVOICES_QUEUE))
        .cloned()
        .collect();
    let taken = answers.iter().filter(|(_, taken)| *taken).count();
    for (record, _) in answers.iter().filter(|(_, taken)| *taken) {
        assert!(records.contains(record), "{record} was acknowledged and is not on the queue");
    }
    assert_eq!(answers.len(), count);
    assert!(taken > 0, "the queue is not that bad");
    eprintln!(
        "{count} requests over {CONNECTIONS} connections in {} ms: {} a second, {taken} acknowledged, {} to come again",
        took.as_millis(),
        count as u128 * 1_000 / took.as_millis().max(1),
        count - taken
    );
}
