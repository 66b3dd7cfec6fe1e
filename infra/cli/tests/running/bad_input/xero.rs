//! Xero's webhooks: one signature, over the raw bytes, by our key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tieout_platform::telemetry::Metric;

use super::{Answer, TOO_LARGE_BYTES, WebhookCall, check, send, xml};
use crate::common::{UK, World};

pub(super) fn signature(key: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A delivery of one event.
pub(super) fn delivery() -> String {
    json!({"events": [{
        "resourceUrl": "https://api.xero.com/api.xro/2.0/Invoices/717f2bfc-c6d4-41fd-b238-3f2f0c0cf777",
        "resourceId": "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777", "tenantId": UK, "tenantType": "ORGANISATION",
        "eventCategory": "INVOICE", "eventType": "UPDATE", "eventDateUtc": "2026-01-05T09:00:00.000",
    }], "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "S0m3r4Nd0mt3xt"})
    .to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_refused_without_a_reason() {
    let body = delivery();
    let right = signature(tieout::stack::secrets::XERO_WEBHOOK_KEY, &body);
    let wrong = signature("another key", &body);
    let call = |signatures: &[&String]| WebhookCall {
        content_type: "application/json",
        signatures: signatures.iter().map(|text| (*text).clone()).collect(),
        ..xml(body.clone())
    };
    let refused = Some(Metric::SignatureRefused);
    let rows = vec![
        (
            "GET",
            WebhookCall {
                method: "GET",
                ..call(&[&right])
            },
            405,
            None,
        ),
        (
            "XML",
            WebhookCall {
                content_type: "text/xml",
                ..call(&[&right])
            },
            415,
            None,
        ),
        (
            "over 256 KB",
            WebhookCall {
                body: body.clone() + &" ".repeat(TOO_LARGE_BYTES),
                ..call(&[&right])
            },
            413,
            None,
        ),
        ("no signature", call(&[]), 401, refused),
        ("a wrong signature", call(&[&wrong]), 401, refused),
        ("two signatures", call(&[&right, &right]), 401, refused),
        ("a right and a wrong one", call(&[&right, &wrong]), 401, refused),
        ("no base64", call(&[&"x".to_owned()]), 401, refused),
        (
            "another body",
            WebhookCall {
                body: body.clone() + " ",
                ..call(&[&right])
            },
            401,
            refused,
        ),
    ];
    check(
        rows,
        |world| &world.stack.ready.xero_webhook,
        |counted| (&counted.xero, format!("{}/xero", counted.gateway.url())),
    )
    .await;
    let world = World::new("2026-01-05").await;
    assert_eq!(
        send(&world, &world.stack.ready.xero_webhook, &call(&[&right])).await,
        Answer {
            status: 200,
            body: String::new()
        }
    );
    assert_eq!(world.waiting(), 1);
}
