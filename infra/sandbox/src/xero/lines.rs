//! The lines of an invoice or credit note: read, checked, and brought together with the lines that were there.

use rust_decimal::Decimal;
use serde_json::Value;

use super::model::{Document, Line, LineAmountTypes};
use super::settings::{Account, Organisation};
use super::totals;
use super::validation::{self, LineOf};
use super::wire::{Fields, is_in_bounds, round};
use super::world::new_id;

/// Longest description.
const DESCRIPTION_LENGTH_MAX: usize = 4_000;

/// Reads the lines of a request into `document`; lines that it does not name are gone afterwards.
pub(super) fn replace(document: &mut Document, settings: &Organisation, sent: &[Value], unit_places: u32, errors: &mut Vec<String>) {
    let before = std::mem::take(&mut document.lines);
    for value in sent {
        let Some(fields) = Fields::of(value) else {
            errors.push("A line item must be an object".to_owned());
            continue;
        };
        let earlier = fields.text("LineItemID");
        let earlier = earlier.and_then(|id| before.iter().find(|line| line.id.eq_ignore_ascii_case(id)));
        let line = read(&fields, earlier, document.line_amount_types, settings, unit_places, errors);
        document.lines.push(line);
    }
}

/// Recomputes tax where only the way of taxing changed.
pub(super) fn retax(document: &mut Document, settings: &Organisation) {
    let types = document.line_amount_types;
    for line in &mut document.lines {
        let rate = line.tax_type.as_deref().and_then(|code| settings.tax_rate(code));
        line.tax_amount = totals::tax(types, line.line_amount, rate.map_or(Decimal::ZERO, |rate| rate.rate));
    }
}

fn blank() -> Line {
    Line {
        id: new_id(),
        description: None,
        quantity: Decimal::ONE,
        unit_amount: Decimal::ZERO,
        item_code: None,
        account_code: None,
        tax_type: None,
        tax_amount: Decimal::ZERO,
        line_amount: Decimal::ZERO,
        discount_rate: None,
        discount_amount: None,
        tracking: Vec::new(),
    }
}

fn read(
    fields: &Fields<'_>,
    earlier: Option<&Line>,
    types: LineAmountTypes,
    settings: &Organisation,
    unit_places: u32,
    errors: &mut Vec<String>,
) -> Line {
    let mut line = earlier.cloned().unwrap_or_else(blank);
    if let Some(text) = fields.text("Description") {
        validation::length("Description", text, DESCRIPTION_LENGTH_MAX, errors);
        line.description = Some(text.to_owned());
    }
    if let Some(item) = fields.text("ItemCode") {
        line.item_code = Some(item.to_owned());
    }
    let account = validation::account(settings, fields, LineOf::Document, errors);
    if let Some(account) = account {
        line.account_code = Some(account.code.clone());
    }
    if fields.has("Tracking") {
        line.tracking = validation::tracking(settings, fields, errors);
    }
    amounts(&mut line, fields, unit_places, errors);
    taxes(&mut line, fields, account, types, settings, errors);
    line
}

/// Quantity, unit, discount, and the line's amount, which must agree with them where it is sent.
fn amounts(line: &mut Line, fields: &Fields<'_>, unit_places: u32, errors: &mut Vec<String>) {
    let sent_amount = fields.decimal("LineAmount", errors);
    let sent_unit = fields.decimal("UnitAmount", errors);
    if let Some(quantity) = fields.decimal("Quantity", errors) {
        if quantity.is_sign_negative() && !quantity.is_zero() {
            errors.push(format!(
                "The quantity value '{quantity:.4}' is invalid. Quantity must not be less than zero."
            ));
        }
        line.quantity = round(quantity, 4);
    }
    line.discount_rate = fields.decimal("DiscountRate", errors).or(line.discount_rate);
    line.discount_amount = fields.decimal("DiscountAmount", errors).or(line.discount_amount);
    match (sent_unit, sent_amount) {
        (Some(unit), _) => line.unit_amount = round(unit, unit_places),
        (None, Some(amount)) if !line.quantity.is_zero() => line.unit_amount = round(amount / line.quantity, unit_places),
        _ => {}
    }
    if line
        .discount_rate
        .is_some_and(|rate| rate.is_sign_negative() || rate > Decimal::ONE_HUNDRED)
    {
        errors.push("DiscountRate must be between 0 and 100".to_owned());
        line.discount_rate = None;
    }
    if !is_in_bounds(&line.unit_amount) {
        errors.push("UnitAmount is not a valid number".to_owned());
        line.unit_amount = Decimal::ZERO;
    }
    let expected = totals::line_amount(line);
    match sent_amount {
        // What the caller rounded from more places than Xero keeps of the unit is refused, as in the real one.
        Some(amount) if sent_unit.is_some() && round(amount, 2) != expected => {
            errors.push(format!(
                "The line total {amount:.2} does not match the expected line total {expected:.2}"
            ));
        }
        Some(amount) => line.line_amount = round(amount, 2),
        None => line.line_amount = expected,
    }
}

fn taxes(
    line: &mut Line,
    fields: &Fields<'_>,
    account: Option<&Account>,
    types: LineAmountTypes,
    settings: &Organisation,
    errors: &mut Vec<String>,
) {
    let named = fields.text("TaxType").map(str::to_owned);
    let default = || account.map(|account| account.tax_type.clone());
    line.tax_type = if types == LineAmountTypes::NoTax {
        Some("NONE".to_owned())
    } else {
        named.clone().or_else(|| line.tax_type.clone()).or_else(default)
    };
    if let Some(code) = named.as_deref().or(line.tax_type.as_deref()) {
        let account = account.or_else(|| line.account_code.as_deref().and_then(|code| settings.account(code)));
        validation::tax_type(settings, code, account, errors);
    }
    let rate = line.tax_type.as_deref().and_then(|code| settings.tax_rate(code));
    let rate = rate.map_or(Decimal::ZERO, |rate| rate.rate);
    let computed = totals::tax(types, line.line_amount, rate);
    let sent = fields.decimal("TaxAmount", errors).map(|amount| round(amount, 2));
    line.tax_amount = if types == LineAmountTypes::NoTax {
        Decimal::ZERO
    } else {
        sent.unwrap_or(computed)
    };
}
