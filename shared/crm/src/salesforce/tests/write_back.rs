//! Writing back: the exact body, and effects that are read back before they are sent again.

use std::time::Duration;

use tieout_platform::effect::{EffectError, EffectKey, Intent, LEASE_S, MemoryRecords, Settled, perform};

use crate::deal::{InvoiceFacts, InvoiceStatus};
use crate::port::WriteBackEffect;
use crate::salesforce::write_back::write_back_body;

use super::*;

fn facts() -> InvoiceFacts {
    InvoiceFacts {
        number: "INV-0001".to_owned(),
        status: InvoiceStatus::PartPaid.to_string(),
        amount_due: "12345678901234567.80".parse().unwrap(),
        amount_paid: "0.10".parse().unwrap(),
        currency: "EUR".to_owned(),
        link: "https://go.xero.com/x?a=\"b\"".to_owned(),
    }
}

fn intent() -> Intent {
    Intent {
        key: EffectKey::new(&["salesforce", "write-back", DEAL, "1"]),
        target: "salesforce:00D7F00000107XsUAI".to_owned(),
        body: write_back_body(&id(), &facts(), &WriteBack::default()),
    }
}

fn there(due: &str) -> String {
    format!(
        r#"{{"totalSize":1,"done":true,"records":[{{"attributes":{{}},"Id":"{DEAL}","CurrencyIsoCode":"EUR","Tieout_Invoice_Number__c":"INV-0001","Tieout_Invoice_Status__c":"Part paid","Tieout_Amount_Due__c":{due},"Tieout_Amount_Paid__c":0.1,"Tieout_Invoice_Link__c":"https://go.xero.com/x?a=\"b\""}}]}}"#
    )
}

const DONE: &str = r#"[{"id":"0067F000003pmdWQAQ","success":true,"errors":[]}]"#;
const NOT_THERE: &str =
    r#"{"totalSize":1,"done":true,"records":[{"Id":"0067F000003pmdWQAQ","CurrencyIsoCode":"EUR","Tieout_Invoice_Number__c":null}]}"#;

#[test]
fn the_body_is_always_the_same_and_exact() {
    assert_eq!(
        intent().body,
        r#"{"allOrNone":false,"records":[{"attributes":{"type":"Opportunity"},"id":"0067F000003pmdWQAQ","Tieout_Invoice_Number__c":"INV-0001","Tieout_Invoice_Status__c":"Part paid","Tieout_Amount_Due__c":12345678901234567.80,"Tieout_Amount_Paid__c":0.10,"Tieout_Invoice_Link__c":"https://go.xero.com/x?a=\"b\""}]}"#
    );
    let few = WriteBack {
        invoice_number: "N__c".to_owned(),
        invoice_status: String::new(),
        amount_due: String::new(),
        amount_paid: String::new(),
        invoice_link: String::new(),
    };
    assert_eq!(
        write_back_body(&id(), &facts(), &few),
        r#"{"allOrNone":false,"records":[{"attributes":{"type":"Opportunity"},"id":"0067F000003pmdWQAQ","N__c":"INV-0001"}]}"#
    );
}

#[tokio::test]
async fn a_write_back_is_sent_as_it_was_stored() {
    let (client, script) = client([ok(DONE)]);
    let settled = perform(&MemoryRecords::default(), &*clock(), &intent(), &WriteBackEffect(&client))
        .await
        .unwrap();
    assert_eq!(settled, Settled::Now(DEAL.to_owned()));
    let asked = script.asked();
    assert_eq!(
        script.lines()[1],
        "PATCH https://northwind.my.salesforce.com/services/data/v62.0/composite/sobjects"
    );
    assert_eq!(asked[1].body().as_ref(), intent().body.as_bytes());
    assert_eq!(asked[1].headers()["content-type"], "application/json");
}

#[tokio::test]
async fn a_lost_answer_is_read_back_before_anything_is_sent_again() {
    let records = MemoryRecords::default();
    let clock = clock();
    let (client, script) = client([End::Lost, ok(NOT_THERE), ok(there("12345678901234567.8"))]);
    let effect = WriteBackEffect(&client);
    let first = perform(&records, &*clock, &intent(), &effect).await;
    assert!(matches!(first, Err(EffectError::OutcomeUnknown { .. })), "{first:?}");
    clock.advance(Duration::from_secs(LEASE_S.unsigned_abs() + 1));
    let second = perform(&records, &*clock, &intent(), &effect).await.unwrap();
    assert_eq!(second, Settled::Adopted(DEAL.to_owned()));
    let methods: Vec<String> = script.asked().iter().map(|request| request.method().to_string()).collect();
    assert_eq!(methods, ["POST", "PATCH", "GET", "GET"]);
    let query = decoded(&script.lines()[2]);
    assert!(
        query.contains("Tieout_Invoice_Number__c") && query.ends_with("FROM Opportunity WHERE Id = '0067F000003pmdWQAQ'"),
        "{query}"
    );
}

#[tokio::test]
async fn a_locked_row_is_tried_again_and_a_deleted_one_is_not() {
    let failed = |code: &str| {
        ok(format!(
            r#"[{{"success":false,"errors":[{{"statusCode":"{code}","message":"m","fields":[]}}]}}]"#
        ))
    };
    let records = MemoryRecords::default();
    let (client, _) = client([failed("UNABLE_TO_LOCK_ROW"), ok(DONE)]);
    let effect = WriteBackEffect(&client);
    assert!(matches!(
        perform(&records, &*clock(), &intent(), &effect).await,
        Err(EffectError::NotTaken { .. })
    ));
    assert!(perform(&records, &*clock(), &intent(), &effect).await.is_ok());
    let (client, _) = super::client([failed("ENTITY_IS_DELETED")]);
    let refused = perform(&MemoryRecords::default(), &*clock(), &intent(), &WriteBackEffect(&client)).await;
    assert!(matches!(refused, Err(EffectError::Refused { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_there_is_compared_field_by_field() {
    let gone = r#"{"totalSize":0,"done":true,"records":[]}"#.to_owned();
    let rows = [
        (there("12345678901234567.8"), true),
        (there("12345678901234567.800"), true),
        (there("12345678901234567.81"), false),
        (there("null"), false),
        (there("12345678901234567.8").replace("Part paid", "Paid"), false),
        (NOT_THERE.to_owned(), false),
        (gone, false),
    ];
    for (body, wanted) in rows {
        let (client, _) = client([ok(body.clone())]);
        let found = client.look_up_write_back(&intent().body).await.unwrap();
        assert_eq!(found, wanted.then(|| DEAL.to_owned()), "{body}");
    }
    for body in [
        "",
        "{}",
        "x",
        r#"{"records":[{"id":"x"}]}"#,
        r#"{"records":[{"id":"0067F000003pmdW","Id FROM User":1}]}"#,
    ] {
        let (client, script) = client_with(settings(), Vec::new());
        assert!(client.look_up_write_back(body).await.is_err(), "{body}");
        assert!(script.asked().is_empty());
    }
}

#[tokio::test]
async fn a_permit_for_another_organisation_sends_nothing() {
    let (client, script) = client_with(settings(), Vec::new());
    let stray = Intent {
        target: "salesforce:00D000000000001EAA".to_owned(),
        ..intent()
    };
    let refused = perform(&MemoryRecords::default(), &*clock(), &stray, &WriteBackEffect(&client)).await;
    assert!(matches!(refused, Err(EffectError::Refused { .. })), "{refused:?}");
    assert!(script.asked().is_empty());
}
