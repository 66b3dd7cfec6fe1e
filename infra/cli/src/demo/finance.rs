//! What finance and customers do in Xero; each act has an id under which the sandbox does it once.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use tieout_platform::config::Config;
use tieout_sandbox::xero::{Credit, InvoiceView, Xero};

use super::error::DemoError;

/// Decimals of amounts in Xero.
const DECIMALS: u32 = 2;

/// Finance of all entities.
#[derive(Debug, Clone)]
pub struct Finance {
    xero: Xero,
    /// Tenant by entity.
    tenants: BTreeMap<String, String>,
}

impl Finance {
    /// Finance at work in `xero`.
    pub fn new(xero: Xero, config: &Config) -> Self {
        let tenants = config
            .entities
            .iter()
            .map(|entity| (entity.id.clone(), entity.xero_tenant.clone()))
            .collect();
        Self { xero, tenants }
    }

    /// All invoices of all entities, each with its entity.
    pub fn invoices(&self) -> Vec<(&str, InvoiceView)> {
        let mut all = Vec::new();
        for (entity, tenant) in &self.tenants {
            let invoices = self.xero.list_invoices(tenant).into_iter();
            all.extend(invoices.map(|invoice| (entity.as_str(), invoice)));
        }
        all
    }

    /// Approves a draft.
    pub fn authorise(&self, entity: &str, invoice: &InvoiceView) -> Result<(), DemoError> {
        let action = format!("authorise/{}", invoice.number);
        self.xero.authorise_invoice(self.tenant(entity)?, &invoice.id, None, &action)?;
        Ok(())
    }

    /// The customer pays a part of what is due, in hundredths, rounded down to the cent.
    pub fn pay(&self, entity: &str, invoice: &InvoiceView, part: u32, on: NaiveDate, name: &str) -> Result<(), DemoError> {
        let share = invoice
            .amount_due
            .checked_mul(Decimal::from(part))
            .and_then(|share| share.checked_div(Decimal::ONE_HUNDRED));
        let amount = share
            .unwrap_or(invoice.amount_due)
            .round_dp_with_strategy(DECIMALS, RoundingStrategy::ToZero);
        let action = format!("pay/{name}/{}", invoice.number);
        self.xero.record_payment(self.tenant(entity)?, &invoice.id, amount, on, &action)?;
        Ok(())
    }

    /// Credits a part of the invoice.
    pub fn credit(&self, entity: &str, invoice: &InvoiceView, amount: Decimal, date: NaiveDate) -> Result<(), DemoError> {
        let credit = Credit {
            amount,
            date,
            number: None,
        };
        let action = format!("credit/{}", invoice.number);
        self.xero
            .create_credit_note_and_allocate(self.tenant(entity)?, &invoice.id, &credit, &action)?;
        Ok(())
    }

    fn tenant(&self, entity: &str) -> Result<&str, DemoError> {
        let found = self.tenants.get(entity).map(String::as_str);
        found.ok_or_else(|| DemoError::Missing(format!("an organisation of Xero for {entity}")))
    }
}
