//! The path from closed-won to the journal, end to end.

use serde_json::json;

use crate::common::{UK, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_won_deal_becomes_a_draft_and_is_told() {
    let world = World::new("2026-01-05").await;
    let sold = world.booked("Umbra Ltd", "GBP").await;
    let invoice = world.invoice(UK, &sold);
    assert_eq!(invoice.status, "DRAFT");
    assert_eq!(world.events(&sold).await, ["signed", "delivered"]);
    assert_eq!(world.written_back(&sold)["Tieout_Invoice_Status__c"], json!("Draft"));
}
