//! `written_off`: a credit loss for the earned part (326-20), the unearned part out of the contract liability.
//!
//! Example (docs/accounting.md, Journals): an unpaid year of 1,200.00 is given up after six months: 600.00 are a credit loss, 600.00 leave the
//! contract liability. It is never less revenue; that would be a price concession, a credit note. What the customer pays after all
//! makes the loss smaller, and is owed as service again where that goes on (326-20-35-8).

use super::billing::Draft;
use super::state::{Invoice, State};
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::WrittenOff;
use crate::journal::{Case, Role};
use crate::money::major;

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
        self.invoice(index)?.given_up.amount += amount;
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
            self.invoice(index)?.given_up.unearned.push((*place, unearned));
            let obligation = self.obligation(*place)?;
            let group = obligation.group;
            self.unbill_group(group, unearned, index, false, false);
            let base = mul_div(relief, unearned, amount, rounding).unwrap_or(0);
            if let Some(loss) = self.unearned_loss.get_mut(*place) {
                *loss += base;
            }
        }
        Ok(())
    }
    /// Money for what was given up: its unearned part is billed and owed again, unless the service has ended.
    pub(super) fn recovered(&mut self, index: usize, amount: i128, rate: rust_decimal::Decimal) -> Result<(), Refusal> {
        if amount == 0 {
            return Ok(());
        }
        let (policy, world) = (self.world.book.policy, self.world);
        let invoice = self.invoice(index)?;
        let (given_up, id) = (invoice.given_up.amount, invoice.id.clone());
        invoice.given_up.amount -= amount;
        invoice.given_up.recovered += amount;
        let mut parts = Vec::new();
        for (place, unearned) in &mut invoice.given_up.unearned {
            let part = mul_div(*unearned, amount, given_up, world.rounding).unwrap_or(0);
            *unearned -= part;
            parts.push((*place, part));
        }
        for (place, part) in parts {
            let obligation = self.obligation(place)?;
            if obligation.ended || part == 0 {
                continue;
            }
            obligation.reprice_rest(part, &policy)?;
            obligation.billed += part;
            let group = obligation.group;
            let base = world.layer(part, rate)?;
            if let Some(group) = self.groups.get_mut(group) {
                group.bill(part, base, index, &world)?;
            }
            if let Some(loss) = self.unearned_loss.get_mut(place) {
                *loss -= base;
            }
            self.dirty.push(place);
        }
        let words = format!(
            "{} of invoice {id}, given up before, is received: the loss is smaller",
            major(amount, world.currency)
        );
        self.note(words, "ASC 326-20-35-8; IFRS 9.5.5.8");
        Ok(())
    }

    /// The ledger's payment made a credit balance of what was given up before; it makes the loss smaller instead.
    pub(super) fn recover(&mut self) -> Result<(), Refusal> {
        let rounding = self.world.rounding;
        for index in 0..self.invoices.len() {
            let invoice = self.invoice(index)?;
            let credit = std::mem::take(&mut invoice.given_up.recovered).min(-invoice.open);
            if credit <= 0 {
                continue;
            }
            let base = mul_div(-invoice.open_base, credit, -invoice.open, rounding).unwrap_or(0);
            invoice.open += credit;
            invoice.open_base += base;
            let name = invoice.id.to_string();
            let draft = [
                (Role::Receivable, None, base, Some(credit)),
                (Role::CreditLoss, None, -base, Some(-credit)),
            ];
            self.enter(Case::Recovery, &name, self.world.today, draft)?;
        }
        Ok(())
    }
}
