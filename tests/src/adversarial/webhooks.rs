//! Whole events of API Gateway, given to both webhooks: a valid answer to anything, and 200 only to an authenticated sender.

use std::cell::RefCell;

use serde_json::{Value, json};
use tieout_crm::salesforce::ids::OrganisationId;
use tieout_platform::aws::AwsSettings;
use tieout_platform::clock::ManualClock;
use tieout_platform::config::ClientCertificate;
use tieout_platform::secret::Secret;
use tieout_platform::telemetry::Metrics;
use tieout_queue::Queue;
use tieout_workflow::webhooks::{SalesforceWebhook, XeroWebhook};

use super::wire::{AcceptingQueue, wait};
use super::xero_webhook::{KEY, signature};

/// The organisation of the webhooks under test.
pub const ORGANISATION: &str = "00D5g00000NwGrpEAF";
const SECRET_PATH: &str = "a-path-of-nobody-77e1b2";
const SUBJECT: &str = "CN=northwind.example";
const ISSUER: &str = "CN=DigiCert";
/// All statuses that a webhook answers.
const STATUSES: [u64; 6] = [200, 400, 401, 405, 413, 415];
/// A signature header with this text gets the right signature, so that the code behind the check is reached.
const SIGN: &str = "sign";

thread_local! {
    static WEBHOOKS: RefCell<Option<(SalesforceWebhook, XeroWebhook)>> = const { RefCell::new(None) };
}

fn webhooks() -> (SalesforceWebhook, XeroWebhook) {
    let settings = AwsSettings::local("http://sqs.test", AcceptingQueue::shared());
    let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    let salesforce = SalesforceWebhook {
        organisation: OrganisationId::parse(ORGANISATION).expect("a valid id"),
        certificate: ClientCertificate {
            required: true,
            subject: SUBJECT.to_owned(),
            issuer: ISSUER.to_owned(),
        },
        path: Secret::new(SECRET_PATH),
        deals: Queue::new(&settings, "http://sqs.test/1/deals.fifo".to_owned()),
        metrics: Metrics::kept("salesforce", clock.clone()),
    };
    let xero = XeroWebhook {
        keys: vec![Secret::new("the former key"), Secret::new(KEY)],
        invoices: Queue::new(&settings, "http://sqs.test/1/invoices.fifo".to_owned()),
        metrics: Metrics::kept("xero", clock),
    };
    (salesforce, xero)
}

/// Sends one event to both webhooks.
pub fn webhook_event(bytes: &[u8]) {
    let Ok(mut event) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    WEBHOOKS.with_borrow_mut(|made| {
        let (salesforce, xero) = made.get_or_insert_with(webhooks);
        let answer = wait(salesforce.answer(&event));
        if status(&answer) == 200 {
            let text = event.to_string();
            assert!(
                text.contains(SECRET_PATH) && text.contains(SUBJECT) && text.contains(ISSUER),
                "an unauthenticated sender was accepted"
            );
        }
        assert_ne!(status(&wait(xero.answer(&event))), 200, "an unsigned delivery was accepted");
        let signed = sign(&mut event);
        let answer = wait(xero.answer(&event));
        assert!(status(&answer) != 200 || signed);
    });
}

fn status(answer: &Value) -> u64 {
    let status = answer["statusCode"].as_u64().unwrap_or_default();
    assert!(STATUSES.contains(&status), "{answer}");
    status
}

/// Replaces [`SIGN`] by the right signature; whether there was one to replace.
fn sign(event: &mut Value) -> bool {
    let body = event["body"].as_str().unwrap_or_default().to_owned();
    let headers = event.get_mut("headers").and_then(Value::as_object_mut);
    let header = headers
        .and_then(|headers| headers.get_mut("x-xero-signature"))
        .filter(|header| *header == SIGN);
    header.map(|header| *header = json!(signature(KEY, body.as_bytes()))).is_some()
}
