//! The message: what is read, what is refused, what is one group and what is the same message.

use serde_json::{Value, json};
use tieout_platform::failure::{Class, Classified};
use tieout_queue::{Hint, Kind, Source, Unreadable};

use crate::script::hint;

#[test]
fn what_is_written_is_read() {
    let reported = json!({"amount": serde_json::from_str::<Value>("12345678901234567890.10").unwrap()});
    for (kind, source) in [
        (Kind::Deal, Source::Crm),
        (Kind::Invoice, Source::Ledger),
        (Kind::CreditNote, Source::Ledger),
    ] {
        for notification in [None, Some("04l1")] {
            let hint = Hint::new(kind, source, "org", "rec", reported.clone(), notification).unwrap();
            assert_eq!(Hint::read(&hint.to_text()).unwrap(), hint);
            assert!(hint.to_text().contains("12345678901234567890.10"));
        }
    }
}

/// Messages that were sent by earlier code lie in queues for two weeks: this text must stay readable.
#[test]
fn version_one_stays_readable() {
    let text = r#"{"v":1,"kind":"credit_note","source":"ledger","organisation":"o","record":"r","reported":{"a":1},"notification":null,"later":true}"#;
    let hint = Hint::read(text).unwrap();
    assert_eq!((hint.kind(), hint.source()), (Kind::CreditNote, Source::Ledger));
    assert_eq!((hint.organisation(), hint.record(), hint.notification()), ("o", "r", None));
    assert_eq!(hint.reported(), &json!({"a": 1}));
}

#[test]
fn what_cannot_be_read_says_why_and_whether_to_wait() {
    #[track_caller]
    fn check(change: impl FnOnce(&mut Value), words: &str, class: Class) {
        let mut message: Value = serde_json::from_str(&hint("006").to_text()).unwrap();
        change(&mut message);
        let error = Hint::read(&message.to_string()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.class(), class, "{error}");
    }
    let later = Class::Transient { after: None };
    check(|message| message["v"] = json!(2), "v is \"2\"", later);
    check(|message| message["v"] = json!("1"), "v is", later);
    check(|message| message["v"] = Value::Null, "v is", later);
    check(|message| message["kind"] = json!("payment"), "kind is", later);
    check(|message| message["source"] = json!("payroll"), "source is", later);
    check(|message| message["record"] = json!(""), "record is not", Class::Permanent);
    check(|message| message["record"] = json!(" NULL "), "record is not", Class::Permanent);
    check(|message| message["record"] = json!(7), "record is not", Class::Permanent);
    check(|message| message["record"] = json!("a\nb"), "record is not", Class::Permanent);
    check(
        |message| message["organisation"] = json!("x".repeat(129)),
        "organisation is not",
        Class::Permanent,
    );
    check(|message| message["reported"] = json!([1]), "reported is not", Class::Permanent);
    check(
        |message| message["reported"] = json!({"x": "y".repeat(17_000)}),
        "reported is not",
        Class::Permanent,
    );
    check(
        |message| message["notification"] = json!("x".repeat(129)),
        "notification is not",
        Class::Permanent,
    );
    check(
        |message| message["more"] = json!("y".repeat(40_000)),
        "more than the limit",
        Class::Permanent,
    );
    check(|message| *message = json!([]), "not a JSON object", Class::Permanent);
    for text in ["", "null", "{", "\u{0}", &"[".repeat(10_000)] {
        assert_eq!(Hint::read(text).unwrap_err(), Unreadable::NotJson);
    }
}

#[test]
fn a_notification_that_is_none_is_never_an_id() {
    for none in [
        None,
        Some(""),
        Some(" "),
        Some("null"),
        Some("NULL"),
        Some("None"),
        Some("undefined"),
    ] {
        let hint = |record: &str| Hint::new(Kind::Deal, Source::Crm, "00D", record, json!({"a": 1}), none).unwrap();
        assert_eq!(hint("006").notification(), None);
        assert_ne!(hint("006").dedupe(), hint("007").dedupe(), "{none:?}");
    }
}

#[test]
fn the_same_message_and_another_one() {
    let make = |kind, org: &str, record: &str, reported: Value, notification: Option<&str>| {
        Hint::new(kind, Source::Crm, org, record, reported, notification).unwrap()
    };
    let base = || make(Kind::Deal, "00D", "006", json!({"a": 1}), Some("n1"));
    let bare = || make(Kind::Deal, "00D", "006", json!({"a": 1}), None);
    assert_eq!(base().dedupe(), base().dedupe());
    assert_eq!(bare().dedupe(), bare().dedupe());
    let others = [
        make(Kind::Deal, "00D", "006", json!({"a": 2}), Some("n1")),
        make(Kind::Deal, "00D", "006", json!({"a": 1}), Some("n2")),
        make(Kind::Deal, "00D", "007", json!({"a": 1}), Some("n1")),
        make(Kind::Invoice, "00D", "006", json!({"a": 1}), None),
        make(Kind::Deal, "00E", "006", json!({"a": 1}), None),
        make(Kind::Deal, "00D", "006", Value::Null, None),
    ];
    let mut ids: Vec<_> = others.iter().map(Hint::dedupe).collect();
    ids.extend([base().dedupe(), bare().dedupe()]);
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(ids.iter().all(|id| id.len() == 64));
}

#[test]
fn one_record_is_one_group() {
    let group = |source, org: &str, record: &str| Hint::new(Kind::Deal, source, org, record, Value::Null, None).unwrap().group();
    let deal = group(Source::Crm, "00D000000000001AAA", "0065g00000abcdEAAQ");
    assert_eq!(deal, "crm:00D000000000001AAA:0065g00000abcdEAAQ");
    assert_ne!(group(Source::Crm, "00D000000000001AAA", "0065g00000ABCDEAAQ"), deal, "case counts");
    assert_ne!(
        group(Source::Ledger, "00D000000000001AAA", "0065g00000abcdEAAQ"),
        deal,
        "sources are apart"
    );
    for odd in ["ö".repeat(40), "a b".to_owned(), "x".repeat(128)] {
        assert_eq!(group(Source::Ledger, "o", &odd).len(), 64, "hashed");
    }
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in ".*", bytes in proptest::collection::vec(0u8.., 0..200)) {
        let _ = Hint::read(&text);
        let _ = Hint::read(&String::from_utf8_lossy(&bytes));
        if let Ok(hint) = Hint::new(Kind::Deal, Source::Crm, &text, &text, Value::Null, Some(&text)) {
            proptest::prop_assert!(hint.group().len() <= 128 && hint.group().is_ascii());
            proptest::prop_assert_eq!(Hint::read(&hint.to_text()).unwrap(), hint);
        }
    }
}
