//! Webhooks: the dance, signatures, shapes, retries, loss and doubling.

use std::sync::Mutex;

use axum::extract::State;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::*;

const KEY: &str = "signing key of a test app +/==";

/// A receiver that checks signatures and can be set to fail.
#[derive(Default)]
struct Receiver {
    seen: Mutex<Vec<Value>>,
    down: AtomicBool,
    gullible: AtomicBool,
    talkative: AtomicBool,
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
    if is(&receiver.down) {
        return (StatusCode::BAD_GATEWAY, "");
    }
    if headers["x-xero-signature"] != *delivery::signature(KEY, &body) && !is(&receiver.gullible) {
        return (StatusCode::UNAUTHORIZED, "");
    }
    receiver.seen.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    (StatusCode::OK, if is(&receiver.talkative) { "thanks" } else { "" })
}

impl Receiver {
    async fn listening() -> (Arc<Self>, WebhookTarget) {
        let receiver = Arc::new(Self::default());
        let router = Router::new().fallback(receive).with_state(Arc::clone(&receiver));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, WebhookTarget { url, key: KEY.to_owned() })
    }

    /// The events that came since the last look, as `CATEGORY TYPE`, in order.
    fn events(&self) -> Vec<String> {
        let bodies = std::mem::take(&mut *self.seen.lock().unwrap());
        let events = bodies.iter().flat_map(|body| body["events"].as_array().unwrap().clone());
        events
            .map(|event| {
                format!(
                    "{} {}",
                    event["eventCategory"].as_str().unwrap(),
                    event["eventType"].as_str().unwrap()
                )
            })
            .collect()
    }
}

#[tokio::test]
async fn events_are_signed_and_say_only_which_record() {
    let bench = Bench::new().await;
    let (receiver, target) = Receiver::listening().await;
    bench.xero.set_webhook(target).unwrap();
    let made = bench.write("PUT", "Invoices", authorised("H-1")).await;
    assert_eq!(bench.xero.deliver_due().await, 1);
    assert_eq!(bench.xero.webhook_status(), WebhookStatus::Ok);
    let bodies = receiver.seen.lock().unwrap().clone();
    assert_eq!(bodies.len(), 3, "two posts of the dance were rightly signed, then the delivery");
    let (dance, body) = (&bodies[0], &bodies[2]);
    assert_eq!((&dance["events"], &dance["firstEventSequence"]), (&json!([]), &json!(0)));
    assert_eq!((&body["firstEventSequence"], &body["lastEventSequence"]), (&json!(1), &json!(2)));
    let event = &body["events"][1];
    let id = made["InvoiceID"].as_str().unwrap();
    assert_eq!(
        *event,
        json!({
            "resourceUrl": format!("https://api.xero.com/api.xro/2.0/Invoices/{id}"), "resourceId": id, "tenantId": TENANT,
            "tenantType": "ORGANISATION", "eventCategory": "INVOICE", "eventType": "CREATE", "eventDateUtc": "2026-04-01T09:00:01.100",
        })
    );
    receiver.events();
    let credit = Credit {
        amount: 10.into(),
        date: day("2026-04-02"),
        number: None,
    };
    bench.xero.record_payment(TENANT, "H-1", 10.into(), day("2026-04-02"), "").unwrap();
    bench.xero.create_credit_note_and_allocate(TENANT, "H-1", &credit, "").unwrap();
    bench.xero.deliver_due().await;
    assert_eq!(receiver.events(), ["INVOICE UPDATE", "CREDITNOTE CREATE", "INVOICE UPDATE"]);
    bench.call("PUT", "Invoices", draft("H-1")).await;
    bench.get("Invoices/H-1").await;
    assert_eq!(bench.xero.deliver_due().await, 0, "what was refused or read makes no event");
}

#[tokio::test]
async fn the_dance_must_be_passed() {
    let bench = Bench::new().await;
    let (receiver, target) = Receiver::listening().await;
    receiver.gullible.store(true, Ordering::Relaxed);
    bench.xero.set_webhook(target).unwrap();
    bench.write("PUT", "Contacts", json!({"Name": "One"})).await;
    assert_eq!(bench.xero.deliver_due().await, 0);
    assert_eq!(
        bench.xero.webhook_status(),
        WebhookStatus::IntentToReceive,
        "a wrong signature was taken"
    );
    receiver.gullible.store(false, Ordering::Relaxed);
    receiver.talkative.store(true, Ordering::Relaxed);
    bench.clock.advance(Duration::from_secs(6));
    bench.xero.deliver_due().await;
    assert_eq!(
        bench.xero.webhook_status(),
        WebhookStatus::IntentToReceive,
        "an answer with a body is wrong"
    );
    receiver.talkative.store(false, Ordering::Relaxed);
    bench.clock.advance(Duration::from_secs(6));
    assert_eq!(bench.xero.deliver_due().await, 1, "what waited is sent afterwards");
}

#[tokio::test]
async fn failures_are_retried_for_a_day_and_over_a_restart() {
    let bench = Bench::new().await;
    let (receiver, target) = Receiver::listening().await;
    bench.xero.set_webhook(target).unwrap();
    bench.xero.deliver_due().await;
    receiver.events();
    receiver.down.store(true, Ordering::Relaxed);
    bench.write("PUT", "Contacts", json!({"Name": "One"})).await;
    assert_eq!(bench.xero.deliver_due().await, 0);
    receiver.down.store(false, Ordering::Relaxed);
    assert_eq!(bench.xero.deliver_due().await, 0, "not before its time");
    let bench = bench.restarted().await;
    bench.clock.advance(Duration::from_secs(5));
    assert_eq!(bench.xero.deliver_due().await, 1);
    assert_eq!(receiver.events(), ["CONTACT CREATE"]);
    receiver.down.store(true, Ordering::Relaxed);
    bench.write("PUT", "Contacts", json!({"Name": "Two"})).await;
    let mut hours = 0;
    while bench.xero.webhook_status() == WebhookStatus::Ok {
        bench.xero.deliver_due().await;
        bench.clock.advance(Duration::from_secs(3_600));
        hours += 1;
    }
    assert!((24..=26).contains(&hours), "given up after {hours} hours");
    receiver.down.store(false, Ordering::Relaxed);
    bench.write("PUT", "Contacts", json!({"Name": "Three"})).await;
    assert_eq!(
        (bench.xero.deliver_due().await, bench.xero.webhooks_waiting()),
        (0, 0),
        "nothing is replayed"
    );
    let target = bench.xero.shared.world().webhooks.target.clone().unwrap();
    bench.xero.set_webhook(target).unwrap();
    bench.write("PUT", "Contacts", json!({"Name": "Four"})).await;
    assert_eq!(bench.xero.deliver_due().await, 1);
}

#[tokio::test]
async fn webhooks_are_lost_and_doubled_to_order() {
    let bench = Bench::new().await;
    let (receiver, target) = Receiver::listening().await;
    bench.xero.set_webhook(target).unwrap();
    bench.xero.deliver_due().await;
    receiver.events();
    bench.xero.lose_next_webhooks(1).unwrap();
    bench.xero.double_next_webhooks(1).unwrap();
    for name in ["Lost", "Doubled", "Plain"] {
        bench.write("PUT", "Contacts", json!({"Name": name})).await;
    }
    assert_eq!(bench.xero.deliver_due().await, 2);
    let bodies = receiver.seen.lock().unwrap().clone();
    let sequences: Vec<(String, String)> = bodies
        .iter()
        .map(|body| (body["firstEventSequence"].to_string(), body["lastEventSequence"].to_string()))
        .collect();
    assert_eq!(sequences, [("2".to_owned(), "3".to_owned()), ("2".to_owned(), "2".to_owned())]);
}

#[test]
fn signatures_are_those_that_another_program_computes() {
    let text = include_str!("../../../../../tests/fixtures/xero/webhook_signatures.json");
    let file: Value = serde_json::from_str(text).unwrap();
    for vector in file["vectors"].as_array().unwrap() {
        let field = |name: &str| vector[name].as_str().unwrap();
        let right = delivery::signature(field("key"), field("body").as_bytes()) == field("signature");
        assert_eq!(json!(right), vector["valid"], "{}", field("name"));
    }
}
