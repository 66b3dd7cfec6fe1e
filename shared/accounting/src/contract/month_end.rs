//! The month-end: what the books should hold, minus what documents and earlier month-ends have put there (docs/accounting.md, Journals).
//!
//! Example: 200.00 are earned and nothing is billed: Dr contract asset 200.00 / Cr revenue 200.00 on the last day, its mirror on
//! the first of the next month, so that each month's end stands by itself.

use super::billing::Draft;
use super::state::State;
use crate::arithmetic::split;
use crate::ids::EntryId;
use crate::journal::{Case, Role};
use crate::{Period, Refusal};

impl State<'_> {
    /// Mirrors the accruals of the last month-end, on the first day of a period.
    pub(super) fn reverse(&mut self, on: chrono::NaiveDate) -> Result<(), Refusal> {
        for place in std::mem::take(&mut self.to_reverse) {
            let entry = self.entries.get_mut(place).ok_or_else(|| Refusal::unknown("entry", place))?;
            entry.reversed_on = Some(on);
            let mut mirror = entry.clone();
            mirror.id = EntryId::new(format!("{}/reversal", entry.id));
            mirror.reverses = Some(entry.id.clone());
            mirror.reversed_on = None;
            mirror.on = on;
            mirror.economic_period = Period::of(on);
            mirror.posting_period = mirror.economic_period;
            mirror.reason = crate::journal::Reason::reversing(entry.case, &entry.reason);
            if entry.case != Case::ReceivableRevaluation {
                mirror.case = Case::Reversal;
            }
            for line in &mut mirror.lines {
                line.amount = -line.amount;
                line.transaction = line.transaction.map(|amount| -amount);
            }
            self.entries.push(mirror);
        }
        Ok(())
    }

    /// The entries of a month's end; everything has been settled.
    pub(super) fn month_end(&mut self) -> Result<(), Refusal> {
        self.recover()?;
        for group in 0..self.groups.len() {
            self.group_month_end(group)?;
        }
        if !self.world.foreign() {
            return Ok(());
        }
        let (open, carried) = self.receivable()?;
        let worth = if open == 0 { 0 } else { self.world.base(open)? };
        let difference = worth - carried;
        let draft = [(Role::Receivable, None, difference, None), (Role::Fx, None, -difference, None)];
        let place = self.post(Case::ReceivableRevaluation, "receivable", self.world.today, draft)?;
        self.to_reverse.extend(place);
        Ok(())
    }

    fn group_month_end(&mut self, place: usize) -> Result<(), Refusal> {
        let group = self.groups.get(place).ok_or_else(|| Refusal::unknown("netting group", place))?;
        let position = group.position(&self.world)?;
        let metered = group.metered;
        let hidden = self.hidden(place, position.asset)?;
        let shown = position.asset - hidden.performed;
        let asset_base = position.asset_worth(shown, self.world.rounding)?;
        // Taken out and put back: the members do not change at a month's end.
        let members = std::mem::take(&mut self.group(place)?.members);
        let accrued = self.accrued(&members, asset_base)?;
        self.release(place, members.first().copied(), &members, &accrued, position, hidden)?;
        let today = self.world.today;
        let role = if metered { Role::AccruedReceivable } else { Role::ContractAsset };
        let mut draft: Draft = Vec::with_capacity(2 * accrued.len());
        draft.extend(
            members
                .iter()
                .zip(&accrued)
                .map(|(member, amount)| (role, Some(*member), *amount, None)),
        );
        draft.extend(
            members
                .iter()
                .zip(&accrued)
                .map(|(member, amount)| (Role::Revenue, Some(*member), -*amount, None)),
        );
        self.group(place)?.members = members;
        let accrual = self.post(Case::Accrual, place, today, draft)?;
        self.to_reverse.extend(accrual);
        if self.world.foreign() && shown != 0 {
            let difference = self.world.base(shown)? - asset_base;
            let draft = [(role, self.lead(place), difference, None), (Role::Fx, None, -difference, None)];
            let revaluation = self.post(Case::Revaluation, place, today, draft)?;
            self.to_reverse.extend(revaluation);
        }
        let tax = hidden.gross_base - hidden.net_base - hidden.suppliers_base;
        let draft = [
            (Role::ContractLiability, self.lead(place), hidden.net_base, None),
            (Role::Tax, None, tax, None),
            (Role::Clearing, None, hidden.suppliers_base, None),
            (Role::Receivable, None, -hidden.gross_base, None),
        ];
        let presentation = self.post(Case::Presentation, place, today, draft)?;
        self.to_reverse.extend(presentation);
        Ok(())
    }

    /// The unbilled revenue of each obligation of a group, `whole` in all; nothing for any where that is zero.
    fn accrued(&self, members: &[usize], whole: i128) -> Result<Vec<i128>, Refusal> {
        if whole == 0 {
            return Ok(Vec::new());
        }
        let unbilled = |place: &usize| self.obligation_at(*place).map(|o| (o.recognised - o.billed).max(0));
        let unbilled = members.iter().map(unbilled).collect::<Result<Vec<i128>, Refusal>>()?;
        split(whole, &unbilled).ok_or_else(|| Refusal::too_large("accrual", whole))
    }
}
