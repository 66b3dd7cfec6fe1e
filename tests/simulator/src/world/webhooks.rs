//! What comes to the two webhooks: vendors' messages over a wire that loses and doubles them, and what outsiders send.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use axum::body::to_bytes;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use serde_json::Value;
use tieout::stack::secrets;
use tieout_local::function::{Function as Local, FunctionError, LocalFunction};
use tieout_local::gateway::{ClientCertificate, Route, exchange};
use tieout_platform::clock::Clock;
use tieout_platform::runtime::Function;
use tieout_sandbox::salesforce::Poster as SalesforcePoster;
use tieout_sandbox::xero::Poster as XeroPoster;

use super::{Lost, World};
use crate::auditor::facts::{Record, What};

/// Where outbound messages go.
pub const SALESFORCE_ENDPOINT: &str = "https://webhooks.sim/salesforce/local-path-5f2c9b1e7a40d863";
/// Where webhooks of Xero go.
pub const XERO_ENDPOINT: &str = "https://webhooks.sim/xero";
/// How long the gateway waits for a function.
const GATEWAY_PATIENCE_S: u64 = 30;
/// The largest answer of a webhook.
const ANSWER_SIZE_MAX_BYTES: usize = 64 * 1024;

/// The world, once it is there.
pub(super) type Slot = Arc<OnceLock<Weak<World>>>;

fn world_of(slot: &Slot) -> Option<Arc<World>> {
    slot.get()?.upgrade()
}

pub(super) fn salesforce_poster(slot: Slot) -> SalesforcePoster {
    Arc::new(move |endpoint, body| {
        let slot = slot.clone();
        Box::pin(async move {
            let world = world_of(&slot).ok_or("the world is gone")?;
            let request = Request::post(endpoint)
                .header("content-type", "text/xml; charset=UTF-8")
                .header("soapaction", "\"\"");
            let request = request.body(Bytes::from(body)).map_err(|error| error.to_string())?;
            let answer = world.deliver(request, true).await.ok_or("no answer")?;
            Ok((answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned()))
        })
    })
}

pub(super) fn xero_poster(slot: Slot) -> XeroPoster {
    Arc::new(move |request| {
        let slot = slot.clone();
        Box::pin(async move {
            let world = world_of(&slot)?;
            // The dance before the first event has a wrong signature in every second post.
            let genuine = signed(&request);
            world.deliver(request, genuine).await
        })
    })
}

fn signed(request: &Request<Bytes>) -> bool {
    let given = request.headers().get("x-xero-signature").and_then(|value| value.to_str().ok());
    given == Some(crate::history::signature(secrets::XERO_WEBHOOK_KEY, request.body()).as_str())
}

/// A webhook's function, as the gateway calls it.
struct Webhook {
    world: Weak<World>,
    function: Function,
}

impl Local for Webhook {
    fn invoke(&self, event: Value, _: DateTime<Utc>) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(async move {
            let gone = || FunctionError::RuntimeGone { message: String::new() };
            let world = self.world.upgrade().ok_or_else(gone)?;
            world.invoke(self.function, event).await.map_err(|lost| match lost {
                Lost::Failed(text) => FunctionError::failed("Failed", text),
                Lost::Panicked => FunctionError::Panicked { message: String::new() },
                Lost::Died | Lost::TimedOut => gone(),
            })
        })
    }
}

impl World {
    fn routes(self: &Arc<Self>) -> &[Route] {
        self.routes.get_or_init(|| {
            let function = |function: Function| {
                let webhook = Webhook {
                    world: Arc::downgrade(self),
                    function,
                };
                LocalFunction::new(
                    function.name(),
                    Arc::new(webhook),
                    Duration::from_secs(GATEWAY_PATIENCE_S),
                    self.clock.clone(),
                )
            };
            let certificate = &self.config.config.salesforce.client_certificate;
            let shown = ClientCertificate::new(&certificate.subject, &certificate.issuer);
            vec![
                Route::any("/salesforce/{secret}", function(Function::SalesforceWebhook)).with_client_certificate(shown),
                Route::any("/xero", function(Function::XeroWebhook)),
                // A caller without the right certificate.
                Route::any("/uncertified/{secret}", function(Function::SalesforceWebhook)).on(Method::POST),
            ]
        })
    }

    /// A message on its way to a webhook: it may be lost or doubled, and so may its answer.
    pub async fn deliver(self: &Arc<Self>, request: Request<Bytes>, genuine: bool) -> Option<Response<Bytes>> {
        let (mix, written_at) = (self.mix(), self.clock.now());
        let (there, lost, doubled, answer_lost) = {
            let mut dice = self.dice();
            let there = dice.wait(mix.latency_max_ms);
            (
                there,
                dice.chance(mix.delivery_lost),
                dice.chance(mix.message_doubled),
                dice.chance(mix.acknowledgement_lost),
            )
        };
        self.clock.sleep(there).await;
        if lost {
            self.step("webhook", format_args!("a message to {} is lost", request.uri().path()));
            return None;
        }
        let answer = self.arrive(request.clone(), written_at, genuine).await;
        let answer = if doubled {
            self.arrive(request, written_at, genuine).await
        } else {
            answer
        };
        if answer_lost { None } else { answer }
    }

    /// A message comes to a webhook.
    async fn arrive(self: &Arc<Self>, request: Request<Bytes>, written_at: DateTime<Utc>, genuine: bool) -> Option<Response<Bytes>> {
        self.count();
        let path = request.uri().path().to_owned();
        let body = request.body().clone();
        let request = match self.disabled {
            Some(seam) => seam.request(request),
            None => request,
        };
        let answer = exchange(self.routes(), self.clock.now(), request).await;
        let (parts, answered) = answer.into_parts();
        let answered = to_bytes(answered, ANSWER_SIZE_MAX_BYTES).await.ok()?;
        let status = parts.status.as_u16();
        let is_xero = path == "/xero";
        let taken = status == 200 && (is_xero || String::from_utf8_lossy(&answered).contains(">true<"));
        self.step(
            "webhook",
            format_args!("{} -> {status} {taken}", if is_xero { "xero" } else { "salesforce" }),
        );
        if taken {
            let records = if is_xero { told_by_xero(&body) } else { told_by_salesforce(&body) };
            self.report(What::Accepted {
                records,
                written_at,
                genuine,
            });
        }
        Some(Response::from_parts(parts, answered))
    }
}

/// The records of an outbound message, found as text.
fn told_by_salesforce(body: &[u8]) -> Vec<Record> {
    let text = String::from_utf8_lossy(body);
    let after = |tag: &str, text: &str| -> Option<String> {
        let rest = text.split_once(&format!("<{tag}>"))?.1;
        Some(rest.split('<').next()?.to_owned())
    };
    let organisation = after("OrganizationId", &text).unwrap_or_default();
    let notifications = text.split("<Notification>").skip(1);
    let ids = notifications.filter_map(|part| after("sf:Id", part));
    ids.map(|id| Record {
        kind: "deal".to_owned(),
        organisation: organisation.clone(),
        id,
    })
    .collect()
}

/// The records of a webhook.
fn told_by_xero(body: &[u8]) -> Vec<Record> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let events = body["events"].as_array().cloned().unwrap_or_default();
    let record = |event: &Value| {
        let kind = match event["eventCategory"].as_str()? {
            "INVOICE" => "invoice",
            "CREDITNOTE" => "credit_note",
            _ => return None,
        };
        Some(Record {
            kind: kind.to_owned(),
            organisation: event["tenantId"].as_str()?.to_owned(),
            id: event["resourceId"].as_str()?.to_owned(),
        })
    };
    events.iter().filter_map(record).collect()
}
