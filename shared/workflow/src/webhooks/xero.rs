//! Webhooks of Xero: signed over the raw bytes, answered with an empty 200 or 401. The intent-to-receive dance is the same walk.

use serde_json::{Value, json};
use tieout_ledger::xero::webhook::{Category, Delivery, SIGNATURE_HEADER, parse, verify};
use tieout_platform::events::HttpAnswer;
use tieout_platform::failure::chain;
use tieout_platform::secret::Secret;
use tieout_platform::telemetry::{Dimension, Metric, Metrics};
use tieout_queue::{Hint, Kind, Queue, Source, Unreadable};

use super::{UNAUTHORISED, UNAVAILABLE, admit};

const CONTENT_TYPES: [&str; 1] = ["application/json"];

/// The webhook for Xero.
pub struct XeroWebhook {
    /// The signing keys: one, or two during a rotation.
    pub keys: Vec<Secret>,
    /// Where hints go.
    pub invoices: Queue,
    /// What is counted.
    pub metrics: Metrics,
}

impl XeroWebhook {
    /// Answers an event of API Gateway.
    pub async fn answer(&self, event: &Value) -> Value {
        self.decide(event).await.unwrap_or_else(|refusal| refusal).to_json()
    }

    async fn decide(&self, event: &Value) -> Result<HttpAnswer, HttpAnswer> {
        let request = admit(event, &CONTENT_TYPES)?;
        let signatures: Vec<&str> = request.header(SIGNATURE_HEADER).iter().map(String::as_str).collect();
        if !verify(&signatures, &request.body, &self.keys) {
            self.metrics.count(Metric::SignatureRefused, &[]);
            return Err(HttpAnswer::empty(UNAUTHORISED));
        }
        // What is rightly signed and yet no delivery would be no better the second time: it is counted, and the sweep finds what it meant.
        let delivery = parse(&request.body).map_err(|error| {
            tracing::warn!(%error, bytes = request.body.len(), "a signed delivery cannot be read");
            self.metrics.count(Metric::MessageRefused, &[(Dimension::Kind, "delivery")]);
            HttpAnswer::empty(200)
        })?;
        // A record whose id no hint can carry would be no better the second time; it does not keep the others from being queued.
        let (hints, refused): (Vec<_>, Vec<_>) = hints(&delivery).partition(Result::is_ok);
        for error in refused.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "a record of a signed delivery cannot be queued");
            self.metrics.count(Metric::MessageRefused, &[(Dimension::Kind, "hint")]);
        }
        let hints: Vec<Hint> = hints.into_iter().flatten().collect();
        if let Err(error) = self.invoices.send_all(&hints).await {
            tracing::error!(error = chain(&error), "hints are not all on the queue; Xero is to send again");
            return Err(HttpAnswer::empty(UNAVAILABLE));
        }
        self.metrics
            .add(Metric::MessageQueued, hints.len().try_into().unwrap_or(u64::MAX), &[]);
        Ok(HttpAnswer::empty(200))
    }
}

/// One hint for each distinct invoice and credit note; contacts are read when they are needed.
fn hints(delivery: &Delivery) -> impl Iterator<Item = Result<Hint, Unreadable>> + '_ {
    let followed = delivery.events.iter().filter_map(|event| match event.category {
        Category::Invoice => Some((Kind::Invoice, event)),
        Category::CreditNote => Some((Kind::CreditNote, event)),
        Category::Contact => None,
    });
    followed.map(|(kind, event)| {
        let reported = json!({ "event_at": event.event_at });
        Hint::new(
            kind,
            Source::Ledger,
            event.organisation.as_str(),
            event.resource.as_str(),
            reported,
            None,
        )
    })
}
