//! What each kind of answer means for a read and for a write.

use std::time::Duration;

use serde_json::json;
use tieout_ledger::xero::{Xero, invoice_body};
use tieout_ledger::{InvoiceId, WORDS_LENGTH_MAX};
use tieout_platform::failure::{Class, Classified};

use crate::samples::{invoice_json, line, new_invoice};
use crate::support::{Answer, ID, Script, TENANT, Write, client, ok, tenant, write};

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
fn rows() -> Vec<(Answer, Option<Class>, Class, String)> {
    let throttle = |headers: Vec<(&'static str, &'static str)>| Answer::Reply(429, headers, String::new());
    let refused = |text: &str| reply(400, &validation(text));
    let html = "<html>502 Bad Gateway</html>";
    let rows = vec![
        (
            refused("Account code '999' is not valid"),
            Some(Class::Permanent),
            Class::Permanent,
            "'999'",
        ),
        (
            refused("Invoice # must be unique."),
            Some(Class::Duplicate),
            Class::Duplicate,
            "must be unique",
        ),
        (
            refused("The contact name X is already assigned to another contact."),
            Some(Class::Duplicate),
            Class::Duplicate,
            "already",
        ),
        (
            reply(
                400,
                r#"{"Message":"Idempotency Key: k is used with a different request."}"#,
            ),
            Some(Class::Permanent),
            Class::Permanent,
            "fault in Tieout",
        ),
        (
            reply(400, "<html>no</html>"),
            Some(Class::Permanent),
            Class::Permanent,
            "no words",
        ),
        (
            reply(401, r#"{"Title":"Unauthorized","Detail":"AuthorizationUnsuccessful"}"#),
            Some(Class::Permanent),
            Class::Permanent,
            "AuthorizationUnsuccessful",
        ),
        (
            reply(403, r#"{"title":"Forbidden","detail":"AuthenticationUnsuccessful"}"#),
            Some(Class::Permanent),
            Class::Permanent,
            "AuthenticationUnsuccessful",
        ),
        (
            reply(404, "The resource you're looking for cannot be found"),
            None,
            Class::Permanent,
            "404",
        ),
        (reply(301, ""), Some(Class::Permanent), Class::Permanent, "301"),
        (
            throttle(vec![("Retry-After", "17"), ("X-Rate-Limit-Problem", "minute")]),
            Some(after(17)),
            after(17),
            "Minute",
        ),
        (
            throttle(vec![("Retry-After", "40000"), ("X-Rate-Limit-Problem", "Day")]),
            Some(after(40_000)),
            after(40_000),
            "Day",
        ),
        (
            throttle(vec![("X-Rate-Limit-Problem", "concurrent")]),
            Some(after(1)),
            after(1),
            "Concurrent",
        ),
        (throttle(vec![]), Some(after(60)), after(60), "Other"),
        (
            throttle(vec![("Retry-After", "99999999999")]),
            Some(after(86_400)),
            after(86_400),
            "Other",
        ),
        (
            reply(500, r#"{"Message":"An error occurred in Xero"}"#),
            Some(SOON),
            Class::UnknownOutcome,
            "500",
        ),
        (reply(502, html), Some(SOON), Class::UnknownOutcome, "502"),
        (reply(503, html), Some(SOON), Class::UnknownOutcome, "503"),
        (
            reply(503, "The Organisation is offline"),
            Some(SOON),
            SOON,
            "not available (503)",
        ),
        (reply(504, ""), Some(SOON), Class::UnknownOutcome, "504"),
        (reply(200, html), Some(SOON), Class::UnknownOutcome, "not JSON"),
        (
            reply(200, r#"{"Invoices":[{"Type":"ACC"#),
            Some(SOON),
            Class::UnknownOutcome,
            "not JSON",
        ),
        (
            reply(200, r#"{"Contacts":[]}"#),
            Some(Class::Permanent),
            Class::UnknownOutcome,
            "no Invoices",
        ),
        (Answer::NotSent, Some(SOON), SOON, "not available"),
        (Answer::Lost, Some(SOON), Class::UnknownOutcome, "no whole answer"),
    ];
    rows.into_iter()
        .map(|(answer, read, write, words)| (answer, read, write, words.to_owned()))
        .collect()
}

#[tokio::test]
async fn every_answer_has_its_class() {
    let body = invoice_body(&new_invoice(vec![line("1", "100", "100")]));
    for (answer, read_class, write_class, words) in rows() {
        let name = format!("{answer:?}");
        let script = Script::new([answer.clone()]);
        let read = client(&script).invoice(&tenant(), &InvoiceId::parse(ID).unwrap()).await;
        match (read, read_class) {
            (Ok(None), None) => {}
            (Err(error), Some(class)) => assert_eq!(error.class(), class, "read, {name}"),
            (read, _) => panic!("read, {name}: {read:?}"),
        }
        let script = Script::new([answer]);
        let (class, text) = write(&client(&script), Write::Invoice, &body, &Xero::target(&tenant()))
            .await
            .unwrap_err();
        assert_eq!(class, write_class, "write, {name}");
        assert!(text.contains(&words), "write, {name}: {text}");
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
        (
            item(nil, "ERROR", "Invoice # must be unique."),
            Class::Duplicate,
            "must be unique",
        ),
        (
            item(nil, "ERROR", "The TaxType code 'X' does not exist"),
            Class::Permanent,
            "TaxType",
        ),
        (item(nil, "ERROR", &long), Class::Permanent, "xxx"),
        (item(ID, "ERROR", "Something is odd"), Class::UnknownOutcome, "odd"),
    ] {
        let script = Script::new([answer]);
        let (found, text) = write(&client(&script), Write::Invoice, "{}", &Xero::target(&tenant()))
            .await
            .unwrap_err();
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
    let (id, remarks) = write(&client(&script), Write::Invoice, "{}", &Xero::target(&tenant()))
        .await
        .unwrap();
    assert_eq!(
        (id.as_str(), remarks),
        (ID, vec!["The tax amount was changed".to_owned()])
    );
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
