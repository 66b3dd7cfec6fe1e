//! Whole events of API Gateway, at both doors: an answer of ours to whatever comes, and 200 only to who may speak.

use std::cell::RefCell;

use serde_json::{Value, json};
use tieout_crm::salesforce::ids::OrganisationId;
use tieout_platform::aws::AwsSettings;
use tieout_platform::clock::ManualClock;
use tieout_platform::config::ClientCertificate;
use tieout_platform::secret::Secret;
use tieout_platform::telemetry::Metrics;
use tieout_queue::Queue;
use tieout_workflow::doors::{SalesforceDoor, XeroDoor};

use super::wire::{PatientQueue, wait};
use super::xero_webhook::{KEY, signature};

/// The organisation of the doors in here.
pub const ORGANISATION: &str = "00D5g00000NwGrpEAF";
/// The secret segment of the path.
const PATH: &str = "a-path-of-nobody-77e1b2";
/// Whose certificate is taken, and of whom.
const SUBJECT: &str = "CN=northwind.example";
const ISSUER: &str = "CN=DigiCert";
/// What a door may answer.
const STATUSES: [u64; 6] = [200, 400, 401, 405, 413, 415];
/// In the place of a signature: the right one is put here, so that what is behind the signature is reached.
const SIGN: &str = "sign";

thread_local! {
    static DOORS: RefCell<Option<(SalesforceDoor, XeroDoor)>> = const { RefCell::new(None) };
}

fn doors() -> (SalesforceDoor, XeroDoor) {
    let settings = AwsSettings::local("http://sqs.test", PatientQueue::shared());
    let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    let salesforce = SalesforceDoor {
        organisation: OrganisationId::parse(ORGANISATION).expect("a right id"),
        certificate: ClientCertificate {
            required: true,
            subject: SUBJECT.to_owned(),
            issuer: ISSUER.to_owned(),
        },
        path: Secret::new(PATH),
        deals: Queue::new(&settings, "http://sqs.test/1/deals.fifo".to_owned()),
        metrics: Metrics::kept("salesforce", clock.clone()),
    };
    let xero = XeroDoor {
        keys: vec![Secret::new("the former key"), Secret::new(KEY)],
        invoices: Queue::new(&settings, "http://sqs.test/1/invoices.fifo".to_owned()),
        metrics: Metrics::kept("xero", clock),
    };
    (salesforce, xero)
}

/// Knocks at both doors with one event.
pub fn salesforce_door(bytes: &[u8]) {
    let Ok(mut event) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    DOORS.with_borrow_mut(|doors_made| {
        let (salesforce, xero) = doors_made.get_or_insert_with(doors);
        let answer = wait(salesforce.answer(&event));
        if status(&answer) == 200 {
            let text = event.to_string();
            assert!(
                text.contains(PATH) && text.contains(SUBJECT) && text.contains(ISSUER),
                "a stranger was let in"
            );
        }
        assert_ne!(status(&wait(xero.answer(&event))), 200, "nobody signed it");
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

/// Puts the right signature where the event asks for one.
fn sign(event: &mut Value) -> bool {
    let body = event["body"].as_str().unwrap_or_default().to_owned();
    let headers = event.get_mut("headers").and_then(Value::as_object_mut);
    let place = headers
        .and_then(|headers| headers.get_mut("x-xero-signature"))
        .filter(|header| *header == SIGN);
    place.map(|place| *place = json!(signature(KEY, body.as_bytes()))).is_some()
}
