//! Xero's deliveries: only the right key's signature is accepted, and a signed body is read or refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tieout_ledger::xero::webhook::{Category, EVENTS_MAX, parse, verify};
use tieout_platform::secret::Secret;
use tieout_queue::{Hint, Kind, Source};

/// The signing key of the webhook under test.
pub const KEY: &str = "a-key-of-nobody-5d1c";

/// The signature that Xero would send.
pub fn signature(key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any key will do");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Verifies and reads a delivery; each record that it names can be queued.
pub fn xero_webhook(bytes: &[u8]) {
    let keys = [Secret::new("the former key"), Secret::new(KEY)];
    let right = signature(KEY, bytes);
    assert!(verify(&[&right], bytes, &keys));
    assert!(!verify(&[&right, &right], bytes, &keys) && !verify(&[], bytes, &keys));
    let (head, rest) = bytes.split_at(bytes.len().min(44));
    let said = String::from_utf8_lossy(head);
    assert!(!verify(&[&said], rest, &keys) || said == signature(KEY, rest) || said == signature("the former key", rest));
    let Ok(delivery) = parse(bytes) else { return };
    assert!(delivery.received <= EVENTS_MAX && delivery.events.len() + delivery.skipped <= delivery.received);
    for event in &delivery.events {
        let kind = match event.category {
            Category::CreditNote => Kind::CreditNote,
            _ => Kind::Invoice,
        };
        let reported = json!({ "event_at": event.event_at });
        let hint = Hint::new(
            kind,
            Source::Ledger,
            event.organisation.as_str(),
            event.resource.as_str(),
            reported,
            None,
        );
        let hint = hint.expect("what a delivery names can be queued");
        assert_eq!(Hint::read(&hint.to_text()).as_ref(), Ok(&hint));
    }
}
