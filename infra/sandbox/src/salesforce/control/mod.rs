//! The sandbox's own hand: sellers who close deals, and days on which things break.

mod deals;
mod trouble;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A customer to add. `fields` may set any other field of `Account` by its API name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Its name.
    pub name: String,
    /// Its ISO 4217 currency; the corporate one without. Ignored without multi-currency.
    #[serde(default)]
    pub currency: Option<String>,
    /// Other fields, such as `BillingCountry`.
    #[serde(default)]
    pub fields: Map<String, Value>,
}

/// A deal to add.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOpportunity {
    /// Its name.
    pub name: String,
    /// The customer's id.
    pub account_id: String,
    /// The day on which it is, or will be, closed.
    pub close_date: NaiveDate,
    /// `Prospecting` without.
    #[serde(default)]
    pub stage: Option<String>,
    /// ISO 4217; the corporate currency without. Ignored without multi-currency.
    #[serde(default)]
    pub currency: Option<String>,
    /// The amount of a deal without lines.
    #[serde(default)]
    pub amount: Option<Decimal>,
    /// Other fields, such as `Type` or `Start_Date__c`.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// What is sold.
    #[serde(default)]
    pub lines: Vec<NewLine>,
}

/// A line of a deal.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// The product's name; it is made when there is none of this name and code.
    pub product: String,
    /// The product's code.
    #[serde(default)]
    pub product_code: Option<String>,
    /// How many, to two decimals.
    pub quantity: Decimal,
    /// Sales price of one, to two decimals.
    pub unit_price: Decimal,
    /// The line's total; quantity x price less discount without.
    #[serde(default)]
    pub total_price: Option<Decimal>,
    /// Percent.
    #[serde(default)]
    pub discount: Option<Decimal>,
    /// The standard `ServiceDate`.
    #[serde(default)]
    pub service_date: Option<NaiveDate>,
    /// `Start_Date__c`.
    #[serde(default)]
    pub start_date: Option<NaiveDate>,
    /// `End_Date__c`, inclusive.
    #[serde(default)]
    pub end_date: Option<NaiveDate>,
    /// Its place; the next one without.
    #[serde(default)]
    pub sort_order: Option<u32>,
    /// What the customer reads.
    #[serde(default)]
    pub description: Option<String>,
    /// Other fields.
    #[serde(default)]
    pub fields: Map<String, Value>,
}

/// The ids of what was added, of 18 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedOpportunity {
    /// The deal.
    pub id: String,
    /// Its lines, as given.
    pub line_ids: Vec<String>,
}
