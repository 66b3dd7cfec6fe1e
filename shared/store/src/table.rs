//! The calls to DynamoDB: conditional writes that recognise themselves, reads that are consistent and take all pages.
//!
//! What the SDK gives is boxed without its type: its futures lie so deep in each other that those of a use case around them would be
//! deeper than the compiler follows.

mod transact;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use futures::FutureExt as _;
use tieout_platform::aws::{AwsSettings, SDK_TRIES_MAX};
use tieout_platform::entropy::SharedIds;

use crate::INDEX;
use crate::error::StoreError;
use crate::expression::{Expression, given, names, values};
use crate::fault::Fault;
use crate::item::{Attributes, Item, Key, WRITER, check_size, size, text};

pub(crate) use transact::{Transacted, Write};

/// The first wait between two tries of the SDK; later ones double, all with jitter.
const SDK_BACKOFF_MS: u64 = 50;

/// What became of a conditional write.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Written.
    Done,
    /// The condition failed; what is there instead.
    Refused(Option<Item>),
}

impl Outcome {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

/// The table's client.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
    ids: SharedIds,
}

impl Table {
    pub(crate) fn new(settings: &AwsSettings, name: String) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(AwsSettings::try_timeout());
        let retries = RetryConfig::standard()
            .with_max_attempts(SDK_TRIES_MAX)
            .with_initial_backoff(std::time::Duration::from_millis(SDK_BACKOFF_MS));
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(settings.http_client())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(timeouts.build())
            .retry_config(retries)
            // Of its own: the SDK's is one for the process, and what went wrong with one client would keep another from trying again.
            .retry_partition(RetryPartition::custom("tieout").build());
        config.set_endpoint_url(settings.endpoint_url.clone());
        Self {
            client: Client::from_conf(config.build()),
            name,
            ids: settings.ids.clone(),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A new id, 32 hexadecimal digits.
    pub(crate) fn new_id(&self) -> String {
        self.ids.new_uuid().simple().to_string()
    }

    /// Reads one item, strongly consistent.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).set_key(given(key.attributes()));
        let answer = request.consistent_read(true).send().boxed().await;
        let answer = answer.map_err(|error| Fault::of(error).into_error("GetItem", key))?;
        Ok(answer.item.map(Item::read))
    }

    /// Puts `item` where `condition` holds.
    pub(crate) async fn put(&self, item: Item, condition: &Expression) -> Result<Outcome, StoreError> {
        // The SDK's own retries carry the same one.
        let nonce = self.new_id();
        let item = item.with_text(WRITER, &nonce);
        item.checked()?;
        let answer = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(given(item.attributes))
            .condition_expression(&condition.text)
            .set_expression_attribute_names(given(names(&[&condition.text])))
            .set_expression_attribute_values(given(values(&[condition])))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .boxed()
            .await;
        let Err(error) = answer else {
            return Ok(Outcome::Done);
        };
        if let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            return Ok(refused(failed.item().cloned().map(Item::read), &nonce));
        }
        self.settle("PutItem", &item.key, &nonce, Fault::of(error)).await
    }

    /// Makes `changes` (assignments, without `SET`, then perhaps `REMOVE …` or `ADD …`) where `condition` holds.
    pub(crate) async fn update(&self, key: &Key, changes: &Expression, condition: &Expression) -> Result<Outcome, StoreError> {
        check_size(key, changes.values.iter().map(|(_, value)| size(value)).sum())?;
        // The SDK's own retries carry the same one.
        let nonce = self.new_id();
        let written = Expression::new(format!("SET #{WRITER} = :writer, {}", changes.text)).text(":writer", &nonce);
        let answer = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(given(key.attributes()))
            .update_expression(&written.text)
            .condition_expression(&condition.text)
            .set_expression_attribute_names(given(names(&[&written.text, &condition.text])))
            .set_expression_attribute_values(given(values(&[&written, changes, condition])))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .boxed()
            .await;
        let Err(error) = answer else {
            return Ok(Outcome::Done);
        };
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            return Ok(refused(failed.item().cloned().map(Item::read), &nonce));
        }
        self.settle("UpdateItem", key, &nonce, Fault::of(error)).await
    }

    /// All items under `pk` whose sort key begins with `prefix`, in its order, strongly consistent, all pages.
    pub(crate) async fn query(&self, pk: &str, prefix: &str) -> Result<Vec<Item>, StoreError> {
        let mut condition = Expression::new("#pk = :pk").text(":pk", pk);
        if !prefix.is_empty() {
            condition.text.push_str(" AND begins_with(#sk, :sk)");
            condition = condition.text(":sk", prefix);
        }
        self.pages(pk, &condition, None, usize::MAX).await
    }

    /// All items under `pk` whose sort key comes before `end`, in its order, strongly consistent, all pages.
    pub(crate) async fn query_before(&self, pk: &str, end: &str) -> Result<Vec<Item>, StoreError> {
        let condition = Expression::new("#pk = :pk AND #sk < :end").text(":pk", pk).text(":end", end);
        self.pages(pk, &condition, None, usize::MAX).await
    }

    /// Up to `limit` items under `g1pk` in the index, in the order of `g1sk`; eventually consistent, as every such index.
    pub(crate) async fn query_index(&self, g1pk: &str, limit: usize) -> Result<Vec<Item>, StoreError> {
        let condition = Expression::new("#g1pk = :pk").text(":pk", g1pk);
        self.pages(g1pk, &condition, Some(INDEX), limit).await
    }

    /// Up to `limit` items under `g1pk` in the index whose `g1sk` comes before `end`, in its order; eventually consistent.
    pub(crate) async fn query_index_before(&self, g1pk: &str, end: &str, limit: usize) -> Result<Vec<Item>, StoreError> {
        let condition = Expression::new("#g1pk = :pk AND #g1sk < :end").text(":pk", g1pk).text(":end", end);
        self.pages(g1pk, &condition, Some(INDEX), limit).await
    }

    async fn pages(&self, pk: &str, condition: &Expression, index: Option<&str>, limit: usize) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let left = limit.saturating_sub(items.len());
            if left == 0 {
                return Ok(items);
            }
            let answer = self
                .client
                .query()
                .table_name(&self.name)
                .set_index_name(index.map(str::to_owned))
                .consistent_read(index.is_none())
                .key_condition_expression(&condition.text)
                .set_expression_attribute_names(given(names(&[&condition.text])))
                .set_expression_attribute_values(given(values(&[condition])))
                .set_limit(i32::try_from(left).ok())
                .set_exclusive_start_key(start.take())
                .send()
                .boxed()
                .await
                .map_err(|error| Fault::of(error).into_error("Query", pk))?;
            items.extend(answer.items.unwrap_or_default().into_iter().map(Item::read));
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                items.truncate(limit);
                return Ok(items);
            }
        }
    }

    /// Reads back after an unknown outcome: done where the last writer is this one.
    async fn settle(&self, operation: &'static str, key: &Key, nonce: &str, fault: Fault) -> Result<Outcome, StoreError> {
        if fault.is_unknown()
            && let Ok(Some(item)) = self.get(key).await
            && wrote(&item.attributes, nonce)
        {
            return Ok(Outcome::Done);
        }
        Err(fault.into_error(operation, key))
    }
}

fn wrote(attributes: &Attributes, nonce: &str) -> bool {
    matches!(attributes.get(WRITER), Some(AttributeValue::S(writer)) if writer == nonce)
}

/// A failed condition, unless it failed because the SDK's own earlier try went through.
fn refused(found: Option<Item>, nonce: &str) -> Outcome {
    match found.filter(|found| !found.attributes.is_empty()) {
        Some(item) if wrote(&item.attributes, nonce) => Outcome::Done,
        found => Outcome::Refused(found),
    }
}

/// A nonce as an attribute, for transactions.
fn mark(nonce: &str) -> AttributeValue {
    text(nonce)
}
