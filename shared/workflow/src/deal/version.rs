//! A deal as it was when it was booked: ids, amounts and dates, no names of people.

use tieout_crm::deal::{Deal, DealLine};
use tieout_store::{OrderLine, OrderVersion};

/// What booking depends on, to be shown beside a later version.
pub fn of(deal: &Deal) -> OrderVersion {
    OrderVersion {
        stage: deal.stage.clone(),
        is_won: deal.is_won,
        close_date: deal.close_date,
        currency: deal.currency.clone(),
        amount: deal.amount,
        kind: deal.kind_value.clone(),
        effective: deal.effective,
        customer: deal.account.as_ref().map(|account| account.id.to_string()),
        lines: deal.lines.iter().map(line).collect(),
    }
}

fn line(line: &DealLine) -> OrderLine {
    OrderLine {
        id: line.id.to_string(),
        product: line.product_code.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        total_price: line.total_price,
        start: line.start,
        end: line.end,
    }
}
