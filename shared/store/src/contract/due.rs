//! What is due to be billed: planned documents with a day, found through the index until they have a number.

use chrono::NaiveDate;
use tieout_accounting::ids::{ContractId, EntityId};

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, part};

use super::document::{self, Document, Due, Stage};
use super::form;

/// A document that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDocument {
    /// Its contract.
    pub contract: ContractId,
    /// As the index has it: what is done about it begins with reading it again.
    pub document: Document,
}

impl Store {
    /// Up to `limit` planned documents of `entity` that are due on `day` or before it, the earliest first. Through the index: what was planned in the
    /// last second may be missing, and what was made in it may still be there.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn due(&self, entity: &EntityId, day: NaiveDate, limit: usize) -> Result<Vec<DueDocument>, StoreError> {
        let until = day.succ_opt().unwrap_or(day).to_string();
        let items = self.table.query_index_before(&due_pk(entity)?, &until, limit).await?;
        items.iter().map(read).collect()
    }
}

/// `item` in the index of what is due, as long as its document is planned.
pub(super) fn indexed(item: Item, contract: &ContractId, document: &Document, due: &Due) -> Result<Item, StoreError> {
    Ok(match document.stage {
        Stage::Planned => item.indexed(&due_pk(&due.entity)?, &format!("{}#{contract}#{:06}", due.on, document.ordinal)),
        Stage::Numbered { .. } | Stage::InLedger(_) | Stage::Dropped => item,
    })
}

fn due_pk(entity: &EntityId) -> Result<String, StoreError> {
    Ok(format!("DUE#{}", part("entity", entity.as_str())?))
}

fn read(item: &Item) -> Result<DueDocument, StoreError> {
    let contract = form::contract_of(&item.key).ok_or_else(|| item.broken("pk", "a contract"))?;
    Ok(DueDocument {
        contract,
        document: document::read(item)?,
    })
}
