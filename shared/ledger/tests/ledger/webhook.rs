//! Signatures and deliveries.

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

/// Signed with `openssl dgst -sha256 -hmac KEY -binary | base64`: the key is the text that the portal shows, byte for byte.
#[test]
fn signatures_of_another_tool_pass() {
    const KEY: &str = "our own key, as a portal would show it +/==";
    const EMPTY: &str = r#"{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "TIEOUTAAAABBBBCCCCDD"}"#;
    const NOT_ASCII: &str = r#"{"events":[{"resourceId":"717f2bfc-c6d4-41fd-b238-3f2f0c0cf777","note":"Köln ☂"}],"firstEventSequence":1,"lastEventSequence":1,"entropy":"TIEOUTAAAABBBBCCCCDD"}"#;
    const BASE64_KEY: &str = "bm90IGRlY29kZWQ=";
    for (name, key, body, header, expected) in [
        (
            "no events: do we check signatures?",
            KEY,
            EMPTY,
            "skgj2QnGEPLXZ1E/+LDHyHe19kWqs2zlteX9Qi5h79g=",
            true,
        ),
        (
            "one character altered",
            KEY,
            EMPTY,
            "Akgj2QnGEPLXZ1E/+LDHyHe19kWqs2zlteX9Qi5h79g=",
            false,
        ),
        (
            "hexadecimal",
            KEY,
            EMPTY,
            "b24823d909c610f2d767513ff8b0c7c877b5f645aab36ce5b5e5fd422e61efd8",
            false,
        ),
        (
            "a key that looks like base64, as text",
            BASE64_KEY,
            EMPTY,
            "DB11z6pFXSskgQIC92htYyL/uQ9MTMZEv7K/2VR7WMw=",
            true,
        ),
        (
            "a key that looks like base64, decoded",
            BASE64_KEY,
            EMPTY,
            "J0nlt7gqfj4U6wf+9ZNR64I4dHMJ8Ys+N/NElFIIlb8=",
            false,
        ),
        (
            "a body beyond ASCII",
            KEY,
            NOT_ASCII,
            "HgjUjSjn4KiJXccjF1UvN6+y7FPCcJam9d5RbBCDA54=",
            true,
        ),
        (
            "another body's",
            KEY,
            NOT_ASCII,
            "skgj2QnGEPLXZ1E/+LDHyHe19kWqs2zlteX9Qi5h79g=",
            false,
        ),
        ("no base64", KEY, EMPTY, "this will fail", false),
    ] {
        assert_eq!(verify(&[header], body.as_bytes(), &keys(&[key])), expected, "{name}");
        assert!(parse(body.as_bytes()).is_ok(), "{name}");
    }
}

#[test]
fn a_mixed_delivery_gives_two_hints() {
    let contact = json!({"resourceUrl": "https://api.xero.com/api.xro/2.0/Contacts/5a1b", "eventType": "Update", "eventCategory": "CONTACT",
        "resourceId": "5a1b0c2d-0001-4000-8000-000000000001", "eventDateUtc": "2026-06-21T01:15:39.902",
        "tenantId": "5a1b0c2d-0002-4000-8000-000000000002", "tenantType": "ORGANISATION"});
    let note = json!({"resourceUrl": "https://api.xero.com/api.xro/2.0/CreditNotes/5a1b", "eventType": "CREATE", "eventCategory": "CREDITNOTE",
        "resourceId": "5a1b0c2d-0003-4000-8000-000000000003", "eventDateUtc": "2026-12-02T00:44:09.923",
        "tenantId": "5a1b0c2d-0004-4000-8000-000000000004", "tenantType": "ORGANISATION", "data": {"Type": "ACCRECCREDIT", "Status": "DRAFT"}});
    let subscription = json!({"resourceUrl": "https://api.xero.com/appstore/2.0/subscriptions/5a1b", "eventType": "UPDATE",
        "eventCategory": "SUBSCRIPTION", "resourceId": "5a1b0c2d-0005-4000-8000-000000000005", "eventDateUtc": "2026-12-02T00:44:10.1",
        "tenantId": "5a1b0c2d-0006-4000-8000-000000000006", "tenantType": "APPLICATION"});
    let unknown = json!({"resourceUrl": "https://api.xero.com/api.xro/2.0/Widgets/5", "eventType": "ARCHIVE", "eventCategory": "WIDGET",
        "resourceId": "5", "eventDateUtc": "2026-12-02T00:44:10.1",
        "tenantId": "5a1b0c2d-0004-4000-8000-000000000004", "tenantType": "PRACTICE"});
    let body =
        json!({"events": [contact, note, subscription, unknown], "firstEventSequence": 76, "lastEventSequence": 79, "entropy": "TIEOUT"});
    let delivery = parse(body.to_string().as_bytes()).unwrap();
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
