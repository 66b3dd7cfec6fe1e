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

/// Differences that a finding names; the case has both versions whole.
const DIFFERENCES_MAX: usize = 6;

/// What differs, field by field, in the words of the person who reads it.
pub fn differences(before: &OrderVersion, now: &OrderVersion) -> String {
    let mut all = of_header(before, now);
    for line in &before.lines {
        match now.lines.iter().find(|other| other.id == line.id) {
            None => all.push(format!("{} of {} taken out", name(line), line.total_price)),
            Some(other) => all.extend(of_line(line, other)),
        }
    }
    let is_new = |line: &&OrderLine| before.lines.iter().all(|other| other.id != line.id);
    let added = now.lines.iter().filter(is_new);
    all.extend(added.map(|line| format!("{} of {} added", name(line), line.total_price)));
    let more = all.len().saturating_sub(DIFFERENCES_MAX);
    all.truncate(DIFFERENCES_MAX);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join("; ")
}

fn of_header(before: &OrderVersion, now: &OrderVersion) -> Vec<String> {
    let rows = [
        ("stage", before.stage.clone(), now.stage.clone()),
        ("kind", text(before.kind.as_ref()), text(now.kind.as_ref())),
        ("customer", text(before.customer.as_ref()), text(now.customer.as_ref())),
        ("currency", before.currency.clone(), now.currency.clone()),
        ("close date", before.close_date.to_string(), now.close_date.to_string()),
        (
            "first day of the change",
            text(before.effective.as_ref()),
            text(now.effective.as_ref()),
        ),
    ];
    let differs = rows.into_iter().filter(|(_, before, now)| before != now);
    differs.map(|(what, before, now)| format!("{what} {before} → {now}")).collect()
}

fn of_line(before: &OrderLine, now: &OrderLine) -> Vec<String> {
    let rows = [
        ("product", text(before.product.as_ref()), text(now.product.as_ref())),
        (
            "quantity",
            before.quantity.normalize().to_string(),
            now.quantity.normalize().to_string(),
        ),
        (
            "total",
            before.total_price.normalize().to_string(),
            now.total_price.normalize().to_string(),
        ),
        ("first day", text(before.start.as_ref()), text(now.start.as_ref())),
        ("last day", text(before.end.as_ref()), text(now.end.as_ref())),
    ];
    let differs = rows.into_iter().filter(|(_, before, now)| before != now);
    differs
        .map(|(what, then, now)| format!("{} {what} {then} → {now}", name(before)))
        .collect()
}

fn name(line: &OrderLine) -> &str {
    line.product.as_deref().unwrap_or(&line.id)
}

fn text(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), ToString::to_string)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(id: &str, product: &str, total: &str) -> OrderLine {
        OrderLine {
            id: id.to_owned(),
            product: Some(product.to_owned()),
            quantity: "1".parse().unwrap(),
            unit_price: total.parse().unwrap(),
            total_price: total.parse().unwrap(),
            start: None,
            end: None,
        }
    }

    fn version(lines: Vec<OrderLine>) -> OrderVersion {
        OrderVersion {
            stage: "Closed Won".to_owned(),
            is_won: true,
            close_date: "2026-01-05".parse().unwrap(),
            currency: "GBP".to_owned(),
            amount: None,
            customer: Some("001A".to_owned()),
            kind: None,
            effective: None,
            lines,
        }
    }

    #[test]
    fn what_was_edited_is_told_field_by_field() {
        let booked = version(vec![line("1", "SEATS", "1200.00"), line("2", "API", "300")]);
        let check = |now: OrderVersion, expected: &str| assert_eq!(differences(&booked, &now), expected);
        check(booked.clone(), "");
        check(version(vec![line("1", "SEATS", "1200"), line("2", "API", "300.0")]), "");
        check(
            version(vec![line("1", "SEATS", "1500"), line("2", "API", "300")]),
            "SEATS total 1200 → 1500",
        );
        check(
            version(vec![line("1", "SEATS", "1200"), line("3", "SETUP", "90")]),
            "API of 300 taken out; SETUP of 90 added",
        );
        let moved = OrderLine {
            start: Some("2026-02-01".parse().unwrap()),
            ..line("2", "API", "300")
        };
        let other = OrderVersion {
            stage: "Negotiation".to_owned(),
            customer: None,
            ..version(vec![line("1", "SEATS", "1200"), moved])
        };
        check(
            other,
            "stage Closed Won → Negotiation; customer 001A → none; API first day none → 2026-02-01",
        );
        let many = (3..10).map(|id| line(&id.to_string(), "X", "1"));
        check(
            version(booked.lines.iter().cloned().chain(many).collect()),
            "X of 1 added; X of 1 added; X of 1 added; X of 1 added; X of 1 added; X of 1 added; and 1 more",
        );
    }
}
