//! Finding a contract by what is known outside of it: a further order, or the customer.

use tieout_accounting::ids::ContractId;

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, Key, part};
use crate::record::Hash;

use super::{Head, OrderKey, Outline};

/// The newest form of these records that this code reads and writes.
const LOOKUP_FORM: u64 = 1;

impl Store {
    /// The outline of the contract that `order` began or changed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn outline_with(&self, order: &OrderKey) -> Result<Option<Outline>, StoreError> {
        if let Some(begun) = self.outline_of(order).await? {
            return Ok(Some(begun));
        }
        let item = self.table.get(&order_key(order)?).await?;
        let Some(item) = item else { return Ok(None) };
        item.sealed(LOOKUP_FORM)?;
        self.outline(&ContractId::new(item.text("contract")?)).await
    }

    /// The contracts of a customer, by contract; strongly consistent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn contracts_of_customer(&self, customer: &str) -> Result<Vec<ContractId>, StoreError> {
        let items = self.table.query(&customer_pk(customer)?, "").await?;
        let contract = |item: &Item| {
            item.sealed(LOOKUP_FORM)?;
            Ok(ContractId::new(item.text("contract")?))
        };
        items.iter().map(contract).collect()
    }

    /// The record by which a further order finds its contract.
    pub(super) fn order_link(&self, contract: &ContractId, order: &OrderKey) -> Result<Item, StoreError> {
        let item = Item::at(order_key(order)?).with_text("contract", contract.as_str());
        Ok(self.seal(item, LOOKUP_FORM, Hash::NONE))
    }

    /// The record by which a customer's contract is found.
    pub(super) fn of_customer(&self, head: &Head) -> Result<Item, StoreError> {
        let key = Key::new(customer_pk(&head.customer)?, format!("CONTRACT#{}", head.contract));
        let item = Item::at(key).with_text("contract", head.contract.as_str());
        Ok(self.seal(item, LOOKUP_FORM, Hash::NONE))
    }
}

fn order_key(order: &OrderKey) -> Result<Key, StoreError> {
    Ok(Key::new(format!("ORDER#{}", part("order", order.as_str())?), "ORDER"))
}

fn customer_pk(customer: &str) -> Result<String, StoreError> {
    Ok(format!("CUSTOMER#{}", part("customer", customer)?))
}
