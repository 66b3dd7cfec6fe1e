//! `refunded`: money goes back, against a credit balance, a refund liability, or the receivable.
//!
//! Example (606-10-32-10; docs/accounting.md, Currency): USD 100.00 sold at 1.35 and given back at 1.40: revenue falls by 135.00, the rate at
//! which it was recognised; cash by 140.00; the 5.00 between them are FX.

use super::billing::Draft;
use super::state::State;
use crate::Refusal;
use crate::event::Refunded;
use crate::journal::{Case, Role};

impl State<'_> {
    pub(super) fn refunded(&mut self, refunded: &Refunded) -> Result<(), Refusal> {
        let amount = self.minor(refunded.amount, "refunded: amount")?;
        self.returned += amount;
        if self.returned > self.received {
            let most = crate::money::major(self.received, self.world.currency);
            let problem = format!("brings the refunds above the {most} that was paid");
            return Err(Refusal::new(
                "refunded: amount",
                refunded.amount,
                problem,
                "refund at most what was paid",
            ));
        }
        let rate = self.world.rate(refunded.rate)?;
        let cash = self.world.base_at(amount, rate)?;
        let index = match &refunded.invoice {
            Some(invoice) => Some(self.invoice_at(invoice)?),
            None => self.invoices.iter().position(|invoice| invoice.open < 0),
        };
        let mut draft: Draft = vec![(Role::Cash, None, -cash, Some(-amount))];
        let mut left = amount;
        let credit = index
            .and_then(|index| self.invoices.get(index))
            .map_or(0, |invoice| (-invoice.open).max(0));
        let from_receivable = credit.min(left);
        left -= from_receivable;
        left -= self.settle_refund_liability(left, rate, &mut draft)?;
        let to_receivable = from_receivable + left;
        if to_receivable > 0 {
            let index = index.or(self.invoices.len().checked_sub(1));
            let index = index.ok_or_else(|| {
                Refusal::new(
                    "refunded",
                    refunded.amount,
                    "has no invoice to which it belongs",
                    "write the invoice",
                )
            })?;
            let invoice = self.invoice(index)?;
            invoice.paid -= to_receivable;
            invoice.reopened += left;
            let part = self.world.base_at(to_receivable, rate)?;
            let relief = self.relieve(index, -to_receivable, -part)?;
            draft.push((Role::Receivable, None, -relief, Some(to_receivable)));
            let rate = self.invoice(index)?.rate;
            self.fund(index, rate)?;
        }
        let rest = -draft.iter().map(|(_, _, base, _)| base).sum::<i128>();
        draft.push((Role::Fx, None, rest, None));
        let name = self.generated_id(&format!("refund/{amount}"));
        self.post(Case::Refund, &name, self.world.today, draft)?;
        Ok(())
    }

    pub(super) fn settle_refund_liability(&mut self, most: i128, rate: rust_decimal::Decimal, draft: &mut Draft) -> Result<i128, Refusal> {
        let world = self.world;
        let mut settled = 0;
        for place in 0..self.groups.len() {
            let group = self.group(place)?;
            let promised = group.promised.min(most - settled);
            group.promised -= promised;
            group.undocumented += promised;
            let expected = group.expected.min(most - settled - promised);
            group.expected -= expected;
            if expected > 0 {
                group.unbill(expected, None, false);
                if let Some(financing) = &mut group.financing {
                    financing.paid_back += expected;
                }
                self.settle_expected(place, expected)?;
            }
            let part = promised + expected;
            if part > 0 {
                let base = world.base_at(part, rate)?;
                draft.push((Role::RefundLiability, self.lead(place), base, Some(part)));
                self.group(place)?.documents.refund += base;
            }
            settled += part;
        }
        Ok(settled)
    }

    /// Marks expected refunds of a group as settled, obligation by obligation.
    pub(super) fn settle_expected(&mut self, group: usize, amount: i128) -> Result<(), Refusal> {
        let mut left = amount;
        let rounding = self.world.rounding;
        for place in self.members_by_id(group) {
            let obligation = self.obligation(place)?;
            let part = obligation.expected_refund(rounding)?.min(left);
            obligation.settled += part;
            obligation.billed -= part;
            left -= part;
        }
        Ok(())
    }
}
