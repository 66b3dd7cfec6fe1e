//! A deal as it was when it was booked: ids, amounts and dates, no names of people.

use serde_json::{Value, json};
use tieout_crm::deal::Deal;

/// What booking depends on, to be shown beside a later version.
pub fn of(deal: &Deal) -> Value {
    let lines: Vec<Value> = deal
        .lines
        .iter()
        .map(|line| {
            json!({
                "id": line.id.to_string(),
                "product": line.product_code,
                "quantity": line.quantity.to_string(),
                "unit_price": line.unit_price.to_string(),
                "total_price": line.total_price.to_string(),
                "start": line.start,
                "end": line.end,
            })
        })
        .collect();
    json!({
        "stage": deal.stage,
        "won": deal.is_won,
        "close_date": deal.close_date,
        "currency": deal.currency,
        "amount": deal.amount.map(|amount| amount.to_string()),
        "account": deal.account.as_ref().map(|account| account.id.to_string()),
        "lines": lines,
    })
}
