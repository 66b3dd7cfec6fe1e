//! The group as the auditor knows it.

use tieout_platform::config::{Approval, Coding, Config, Method, Right, Satisfied};

use crate::auditor::facts::{Company, Entity, Limits, Product, WriteBack};

/// The company that a configuration describes.
pub fn company(config: &Config, canaries: Vec<String>) -> Company {
    let entities = config.entities.iter().map(|entity| Entity {
        id: entity.id.clone(),
        tenant: entity.xero_tenant.clone(),
        currency: entity.currency.clone(),
        revenue: entity.accounts.revenue.clone(),
        liability: entity.accounts.contract_liability.clone(),
        asset: entity.accounts.contract_asset.clone(),
        number_prefix: entity.invoices.number_prefix.clone(),
        method: method(entity.close.method).to_owned(),
        codes_to_revenue: entity.invoices.coding == Coding::Revenue,
        approval_required: entity.close.approval == Approval::Required,
    });
    let products = config.products.iter().map(|product| Product {
        code: product.code.clone(),
        at_point: product.satisfied == Satisfied::AtPoint,
        method: product.method.map(|own| method(own).to_owned()),
        revenue_accounts: product.revenue_accounts.clone(),
    });
    let approvers = config.people.iter().filter(|person| person.may.contains(&Right::Approve));
    let back = &config.salesforce.write_back;
    Company {
        entities: entities.collect(),
        products: products.collect(),
        approvers: approvers.map(|person| person.id.clone()).collect(),
        limits: Limits {
            per_day_max: usize::try_from(config.xero.calls_per_day_max).unwrap_or(usize::MAX),
            ..Limits::default()
        },
        write_back: WriteBack {
            invoice_number: back.invoice_number.clone(),
            invoice_status: back.invoice_status.clone(),
            amount_due: back.amount_due.clone(),
            amount_paid: back.amount_paid.clone(),
        },
        canaries,
    }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Daily => "daily",
        Method::ProrataMonth => "prorata_month",
        Method::EqualTouched => "equal_touched",
        Method::EqualAnniversary => "equal_anniversary",
    }
}
