//! The table, the queues with their dead letters, the secrets.

use serde_json::{Value, json};

use super::document::{main_template, resources, text};

/// The longest that SQS keeps a message, in seconds: 14 days.
const RETENTION_MAX_S: u64 = 14 * 24 * 3_600;

#[test]
fn the_table_can_be_restored_and_matches_the_store() {
    let template = main_template();
    let tables: Vec<_> = resources(&template, "AWS::DynamoDB::Table").collect();
    let [(id, table)] = tables.as_slice() else {
        panic!("{} tables", tables.len())
    };
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["SSESpecification"]["SSEEnabled"], true);
    assert_eq!(table["DeletionProtectionEnabled"], true);
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
        assert_eq!(template["Resources"][id][policy], "Retain");
    }
    let keys = |schema: &Value| -> Vec<String> {
        let keys = schema.as_array().unwrap().iter();
        keys.map(|key| format!("{} {}", key["AttributeName"].as_str().unwrap(), key["KeyType"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(keys(&table["KeySchema"]), ["pk HASH", "sk RANGE"]);
    let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap();
    assert_eq!(indexes.len(), 1);
    assert_eq!(indexes[0]["IndexName"], tieout_store::INDEX);
    assert_eq!(keys(&indexes[0]["KeySchema"]), ["g1pk HASH", "g1sk RANGE"]);
    assert_eq!(indexes[0]["Projection"]["ProjectionType"], "ALL");
    let setup = text("shared/store/src/setup.rs");
    for name in ["\"pk\"", "\"sk\"", "\"g1pk\"", "\"g1sk\""] {
        assert!(setup.contains(name), "the store has no key {name}");
    }
}

#[test]
fn queues_are_fifo_with_dead_letters() {
    let template = main_template();
    let mut with_dead_letters = 0;
    for (id, queue) in resources(&template, "AWS::SQS::Queue") {
        assert_eq!(queue["FifoQueue"], true, "{id}");
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{id}");
        assert!(
            queue["ContentBasedDeduplication"].is_null(),
            "{id}: the code sets deduplication ids"
        );
        let retention_s = queue["MessageRetentionPeriod"].as_u64().unwrap();
        if id.ends_with("DeadLetters") {
            assert!(queue["RedrivePolicy"].is_null(), "{id}");
            assert_eq!(retention_s, RETENTION_MAX_S, "{id}");
            continue;
        }
        with_dead_letters += 1;
        let dead = format!("{id}DeadLetters");
        assert_eq!(queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"], format!("{dead}.Arn"));
        assert_eq!(
            queue["RedrivePolicy"]["maxReceiveCount"],
            json!(tieout_queue::RECEPTIONS_MAX),
            "{id}"
        );
        assert!(retention_s <= RETENTION_MAX_S, "{id}");
    }
    assert_eq!(with_dead_letters, 2);
}

#[test]
fn secrets_are_created_empty_or_random() {
    let template = main_template();
    let mut count = 0;
    for (id, secret) in resources(&template, "AWS::SecretsManager::Secret") {
        let is_random = secret["GenerateSecretString"]["PasswordLength"]
            .as_u64()
            .is_some_and(|length| length >= 32);
        assert!(is_random || secret["SecretString"] == "{}", "{id}");
        count += 1;
    }
    assert_eq!(count, 4);
}
