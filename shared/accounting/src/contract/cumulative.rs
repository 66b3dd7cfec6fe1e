//! Balances at month-ends: the entries summed up once, so that a question for a month costs no pass over all of them.

use super::state::Balances;
use crate::Period;
use crate::journal::{Entry, Role};

/// What the entries of a contract make of its balances, cumulated through each posting period that has any.
#[derive(Debug, Clone, Default)]
pub(super) struct Cumulative(Vec<(Period, Balances)>);

impl Cumulative {
    /// Sums up entries in the order of their dates, which is that of their posting periods.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let periods = entries.first().zip(entries.last());
        let periods = periods.map_or(0, |(first, last)| last.posting_period.since(first.posting_period) + 1);
        let mut cumulative = Vec::with_capacity(usize::try_from(periods).unwrap_or(0));
        let mut balances = Balances::default();
        for of_period in entries.chunk_by(|left, right| left.posting_period == right.posting_period) {
            for line in of_period.iter().flat_map(|entry| &entry.lines) {
                match line.account {
                    Role::ContractLiability => balances.contract_liability -= line.amount,
                    Role::ContractAsset => balances.contract_asset += line.amount,
                    Role::Receivable => balances.receivable += line.amount,
                    Role::RefundLiability => balances.refund_liability -= line.amount,
                    Role::AccruedReceivable => balances.accrued_receivable += line.amount,
                    _ => {}
                }
            }
            cumulative.extend(of_period.first().map(|entry| (entry.posting_period, balances)));
        }
        Self(cumulative)
    }

    /// Through a period; nothing before the first entry.
    pub(super) fn through(&self, period: Period) -> Balances {
        let after = self.0.partition_point(|(of, _)| *of <= period);
        let last = after.checked_sub(1).and_then(|index| self.0.get(index));
        last.map_or(Balances::default(), |(_, balances)| *balances)
    }
}
