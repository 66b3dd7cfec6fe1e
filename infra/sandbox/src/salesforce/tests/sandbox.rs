//! The sandbox's own paths.

use super::*;

/// Method, path behind `/_sandbox/`, body, answer, something that its body holds.
const DOORS: &str = r#"
    POST | opportunities/DEAL/lines | {"product":"More","quantity":"2","unit_price":"0.05"} | 200 | 00k
    POST | opportunities/DEAL/close-won | ~ | 200 | "Amount":100.05
    POST | opportunities/DEAL/reopen | ~ | 200 | "StageName":"Negotiation/Review"
    POST | opportunities/DEAL/dance | ~ | 404 NOT_FOUND | ~
    PATCH | record/DEAL | {"Tieout_Invoice_Number__c":"TI-1"} | 200 | TI-1
    PATCH | record/DEAL | {"Nothing":1} | 400 INVALID_FIELD | ~
    GET | opportunities/DEAL/written-back | ~ | 200 | {"Tieout_Invoice_Number__c":"TI-1"}
    GET | records/OpportunityLineItem | ~ | 200 | "TotalPrice":99.95
    GET | record/ACCOUNT | ~ | 200 | "BillingCountry":"GB"
    POST | faults | {"lose_messages":1,"lock_rows":{"account":"ACCOUNT","calls":2}} | 200 | "lose_messages":1
    POST | faults | {"fail_next":{"calls":1,"fault":"DropRequest","of":"Writes"},"expire_tokens":true} | 200 | "left":1
    GET | status | ~ | 200 | "fault":"DropRequest"
    POST | faults | {"clear":true,"outage":true} | 200 | "planned":[]
    POST | faults | {"earthquake":true} | 400 JSON_PARSER_ERROR | earthquake
    POST | deliver | ~ | 200 | {"sent":0}
    DELETE | record/DEAL | ~ | 204 | ~
    GET | record/DEAL | ~ | 404 NOT_FOUND | ~
    GET | nothing | ~ | 404 | ~
"#;

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
    let deal = world.send("POST", "/_sandbox/opportunities", Some(&deal)).await.unwrap().json();
    let id = deal["id"].as_str().unwrap();
    let name = |cell: &str| cell.replace("DEAL", id).replace("ACCOUNT", &account);
    for [method, path, body, wanted, shown] in rows(DOORS) {
        let (path, body) = (name(path), body_of(&name(body)));
        let answer = world.send(method, &format!("/_sandbox/{path}"), body.as_ref()).await.unwrap();
        assert_eq!(answer.verdict(), wanted, "{method} {path}: {}", answer.text);
        assert!(answer.text.contains(shown), "{method} {path}: {}", answer.text);
    }
}
