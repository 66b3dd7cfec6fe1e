//! Between the ledger's types and the configuration's.

use rust_decimal::Decimal;
use tieout_accounting::{Currency, Money};
use tieout_ledger::TenantId;
use tieout_platform::config::Entity;

use crate::error::WorkflowError;

/// Where a head remembers the day and rate of its draft, in a foreign currency.
pub const DRAFT_RATE: &str = "draft_rate";
/// The kind of link from an invoice in Xero to its contract.
pub const INVOICE_LINK: &str = "xero/invoice";

/// The organisation of an entity.
///
/// # Errors
/// Where the configuration names no id; the doctor would have refused it.
pub fn tenant_of(entity: &Entity) -> Result<TenantId, WorkflowError> {
    TenantId::parse(&entity.xero_tenant).map_err(|error| WorkflowError::impossible(format!("entities.{}.xero_tenant: {error}", entity.id)))
}

/// An amount as a decimal in major units.
pub fn decimal(money: Money) -> Decimal {
    Decimal::new(money.minor, money.currency.exponent())
}

/// Minor units of a currency as a decimal in major units.
///
/// # Errors
/// Where the currency is none; the doctor would have refused it.
pub fn minor_to_decimal(minor: i64, currency: &str) -> Result<Decimal, WorkflowError> {
    Ok(decimal(Money::new(minor, Currency::parse(currency)?)))
}
