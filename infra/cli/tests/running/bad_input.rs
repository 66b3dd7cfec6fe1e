//! Bad input that needs the running stack: what the webhooks answer and queue, and which cases are opened with which text.

mod deals;
mod salesforce;
mod six;
mod xero;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::Value;
use tieout_local::function::{Function as Handler, FunctionError, LocalFunction};
use tieout_local::gateway::{ClientCertificate, Gateway, Route};
use tieout_platform::http::Connector as _;
use tieout_platform::runtime::{Deadline, Function};
use tieout_platform::telemetry::{Metric, Metrics};

use crate::common::World;

/// Above the webhooks' size limit.
const TOO_LARGE_BYTES: usize = 256 * 1024 + 1;

/// A request to a webhook.
struct WebhookCall {
    method: &'static str,
    content_type: &'static str,
    signatures: Vec<String>,
    path: Option<&'static str>,
    body: String,
}

/// The expected answer.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    body: String,
}

async fn send(world: &World, url: &str, call: &WebhookCall) -> Answer {
    let url = match call.path {
        Some(path) => format!("{}/{path}", url.rsplit_once('/').unwrap().0),
        None => url.to_owned(),
    };
    let mut request = http::Request::builder()
        .method(call.method)
        .uri(url)
        .header("content-type", call.content_type);
    for signature in &call.signatures {
        request = request.header("x-xero-signature", signature);
    }
    let answer = world
        .wire
        .send(request.body(Bytes::from(call.body.clone())).unwrap())
        .await
        .unwrap();
    Answer {
        status: answer.status().as_u16(),
        body: String::from_utf8_lossy(answer.body()).into_owned(),
    }
}

/// A function's handler as the gateway calls it.
macro_rules! served {
    ($name:ident, $handler:ty) => {
        pub(crate) struct $name(pub(crate) $handler);

        impl Handler for $name {
            fn invoke(&self, event: Value, deadline: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
                Box::pin(async move {
                    let answer = self.0.handle(event, Deadline::at(deadline)).await;
                    answer.map_err(|error| FunctionError::failed("Failed", error.to_string()))
                })
            }
        }
    };
}

served!(SalesforceWebhook, salesforce_webhook::Handler);
served!(XeroWebhook, xero_webhook::Handler);

/// The same webhooks behind a gateway of their own, with their counters.
struct Counted {
    gateway: Gateway,
    salesforce: Metrics,
    xero: Metrics,
}

async fn counted(world: &World) -> Counted {
    let (salesforce, xero) = (world.start(Function::SalesforceWebhook), world.start(Function::XeroWebhook));
    let metrics = (salesforce.metrics.clone(), xero.metrics.clone());
    let local =
        |name: &str, handler: Arc<dyn Handler>| LocalFunction::new(name, handler, std::time::Duration::from_secs(20), world.clock.clone());
    let salesforce = local(
        "salesforce",
        Arc::new(SalesforceWebhook(salesforce_webhook::Handler::init(salesforce).await.unwrap())),
    );
    let xero = local("xero", Arc::new(XeroWebhook(xero_webhook::Handler::init(xero).await.unwrap())));
    let certificate = world.stack.deployment.config.salesforce.client_certificate.clone();
    let shown = ClientCertificate::new(&certificate.subject, &certificate.issuer);
    let stranger = ClientCertificate::new("CN=stranger.example", &certificate.issuer);
    let routes = vec![
        Route::any("/salesforce/{secret}", salesforce.clone()).with_client_certificate(shown),
        Route::any("/stranger/{secret}", salesforce.clone()).with_client_certificate(stranger),
        Route::any("/nobody/{secret}", salesforce),
        Route::any("/xero", xero),
    ];
    Counted {
        gateway: Gateway::start(routes, world.clock.clone(), 0).await.unwrap(),
        salesforce: metrics.0,
        xero: metrics.1,
    }
}

/// An outbound message of one deal.
pub(crate) fn outbound_of(number: usize, record: &str) -> String {
    let notification = salesforce::notification(&format!("04l5g{number:010}"), record, "A deal");
    salesforce::message("00D5g00000NwGrpEAF", &notification)
}

/// A delivery of one invoice, and its signature.
pub(crate) fn signed_delivery_of(record: &str) -> (String, String) {
    let body = xero::delivery().replace("717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", record);
    let signature = xero::signature(tieout::stack::secrets::XERO_WEBHOOK_KEY, &body);
    (body, signature)
}

fn xml(body: String) -> WebhookCall {
    WebhookCall {
        method: "POST",
        content_type: "text/xml; charset=utf-8",
        signatures: Vec::new(),
        path: None,
        body,
    }
}

/// The status of a refused request, and its metric.
async fn check(rows: Vec<(&str, WebhookCall, u16, Option<Metric>)>, webhook: fn(&World) -> &str, of: fn(&Counted) -> (&Metrics, String)) {
    let world = World::new("2026-01-05").await;
    let counted = counted(&world).await;
    let (metrics, url) = of(&counted);
    for (name, call, status, metric) in rows {
        let answer = send(&world, webhook(&world), &call).await;
        assert_eq!(answer.status, status, "{name}");
        if status != 400 {
            assert_eq!(answer.body, "", "{name}: no reason is given");
        } else {
            assert!(answer.body.contains("<Ack>false</Ack>"), "{name}: {}", answer.body);
        }
        let before = metric.map(|metric| metrics.kept_count(metric));
        assert_eq!(send(&world, &url, &call).await, answer, "{name}");
        assert_eq!(
            metric.map(|metric| metrics.kept_count(metric)),
            before.map(|before| before + 1),
            "{name}"
        );
        assert_eq!(world.waiting(), 0, "{name}: nothing is queued");
    }
}
