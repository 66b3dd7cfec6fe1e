//! Locks, limits and bad days.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn locked_rows_are_refused_where_they_stand() {
    let world = World::with(|config| config.lock_status = 500).await;
    let (account, deal) = world.deal();
    let (_, other) = world.deal();
    let path = |id: &str| format!("/sobjects/Opportunity/{id}");
    let body = || json!({ "Tieout_Invoice_Status__c": "DRAFT" });
    world.salesforce.lock_rows(Some(&account), 2).unwrap();
    assert_eq!(world.patch(&path(&deal.id), body()).await.verdict(), "500 UNABLE_TO_LOCK_ROW");
    assert_eq!(
        world.patch(&path(&other.id), body()).await.verdict(),
        "204",
        "another account's row"
    );
    let record = |id: &str| json!({ "attributes": { "type": "Opportunity" }, "Id": id, "Tieout_Invoice_Status__c": "PAID" });
    let both = world
        .patch("/composite/sobjects", json!({ "records": [record(&deal.id), record(&other.id)] }))
        .await;
    assert_eq!(both.verdict(), "200 UNABLE_TO_LOCK_ROW");
    assert_eq!(both.json()[1]["success"], json!(true));
    assert_eq!(world.patch(&path(&deal.id), body()).await.verdict(), "204", "two calls are over");
    world.salesforce.lock_rows(None, 1).unwrap();
    assert_eq!(world.patch(&path(&other.id), body()).await.verdict(), "500 UNABLE_TO_LOCK_ROW");
    assert_eq!(world.patch(&path(&other.id), body()).await.verdict(), "204");
}

#[tokio::test]
async fn two_writes_at_once_meet_on_their_account() {
    let world = World::with(|config| config.write_time = Duration::from_secs(1)).await;
    let (account, deal) = world.deal();
    let path = format!("/sobjects/Opportunity/{}", deal.id);
    let line = format!("/sobjects/OpportunityLineItem/{}", deal.line_ids[0]);
    let first = world.patch(&path, json!({ "NextStep": "first" }));
    let second = async {
        // The first write holds the lock as soon as it sleeps on the clock.
        while world.salesforce.inner.with_state(|state| !state.held.contains(&account)) {
            tokio::task::yield_now().await;
        }
        let refused = world.patch(&line, json!({ "Description": "second" })).await;
        world.clock.advance(Duration::from_secs(1));
        refused
    };
    let (first, second) = futures::future::join(first, second).await;
    assert_eq!(
        (first.verdict().as_str(), second.verdict().as_str()),
        ("204", "400 UNABLE_TO_LOCK_ROW")
    );
    assert!(
        world.salesforce.inner.with_state(|state| state.held.is_empty()),
        "the lock is given back"
    );
}

#[tokio::test]
async fn the_daily_limit_is_counted_over_24_hours() {
    let mut world = World::with(|config| {
        config.daily_limit = 2;
        config.session = Duration::from_secs(40 * 3_600);
    })
    .await;
    let first = world.get("/limits").await;
    assert_eq!(first.headers["Sforce-Limit-Info"], "api-usage=1/2");
    assert_eq!(first.headers["content-type"], "application/json;charset=UTF-8");
    assert_eq!(first.json()["DailyApiRequests"], json!({ "Max": 2, "Remaining": 1 }));
    assert_eq!(
        world.query("SELECT Id FROM Nothing").await.headers["Sforce-Limit-Info"],
        "api-usage=2/2"
    );
    let refused = world.get("/limits").await;
    assert_eq!(refused.verdict(), "403 REQUEST_LIMIT_EXCEEDED");
    assert!(refused.headers.get("retry-after").is_none());
    world.clock.advance(Duration::from_secs(24 * 3_600));
    world.log_in().await;
    assert_eq!(world.get("/limits").await.verdict(), "200");
}

#[tokio::test]
async fn calls_fail_before_or_after_their_effect() {
    let world = World::new().await;
    let (_, deal) = world.deal();
    let path = format!("{BASE}/composite/sobjects");
    for (number, fault, wanted, took_effect) in [
        ("1", Fault::Status5xx, Some("503 SERVER_UNAVAILABLE"), false),
        ("2", Fault::DropRequest, None, false),
        ("3", Fault::DropReplyAfterEffect, None, true),
        ("4", Fault::HtmlBody, Some("200"), false),
        ("5", Fault::TruncatedJson, Some("200"), true),
    ] {
        world.salesforce.fail_next_of(Calls::Writes, 1, fault).unwrap();
        let record = json!({ "attributes": { "type": "Opportunity" }, "Id": deal.id, "Tieout_Invoice_Number__c": number });
        assert_eq!(world.get("/limits").await.verdict(), "200", "reads are spared");
        let answer = world.send("PATCH", &path, Some(&json!({ "records": [record] }))).await;
        let verdict = answer.as_ref().ok().map(Answer::verdict);
        assert_eq!(verdict.as_deref(), wanted, "{fault:?}");
        if verdict.as_deref() == Some("200") {
            assert_eq!(answer.unwrap().json(), Value::Null, "{fault:?}: not JSON");
        }
        let written = world.salesforce.written_back(&deal.id);
        let kept = written.get("Tieout_Invoice_Number__c").and_then(Value::as_str);
        assert_eq!(kept == Some(number), took_effect, "{fault:?}");
    }
    world.salesforce.fail_next(1, Fault::Status5xx).unwrap();
    assert_eq!(world.get("/limits").await.verdict(), "503 SERVER_UNAVAILABLE");
    world.salesforce.fail_next_of(Calls::Token, 1, Fault::Status5xx).unwrap();
    assert_eq!(
        world.post_form("grant_type=client_credentials", None).await.verdict(),
        "503 SERVER_UNAVAILABLE"
    );
    world.salesforce.outage(true).unwrap();
    assert_eq!(world.get("/limits").await.verdict(), "503 SERVER_UNAVAILABLE");
    assert_eq!(world.post_form("", None).await.verdict(), "503 SERVER_UNAVAILABLE");
    world.salesforce.outage(false).unwrap();
    assert_eq!(world.get("/limits").await.verdict(), "200");
}
