//! What Salesforce sets by itself: the outcome of a stage, the price of a line, the amount of a deal.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::{Actor, Work};
use crate::salesforce::error::ApiError;
use crate::salesforce::record::Record;
use crate::salesforce::schema::{Children, STAGES};
use crate::salesforce::soql::Source;
use crate::salesforce::values::{instant_text, number_value};

const LINES: Children = Children {
    name: "OpportunityLineItems",
    object: "OpportunityLineItem",
    field: "OpportunityId",
};
const DEALS: Children = Children {
    name: "Opportunities",
    object: "Opportunity",
    field: "AccountId",
};

/// Fills in what follows from the fields that were given.
pub(super) fn complete(work: &Work<'_>, record: &mut Record, given: &Map<String, Value>, creating: bool) -> Result<(), ApiError> {
    let has = |name: &str| given.keys().any(|key| key.eq_ignore_ascii_case(name));
    match record.object.as_str() {
        "Opportunity" => opportunity(work, record, has, creating),
        "OpportunityLineItem" => line(work, record, has, creating),
        "PricebookEntry" => {
            if let Some(product) = record.text("Product2Id").and_then(|id| work.record(id)) {
                let (name, code) = (product.get("Name").clone(), product.get("ProductCode").clone());
                record.set("Name", name);
                record.set("ProductCode", code);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn opportunity(work: &Work<'_>, record: &mut Record, has: impl Fn(&str) -> bool, creating: bool) -> Result<(), ApiError> {
    let earlier = work.record(&record.id);
    let stage = record.text("StageName").unwrap_or_default().to_owned();
    let probability = STAGES.iter().find(|(name, _)| *name == stage).map_or(0, |(_, percent)| *percent);
    let moved = earlier.is_none_or(|earlier| earlier.text("StageName") != Some(&stage));
    if (creating || moved) && !has("Probability") {
        record.set("Probability", number_value(Decimal::from(probability), 0));
    }
    record.set("IsWon", stage == "Closed Won");
    record.set("IsClosed", stage.starts_with("Closed "));
    let has_lines = record.is("HasOpportunityLineItem");
    if let Some(earlier) = earlier
        && has_lines
    {
        // "If the record has products, an attempt to update the amount is ignored" (Object Reference, Opportunity).
        record.set("Amount", earlier.get("Amount").clone());
        if earlier.get("CurrencyIsoCode") != record.get("CurrencyIsoCode") {
            let message = "The currency of an opportunity with products cannot be changed";
            return Err(ApiError::record("FIELD_INTEGRITY_EXCEPTION", message, &["CurrencyIsoCode"]));
        }
    }
    expect_revenue(record);
    Ok(())
}

fn expect_revenue(record: &mut Record) {
    let expected = match (record.decimal("Amount"), record.decimal("Probability")) {
        (Some(amount), Some(percent)) => amount
            .checked_mul(percent)
            .map_or(Value::Null, |product| number_value(product / Decimal::ONE_HUNDRED, 2)),
        _ => Value::Null,
    };
    record.set("ExpectedRevenue", expected);
}

fn line(work: &Work<'_>, record: &mut Record, has: impl Fn(&str) -> bool, creating: bool) -> Result<(), ApiError> {
    let entry = record.text("PricebookEntryId").and_then(|id| work.record(id));
    if let Some(entry) = entry {
        let (product, list) = (entry.get("Product2Id").clone(), entry.get("UnitPrice").clone());
        record.set("Product2Id", product);
        record.set("ListPrice", list);
    }
    if creating && record.get("Product2Id").is_null() {
        let message = "Required fields are missing: [PricebookEntryId]";
        return Err(ApiError::record("REQUIRED_FIELD_MISSING", message, &["PricebookEntryId"]));
    }
    let deal = record.text("OpportunityId").and_then(|id| work.record(id));
    let product = record.text("Product2Id").and_then(|id| work.record(id));
    let named = |record: Option<&Record>| record.and_then(|record| record.text("Name")).unwrap_or_default().to_owned();
    let name = format!("{} {}", named(deal), named(product));
    let code = product.map_or(Value::Null, |product| product.get("ProductCode").clone());
    let currency = deal.map_or(Value::Null, |deal| deal.get("CurrencyIsoCode").clone());
    record.set("Name", name);
    record.set("ProductCode", code);
    if !currency.is_null() {
        record.set("CurrencyIsoCode", currency);
    }
    price(work.actor, record, has, creating)
}

/// `TotalPrice` = quantity x price less discount, or the price from the total: a caller gives one of the two.
fn price(actor: Actor, record: &mut Record, has: impl Fn(&str) -> bool, creating: bool) -> Result<(), ApiError> {
    let (unit, total) = (has("UnitPrice"), has("TotalPrice"));
    if actor == Actor::Hand && unit && total {
        return subtotal(record);
    }
    if unit && total {
        let message = "You may specify either UnitPrice or TotalPrice, not both";
        return Err(ApiError::record("FIELD_INTEGRITY_EXCEPTION", message, &["UnitPrice", "TotalPrice"]));
    }
    if creating && !unit && !total {
        let message = "Required fields are missing: [UnitPrice]";
        return Err(ApiError::record("REQUIRED_FIELD_MISSING", message, &["UnitPrice"]));
    }
    let quantity = record.decimal("Quantity").unwrap_or(Decimal::ZERO);
    let discount = record.decimal("Discount").unwrap_or(Decimal::ZERO);
    let kept = (Decimal::ONE_HUNDRED - discount) / Decimal::ONE_HUNDRED;
    let share = quantity.checked_mul(kept).ok_or_else(too_large)?;
    if total {
        if actor == Actor::Caller
            && let Some(price) = record.decimal("TotalPrice").and_then(|total| total.checked_div(share))
        {
            record.set("UnitPrice", number_value(price, 2));
        }
    } else if creating || unit || has("Quantity") || has("Discount") {
        let price = record.decimal("UnitPrice").unwrap_or(Decimal::ZERO);
        let total = price.checked_mul(share).ok_or_else(too_large)?;
        record.set("TotalPrice", number_value(total, 2));
    }
    subtotal(record)
}

fn subtotal(record: &mut Record) -> Result<(), ApiError> {
    let factors = (record.decimal("Quantity"), record.decimal("UnitPrice"));
    if let (Some(quantity), Some(price)) = factors {
        let subtotal = quantity.checked_mul(price).ok_or_else(too_large)?;
        record.set("Subtotal", number_value(subtotal, 2));
    }
    Ok(())
}

fn too_large() -> ApiError {
    let message = "TotalPrice: value outside of valid range on numeric field";
    ApiError::record("NUMBER_OUTSIDE_VALID_RANGE", message, &["TotalPrice"])
}

/// The live records of the many, as the transaction sees them.
fn live_children(work: &Work<'_>, children: &Children, parent: &str) -> Vec<Record> {
    let kept = work.state.children_of(children, parent).map(|record| record.id.clone());
    let mut ids: std::collections::BTreeSet<String> = kept.collect();
    let staged = work.staged.iter().filter(|record| record.object == children.object);
    ids.extend(staged.map(|record| record.id.clone()));
    let found = ids.iter().filter_map(|id| work.record(id));
    found
        .filter(|record| !record.deleted && record.text(children.field) == Some(parent))
        .cloned()
        .collect()
}

/// A deal with lines is worth their sum; its stamp moves with theirs.
pub(super) fn roll_up(work: &mut Work<'_>, opportunity: &str) {
    let Some(mut deal) = work.record(opportunity).cloned() else {
        return;
    };
    if deal.deleted {
        return;
    }
    let lines = live_children(work, &LINES, opportunity);
    let sum = |field: &str| lines.iter().filter_map(|line| line.decimal(field)).sum::<Decimal>();
    deal.set("HasOpportunityLineItem", !lines.is_empty());
    if lines.is_empty() {
        deal.set("TotalOpportunityQuantity", Value::Null);
    } else {
        deal.set("TotalOpportunityQuantity", number_value(sum("Quantity"), 2));
        deal.set("Amount", number_value(sum("TotalPrice"), 2));
    }
    expect_revenue(&mut deal);
    deal.set("LastModifiedDate", instant_text(work.now));
    deal.set("LastModifiedById", work.user.clone());
    deal.set("SystemModstamp", instant_text(work.now));
    work.staged.push(deal);
}

/// Lines go with their deal, deals with their account, unless one of them is won.
pub(super) fn delete_dependants(work: &mut Work<'_>, record: &Record) -> Result<(), ApiError> {
    let children = match record.object.as_str() {
        "Opportunity" => LINES,
        "Account" => DEALS,
        _ => return Ok(()),
    };
    let found = live_children(work, &children, &record.id);
    if found.iter().any(|child| child.object == "Opportunity" && child.is("IsWon")) {
        let message = format!(
            "Your attempt to delete {} could not be completed because some opportunities in that account were closed won.",
            record.text("Name").unwrap_or_default()
        );
        return Err(ApiError::record("DELETE_FAILED", message, &[]));
    }
    for child in found {
        work.delete(&child.id)?;
    }
    Ok(())
}
