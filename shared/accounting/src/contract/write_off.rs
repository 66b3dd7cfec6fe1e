//! `written_off`: a credit loss for the earned part (326-20), the unearned part out of the contract liability.
//!
//! Example (accounting.md 2.4): an unpaid year of 1,200.00 is given up after six months: 600.00 are a credit loss, 600.00 leave the
//! contract liability. It is never less revenue; that would be a price concession, a credit note.

use super::billing::Draft;
use super::state::{Invoice, State};
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::WrittenOff;
use crate::journal::{Case, Role};

impl State<'_> {
    pub(super) fn written_off(&mut self, written_off: &WrittenOff) -> Result<(), Refusal> {
        let index = self.invoice_at(&written_off.invoice)?;
        let amount = self.minor(written_off.amount, "written_off: amount")?;
        let invoice = self.invoice(index)?.clone();
        if amount > invoice.open {
            let open = crate::money::major(invoice.open, self.world.currency);
            let problem = format!("is more than the {open} that is open of invoice {}", invoice.id);
            return Err(Refusal::new(
                "written_off: amount",
                written_off.amount,
                problem,
                "write off at most what is open",
            ));
        }
        self.count(index, amount, invoice.open, invoice.rate)?;
        let relief = self.relieve(index, amount, 0)?;
        self.count_settled(index, invoice.rate)?;
        let draft: Draft = vec![
            (Role::CreditLoss, None, relief, Some(amount)),
            (Role::Receivable, None, -relief, Some(-amount)),
        ];
        let name = self.own_name(&format!("{}/{amount}", written_off.invoice));
        self.enter(Case::WriteOff, &name, self.world.today, draft)?;
        let net = mul_div(amount, invoice.net, invoice.gross, self.world.rounding).unwrap_or(0);
        self.unearned_write_off(index, &invoice, net, relief, amount)
    }

    /// The unearned part of a receivable given up leaves the contract liability and the remaining price.
    pub(super) fn unearned_write_off(
        &mut self,
        index: usize,
        invoice: &Invoice,
        net: i128,
        relief: i128,
        amount: i128,
    ) -> Result<(), Refusal> {
        let weights: Vec<i128> = invoice.lines.iter().map(|(_, amount)| *amount).collect();
        let parts = split(net, &weights).ok_or_else(|| Refusal::too_large("written_off", net))?;
        let yesterday = self.world.today.pred_opt().unwrap_or(self.world.today);
        let (policy, currency, rounding, today) = (self.world.book.policy, self.world.currency, self.world.rounding, self.world.today);
        for ((place, _), part) in invoice.lines.iter().zip(parts) {
            let obligation = self.obligation(*place)?;
            let (price, earned) = (
                obligation.price(),
                obligation.earned(yesterday, currency, rounding)?.max(obligation.recognised),
            );
            if obligation.metered || price <= 0 || earned >= price {
                continue;
            }
            let unearned = mul_div(part, price - earned, price, rounding).unwrap_or(0).min(price - earned);
            if unearned <= 0 {
                continue;
            }
            obligation.reprice_unearned(earned, -unearned, today, &policy)?;
            let obligation = self.obligation(*place)?;
            obligation.billed -= unearned;
            let group = obligation.group;
            self.unbill_group(group, unearned, index, false, false);
            let base = mul_div(relief, unearned, amount, rounding).unwrap_or(0);
            if let Some(loss) = self.unearned_loss.get_mut(*place) {
                *loss += base;
            }
        }
        Ok(())
    }
}
