//! The sandbox's own doors.

use super::*;

#[tokio::test]
async fn a_person_with_curl_plays_the_sellers() {
    let world = World::new().await;
    let account = world
        .send(
            "POST",
            "/_sandbox/accounts",
            Some(&json!({ "name": "Acme", "fields": { "BillingCountry": "GB" } })),
        )
        .await
        .unwrap();
    let account = account.json()["id"].as_str().unwrap().to_owned();
    let deal = json!({
        "name": "Deal", "account_id": account, "close_date": "2026-09-30", "currency": "EUR", "fields": { "Type": "Renewal" },
        "lines": [{ "product": "Support", "quantity": 1, "unit_price": 99.95, "service_date": "2026-10-01" }],
    });
    let deal = world
        .send("POST", "/_sandbox/opportunities", Some(&deal))
        .await
        .unwrap()
        .json();
    let id = deal["id"].as_str().unwrap();
    let line = json!({ "product": "More", "quantity": "2", "unit_price": "0.05" });
    for (method, path, body, wanted, shown) in [
        (
            "POST",
            format!("opportunities/{id}/lines"),
            Some(line),
            "200",
            "00k",
        ),
        (
            "POST",
            format!("opportunities/{id}/close-won"),
            None,
            "200",
            r#""Amount":100.05"#,
        ),
        (
            "POST",
            format!("opportunities/{id}/reopen"),
            None,
            "200",
            r#""StageName":"Negotiation/Review""#,
        ),
        (
            "POST",
            format!("opportunities/{id}/dance"),
            None,
            "404 NOT_FOUND",
            "",
        ),
        (
            "PATCH",
            format!("record/{id}"),
            Some(json!({ "Tieout_Invoice_Number__c": "TI-1" })),
            "200",
            "TI-1",
        ),
        (
            "PATCH",
            format!("record/{id}"),
            Some(json!({ "Nothing": 1 })),
            "400 INVALID_FIELD",
            "",
        ),
        (
            "GET",
            format!("opportunities/{id}/written-back"),
            None,
            "200",
            r#"{"Tieout_Invoice_Number__c":"TI-1"}"#,
        ),
        (
            "GET",
            "records/OpportunityLineItem".to_owned(),
            None,
            "200",
            r#""TotalPrice":99.95"#,
        ),
        (
            "GET",
            format!("record/{account}"),
            None,
            "200",
            r#""BillingCountry":"GB""#,
        ),
        (
            "POST",
            "faults".to_owned(),
            Some(
                json!({ "lose_messages": 1, "lock_rows": { "account": account, "calls": 2 }, "fail_next": { "calls": 1, "fault": "DropRequest", "of": "Writes" }, "expire_tokens": true }),
            ),
            "200",
            r#""lose_messages":1"#,
        ),
        (
            "GET",
            "status".to_owned(),
            None,
            "200",
            r#""fault":"DropRequest""#,
        ),
        (
            "POST",
            "faults".to_owned(),
            Some(json!({ "clear": true, "outage": true })),
            "200",
            r#""planned":[]"#,
        ),
        (
            "POST",
            "faults".to_owned(),
            Some(json!({ "earthquake": true })),
            "400 JSON_PARSER_ERROR",
            "earthquake",
        ),
        ("POST", "deliver".to_owned(), None, "200", r#"{"sent":0}"#),
        ("DELETE", format!("record/{id}"), None, "204", ""),
        ("GET", format!("record/{id}"), None, "404 NOT_FOUND", ""),
        ("GET", "nothing".to_owned(), None, "404", ""),
    ] {
        let answer = world
            .send(method, &format!("/_sandbox/{path}"), body.as_ref())
            .await
            .unwrap();
        assert_eq!(answer.verdict(), wanted, "{method} {path}: {}", answer.text);
        assert!(
            answer.text.contains(shown),
            "{method} {path}: {}",
            answer.text
        );
    }
}
