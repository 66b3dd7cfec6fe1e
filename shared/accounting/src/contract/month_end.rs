//! The month-end: what the books should hold, minus what documents and earlier month-ends have put there (accounting.md 2.4).

use super::billing::Draft;
use super::group::Position;
use super::state::{Balances, Moment, State};
use crate::arithmetic::{mul_div, split};
use crate::ids::EntryId;
use crate::journal::{Case, Role};
use crate::policy::RevenueCoding;
use crate::{Period, Refusal};

/// Months that count as current (210-10-45).
const CURRENT_MONTHS: u32 = 12;

/// Unpaid conditional invoices of a group: hidden from receivable and contract liability at a month's end.
#[derive(Debug, Clone, Copy, Default)]
struct Hidden {
    net_base: i128,
    gross_base: i128,
    /// Performed: a receivable after all, no contract asset.
    performed: i128,
}

impl State<'_> {
    /// Mirrors the accruals of the last month-end, on the first day of a period.
    pub(super) fn reverse(&mut self, on: chrono::NaiveDate) {
        for place in std::mem::take(&mut self.to_reverse) {
            let Some(entry) = self.entries.get_mut(place) else {
                continue;
            };
            entry.reversed_on = Some(on);
            let mut mirror = entry.clone();
            mirror.id = EntryId::new(format!("{}/reversal", entry.id));
            mirror.reverses = Some(entry.id.clone());
            mirror.reversed_on = None;
            mirror.on = on;
            mirror.economic_period = Period::of(on);
            mirror.posting_period = mirror.economic_period;
            if entry.case != Case::ReceivableRevaluation {
                mirror.case = Case::Reversal;
                mirror.reason = crate::journal::Reason::of(Case::Reversal);
            }
            for line in &mut mirror.lines {
                line.amount = -line.amount;
                line.transaction = line.transaction.map(|amount| -amount);
            }
            self.entries.push(mirror);
        }
    }

    /// The entries of a month's end; everything has been settled.
    pub(super) fn month_end(&mut self) -> Result<(), Refusal> {
        for group in 0..self.groups.len() {
            self.group_month_end(group)?;
        }
        if !self.world.foreign() {
            return Ok(());
        }
        let open: i128 = self.invoices.iter().map(|invoice| invoice.open).sum();
        let carried: i128 = self.invoices.iter().map(|invoice| invoice.open_base).sum();
        let difference = if open == 0 { 0 } else { self.world.base(open)? - carried };
        let draft = vec![
            (Role::Receivable, None, difference, None),
            (Role::Fx, None, -difference, None),
        ];
        let place = self.enter(Case::ReceivableRevaluation, "receivable", self.world.today, draft)?;
        self.to_reverse.extend(place);
        Ok(())
    }

    fn group_month_end(&mut self, place: usize) -> Result<(), Refusal> {
        let Some(group) = self.groups.get(place) else {
            return Ok(());
        };
        let members = self.members.get(place).cloned().unwrap_or_default();
        let position = group.position(&self.world)?;
        let metered = group.metered;
        let hidden = self.hidden(place, position.asset);
        let shown = position.asset - hidden.performed;
        let asset_base = if position.asset == 0 {
            0
        } else {
            mul_div(position.asset_base, shown, position.asset, self.world.rounding).unwrap_or(0)
        };
        let accrued = self.accrued(&members, asset_base)?;
        self.release(place, &members, &accrued, position, hidden)?;
        let today = self.world.today;
        let role = if metered {
            Role::AccruedReceivable
        } else {
            Role::ContractAsset
        };
        let mut draft: Draft = members
            .iter()
            .zip(&accrued)
            .map(|(member, amount)| (role, Some(*member), *amount, None))
            .collect();
        draft.extend(
            members
                .iter()
                .zip(&accrued)
                .map(|(member, amount)| (Role::Revenue, Some(*member), -*amount, None)),
        );
        let name = place.to_string();
        let accrual = self.enter(Case::Accrual, &name, today, draft)?;
        self.to_reverse.extend(accrual);
        if self.world.foreign() && shown != 0 {
            let difference = self.world.base(shown)? - asset_base;
            let draft = vec![
                (role, self.lead(place), difference, None),
                (Role::Fx, None, -difference, None),
            ];
            let revaluation = self.enter(Case::Revaluation, &name, today, draft)?;
            self.to_reverse.extend(revaluation);
        }
        let tax = hidden.gross_base - hidden.net_base;
        let draft = vec![
            (Role::ContractLiability, self.lead(place), hidden.net_base, None),
            (Role::Tax, None, tax, None),
            (Role::Receivable, None, -hidden.gross_base, None),
        ];
        let presentation = self.enter(Case::Presentation, &name, today, draft)?;
        self.to_reverse.extend(presentation);
        Ok(())
    }

    /// The lasting part: revenue against the contract liability, refund liability, losses, interest; rates to FX.
    fn release(
        &mut self,
        place: usize,
        members: &[usize],
        accrued: &[i128],
        position: Position,
        hidden: Hidden,
    ) -> Result<(), Refusal> {
        let lead = self.lead(place);
        let mut release: Draft = Vec::with_capacity(members.len() * 2 + 2);
        let mut losses: Draft = Vec::new();
        let mut documents_liability = 0;
        let mut booked_liability = 0;
        let mut moved = 0;
        for (member, accrued) in members.iter().zip(accrued) {
            let (Some(obligation), Some(documents), Some(booked)) = (
                self.obligations.get(*member),
                self.documents.get(*member),
                self.booked.get_mut(*member),
            ) else {
                continue;
            };
            documents_liability += documents.liability;
            booked_liability += booked.liability;
            let revenue = -obligation.recognised_base + accrued - documents.revenue - booked.revenue;
            let loss = -self.unearned_loss.get(*member).copied().unwrap_or(0) - booked.loss;
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
        if let Some(booked) = lead.and_then(|lead| self.booked.get_mut(lead)) {
            booked.liability += rest - refund - expense;
        }
        release.push((Role::ContractLiability, lead, rest, None));
        release.push((Role::Fx, None, -rest, None));
        let to_revenue = self.world.book.policy.revenue_coding == RevenueCoding::Revenue;
        let case = if to_revenue { Case::Reclass } else { Case::Release };
        self.month_end_entry(place, case, release)?;
        self.month_end_entry(place, Case::UnearnedLoss, losses)?;
        let against = |role: Role, amount: i128| {
            vec![
                (role, lead, amount, None),
                (Role::ContractLiability, lead, -amount, None),
            ]
        };
        self.month_end_entry(place, Case::RefundLiability, against(Role::RefundLiability, refund))?;
        self.month_end_entry(place, Case::Financing, against(Role::Expense, expense))?;
        Ok(())
    }

    fn month_end_entry(&mut self, group: usize, case: Case, draft: Draft) -> Result<Option<usize>, Refusal> {
        let today = self.world.today;
        self.enter(case, &group.to_string(), today, draft)
    }

    /// Movements of refund liability and interest, and the interest that the contract liability holds.
    fn group_movements(&mut self, place: usize, position: Position) -> Result<(i128, i128, i128), Refusal> {
        let refund_base = self
            .world
            .base(position.refund)
            .or_else(|refusal| if position.refund == 0 { Ok(0) } else { Err(refusal) })?;
        let financing = self.financing.as_ref().filter(|_| place == 0);
        let accreted = financing.map_or(Ok(0), |financing| financing.accreted(self.world.today))?;
        let interest = accreted + financing.map_or(0, |financing| financing.transferred);
        let (Some(documents), Some(booked)) = (self.group_documents.get(place), self.group_booked.get_mut(place))
        else {
            return Ok((0, 0, 0));
        };
        let refund = -refund_base - documents.refund - booked.refund;
        let expense = interest - booked.expense;
        booked.refund += refund;
        booked.expense += expense;
        Ok((refund, expense, accreted))
    }

    /// The unbilled revenue of each obligation of a group, `whole` in all.
    fn accrued(&self, members: &[usize], whole: i128) -> Result<Vec<i128>, Refusal> {
        if whole == 0 {
            return Ok(vec![0; members.len()]);
        }
        let of = |place: &usize| self.obligations.get(*place);
        let unbilled: Vec<i128> = members
            .iter()
            .filter_map(of)
            .map(|obligation| (obligation.recognised - obligation.billed).max(0))
            .collect();
        split(whole, &unbilled).ok_or_else(|| Refusal::too_large("accrual", whole))
    }

    /// Unpaid conditional invoices of a group: the performed part is a receivable, the rest is hidden.
    fn hidden(&self, group: usize, asset: i128) -> Hidden {
        let mut hidden = Hidden::default();
        if !self.has_conditional {
            return hidden;
        }
        for invoice in self
            .invoices
            .iter()
            .filter(|invoice| invoice.conditional && invoice.open > 0 && invoice.net > 0)
        {
            let unpaid: i128 = invoice
                .groups
                .iter()
                .filter(|(of, _, _)| *of == group)
                .map(|(_, net, counted)| net - counted)
                .sum();
            let performed = unpaid.min(asset - hidden.performed).max(0);
            let net = unpaid - performed;
            let net_base = self.world.base_at(net, invoice.rate).unwrap_or(net);
            let gross = mul_div(net, invoice.gross, invoice.net, self.world.rounding).unwrap_or(net);
            let gross_base = self
                .world
                .base_at(gross, invoice.rate)
                .unwrap_or(gross)
                .min(invoice.open_base)
                .max(net_base);
            hidden.performed += performed;
            hidden.gross_base += gross_base;
            hidden.net_base += net_base;
        }
        hidden
    }

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
    fn remaining(&self) -> Result<(i128, i128), Refusal> {
        let today = self.world.today;
        let mut in_a_year = today
            .checked_add_months(chrono::Months::new(CURRENT_MONTHS))
            .unwrap_or(today);
        if Period::of(today).last_day() == today {
            in_a_year = Period::of(in_a_year).last_day();
        }
        let (mut whole, mut current) = (0i128, 0i128);
        let mut by_group = vec![0i128; self.groups.len()];
        for obligation in self.obligations.iter().filter(|obligation| !obligation.metered) {
            let rest = obligation.price() - obligation.recognised;
            whole += rest;
            if let Some(sum) = by_group.get_mut(obligation.group) {
                *sum += rest;
            }
            let later = match &obligation.service {
                Some(service) if !obligation.ended && service.last_day() > in_a_year => match obligation.is_over_time()
                {
                    true => {
                        obligation.price() - obligation.earned(in_a_year, self.world.currency, self.world.rounding)?
                    }
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
                mul_div(
                    position.liability_base,
                    covered,
                    position.liability,
                    self.world.rounding,
                )
                .unwrap_or(0)
            };
            base += layers
                + if rest == covered {
                    0
                } else {
                    self.world.base(rest - covered)?
                };
        }
        let current = if whole == 0 {
            0
        } else {
            mul_div(base, current, whole, self.world.rounding).unwrap_or(0)
        };
        Ok((base, current))
    }
}
