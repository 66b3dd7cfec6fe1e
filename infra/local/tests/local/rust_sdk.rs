//! The services as the AWS SDK for Rust sees them, over the connector that ships.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry};
use tieout_local::secrets::Secrets;
use tieout_local::stack::{Ports, Services, ServicesConfig};
use tieout_platform::aws::AwsSettings;
use tieout_platform::clock::SystemClock;
use tieout_platform::http::Network;

async fn services() -> Services {
    let secrets = [("tieout/xero".to_owned(), r#"{"webhook_keys":["k"]}"#.into())];
    let config = ServicesConfig {
        data: None,
        clock: Arc::new(SystemClock::default()),
        secrets: secrets.into_iter().collect::<Secrets>(),
        ports: Ports::default(),
    };
    Services::start(config).await.unwrap()
}

/// Settings of an SDK client: each SDK has its own types of the same names.
macro_rules! client {
    ($sdk:ident, $url:expr) => {{
        let settings = AwsSettings::local($url, Arc::new(Network::new().unwrap()));
        let mut config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::v2026_01_12())
            .region($sdk::config::Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(settings.http_client());
        config.set_endpoint_url(settings.endpoint_url.clone());
        $sdk::Client::from_conf(config.build())
    }};
}

#[tokio::test]
async fn queues() {
    let services = services().await;
    let timeout = Duration::from_secs(60);
    let url = services.create_fifo_queue_with_dead_letter("deals.fifo", 5, timeout).unwrap();
    let client = client!(aws_sdk_sqs, &services.sqs_url);
    let entry = |id: &str| {
        let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(id);
        entry.message_group_id("g").message_deduplication_id(id).build().unwrap()
    };
    let batch = client.send_message_batch().queue_url(&url);
    let sent = batch.entries(entry("1")).entries(entry("2")).send().await.unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (2, 0));
    let receive = || {
        let receive = client.receive_message().queue_url(&url).max_number_of_messages(10);
        receive
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::All)
    };
    let received = receive().send().await.unwrap();
    let messages = received.messages();
    assert_eq!(
        messages.iter().map(|message| message.body().unwrap()).collect::<Vec<_>>(),
        ["1", "2"]
    );
    let attributes = messages[0].attributes().unwrap();
    assert_eq!(attributes[&MessageSystemAttributeName::MessageGroupId], "g");
    assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    let handle = messages[0].receipt_handle().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    let ask = client.get_queue_attributes().queue_url(&url);
    let told = ask.attribute_names(QueueAttributeName::All).send().await.unwrap();
    let in_flight = &told.attributes().unwrap()[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible];
    assert_eq!(in_flight, "1");
    let missing = client.get_queue_url().queue_name("none").send().await.unwrap_err();
    assert!(missing.into_service_error().is_queue_does_not_exist());
    let bad = client.delete_message().queue_url(&url).receipt_handle("x").send().await;
    assert!(bad.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
    services.shutdown().await;
}

#[tokio::test]
async fn secrets() {
    let services = services().await;
    let client = client!(aws_sdk_secretsmanager, &services.secrets_url);
    let told = client.get_secret_value().secret_id("tieout/xero").send().await.unwrap();
    assert_eq!(told.secret_string(), Some(r#"{"webhook_keys":["k"]}"#));
    assert!(told.created_date().is_some());
    let missing = client.get_secret_value().secret_id("other").send().await.unwrap_err();
    assert!(missing.into_service_error().is_resource_not_found_exception());
    services.shutdown().await;
}

#[tokio::test]
async fn tables() {
    let services = services().await;
    let client = client!(aws_sdk_dynamodb, &services.dynamodb_url);
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash);
    let kind = AttributeDefinition::builder()
        .attribute_name("pk")
        .attribute_type(ScalarAttributeType::S);
    let create = client.create_table().table_name("tieout").billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key.build().unwrap()).attribute_definitions(kind.build().unwrap());
    create.send().await.unwrap();
    let put = || {
        let put = client.put_item().table_name("tieout").item("pk", AttributeValue::S("1".to_owned()));
        put.condition_expression("attribute_not_exists(pk)")
    };
    put().send().await.unwrap();
    let twice = put().send().await.unwrap_err();
    assert!(twice.into_service_error().is_conditional_check_failed_exception());
    services.shutdown().await;
}
