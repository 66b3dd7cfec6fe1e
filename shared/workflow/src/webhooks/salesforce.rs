//! Outbound messages of Salesforce. Trust, in this order: the client certificate that the gateway verified, by subject and issuer;
//! the secret part of the path; the organisation inside the message. What is not configured refuses.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tieout_crm::salesforce::ids::OrganisationId;
use tieout_crm::salesforce::outbound::{ACK_CONTENT_TYPE, Notification, ack, parse};
use tieout_platform::config::ClientCertificate;
use tieout_platform::events::{HttpAnswer, HttpEvent};
use tieout_platform::secret::Secret;
use tieout_platform::telemetry::{Dimension, Metric, Metrics};
use tieout_queue::{Hint, Kind, Queue, Source, Unreadable};

use super::{BAD_REQUEST, UNAUTHORISED, UNAVAILABLE, admit};

/// What outbound messages are.
const CONTENT_TYPES: [&str; 2] = ["text/xml", "application/xml"];
/// The shortest secret path that is taken: a guessable one is no secret.
const SECRET_LENGTH_MIN: usize = 16;
/// Digits of the hash by which a notification without any id is called.
const NAMELESS_DIGITS: usize = 16;

/// The webhook for Salesforce.
pub struct SalesforceWebhook {
    /// Whose messages.
    pub organisation: OrganisationId,
    /// Whose certificate.
    pub certificate: ClientCertificate,
    /// The last segment of the path.
    pub path: Secret,
    /// Where hints go.
    pub deals: Queue,
    /// What is counted.
    pub metrics: Metrics,
}

impl SalesforceWebhook {
    /// Answers an event of API Gateway.
    pub async fn answer(&self, event: &Value) -> Value {
        self.decide(event).await.unwrap_or_else(|refusal| refusal).to_json()
    }

    async fn decide(&self, event: &Value) -> Result<HttpAnswer, HttpAnswer> {
        let request = admit(event, &CONTENT_TYPES)?;
        if !self.is_trusted(&request) {
            self.metrics.count(Metric::SignatureRefused, &[]);
            return Err(HttpAnswer::empty(UNAUTHORISED));
        }
        let notifications = parse(&request.body, &self.organisation).map_err(|error| {
            tracing::warn!(
                reason = error.reason(),
                bytes = request.body.len(),
                "an outbound message was refused"
            );
            self.metrics.count(Metric::MessageRefused, &[(Dimension::Kind, error.reason())]);
            said(BAD_REQUEST, false)
        })?;
        let hints = self.hints(&notifications).map_err(|error| {
            tracing::warn!(%error, "an outbound message was refused");
            self.metrics.count(Metric::MessageRefused, &[(Dimension::Kind, "hint")]);
            said(BAD_REQUEST, false)
        })?;
        if let Err(error) = self.deals.send_all(&hints).await {
            tracing::error!(
                error = tieout_platform::failure::chain(&error),
                "hints are not all on the queue; Salesforce is to send again"
            );
            return Err(said(UNAVAILABLE, false));
        }
        self.metrics
            .add(Metric::MessageQueued, hints.len().try_into().unwrap_or(u64::MAX), &[]);
        Ok(said(200, true))
    }

    /// All three are looked at whatever the first ones say, so that the time taken tells nothing.
    fn is_trusted(&self, request: &HttpEvent) -> bool {
        let secret = request.path.rsplit('/').next().unwrap_or_default();
        let path_fits = self.path.equals(secret.as_bytes()) && self.path.expose().len() >= SECRET_LENGTH_MIN;
        path_fits & self.certificate_fits(request)
    }

    fn certificate_fits(&self, request: &HttpEvent) -> bool {
        if !self.certificate.required {
            return true;
        }
        let configured = !self.certificate.subject.is_empty() && !self.certificate.issuer.is_empty();
        let shown = request.client_certificate.as_ref();
        configured && shown.is_some_and(|shown| shown.subject == self.certificate.subject && shown.issuer == self.certificate.issuer)
    }

    fn hints(&self, notifications: &[Notification]) -> Result<Vec<Hint>, Unreadable> {
        notifications.iter().map(|notification| self.hint(notification)).collect()
    }

    /// A notification of a record that was deleted meanwhile names none: it goes under its own id, for a person to see.
    fn hint(&self, notification: &Notification) -> Result<Hint, Unreadable> {
        let id = notification.id.as_ref().map(|id| id.as_str());
        let nameless;
        let record = match (&notification.record, id) {
            (Some(record), _) => record.as_str(),
            (None, Some(id)) => id,
            (None, None) => {
                let digest = Sha256::digest(format!("{:?}", notification.reported));
                nameless = digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                nameless.get(..NAMELESS_DIGITS).unwrap_or_default()
            }
        };
        let mut reported = serde_json::to_value(&notification.reported).unwrap_or_default();
        if let Some(reported) = reported.as_object_mut() {
            reported.retain(|_, value| !value.is_null());
            reported.insert("object".to_owned(), json!(notification.object.as_str()));
        }
        Hint::new(Kind::Deal, Source::Crm, self.organisation.as_str(), record, reported, id)
    }
}

fn said(status: u16, taken: bool) -> HttpAnswer {
    HttpAnswer {
        status,
        content_type: Some(ACK_CONTENT_TYPE),
        body: ack(taken).to_owned(),
    }
}
