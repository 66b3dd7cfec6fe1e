//! Every way to fail, and its class for a read and for a write.

use std::time::Duration;

use tieout_platform::effect::{EffectKey, Intent, MemoryRecords, Performer, Permit, perform};
use tieout_platform::failure::{Class, Classified, Failure};

use super::*;

const NOW: Class = Class::Transient { after: None };

fn after(seconds: u64) -> Class {
    Class::Transient {
        after: Some(Duration::from_secs(seconds)),
    }
}

fn refused(status: u16, code: &str) -> End {
    End::Answer(status, format!(r#"[{{"message":"words","errorCode":"{code}"}}]"#))
}

/// Keeps the class of a write, which only a permit can make.
struct Probe<'a>(&'a Salesforce, Mutex<Option<Class>>);

impl Performer for Probe<'_> {
    async fn send(&self, permit: Permit<'_>) -> Result<String, Failure> {
        let result = self.0.write_back(permit).await;
        *self.1.lock().unwrap() = result.as_ref().err().map(Classified::class);
        Ok(result?)
    }

    async fn look_up(&self, _: &Intent) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

async fn class_of_write(client: &Salesforce) -> Option<Class> {
    let intent = Intent {
        key: EffectKey::new(&["salesforce", "write-back", DEAL]),
        target: "salesforce:00D7F00000107XsUAI".to_owned(),
        body: "{}".to_owned(),
    };
    let probe = Probe(client, Mutex::default());
    let _ = perform(&MemoryRecords::default(), &*clock(), &intent, &probe).await;
    probe.1.into_inner().unwrap()
}

const HTML: &str = "<html>personal@example.com canary</html>";

/// What is answered, and its class for a read and for a write.
type Row = (End, Class, Class);

async fn check(rows: Vec<Row>) {
    for (end, for_read, for_write) in rows {
        let (client, _) = client([end.clone()]);
        let error = client.read_deal(&id()).await.unwrap_err();
        assert_eq!(error.class(), for_read, "read: {end:?}");
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains("example.com") && !text.contains("evil") && !text.contains("canary"),
            "{text}"
        );
        let (client, _) = super::client([end.clone()]);
        assert_eq!(class_of_write(&client).await, Some(for_write), "write: {end:?}");
    }
}

#[tokio::test]
async fn what_salesforce_says_has_its_class() {
    let concurrent = r#"[{"message":"ConcurrentPerOrgLongTxn Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
    let trigger = r#"[{"message":"trigger: UNABLE_TO_LOCK_ROW, unable to obtain","errorCode":"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}]"#;
    check(vec![
        (End::NotSent, NOW, NOW),
        (End::Lost, NOW, Class::UnknownOutcome),
        (End::TooLarge, Class::Permanent, Class::UnknownOutcome),
        (refused(400, "UNABLE_TO_LOCK_ROW"), NOW, NOW),
        (refused(500, "UNABLE_TO_LOCK_ROW"), NOW, NOW),
        (End::Answer(400, trigger.to_owned()), NOW, NOW),
        (refused(403, "REQUEST_LIMIT_EXCEEDED"), after(900), after(900)),
        (End::Answer(403, concurrent.to_owned()), after(60), after(60)),
        (
            End::AnswerWith(403, "retry-after", "30", r#"[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#.to_owned()),
            after(30),
            after(30),
        ),
        (refused(404, "ENTITY_IS_DELETED"), Class::Permanent, Class::Permanent),
        (refused(400, "MALFORMED_ID"), Class::Permanent, Class::Permanent),
        (refused(400, "INVALID_FIELD"), Class::Permanent, Class::Permanent),
        (refused(400, "DUPLICATE_VALUE"), Class::Permanent, Class::Permanent),
        (refused(403, "API_DISABLED_FOR_ORG"), Class::Permanent, Class::Permanent),
        (refused(404, "NOT_FOUND"), Class::Permanent, Class::Permanent),
        (refused(400, "INVALID_QUERY_LOCATOR"), NOW, NOW),
        (refused(400, "QUERY_TIMEOUT"), NOW, Class::UnknownOutcome),
    ])
    .await;
}

#[tokio::test]
async fn what_says_little_has_its_class() {
    check(vec![
        (refused(500, "UNKNOWN_EXCEPTION"), NOW, Class::UnknownOutcome),
        (refused(503, "SERVER_UNAVAILABLE"), NOW, Class::UnknownOutcome),
        (
            End::AnswerWith(503, "retry-after", "7", HTML.to_owned()),
            after(7),
            Class::UnknownOutcome,
        ),
        (End::Answer(502, HTML.to_owned()), NOW, Class::UnknownOutcome),
        (End::Answer(500, String::new()), NOW, Class::UnknownOutcome),
        (End::Answer(200, HTML.to_owned()), NOW, Class::UnknownOutcome),
        (End::Answer(200, String::new()), NOW, Class::UnknownOutcome),
        (End::Answer(200, "[{\"success\":tr".to_owned()), NOW, Class::UnknownOutcome),
        (End::Answer(200, "{}".to_owned()), NOW, Class::UnknownOutcome),
        (End::Answer(200, "[]".to_owned()), NOW, Class::UnknownOutcome),
        (End::Answer(204, String::new()), NOW, Class::UnknownOutcome),
        (End::Answer(429, HTML.to_owned()), after(60), after(60)),
        (
            End::AnswerWith(429, "retry-after", "Sun, 22 Nov 2026 10:00:05 GMT", String::new()),
            after(5),
            after(5),
        ),
        (End::Answer(408, "{}".to_owned()), NOW, Class::UnknownOutcome),
        (
            End::AnswerWith(302, "location", "https://evil.example", String::new()),
            Class::Permanent,
            Class::Permanent,
        ),
        (End::Answer(400, HTML.to_owned()), NOW, Class::UnknownOutcome),
    ])
    .await;
}

#[tokio::test]
async fn a_record_refused_in_a_good_answer_has_its_class() {
    let rows = [
        ("UNABLE_TO_LOCK_ROW", NOW),
        ("UNKNOWN_EXCEPTION", NOW),
        ("REQUEST_LIMIT_EXCEEDED", after(900)),
        ("ENTITY_IS_DELETED", Class::Permanent),
        ("MALFORMED_ID", Class::Permanent),
        ("INVALID_CROSS_REFERENCE_KEY", Class::Permanent),
        ("STRING_TOO_LONG", Class::Permanent),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", Class::Permanent),
    ];
    for (code, wanted) in rows {
        let (client, _) = client([ok(format!(
            r#"[{{"success":false,"errors":[{{"statusCode":"{code}","message":"m","fields":["A__c"]}}]}}]"#
        ))]);
        assert_eq!(class_of_write(&client).await, Some(wanted), "{code}");
    }
    // An object in an array's place, codes that nobody knows, and the whole of a collection rolled back.
    let rows = [
        (400, r#"{"message":"m","errorCode":"UNABLE_TO_LOCK_ROW"}"#, NOW),
        (
            400,
            r#"[{"message":"m","errorCode":"SOMETHING_NEW","fields":null,"extendedErrorDetails":[]}]"#,
            Class::Permanent,
        ),
        (
            200,
            r#"[{"id":null,"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"m","fields":[]}]}]"#,
            NOW,
        ),
        (
            200,
            r#"[{"success":false,"errors":[{"statusCode":"ALL_OR_NONE_OPERATION_ROLLED_BACK","message":"m","fields":[]}]}]"#,
            Class::Permanent,
        ),
    ];
    for (status, body, wanted) in rows {
        let (client, _) = client([End::Answer(status, body.to_owned())]);
        assert_eq!(class_of_write(&client).await, Some(wanted), "{body}");
    }
    for body in [r#"[{"success":false}]"#, r#"[{"success":false,"errors":[]}]"#] {
        let (client, _) = client([ok(body)]);
        assert_eq!(class_of_write(&client).await, Some(Class::Permanent), "{body}");
    }
    for body in [
        r#"[{"success":true}]"#,
        r#"[{"id":"x","success":true}]"#,
        r#"[{"success":1}]"#,
        r#"[{"success":true},{"success":true}]"#,
    ] {
        let (client, _) = client([ok(body)]);
        assert_eq!(class_of_write(&client).await, Some(Class::UnknownOutcome), "{body}");
    }
}

#[tokio::test]
async fn a_refused_login_never_counts_as_a_write() {
    let rows: Vec<(End, Class)> = vec![
        (End::NotSent, NOW),
        (End::Lost, NOW),
        (
            End::Answer(
                400,
                r#"{"error":"invalid_grant","error_description":"user hasn't approved this consumer"}"#.to_owned(),
            ),
            Class::Permanent,
        ),
        (
            End::Answer(
                400,
                r#"{"error":"invalid_grant","error_description":"login rate exceeded"}"#.to_owned(),
            ),
            after(900),
        ),
        (End::Answer(401, r#"{"error":"invalid_client"}"#.to_owned()), Class::Permanent),
        (End::Answer(400, r#"{"error":"unknown_error"}"#.to_owned()), NOW),
        (End::Answer(503, "<html>".to_owned()), NOW),
        (End::Answer(200, "{}".to_owned()), NOW),
        (End::Answer(200, r#"{"access_token":""}"#.to_owned()), NOW),
        (End::Answer(200, r#"{"access_token":"a\nb"}"#.to_owned()), NOW),
    ];
    for (end, wanted) in rows {
        let (client, script) = client_with(settings(), vec![end.clone()]);
        assert_eq!(class_of_write(&client).await, Some(wanted), "{end:?}");
        assert_eq!(script.asked().len(), 1);
    }
}

#[tokio::test]
async fn refusals_keep_salesforces_words_in_bounds() {
    let words = "No such column 'End_Date__c' on entity 'OpportunityLineItem'\n".repeat(20);
    let body = serde_json::json!([{ "message": words, "errorCode": "INVALID_FIELD", "fields": ["End_Date__c"] }]).to_string();
    let (client, _) = client([End::Answer(400, body)]);
    let text = client.read_deal(&id()).await.unwrap_err().to_string();
    assert!(
        text.starts_with("the CRM refused reading an opportunity with 400 INVALID_FIELD: No such column 'End_Date__c'"),
        "{text}"
    );
    assert!(
        text.ends_with("(fields: End_Date__c)") && text.len() < 450 && !text.contains('\n'),
        "{text}"
    );
}
