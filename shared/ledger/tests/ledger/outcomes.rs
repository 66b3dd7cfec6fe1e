//! What each kind of answer means for a read and for a write.

use std::time::Duration;

use serde_json::json;
use tieout_ledger::{InvoiceId, WORDS_LENGTH_MAX};
use tieout_platform::failure::{Class, Classified};

use crate::samples::{invoice_json, line, new_invoice};
use crate::support::{Answer, ID, Script, TARGET, TENANT, Write, bodies, client, ok, write};

const SOON: Class = Class::Transient { after: None };

fn after(seconds: u64) -> Class {
    Class::Transient {
        after: Some(Duration::from_secs(seconds)),
    }
}

fn reply(status: u16, body: &str) -> Answer {
    Answer::Reply(status, Vec::new(), body.to_owned())
}

fn validation(message: &str) -> String {
    json!({"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred",
        "Elements": [{"ValidationErrors": [{"Message": message}]}]})
    .to_string()
}

/// Answer, class for a read (`None`: no error), class for a write, words in the write's error.
type Row = (Answer, Option<Class>, Class, &'static str);

fn both(answer: Answer, class: Class, words: &'static str) -> Row {
    (answer, Some(class), class, words)
}

/// Says nothing about a write, and is only a bad moment for a read.
fn lost(answer: Answer, words: &'static str) -> Row {
    (answer, Some(SOON), Class::UnknownOutcome, words)
}

fn refusals() -> Vec<Row> {
    let (permanent, duplicate) = (Class::Permanent, Class::Duplicate);
    let refused = |text: &str| reply(400, &validation(text));
    let assigned = "The contact name X is already assigned to another contact.";
    let key = r#"{"Message":"Idempotency Key: k is used with a different request."}"#;
    let scope = r#"{"Title":"Unauthorized","Detail":"AuthorizationUnsuccessful"}"#;
    let tenant = r#"{"title":"Forbidden","detail":"AuthenticationUnsuccessful"}"#;
    let absent = "The resource you're looking for cannot be found";
    vec![
        both(refused("Account code '999' is not valid"), permanent, "'999'"),
        both(refused("Invoice # must be unique."), duplicate, "must be unique"),
        both(refused(assigned), duplicate, "already"),
        both(reply(400, key), permanent, "fault in Tieout"),
        both(reply(400, "<html>no</html>"), permanent, "no words"),
        both(reply(401, scope), permanent, "AuthorizationUnsuccessful"),
        both(reply(403, tenant), permanent, "AuthenticationUnsuccessful"),
        (reply(404, absent), None, permanent, "404"),
        both(reply(301, ""), permanent, "301"),
    ]
}

fn throttles() -> Vec<Row> {
    let throttle = |problem: &'static str, wait: &'static str, class: Class, words: &'static str| {
        let mut headers = vec![("X-Rate-Limit-Problem", problem)];
        if !wait.is_empty() {
            headers.push(("Retry-After", wait));
        }
        both(Answer::Reply(429, headers, String::new()), class, words)
    };
    vec![
        throttle("minute", "17", after(17), "Minute"),
        throttle("Day", "40000", after(40_000), "Day"),
        throttle("appminute", "2", after(2), "AppMinute"),
        throttle("concurrent", "", after(1), "Concurrent"),
        throttle("", "", after(60), "Other"),
        throttle("", "99999999999", after(86_400), "Other"),
        throttle("minute", "soon", after(60), "Minute"),
    ]
}

fn outages() -> Vec<Row> {
    let html = "<html>502 Bad Gateway</html>";
    vec![
        lost(reply(408, ""), "408"),
        lost(reply(500, r#"{"Message":"An error occurred in Xero"}"#), "500"),
        lost(reply(502, html), "502"),
        lost(reply(503, html), "503"),
        lost(reply(504, ""), "504"),
        lost(reply(200, html), "not JSON"),
        lost(reply(200, r#"{"Invoices":[{"Type":"ACC"#), "not JSON"),
        lost(Answer::Lost, "no whole answer"),
        both(reply(503, "The Organisation is offline"), SOON, "not available (503)"),
        both(Answer::NotSent, SOON, "not available"),
        (
            reply(200, r#"{"Contacts":[]}"#),
            Some(Class::Permanent),
            Class::UnknownOutcome,
            "no Invoices",
        ),
    ]
}

#[tokio::test]
async fn every_answer_has_its_class() {
    let body = bodies().invoice_body(&new_invoice(vec![line("1", "100", "100")]));
    for (answer, read_class, write_class, words) in [refusals(), throttles(), outages()].concat() {
        let name = format!("{answer:?}");
        let script = Script::new([answer.clone()]);
        let read = client(&script).invoice(&InvoiceId::parse(ID).unwrap()).await;
        match (read, read_class) {
            (Ok(None), None) => {}
            (Err(error), Some(class)) => assert_eq!(error.class(), class, "read, {name}"),
            (read, _) => panic!("read, {name}: {read:?}"),
        }
        let script = Script::new([answer]);
        let (class, text) = write(&client(&script), Write::Invoice, &body, TARGET).await.unwrap_err();
        assert_eq!(class, write_class, "write, {name}");
        assert!(text.contains(words), "write, {name}: {text}");
        assert_eq!(script.calls().len(), 1, "nothing is sent twice, {name}");
    }
}

#[tokio::test]
async fn a_refusal_may_come_with_http_200() {
    let nil = "00000000-0000-0000-0000-000000000000";
    let item = |id: &str, status: &str, error: &str| {
        let mut invoice = invoice_json();
        invoice["InvoiceID"] = json!(id);
        invoice["StatusAttributeString"] = json!(status);
        invoice["ValidationErrors"] = json!([{"Message": error}]);
        ok(json!({"Invoices": [invoice]}).to_string())
    };
    let long = "x".repeat(2_000);
    for (answer, class, words) in [
        (item(nil, "ERROR", "Invoice # must be unique."), Class::Duplicate, "must be unique"),
        (
            item(nil, "ERROR", "The TaxType code 'X' does not exist"),
            Class::Permanent,
            "TaxType",
        ),
        (item(nil, "ERROR", &long), Class::Permanent, "xxx"),
        (item(ID, "ERROR", "Something is odd"), Class::UnknownOutcome, "odd"),
    ] {
        let script = Script::new([answer]);
        let (found, text) = write(&client(&script), Write::Invoice, "{}", TARGET).await.unwrap_err();
        assert_eq!(found, class, "{text}");
        assert!(text.contains(words) && text.len() < WORDS_LENGTH_MAX + 100, "{text}");
    }
}

#[tokio::test]
async fn warnings_come_with_what_was_made() {
    let mut invoice = invoice_json();
    invoice["StatusAttributeString"] = json!("WARNING");
    invoice["Warnings"] = json!([{"Message": "The tax amount was changed"}]);
    let script = Script::new([ok(json!({"Invoices": [invoice]}).to_string())]);
    let (id, remarks) = write(&client(&script), Write::Invoice, "{}", TARGET).await.unwrap();
    assert_eq!((id.as_str(), remarks), (ID, vec!["The tax amount was changed".to_owned()]));
}

#[tokio::test]
async fn a_permit_for_another_organisation_sends_nothing() {
    for target in ["xero:c2cc9b6e-9458-4c7d-93cc-f02b81b0594f", "salesforce:1", "", "xero:"] {
        let script = Script::new([]);
        let (class, text) = write(&client(&script), Write::Invoice, "{}", target).await.unwrap_err();
        assert_eq!(class, Class::Permanent);
        assert!(text.contains(&format!("xero:{TENANT}")), "{text}");
        assert!(script.calls().is_empty() && script.logins().is_empty());
    }
}
