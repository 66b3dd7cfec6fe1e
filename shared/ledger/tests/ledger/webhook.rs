//! Signatures and deliveries, with the vectors of `../shared/fixtures/xero` where they are.

use std::path::PathBuf;

use serde_json::{Value, json};
use tieout_ledger::xero::webhook::{BODY_SIZE_MAX_BYTES, Category, EVENTS_MAX, parse, verify};
use tieout_platform::secret::Secret;

const KEY: &str = "test_key";
const BODY: &[u8] = br#"{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "NLDZEGWUXNHESAQVGLYF"}"#;
/// From calcinai/xero-php, MIT.
const SIGNATURE: &str = "ixznmr+Pdl6QymsWZM+9UkY4lu97q04sJyejmSOp25U=";

fn keys(texts: &[&str]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::new(*text)).collect()
}

#[test]
fn only_one_right_signature_by_a_known_key_passes() {
    let padded = format!("{SIGNATURE} ");
    let unpadded = SIGNATURE.trim_end_matches('=');
    let url_safe = SIGNATURE.replace('+', "-");
    // The last character's spare bits must be zero: else one signature had several texts.
    let spare_bits = SIGNATURE.replace("5U=", "5V=");
    for (name, headers, keyring, expected) in [
        ("right", &[SIGNATURE][..], &[KEY][..], true),
        ("second key of a rotation", &[SIGNATURE], &["new", KEY], true),
        ("first key of a rotation", &[SIGNATURE], &[KEY, "new"], true),
        ("other key", &[SIGNATURE], &["other"], false),
        ("no key", &[SIGNATURE], &[], false),
        ("empty key", &[SIGNATURE], &[""], false),
        ("blank key", &[SIGNATURE], &[" "], false),
        ("no header", &[], &[KEY], false),
        ("two headers", &[SIGNATURE, SIGNATURE], &[KEY], false),
        ("empty header", &[""], &[KEY], false),
        ("a space too many", &[&padded], &[KEY], false),
        ("no padding", &[unpadded], &[KEY], false),
        ("url-safe", &[&url_safe], &[KEY], false),
        ("spare bits", &[&spare_bits], &[KEY], false),
    ] {
        assert_eq!(verify(headers, BODY, &keys(keyring)), expected, "{name}");
    }
    let empty_key_signature = "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=";
    assert!(!verify(&[empty_key_signature], b"", &keys(&[""])), "an empty key signs nothing");
    assert!(!verify(&[SIGNATURE], &[BODY, b" "].concat(), &keys(&[KEY])), "raw bytes");
}

fn fixture(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures/xero")
        .join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "skipped: {} is not there", path.display());
    }
    text
}

#[test]
fn the_shared_vectors_pass() {
    let Some(text) = fixture("webhook_vectors.json") else {
        return;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 7);
    for vector in vectors {
        let field = |name: &str| vector[name].as_str().unwrap();
        let verified = verify(&[field("header_value")], field("body_utf8").as_bytes(), &keys(&[field("key_utf8")]));
        assert_eq!(verified, vector["expect_valid"].as_bool().unwrap(), "{}", field("name"));
        assert!(parse(field("body_utf8").as_bytes()).is_ok(), "{}", field("name"));
    }
}

#[test]
fn the_shared_mixed_delivery_gives_two_hints() {
    let Some(text) = fixture("mixed_event_payload.json") else {
        return;
    };
    let delivery = parse(text.as_bytes()).unwrap();
    let categories: Vec<Category> = delivery.events.iter().map(|hint| hint.category).collect();
    assert_eq!(categories, [Category::Contact, Category::CreditNote]);
    assert_eq!((delivery.received, delivery.skipped), (4, 2));
    assert_eq!((delivery.first_sequence, delivery.last_sequence), (Some(76), Some(79)));
    assert!(!delivery.is_intent_to_receive());
}

fn event(tenant: &str, category: &str, resource: &str, at: &str) -> Value {
    json!({"resourceUrl": "https://evil.test/", "resourceId": resource, "tenantId": tenant, "tenantType": "ORGANISATION",
        "eventCategory": category, "eventType": "update", "eventDateUtc": at})
}

fn without(mut event: Value, field: &str) -> Value {
    event[field] = Value::Null;
    event
}

#[test]
fn repeats_become_one_hint_with_the_latest_time() {
    let (one, two) = ("aef86862-2015-4b6b-88bc-d89032cecc50", "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f");
    let first = "44aa0707-f718-4f1c-8d53-f2da9ca59533";
    let body = json!({"events": [
        event(one, "INVOICE", first, "2018-02-09T09:19:05.06"),
        event(one, "Invoice", &first.to_uppercase(), "2018-02-09T09:18:28.917Z"),
        event(two, "INVOICE", first, "not a time"),
        event(one, "CONTACT", first, "2018-02-09T09:19:05"),
        without(event(two, "CREDITNOTE", first, ""), "tenantType"),
        without(event(two, "CREDITNOTE", first, ""), "eventType"),
        without(event(two, "CREDITNOTE", first, ""), "tenantId"),
        event(one, "INVOICE", "5", "2018-02-09T09:19:05"),
        event(one, "INVOICE", &format!("{first}/../x"), "2018-02-09T09:19:05"),
        event("", "INVOICE", first, "2018-02-09T09:19:05"),
        json!("text"),
    ]});
    let delivery = parse(body.to_string().as_bytes()).unwrap();
    assert_eq!((delivery.received, delivery.skipped), (11, 6));
    let hints: Vec<(&str, Category, &str, Option<String>)> = delivery
        .events
        .iter()
        .map(|hint| {
            (
                hint.organisation.as_str(),
                hint.category,
                hint.resource.as_str(),
                hint.event_at.map(|at| at.to_rfc3339()),
            )
        })
        .collect();
    let at = |text: &str| Some(text.to_owned());
    assert_eq!(
        hints,
        [
            (one, Category::Invoice, first, at("2018-02-09T09:19:05.060+00:00")),
            (two, Category::Invoice, first, None),
            (one, Category::Contact, first, at("2018-02-09T09:19:05+00:00")),
            (two, Category::CreditNote, first, None),
        ]
    );
}

#[test]
fn what_is_no_delivery_is_refused() {
    let many = json!({"events": vec![0; EVENTS_MAX + 1]}).to_string();
    let large = " ".repeat(BODY_SIZE_MAX_BYTES + 1);
    for (body, words) in [
        ("", "not JSON"),
        ("{\"events\":[", "not JSON"),
        ("[]", "no list of events"),
        ("{\"events\":{}}", "no list of events"),
        (many.as_str(), "more than 2000"),
        (large.as_str(), "bytes"),
        (&"[".repeat(10_000), "not JSON"),
    ] {
        let error = parse(body.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
