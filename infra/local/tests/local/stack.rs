//! The services together: started, stopped, started again on the same folder.

use std::path::Path;
use std::time::Duration;

use crate::common::{call, client};
use serde_json::{Value, json};
use tieout_local::secrets::Secrets;
use tieout_local::sqs::Outgoing;
use tieout_local::stack::{Ports, Services, ServicesConfig};
use tieout_platform::clock::ManualClock;

async fn start(folder: Option<&Path>) -> Services {
    let secrets = [("tieout/salesforce".to_owned(), "s3cret".into())];
    let config = ServicesConfig {
        data: folder.map(Path::to_owned),
        clock: ManualClock::new("2026-01-31T23:00:00Z".parse().unwrap()),
        secrets: secrets.into_iter().collect::<Secrets>(),
        ports: Ports::default(),
    };
    assert!(!format!("{config:?}").contains("s3cret"));
    Services::start(config).await.unwrap()
}

async fn dynamodb(services: &Services, action: &str, body: Value) -> Value {
    let request = client()
        .post(&services.dynamodb_url)
        .header("x-amz-target", format!("DynamoDB_20120810.{action}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20260131T230000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260131/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        )
        .body(body.to_string());
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{action}: {text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn state_and_queue_urls_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("made/here");
    let services = start(Some(&data)).await;
    let table = json!({
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
    });
    dynamodb(&services, "CreateTable", table).await;
    let item = json!({ "TableName": "table", "Item": { "k": { "S": "1" }, "v": { "N": "7" } } });
    dynamodb(&services, "PutItem", item).await;
    let make = |services: &Services, seconds: u64| {
        let timeout = Duration::from_secs(seconds);
        services.create_fifo_queue_with_dead_letter("deals.fifo", 5, timeout).unwrap()
    };
    let url = make(&services, 60);
    let message = Outgoing {
        body: "x".to_owned(),
        group_id: Some("g".to_owned()),
        deduplication_id: Some("d".to_owned()),
        ..Outgoing::default()
    };
    services.sqs().send(&url, &message).unwrap();
    services.shutdown().await;

    let services = start(Some(&data)).await;
    assert_ne!(make(&services, 90), url, "another port");
    let (status, received, _) = call(&services.sqs_url, "AmazonSQS.ReceiveMessage", &json!({ "QueueUrl": url })).await;
    assert_eq!((status, received["Messages"][0]["Body"].as_str()), (200, Some("x")));
    let depths: Vec<(String, bool, u64)> = services
        .depth()
        .unwrap()
        .into_iter()
        .map(|depth| (depth.queue.clone(), depth.is_dead_letter, depth.total()))
        .collect();
    assert_eq!(
        depths,
        [("deals-dead-letters.fifo".to_owned(), true, 0), ("deals.fifo".to_owned(), false, 1)]
    );
    let names = json!({ "QueueUrl": url, "AttributeNames": ["VisibilityTimeout"] });
    let (_, attributes, _) = call(&services.sqs_url, "AmazonSQS.GetQueueAttributes", &names).await;
    assert_eq!(attributes["Attributes"]["VisibilityTimeout"], "90", "a new setting holds");
    let key = json!({ "TableName": "table", "Key": { "k": { "S": "1" } } });
    let found = dynamodb(&services, "GetItem", key).await;
    assert_eq!(found["Item"]["v"]["N"], "7");
    services.shutdown().await;
}

#[tokio::test]
async fn secrets_are_told_by_name_or_arn_and_nothing_else_is() {
    let services = start(None).await;
    let check = async |target: &str, body: Value, status: u16, expected: &str| {
        let (told, answer, _) = call(&services.secrets_url, &format!("secretsmanager.{target}"), &body).await;
        assert_eq!(told, status, "{target} {body}");
        let text = answer["SecretString"].as_str().or(answer["__type"].as_str());
        assert_eq!(text, Some(expected), "{target} {body}");
    };
    let missing = "ResourceNotFoundException";
    check("GetSecretValue", json!({ "SecretId": "tieout/salesforce" }), 200, "s3cret").await;
    let arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:tieout/salesforce-LocalX";
    check("GetSecretValue", json!({ "SecretId": arn }), 200, "s3cret").await;
    check("GetSecretValue", json!({ "SecretId": "other" }), 400, missing).await;
    let previous = json!({ "SecretId": "tieout/salesforce", "VersionStage": "AWSPREVIOUS" });
    check("GetSecretValue", previous, 400, missing).await;
    check("GetSecretValue", json!({}), 400, "ValidationException").await;
    check("ListSecrets", json!({}), 400, "UnknownOperationException").await;
    services.shutdown().await;
}
