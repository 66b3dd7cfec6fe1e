//! Nothing that was answered is forgotten.

use std::time::Duration;

use super::*;

fn remembered(world: &World) -> Value {
    let salesforce = &world.salesforce;
    json!({
        "deals": salesforce.list("Opportunity"),
        "waiting": salesforce.waiting_notifications(),
        "next": salesforce.next_delivery_at(),
        "messages": salesforce.stats(),
    })
}

#[tokio::test]
async fn a_restarted_sandbox_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.sqlite");
    let clock = ManualClock::new(start_of_time());
    let poster: Poster = Arc::new(|_, _| Box::pin(async { Err("nobody there".to_owned()) }));
    let open = async |clock: &Arc<ManualClock>| {
        let mut config = config(&Docs::open(&file).unwrap(), clock);
        config.endpoint = Some("https://tieout.example/hook".to_owned());
        config.poster = Some(Arc::clone(&poster));
        config.page_size = 1;
        config.daily_limit = 4;
        Salesforce::start(config).await.unwrap()
    };
    let mut world = World::over(open(&clock).await, Arc::clone(&clock)).await;
    let (account, deal) = world.deal();
    world.salesforce.delete(&world.deal().1.id).unwrap();
    world.deal();
    let soql = "SELECT Id FROM Opportunity ORDER BY Id";
    let next = world.query(soql).await.json()["nextRecordsUrl"].as_str().unwrap().to_owned();
    assert_eq!(world.salesforce.deliver_due().await, 1);
    world.salesforce.lock_rows(Some(&account), 1).unwrap();
    let before = remembered(&world);
    world.salesforce = open(&clock).await;
    assert_eq!(remembered(&world), before);
    let page = world.send("GET", &next, None).await.unwrap().json();
    assert_eq!(
        (&page["done"], &page["totalSize"]),
        (&json!(true), &json!(2)),
        "sessions and cursors live on"
    );
    let path = format!("/sobjects/Opportunity/{}", deal.id);
    assert_eq!(
        world.patch(&path, json!({ "NextStep": "x" })).await.verdict(),
        "400 UNABLE_TO_LOCK_ROW"
    );
    assert_eq!(
        world.patch(&path, json!({ "NextStep": "x" })).await.headers["Sforce-Limit-Info"],
        "api-usage=4/4"
    );
    assert_eq!(
        world.get("/limits").await.verdict(),
        "403 REQUEST_LIMIT_EXCEEDED",
        "calls are counted on"
    );
    clock.advance(Duration::from_secs(5));
    assert_eq!(
        world.salesforce.deliver_due().await,
        2,
        "the message that was not acked and the new one"
    );
    let fresh = world.deal().1.id;
    assert!(!before.to_string().contains(&fresh), "ids go on");
    let mut other = config(&Docs::open(&file).unwrap(), &clock);
    other.organisation_id = "00DTi0000000001".to_owned();
    let error = Salesforce::start(other).await.unwrap_err();
    assert!(matches!(error, StartError::OtherOrganisation { .. }));
}
