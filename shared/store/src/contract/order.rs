//! Orders: what the CRM said when it was booked, and under which rule.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tieout_accounting::ids::ContractId;

use crate::Store;
use crate::error::StoreError;
use crate::item::{Item, Key};
use crate::record::Hash;

use super::{OrderKey, form};

/// The newest form of an order that this code reads and writes.
const ORDER_FORM: u64 = 3;

/// What an order does to its contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// It begins the contract.
    New,
    /// It changes what is sold.
    Change,
    /// It replaces the rest of the term by a new one.
    Renewal,
    /// It ends the contract.
    End,
}

/// An order that was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Where it is kept, and its id there.
    pub key: OrderKey,
    /// What it does.
    pub kind: OrderKind,
    /// A hash of what the record said when it was booked.
    pub fingerprint: String,
    /// The CRM's stamp of the version that was booked.
    pub modified_at: DateTime<Utc>,
    /// The name of the rule that chose the entity.
    pub rule: String,
    /// What was booked.
    pub booked: OrderVersion,
    /// What it sells, in major units, where the sum of its lines does not say it: they state the whole, or an edit of it was accepted, perhaps
    /// in the midst of a term. Forms 1 and 2 knew none.
    pub sells: Option<Decimal>,
}

impl Order {
    /// What it sells: the difference that it makes to the price of its contract, as it was booked.
    pub fn sold(&self) -> Decimal {
        self.sells.unwrap_or_else(|| self.booked.total())
    }
}

/// What an order says: ids, amounts and dates, no names of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderVersion {
    /// The CRM's own word.
    pub stage: String,
    /// Whether the stage counts as won.
    #[serde(rename = "won")]
    pub is_won: bool,
    /// The day of the signature.
    pub close_date: NaiveDate,
    /// ISO 4217.
    pub currency: String,
    /// The whole, in major units, where the CRM gives it.
    pub amount: Option<Decimal>,
    /// The customer, by the CRM's id.
    pub customer: Option<String>,
    /// The CRM's word for what it does; form 1 did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The first day under the new terms, where the record names one; form 1 did not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<NaiveDate>,
    /// In the CRM's order.
    pub lines: Vec<OrderLine>,
}

impl OrderVersion {
    /// The sum of its lines.
    pub fn total(&self) -> Decimal {
        self.lines.iter().map(|line| line.total_price).sum()
    }
}

/// A line of an order; amounts in major units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// The CRM's id of the line.
    pub id: String,
    /// The product's code.
    pub product: Option<String>,
    /// How many.
    pub quantity: Decimal,
    /// The price of one.
    pub unit_price: Decimal,
    /// The price of all.
    pub total_price: Decimal,
    /// First day of service.
    pub start: Option<NaiveDate>,
    /// Last day of service.
    pub end: Option<NaiveDate>,
}

impl Store {
    pub(super) fn order_item(&self, contract: &ContractId, order: &Order) -> Result<Item, StoreError> {
        self.order_at(form::order_key(contract, &order.key)?, order)
    }

    /// The item of a later version, counted from 2.
    pub(super) fn order_version_item(&self, contract: &ContractId, order: &Order, version: usize) -> Result<Item, StoreError> {
        self.order_at(form::order_version_key(contract, &order.key, version)?, order)
    }

    fn order_at(&self, key: Key, order: &Order) -> Result<Item, StoreError> {
        let item = Item::at(key)
            .with_text("order", order.key.as_str())
            .with_form("kind", &order.kind)?
            .with_text("fingerprint", &order.fingerprint)
            .with_instant("modified_at", order.modified_at)
            .with_text("rule", &order.rule)
            .with_form("booked", &order.booked)?
            .with_maybe("sells", order.sells.map(|sells| sells.normalize().to_string()).as_deref());
        Ok(self.seal(item, ORDER_FORM, Hash::NONE))
    }
}

pub(super) fn read(item: &Item) -> Result<Order, StoreError> {
    item.sealed(ORDER_FORM)?;
    Ok(Order {
        key: OrderKey::stored(item.owned("order")?),
        kind: item.form("kind", "a kind of order")?,
        fingerprint: item.owned("fingerprint")?,
        modified_at: item.instant("modified_at")?,
        rule: item.owned("rule")?,
        booked: item.form("booked", "what was booked of an order")?,
        sells: match item.maybe_owned("sells")? {
            Some(text) => Some(text.parse().map_err(|_| item.broken("sells", "an amount"))?),
            None => None,
        },
    })
}
