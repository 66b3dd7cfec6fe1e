//! `xero-webhook`: signed deliveries and the intent-to-receive dance.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tieout_platform::runtime::variables::Function;
use tieout_queue::{Hint, Kind};

use super::doors::{Row, check, counted};
use super::http::Request;
use super::process::Process;
use super::world::{INVOICES, WEBHOOK_KEY, World, assert_no_secret};

const TOO_LARGE_BYTES: usize = 256 * 1024 + 1;

fn signature(key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn signed(key: &str, body: String) -> Request {
    let signature = signature(key, body.as_bytes());
    Request::post("/xero".to_owned(), "application/json", body)
        .with(|request| drop(request.headers.insert("x-xero-signature", signature)))
}

fn event(category: &str, kind: &str, tenant: &str, id: &str) -> serde_json::Value {
    json!({
        "resourceUrl": format!("https://api.xero.com/api.xro/2.0/Invoices/{id}"),
        "resourceId": id,
        "eventDateUtc": "2026-11-20T10:00:00.000",
        "eventType": kind,
        "eventCategory": category,
        "tenantId": tenant,
        "tenantType": "ORGANISATION",
    })
}

#[tokio::test]
async fn deliveries_are_verified_queued_and_answered_without_a_body() {
    let world = World::new().await;
    let process = Process::started(Function::XeroWebhook, &world.variables(Function::XeroWebhook)).await;
    let tenants: Vec<&str> = world
        .config
        .config
        .entities
        .iter()
        .map(|entity| entity.xero_tenant.as_str())
        .collect();
    let (first, second, third) = (
        "11111111-1111-4111-8111-111111111111",
        "22222222-2222-4222-8222-222222222222",
        "33333333-3333-4333-8333-333333333333",
    );
    let delivery = json!({
        "events": [
            event("INVOICE", "CREATE", tenants[0], first),
            event("INVOICE", "UPDATE", tenants[0], first),
            event("INVOICE", "UPDATE", tenants[1], second),
            event("CREDITNOTE", "CREATE", tenants[1], third),
            event("CONTACT", "UPDATE", tenants[1], third),
            event("SUBSCRIPTION", "CREATE", tenants[1], third),
        ],
        "firstEventSequence": 1,
        "lastEventSequence": 6,
        "entropy": "S0m3r4nd0m",
    })
    .to_string();
    let intent = r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"XTPBJ"}"#.to_owned();
    let row = |name, status, request| Row {
        name,
        request,
        status,
        body: "",
        queued: 0,
    };
    let right = || signed(WEBHOOK_KEY, delivery.clone());
    let rows = vec![
        row(
            "intent to receive, rightly signed",
            200,
            signed(WEBHOOK_KEY, intent.clone()),
        ),
        row("intent to receive, wrongly signed", 401, signed("another key", intent)),
        row("wrong key", 401, signed("another key", delivery.clone())),
        row(
            "no signature",
            401,
            right().with(|request| drop(request.headers.remove("x-xero-signature"))),
        ),
        row(
            "signed, then changed",
            401,
            right().with(|request| request.body.push(b' ')),
        ),
        row("GET", 405, right().with(|request| request.method = "GET")),
        row(
            "too large",
            413,
            right().with(|request| request.body = vec![b' '; TOO_LARGE_BYTES]),
        ),
        row(
            "XML",
            415,
            right().with(|request| drop(request.headers.insert("content-type", "text/xml".to_owned()))),
        ),
        Row {
            queued: 3,
            ..row("a delivery of two organisations", 200, right())
        },
    ];
    let mut hints = Vec::new();
    check(&process, rows, || {
        let received = world.receive(INVOICES);
        hints.extend(received.iter().map(|message| Hint::read(&message.body).unwrap()));
        received.len()
    })
    .await;
    let found: Vec<(Kind, &str, &str)> = hints
        .iter()
        .map(|hint| (hint.kind(), hint.organisation(), hint.record()))
        .collect();
    assert_eq!(
        found,
        [
            (Kind::Invoice, tenants[0], first),
            (Kind::Invoice, tenants[1], second),
            (Kind::CreditNote, tenants[1], third),
        ]
    );
    let lines = process.ended().await;
    assert_eq!(counted(&lines, "SignatureRefused"), 16);
    assert_no_secret(&lines);
}
