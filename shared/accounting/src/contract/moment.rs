//! Where the contract stands at the end of a day: balances and remaining performance obligations (606-10-50-13).

use super::state::{Balances, Moment, State};
use crate::arithmetic::mul_div;
use crate::{Period, Refusal};

/// Months that count as current (210-10-45).
const CURRENT_MONTHS: u32 = 12;

impl State<'_> {
    /// Remembers where the contract stands at the end of today.
    pub(super) fn moment(&mut self, month_end: bool) -> Result<(), Refusal> {
        let mut sums = [0i128; 4];
        let [liability, asset, refund, accrued] = &mut sums;
        let mut receivable: i128 = self.invoices.iter().map(|invoice| invoice.open_base).sum();
        if month_end && self.world.foreign() {
            let open: i128 = self.invoices.iter().map(|invoice| invoice.open).sum();
            receivable = if open == 0 { 0 } else { self.world.base(open)? };
        }
        for (place, group) in self.groups.iter().enumerate() {
            let position = group.position(&self.world)?;
            let hidden = self.hidden(place, position.asset);
            let shown = position.asset - hidden.performed;
            let closing = month_end && self.world.foreign() && shown != 0;
            let hist = if position.asset == 0 {
                0
            } else {
                mul_div(position.asset_base, shown, position.asset, self.world.rounding).unwrap_or(0)
            };
            let base = if closing { self.world.base(shown)? } else { hist };
            *(if group.metered { &mut *accrued } else { &mut *asset }) += base;
            *liability += position.liability_base;
            *refund += if position.refund == 0 {
                0
            } else {
                self.world.base(position.refund)?
            };
            receivable -= hidden.gross_base;
        }
        if let Some(financing) = &self.financing {
            *liability += financing.accreted(self.world.today)?;
        }
        let narrow = |amount: i128| i64::try_from(amount).map_err(|_| Refusal::too_large(self.id.as_str(), amount));
        let [liability, asset, refund, accrued] = sums;
        let balances = Balances {
            contract_liability: narrow(liability)?,
            contract_asset: narrow(asset)?,
            receivable: narrow(receivable)?,
            refund_liability: narrow(refund)?,
            accrued_receivable: narrow(accrued)?,
        };
        let (rpo, rpo_current) = self.remaining()?;
        let of = |value: fn(&super::obligation::Obligation) -> i128| narrow(self.obligations.iter().map(value).sum());
        self.moments.push(Moment {
            on: self.world.today,
            balances,
            rpo: narrow(rpo)?,
            rpo_current: narrow(rpo_current)?,
            billed: narrow(self.groups.iter().map(|group| group.billed).sum())?,
            recognised: of(|obligation| obligation.recognised)?,
            price: of(|obligation| {
                if obligation.metered && !obligation.ended {
                    obligation.recognised
                } else {
                    obligation.price()
                }
            })?,
        });
        Ok(())
    }

    /// Remaining performance obligations (606-10-50-13) and the part due within twelve months, in the ledger's currency:
    /// what is billed at its layers, the rest at the rate of today.
    pub(super) fn remaining(&self) -> Result<(i128, i128), Refusal> {
        let today = self.world.today;
        let mut in_a_year = today.checked_add_months(chrono::Months::new(CURRENT_MONTHS)).unwrap_or(today);
        if Period::of(today).last_day() == today {
            in_a_year = Period::of(in_a_year).last_day();
        }
        let (mut whole, mut current) = (0i128, 0i128);
        let mut by_group = if self.world.foreign() {
            vec![0i128; self.groups.len()]
        } else {
            Vec::new()
        };
        for obligation in self.obligations.iter().filter(|obligation| !obligation.metered) {
            let rest = obligation.price() - obligation.recognised;
            whole += rest;
            if let Some(sum) = by_group.get_mut(obligation.group) {
                *sum += rest;
            }
            let later = match &obligation.service {
                Some(service) if !obligation.ended && service.last_day() > in_a_year => match obligation.is_over_time() {
                    true => obligation.price() - obligation.earned(in_a_year, self.world.currency, self.world.rounding)?,
                    false if service.start > in_a_year => rest,
                    false => 0,
                },
                _ => 0,
            };
            current += rest - later.min(rest);
        }
        if !self.world.foreign() {
            return Ok((whole, current));
        }
        let mut base = 0i128;
        for (group, rest) in self.groups.iter().zip(by_group) {
            let position = group.position(&self.world)?;
            let covered = position.liability.min(rest).max(0);
            let layers = if position.liability == 0 {
                0
            } else {
                mul_div(position.liability_base, covered, position.liability, self.world.rounding).unwrap_or(0)
            };
            base += layers + if rest == covered { 0 } else { self.world.base(rest - covered)? };
        }
        let current = if whole == 0 {
            0
        } else {
            mul_div(base, current, whole, self.world.rounding).unwrap_or(0)
        };
        Ok((base, current))
    }
}
