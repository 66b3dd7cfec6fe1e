//! The six tests of OWASP's draft "Webhook Security Guidelines", at both webhooks, through the real handlers.
//!
//! 1. bad or missing signature: 401. Salesforce signs nothing: its proof is the secret path and the client certificate.
//! 2. replay after the window: neither sender signs a time, so there is no window. Instead: a captured message that is sent again a day
//!    later is accepted and changes nothing, because a message is a hint.
//! 3. duplicate id: one message on the queue.
//! 4. oversized: 413.
//! 5. an internal address: nobody registers addresses with us. Instead: no address of a payload is called, and the doctor refuses
//!    internal addresses in `tieout.toml`.
//! 6. two secrets during a rotation: Xero's webhook accepts both keys. Salesforce's certificate is compared by its names, so it may be
//!    renewed. Its path has one value; requests to the former one are refused, so Salesforce repeats them for a day.

use tieout_platform::aws::AwsSettings;
use tieout_platform::config::Config;
use tieout_platform::runtime::Function;
use tieout_platform::secret::Secret;
use tieout_queue::Queue;
use tieout_workflow::webhooks::XeroWebhook;

use super::salesforce::{OPPORTUNITY, message, notification};
use super::xero::{delivery, signature};
use super::{TOO_LARGE_BYTES, WebhookCall, send, xml};
use crate::common::{CONFIG, UK, World};

/// The metadata address of clouds.
const INSIDE: &str = "169.254.169.254";
const DAY_S: i64 = 86_400;

fn outbound(record: &str) -> WebhookCall {
    xml(message("00D5g00000NwGrpEAF", &notification("04l5g00000AAAAAAA4", record, "A deal")))
}

fn signed(key: &str, body: String) -> WebhookCall {
    WebhookCall {
        content_type: "application/json",
        signatures: vec![signature(key, &body)],
        ..xml(body)
    }
}

fn usual() -> WebhookCall {
    signed(tieout::stack::secrets::XERO_WEBHOOK_KEY, delivery())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_duplicates_and_sizes() {
    let world = World::new("2026-01-05").await;
    let (salesforce, xero) = (world.stack.ready.salesforce_webhook.clone(), world.stack.ready.xero_webhook.clone());
    let unsigned = || WebhookCall {
        signatures: Vec::new(),
        ..usual()
    };
    let elsewhere = || WebhookCall {
        path: Some("another-path-0123456789"),
        ..outbound(OPPORTUNITY)
    };
    let large = |call: WebhookCall| WebhookCall {
        body: call.body + &" ".repeat(TOO_LARGE_BYTES),
        ..call
    };
    let rows = [
        ("1 missing signature", &xero, unsigned(), 401, 0),
        ("1 bad signature", &xero, signed("another key", delivery()), 401, 0),
        ("1 another path", &salesforce, elsewhere(), 401, 0),
        ("4 oversized", &xero, large(usual()), 413, 0),
        ("4 oversized", &salesforce, large(outbound(OPPORTUNITY)), 413, 0),
        ("3 the first", &xero, usual(), 200, 1),
        ("3 its duplicate", &xero, usual(), 200, 1),
        ("3 the first", &salesforce, outbound(OPPORTUNITY), 200, 2),
        ("3 its duplicate", &salesforce, outbound(OPPORTUNITY), 200, 2),
    ];
    for (name, url, call, status, waiting) in rows {
        assert_eq!(send(&world, url, &call).await.status, status, "{name} at {url}");
        assert_eq!(world.waiting(), waiting, "{name} at {url}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capture_that_is_played_again_changes_nothing() {
    let world = World::new("2026-01-05").await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    let invoice = world.invoice(UK, &sold);
    world.xero().authorise_invoice(UK, &invoice.number, None, "").unwrap();
    world.settle().await;
    let before = world.state_of(UK, &sold).await;
    let body = delivery().replace("717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", &invoice.id);
    let captures = [
        (
            world.stack.ready.xero_webhook.clone(),
            signed(tieout::stack::secrets::XERO_WEBHOOK_KEY, body),
        ),
        (world.stack.ready.salesforce_webhook.clone(), outbound(&sold.opportunity)),
    ];
    for _ in 0..2 {
        world.pass(DAY_S);
        for (url, capture) in &captures {
            assert_eq!(send(&world, url, capture).await.status, 200);
        }
        assert_eq!(world.waiting(), 2, "it is taken");
        world.settle().await;
        assert_eq!(world.state_of(UK, &sold).await, before, "and changes nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_points_inside() {
    let world = World::new("2026-01-05").await;
    let evil = |text: String| {
        text.replace("https://api.xero.com/api.xro/2.0", &format!("http://{INSIDE}/latest"))
            .replace("https://x.example", &format!("http://{INSIDE}"))
    };
    let calls = [
        (
            world.stack.ready.xero_webhook.clone(),
            signed(tieout::stack::secrets::XERO_WEBHOOK_KEY, evil(delivery())),
        ),
        (world.stack.ready.salesforce_webhook.clone(), xml(evil(outbound(OPPORTUNITY).body))),
    ];
    for (url, call) in &calls {
        assert!(call.body.contains(INSIDE));
        assert_eq!(send(&world, url, call).await.status, 200);
    }
    world.settle().await;
    let hosts = world.wire.hosts();
    assert!(
        !hosts.is_empty() && hosts.iter().all(|host| host == "127.0.0.1" || host == "localhost"),
        "{hosts:?}"
    );
    for place in [
        "https://northwind.my.salesforce.com",
        "https://api.xero.com",
        "https://identity.xero.com",
    ] {
        for address in [
            format!("https://{INSIDE}"),
            format!("http://{INSIDE}/latest"),
            "http://example.com".to_owned(),
        ] {
            let findings = Config::check(&CONFIG.replacen(place, &address, 1)).unwrap_err();
            assert_eq!(findings.len(), 1, "{address}: {findings:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_keys_hold_during_a_rotation() {
    let world = World::new("2026-01-05").await;
    let settings = AwsSettings::local(&world.stack.services.sqs_url, world.wire.clone());
    let webhook = |keys: &[&str]| XeroWebhook {
        keys: keys.iter().map(|key| Secret::new(*key)).collect(),
        invoices: Queue::new(&settings, world.stack.ready.invoices_queue.clone()),
        metrics: world.start(Function::XeroWebhook).metrics.clone(),
    };
    let (former, both, after) = (webhook(&["former"]), webhook(&["former", "new"]), webhook(&["new"]));
    for (name, webhook, key, status) in [
        ("before", &former, "former", 200),
        ("before", &former, "new", 401),
        ("during", &both, "former", 200),
        ("during", &both, "new", 200),
        ("after", &after, "former", 401),
        ("after", &after, "new", 200),
        ("an empty key signs nothing", &webhook(&[""]), "", 401),
    ] {
        let body = delivery();
        let event = serde_json::json!({
            "version": "2.0", "rawPath": "/xero", "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
            "headers": {"content-type": "application/json", "x-xero-signature": signature(key, &body)}, "body": body,
        });
        assert_eq!(webhook.answer(&event).await["statusCode"], status, "{name}: {key}");
    }
}
