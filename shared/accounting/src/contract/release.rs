//! The lasting part of a month's end: revenue against the contract liability, refunds, losses, interest; rates to FX.
//!
//! Example: 100.00 of an advance of 1,200.00 are earned in January: Dr contract liability 100.00 / Cr revenue 100.00. In foreign
//! currency it leaves at the rate of its own layer (830-10-45-18: a contract liability is never revalued).

use super::billing::Draft;
use super::group::Position;
use super::hidden::Hidden;
use super::state::State;
use crate::Refusal;
use crate::journal::{Case, Role};
use crate::policy::RevenueCoding;

impl State<'_> {
    /// The lasting part: revenue against the contract liability, refund liability, losses, interest; rates to FX.
    pub(super) fn release(
        &mut self,
        place: usize,
        lead: Option<usize>,
        members: &[usize],
        accrued: &[i128],
        position: Position,
        hidden: Hidden,
    ) -> Result<(), Refusal> {
        let mut release = std::mem::take(&mut self.draft);
        release.clear();
        let mut losses: Draft = Vec::new();
        let mut documents_liability = 0;
        let mut booked_liability = 0;
        let mut moved = 0;
        for (at, member) in members.iter().enumerate() {
            let accrued = match accrued {
                [] => 0,
                accrued => *accrued.get(at).ok_or_else(|| Refusal::unknown("accrual", at))?,
            };
            let obligation = self.obligations.get_mut(*member);
            let obligation = obligation.ok_or_else(|| Refusal::unknown("obligation", member))?;
            let (documents, booked) = (obligation.documents, &mut obligation.booked);
            documents_liability += documents.liability;
            booked_liability += booked.liability;
            let revenue = -obligation.recognised_base + accrued - documents.revenue - booked.revenue;
            let loss = -obligation.unearned_loss - booked.loss;
            booked.revenue += revenue;
            booked.loss += loss;
            booked.liability -= revenue + loss;
            moved -= revenue + loss;
            if revenue != 0 {
                release.push((Role::Revenue, Some(*member), revenue, None));
                release.push((Role::ContractLiability, Some(*member), -revenue, None));
            }
            if loss != 0 {
                losses.extend([
                    (Role::CreditLoss, Some(*member), loss, None),
                    (Role::ContractLiability, Some(*member), -loss, None),
                ]);
            }
        }
        let (refund, expense, accreted) = self.group_movements(place, position)?;
        let target = -(position.liability_base + accreted) - hidden.net_base - documents_liability;
        let rest = target - booked_liability - moved + refund + expense;
        if let Some(lead) = lead.and_then(|lead| self.obligations.get_mut(lead)) {
            lead.booked.liability += rest - refund - expense;
        }
        if rest != 0 {
            release.push((Role::ContractLiability, lead, rest, None));
            release.push((Role::Fx, None, -rest, None));
        }
        let to_revenue = self.world.book.policy.revenue_coding == RevenueCoding::Revenue;
        let case = if to_revenue { Case::Reclass } else { Case::Release };
        let today = self.world.today;
        self.post(case, place, today, &release)?;
        self.draft = release;
        self.post(Case::UnearnedLoss, place, today, losses)?;
        let against = |role: Role, amount: i128| [(role, lead, amount, None), (Role::ContractLiability, lead, -amount, None)];
        self.post(Case::RefundLiability, place, today, against(Role::RefundLiability, refund))?;
        self.post(Case::Financing, place, today, against(Role::Expense, expense))?;
        Ok(())
    }

    /// Movements of refund liability and interest, and the interest that the contract liability holds.
    pub(super) fn group_movements(&mut self, place: usize, position: Position) -> Result<(i128, i128, i128), Refusal> {
        let refund_base = self
            .world
            .base(position.refund)
            .or_else(|refusal| if position.refund == 0 { Ok(0) } else { Err(refusal) })?;
        let world = self.world;
        let group = self.group(place)?;
        let accreted = group.accreted(&world)?;
        let interest = accreted + group.financing.as_ref().map_or(0, |financing| financing.transferred);
        let (documents, booked) = (group.documents, &mut group.booked);
        let refund = -refund_base - documents.refund - booked.refund;
        let expense = interest - booked.expense;
        booked.refund += refund;
        booked.expense += expense;
        Ok((refund, expense, accreted))
    }
}
