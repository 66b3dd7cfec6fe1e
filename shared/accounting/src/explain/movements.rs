//! Roll-forward of a contract by month: opening, billed, to revenue, closing, of the contract liability and of the contract
//! asset (606-10-50-8..10; IFRS 15.116-118).
//!
//! The ledger reverses an accrual on the next day and bills the whole amount to the contract liability. What of that billing
//! settled the contract asset is shown as such. Example: 200.00 are earned, then 1,200.00 are invoiced and 100.00 more are earned:
//! liability 1,200.00 billed, less 200.00 that settled the asset, less 100.00 to revenue = 900.00; asset 200.00 less 200.00 = 0.

use std::collections::BTreeMap;

use crate::contract::Contract;
use crate::rollforward::{self, RollForward, Row};
use crate::{Period, Refusal};

/// Movements of a balance in a month, in minor units of the ledger's currency, on the balance's natural side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Movement {
    pub(super) opening: i64,
    /// Invoiced, less credit notes.
    pub(super) billed: i64,
    /// Of the billing, what settled the contract asset (or of a credit note, what raised it).
    pub(super) settled: i64,
    /// To revenue (the liability falls), or earned and not billed (the asset rises).
    pub(super) revenue: i64,
    /// Refunds promised, write-offs, interest, exchange differences, presentation.
    pub(super) other: i64,
    pub(super) closing: i64,
}

impl Movement {
    pub(super) fn adds_up(&self) -> bool {
        let parts = [self.opening, self.billed, self.settled, self.revenue, self.other];
        parts.iter().map(|part| i128::from(*part)).sum::<i128>() == i128::from(self.closing)
    }

    /// The movements of several months as one.
    pub(super) fn over(months: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> i64| months.iter().map(of).sum();
        Self {
            opening: months.first().map_or(0, |month| month.opening),
            billed: sum(|month| month.billed),
            settled: sum(|month| month.settled),
            revenue: sum(|month| month.revenue),
            other: sum(|month| month.other),
            closing: months.last().map_or(0, |month| month.closing),
        }
    }
}

/// Both balances by month.
#[derive(Debug, Clone, Default)]
pub(super) struct Movements {
    pub(super) liability: BTreeMap<Period, Movement>,
    /// Contract asset and accrued receivable.
    pub(super) asset: BTreeMap<Period, Movement>,
}

impl Movements {
    /// From the first month of the contract through `last`.
    ///
    /// # Errors
    /// A roll-forward that does not add up, which is a defect of the engine.
    pub(super) fn of(contract: &Contract, last: Period) -> Result<Self, Refusal> {
        let one = std::slice::from_ref(contract);
        let (liability, asset) = (rollforward::contract_liability(one, last)?, rollforward::contract_asset(one, last)?);
        let mut movements = Self::default();
        let row = |rows: &RollForward, period: Period, opening: i64| {
            let still = Row {
                opening,
                closing: opening,
                ..Row::default()
            };
            rows.get(&period).copied().unwrap_or(still)
        };
        let (mut owed, mut unbilled) = (0, 0);
        for period in contract.first_period().to(last) {
            let (of_liability, of_asset) = (row(&liability, period, owed), row(&asset, period, unbilled));
            (owed, unbilled) = (of_liability.closing, of_asset.closing);
            let settled = settled(&of_liability, &of_asset);
            let of = |row: Row, settled: i64, revenue: i64| {
                let movement = Movement {
                    opening: row.opening,
                    billed: row.billed,
                    settled,
                    revenue: row.recognised + revenue,
                    other: row.other,
                    closing: row.closing,
                };
                let problem = format!("is the closing balance of {period}, and the movements do not give it");
                let refuse = || Refusal::new("roll-forward", row.closing, problem, "report this as a defect of the engine");
                movement.adds_up().then_some(movement).ok_or_else(refuse)
            };
            movements.liability.insert(period, of(of_liability, -settled, settled)?);
            movements.asset.insert(period, of(of_asset, -settled, settled)?);
        }
        Ok(movements)
    }
}

/// What of the billing of a month settled the contract asset: an invoice came, the asset fell, and the reversal of its accrual
/// was made up by a release. Below zero where a credit note took back more than the liability, so that the asset rose.
fn settled(liability: &Row, asset: &Row) -> i64 {
    let smallest = |parts: [i64; 3]| parts.into_iter().min().unwrap_or(0).max(0);
    let invoiced = smallest([liability.billed, -liability.recognised, -asset.recognised]);
    let credited = smallest([-liability.billed, liability.recognised, asset.recognised]);
    invoiced - credited
}
