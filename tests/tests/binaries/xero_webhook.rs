//! `xero-webhook`: signed deliveries and "intent to receive".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tieout_platform::runtime::variables::Function;
use tieout_queue::{Hint, Kind};

use super::http::Request;
use super::process::Process;
use super::webhooks::{Row, check, counted};
use super::world::{INVOICES, NEXT_WEBHOOK_KEY, WEBHOOK_KEY, World, assert_no_secret};

const TOO_LARGE_BYTES: usize = 256 * 1024 + 1;

fn signature(key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn signed(key: &str, body: String) -> Request {
    let signature = signature(key, body.as_bytes());
    Request::post("/xero".to_owned(), "application/json", body).with(|request| drop(request.headers.insert("x-xero-signature", signature)))
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

const FIRST: &str = "11111111-1111-4111-8111-111111111111";
const SECOND: &str = "22222222-2222-4222-8222-222222222222";
const THIRD: &str = "33333333-3333-4333-8333-333333333333";

/// With a repeated record, two organisations, and categories that are not followed.
fn delivery(tenants: &[String]) -> String {
    json!({
        "events": [
            event("INVOICE", "CREATE", &tenants[0], FIRST),
            event("INVOICE", "UPDATE", &tenants[0], FIRST),
            event("INVOICE", "UPDATE", &tenants[1], SECOND),
            event("CREDITNOTE", "CREATE", &tenants[1], THIRD),
            event("CONTACT", "UPDATE", &tenants[1], THIRD),
            event("SUBSCRIPTION", "CREATE", &tenants[1], THIRD),
        ],
        "firstEventSequence": 1,
        "lastEventSequence": 6,
        "entropy": "S0m3r4nd0m",
    })
    .to_string()
}

fn rows(delivery: &str) -> Vec<Row> {
    let intent = r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"XTPBJ"}"#;
    let row = |name, status, request| Row {
        name,
        request,
        status,
        body: "",
        queued: 0,
    };
    let changed = |change: &dyn Fn(&mut Request)| signed(WEBHOOK_KEY, delivery.to_owned()).with(change);
    let wrong = |body: &str| signed("another key", body.to_owned());
    let no_signature = changed(&|request| drop(request.headers.remove("x-xero-signature")));
    let xml = changed(&|request| drop(request.headers.insert("content-type", "text/xml".to_owned())));
    let large = changed(&|request| request.body = vec![b' '; TOO_LARGE_BYTES]);
    vec![
        row("intent, valid signature", 200, signed(WEBHOOK_KEY, intent.to_owned())),
        row("intent, signed with the next key", 200, signed(NEXT_WEBHOOK_KEY, intent.to_owned())),
        row("intent, invalid signature", 401, wrong(intent)),
        row("wrong key", 401, wrong(delivery)),
        row("no signature", 401, no_signature),
        row("changed after signing", 401, changed(&|request| request.body.push(b' '))),
        row("GET", 405, changed(&|request| request.method = "GET")),
        row("too large", 413, large),
        row("XML", 415, xml),
        Row {
            queued: 3,
            ..row("delivery for two organisations", 200, changed(&|_| ()))
        },
    ]
}

#[tokio::test]
async fn deliveries_are_verified_queued_and_answered_without_a_body() {
    let world = World::new().await;
    let function = Function::XeroWebhook;
    let process = Process::started(function, &world.variables(function)).await;
    let entities = world.config.config.entities.iter();
    let tenants: Vec<String> = entities.map(|entity| entity.xero_tenant.clone()).collect();
    let mut hints = Vec::new();
    check(&process, rows(&delivery(&tenants)), || {
        let received = world.receive(INVOICES);
        hints.extend(received.iter().map(|message| Hint::read(&message.body).unwrap()));
        received.len()
    })
    .await;
    let parts = |hint: &Hint| (hint.kind(), hint.organisation().to_owned(), hint.record().to_owned());
    let found: Vec<(Kind, String, String)> = hints.iter().map(parts).collect();
    let wanted = [
        (Kind::Invoice, &tenants[0], FIRST),
        (Kind::Invoice, &tenants[1], SECOND),
        (Kind::CreditNote, &tenants[1], THIRD),
    ];
    assert_eq!(found, wanted.map(|(kind, tenant, id)| (kind, tenant.clone(), id.to_owned())));
    let lines = process.ended().await;
    assert_eq!(counted(&lines, "SignatureRefused"), 16);
    assert_no_secret(&lines);
}
