//! Records as code before this one wrote them: they stay readable.

#![allow(clippy::unwrap_used)]

use aws_sdk_dynamodb::types::AttributeValue;

use super::{DocumentKind, DocumentStatus, OrderKind, Stage, document, order};
use crate::item::{Item, Key};
use crate::record::sealed_as;

/// A record of `form`, with its texts and numbers as they stood in the table.
fn stored(form: u64, texts: &[(&str, &str)], numbers: &[(&str, u64)]) -> Item {
    let item = Item::at(Key::new("CONTRACT#C-1", "SK"));
    let item = texts
        .iter()
        .fold(item, |item, (name, value)| item.with(name, AttributeValue::S((*value).to_owned())));
    let item = numbers.iter().fold(item, |item, (name, value)| item.with_number(name, *value));
    sealed_as(item, form)
}

#[test]
fn an_order_of_form_1_knew_no_kind_and_no_day() {
    let booked = r#"{"stage":"Closed Won","won":true,"close_date":"2026-01-05","currency":"GBP","amount":"1200.00","customer":"001A","lines":
        [{"id":"00kA","product":"SEAT","quantity":"10","unit_price":"120","total_price":"1200.00","start":"2026-01-05","end":null}]}"#;
    let texts = [
        ("order", "crm/006A"),
        ("kind", r#""new""#),
        ("fingerprint", "18"),
        ("modified_at", "2026-01-05T09:00:00.000000Z"),
        ("rule", "Sterling"),
        ("booked", booked),
    ];
    let read = order::read(&stored(1, &texts, &[])).unwrap();
    assert_eq!((read.key.as_str(), read.kind), ("crm/006A", OrderKind::New));
    assert_eq!((read.booked.kind, read.booked.effective), (None, None));
    assert_eq!(read.booked.lines[0].total_price.to_string(), "1200.00");
}

#[test]
fn an_order_of_form_2_sold_the_sum_of_its_lines() {
    let booked = r#"{"stage":"Closed Won","won":true,"close_date":"2026-01-05","currency":"GBP","amount":null,"customer":"001A","kind":"Upsell",
        "lines":[{"id":"00kA","product":"SEAT","quantity":"10","unit_price":"120","total_price":"1200.00","start":null,"end":null}]}"#;
    let texts = [
        ("order", "crm/006A"),
        ("kind", r#""change""#),
        ("fingerprint", "18"),
        ("modified_at", "2026-01-05T09:00:00.000000Z"),
        ("rule", "Sterling"),
        ("booked", booked),
    ];
    let read = order::read(&stored(2, &texts, &[])).unwrap();
    assert_eq!((read.sells, read.sold().to_string().as_str()), (None, "1200.00"));
    assert_eq!(read.booked.kind.as_deref(), Some("Upsell"));
}

#[test]
fn a_document_of_form_1_was_an_invoice_of_the_first_order() {
    let plan = r#"[{"obligation":"00kA","amount":"1200.00","service":["2026-01-05","2027-01-04"],"revenue_account":"200"}]"#;
    let texts = [("kind", r#""invoice""#), ("plan", plan), ("stage", r#""planned""#)];
    let read = document::read(&stored(1, &texts, &[("ordinal", 1), ("revision", 4)])).unwrap();
    assert_eq!((read.kind, &read.order, read.answers), (DocumentKind::Invoice, &None, None));
    assert_eq!((read.ordinal, read.revision, &read.stage), (1, 4, &Stage::Planned));
    assert_eq!(read.plan[0].amount.to_string(), "1200.00");
}

#[test]
fn a_document_of_form_2_had_no_overtaken_versions() {
    let stage = r#"{"in_ledger":{"number":"NWUK-00001","ledger_id":"d6abb795","status":"authorised","lines":[],"rate":null,"followed_ms":2,
        "claimed_ms":2,"synced_ms":1}}"#;
    let texts = [("kind", r#""invoice""#), ("plan", "[]"), ("stage", stage)];
    let read = document::read(&stored(2, &texts, &[("ordinal", 1), ("revision", 4)])).unwrap();
    let found = read.in_ledger().unwrap();
    assert_eq!((found.claimed_ms, found.synced_ms), (Some(2), Some(1)));
    assert_eq!(found.overtaken_ms, Vec::<i64>::new());
    // Nobody has reported that version 2 was sent when version 3 is claimed.
    let claimed = found.claimed(3);
    assert_eq!((claimed.claimed_ms, claimed.overtaken_ms.as_slice()), (Some(3), [2].as_slice()));
    assert_eq!(claimed.claimed(3), claimed);
}

#[test]
fn a_document_of_form_3_was_made_at_once() {
    let plan = r#"[{"obligation":"00kA","amount":"1200.00","service":["2026-01-05","2027-01-04"],"revenue_account":"200"}]"#;
    let stage = r#"{"in_ledger":{"number":"NWUK-00001","ledger_id":"d6abb795","status":"authorised","lines":[],"rate":null,"followed_ms":2,
        "claimed_ms":2,"synced_ms":1,"overtaken_ms":[1]}}"#;
    let numbers = [("ordinal", 1), ("revision", 4)];
    let day = "2026-01-04".parse().unwrap();
    for (stage, status) in [(r#""planned""#, None), (stage, Some(DocumentStatus::Authorised))] {
        let texts = [("kind", r#""invoice""#), ("plan", plan), ("stage", stage)];
        let read = document::read(&stored(3, &texts, &numbers)).unwrap();
        assert_eq!((&read.due, read.is_for_later(day)), (&None, false));
        assert_eq!(read.in_ledger().map(|found| found.status), status);
    }
}
