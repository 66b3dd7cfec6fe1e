//! Rules and products, which refer to entities.

use std::collections::BTreeMap;

use super::super::finding::quoted;
use super::super::model::{Config, Product};
use super::super::shape::join;
use super::super::words::nearest;
use super::super::xero::LINE_TRACKING_MAX;
use super::entities::account_code;
use super::{Report, tracking, unique};
use crate::rules::check_expression;

pub(super) fn check(config: &Config, report: &mut Report<'_>) {
    for (index, rule) in config.rules.iter().enumerate() {
        let path = format!("rules[{index}]");
        if rule.name.trim().is_empty() {
            report.at(
                &format!("{path}.name"),
                "is empty",
                "write a name; it is recorded with each deal that the rule matches",
            );
        }
        // The placeholder of the first pass is empty.
        if let Err(error) = check_expression(&rule.when) {
            let text = error.to_string();
            let (problem, remedy) = text.split_once("; ").unwrap_or((&text, "see the examples in tieout.toml"));
            report.at(&format!("{path}.when"), problem, remedy);
        }
        entity(config, report, &format!("{path}.entity"), &rule.entity);
    }
    unique(report, "rules", "name", config.rules.iter().map(|rule| rule.name.as_str()));
    for (index, product) in config.products.iter().enumerate() {
        one_product(config, product, &format!("products[{index}]"), report);
    }
    unique(
        report,
        "products",
        "code",
        config.products.iter().map(|product| product.code.as_str()),
    );
}

fn one_product(config: &Config, product: &Product, path: &str, report: &mut Report<'_>) {
    if product.code.trim().is_empty() {
        report.at(
            &format!("{path}.code"),
            "is empty",
            "write the product's code as it is in Salesforce",
        );
    }
    let accounts = format!("{path}.revenue_accounts");
    for (id, code) in &product.revenue_accounts {
        let inner = join(&accounts, id);
        entity(config, report, &inner, id);
        account_code(report, &inner, code);
        let owner = config.entities.iter().find(|entity| entity.id == *id);
        if owner.is_some_and(|owner| [&owner.accounts.contract_liability, &owner.accounts.contract_asset].contains(&code)) {
            let problem = format!("{} is also the contract liability or contract asset account of {id}", quoted(code));
            report.at(&inner, problem, "write a revenue account");
        }
    }
    for (id, tax_type) in &product.tax_types {
        let inner = join(&format!("{path}.tax_types"), id);
        entity(config, report, &inner, id);
        if tax_type.trim().is_empty() {
            report.at(&inner, "is empty", "write a tax type of this Xero organisation");
        }
    }
    tracking(report, &format!("{path}.tracking"), product.tracking.iter());
    for entity in &config.entities {
        let mut both: BTreeMap<_, _> = entity.invoices.tracking.iter().collect();
        both.extend(product.tracking.iter());
        if both.len() > LINE_TRACKING_MAX
            && product.tracking.len() <= LINE_TRACKING_MAX
            && entity.invoices.tracking.len() <= LINE_TRACKING_MAX
        {
            let problem = format!("together with those of entity {} has {} categories", entity.id, both.len());
            let remedy = format!("Xero allows {} tracking categories; use the same ones", LINE_TRACKING_MAX);
            report.at(&format!("{path}.tracking"), problem, remedy);
        }
    }
}

fn entity(config: &Config, report: &mut Report<'_>, path: &str, id: &str) {
    let known = config.entities.iter().any(|entity| entity.id == id);
    // Where an entity's id is missing or wrong, this may be the one.
    if known || report.lost_any("entities", "id") {
        return;
    }
    let ids = || config.entities.iter().map(|entity| entity.id.as_str());
    let remedy = match nearest(id, ids()) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => format!("write one of {}", ids().map(quoted).collect::<Vec<_>>().join(", ")),
    };
    report.at(path, format!("{} is not an entity", quoted(id)), remedy);
}
