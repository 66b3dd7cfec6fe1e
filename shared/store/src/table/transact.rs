//! Several writes, all or none.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use futures::FutureExt as _;

use crate::error::StoreError;
use crate::expression::{Expression, given, names, values};
use crate::fault::Fault;
use crate::item::{Item, Key, WRITER};

use super::{Table, mark, wrote};

/// The most items of one transaction.
const TRANSACTION_ITEMS_MAX: usize = 100;
/// Tries of a transaction that gives way to others.
const CONFLICT_TRIES_MAX: u32 = 3;
const CONDITION_FAILED: &str = "ConditionalCheckFailed";
/// Cancellation codes after which the same transaction may succeed.
const GAVE_WAY: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// One write of a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Write {
    /// Puts the item where the condition holds.
    Put(Item, Expression),
    /// Deletes the item where the condition holds.
    Delete(Key, Expression),
}

/// What became of a transaction.
#[derive(Debug)]
pub(crate) enum Transacted {
    /// All is written.
    Done,
    /// Nothing is written: for each write whose condition failed its place, and what is there.
    Refused(Vec<(usize, Option<Item>)>),
}

impl Table {
    /// Makes all `writes` or none. The first must be a put: by its mark a transaction whose answer was lost is recognised.
    pub(crate) async fn transact(&self, mut writes: Vec<Write>) -> Result<Transacted, StoreError> {
        let nonce = self.new_id();
        let first = match writes.first_mut() {
            Some(Write::Put(item, _)) => {
                item.attributes.insert(WRITER.to_owned(), mark(&nonce));
                item.key.clone()
            }
            Some(Write::Delete(key, _)) => key.clone(),
            None => return Ok(Transacted::Done),
        };
        if writes.len() > TRANSACTION_ITEMS_MAX {
            return Err(StoreError::TooMany {
                key: first.to_string(),
                items: writes.len(),
            });
        }
        let items = writes.into_iter().map(|write| self.part(write)).collect::<Result<Vec<_>, _>>()?;
        let mut tries = 1;
        loop {
            match self.attempt(items.clone(), &first, &nonce).await {
                Err(StoreError::Unavailable { source, .. }) if tries < CONFLICT_TRIES_MAX && source.is::<GaveWay>() => {
                    tries += 1;
                }
                settled => return settled,
            }
        }
    }

    async fn attempt(&self, items: Vec<TransactWriteItem>, first: &Key, nonce: &str) -> Result<Transacted, StoreError> {
        const OPERATION: &str = "TransactWriteItems";
        let answer = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .boxed()
            .await;
        let Err(error) = answer else {
            return Ok(Transacted::Done);
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
            return match judge(cancelled.cancellation_reasons()) {
                Judged::Failed(failed) if ours(&failed, nonce) => Ok(Transacted::Done),
                Judged::Failed(failed) => Ok(Transacted::Refused(failed)),
                Judged::GaveWay => Err(Fault::conflict(GaveWay).into_error(OPERATION, first)),
                Judged::Other => Err(Fault::of(error).into_error(OPERATION, first)),
            };
        }
        let fault = Fault::of(error);
        if fault.is_unknown()
            && let Ok(Some(item)) = self.get(first).await
            && wrote(&item.attributes, nonce)
        {
            return Ok(Transacted::Done);
        }
        Err(fault.into_error(OPERATION, first))
    }
}

impl Table {
    fn part(&self, write: Write) -> Result<TransactWriteItem, StoreError> {
        let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
        let (key, built) = match write {
            Write::Put(item, condition) => {
                item.checked()?;
                let put = Put::builder()
                    .table_name(&self.name)
                    .set_item(given(item.attributes))
                    .condition_expression(&condition.text)
                    .set_expression_attribute_names(given(names(&[&condition.text])))
                    .set_expression_attribute_values(given(values(&[&condition])))
                    .return_values_on_condition_check_failure(all_old)
                    .build();
                let part = put.map(|put| TransactWriteItem::builder().put(put).build());
                (item.key, part)
            }
            Write::Delete(key, condition) => {
                let delete = Delete::builder()
                    .table_name(&self.name)
                    .set_key(given(key.attributes()))
                    .condition_expression(&condition.text)
                    .set_expression_attribute_names(given(names(&[&condition.text])))
                    .set_expression_attribute_values(given(values(&[&condition])))
                    .return_values_on_condition_check_failure(all_old)
                    .build();
                let part = delete.map(|delete| TransactWriteItem::builder().delete(delete).build());
                (key, part)
            }
        };
        built.map_err(|source| StoreError::Refused {
            operation: "TransactWriteItems",
            key: key.to_string(),
            source: Box::new(source),
        })
    }
}

/// A transaction that met another one on the same items.
#[derive(Debug, thiserror::Error)]
#[error("another transaction or too much traffic was on the same items")]
struct GaveWay;

enum Judged {
    Failed(Vec<(usize, Option<Item>)>),
    GaveWay,
    Other,
}

fn judge(reasons: &[CancellationReason]) -> Judged {
    let failed: Vec<_> = reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some(CONDITION_FAILED))
        .map(|(place, reason)| {
            let found = reason.item().filter(|item| !item.is_empty());
            (place, found.cloned().map(Item::read))
        })
        .collect();
    let gave_way = |reason: &CancellationReason| GAVE_WAY.contains(&reason.code().unwrap_or_default());
    match failed.is_empty() {
        false => Judged::Failed(failed),
        true if reasons.iter().any(gave_way) => Judged::GaveWay,
        true => Judged::Other,
    }
}

/// Whether the conditions failed because an earlier try of this very transaction went through.
fn ours(failed: &[(usize, Option<Item>)], nonce: &str) -> bool {
    matches!(failed.first(), Some((0, Some(item))) if wrote(&item.attributes, nonce))
}
