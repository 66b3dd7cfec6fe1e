//! Tables of an explanation: revenue by period, balances at month-ends.

use super::{line, table};
use crate::Period;
use crate::contract::Contract;
use crate::story::Outcome;

/// Columns of periods that stand side by side.
const PERIODS_PER_TABLE: usize = 12;

/// Obligations by periods, twelve periods a table.
pub(super) fn schedule(out: &mut String, contract: &Contract, outcome: &Outcome) {
    let mut periods: Vec<Period> = contract.recognised_by_period().keys().copied().collect();
    let posted = contract.posted();
    periods.extend(posted.iter().filter(|(_, amount)| **amount != 0).map(|(period, _)| *period));
    periods.sort();
    periods.dedup();
    let differs = posted.iter().any(|(period, amount)| contract.recognised(*period).minor != *amount);
    periods.retain(|period| outcome.until.is_none_or(|until| *period <= until));
    for (place, chunk) in periods.chunks(PERIODS_PER_TABLE).enumerate() {
        if place > 0 {
            line(out, String::new());
        }
        let mut rows = vec![("".to_owned(), chunk.iter().map(Period::to_string).collect::<Vec<_>>())];
        for (id, amounts) in contract.recognised_by_obligation() {
            let cell = |period: &Period| amounts.get(period).map_or_else(|| "-".to_owned(), |amount| outcome.major(*amount));
            rows.push((id.to_string(), chunk.iter().map(cell).collect()));
        }
        rows.push((
            "all".to_owned(),
            chunk
                .iter()
                .map(|period| outcome.major(contract.recognised(*period).minor))
                .collect(),
        ));
        if differs {
            let cell = |period: &Period| outcome.major(posted.get(period).copied().unwrap_or(0));
            rows.push(("as posted".to_owned(), chunk.iter().map(cell).collect()));
        }
        table(out, &rows);
    }
}

pub(super) fn balances(out: &mut String, contract: &Contract, outcome: &Outcome) {
    let head = [
        "contract liability",
        "contract asset",
        "accrued receivable",
        "receivable",
        "refund liability",
        "remaining obligations",
        "within a year",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut rows = vec![("".to_owned(), head)];
    let until = outcome.until.unwrap_or(contract.through());
    for day in contract.first_period().to(until).map(Period::last_day) {
        let of = contract.balances(day);
        let cells = [
            of.contract_liability,
            of.contract_asset,
            of.accrued_receivable,
            of.receivable,
            of.refund_liability,
            contract.rpo(day).minor,
            contract.rpo_current(day).minor,
        ];
        rows.push((day.to_string(), cells.into_iter().map(|amount| outcome.major(amount)).collect()));
    }
    table(out, &rows);
}
