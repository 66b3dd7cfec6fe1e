//! `written_off`: a credit loss for the earned part (326-20), the unearned part out of the contract liability.
//!
//! Example (docs/accounting.md, Journals): an unpaid year of 1,200.00 is given up after six months: 600.00 are a credit loss, 600.00 leave the
//! contract liability. It is never less revenue; that would be a price concession, a credit note. What the customer pays after all
//! makes the loss smaller, and is owed as service again where that goes on (326-20-35-8).

use super::billing::Draft;
use super::records::{InvoiceLine, UnearnedPart};
use super::state::{Invoice, State};
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::WrittenOff;
use crate::journal::{Case, Role, Rule};
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
        let given_up = &mut self.invoice(index)?.given_up;
        given_up.amount += amount;
        given_up.relief += relief;
        let draft: Draft = vec![
            (Role::CreditLoss, None, relief, Some(amount)),
            (Role::Receivable, None, -relief, Some(-amount)),
        ];
        let name = self.generated_id(&format!("{}/{amount}", written_off.invoice));
        self.post(Case::WriteOff, &name, self.world.today, draft)?;
        let net = if amount == 0 {
            0
        } else {
            mul_div(amount, invoice.net, invoice.gross, self.world.rounding).ok_or_else(|| Refusal::too_large("written_off", amount))?
        };
        self.unearned_write_off(index, &invoice, net, relief, amount)?;
        Ok(())
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
        let weights: Vec<i128> = invoice.lines.iter().map(|line| line.amount).collect();
        let parts = split(net, &weights).ok_or_else(|| Refusal::too_large("written_off", net))?;
        let yesterday = self.world.yesterday();
        let (policy, currency, rounding, today) = (self.world.book.policy, self.world.currency, self.world.rounding, self.world.today);
        for (InvoiceLine { place, .. }, part) in invoice.lines.iter().zip(parts) {
            let obligation = self.obligation(*place)?;
            let (price, earned) = (
                obligation.price(),
                obligation.earned(yesterday, currency, rounding)?.max(obligation.recognised),
            );
            // Earned in full: all of it is a loss. What is metered is earned when it is billed; what ended has a claim, which works out
            // the unearned part from totals.
            if obligation.metered || obligation.ended || price <= 0 || earned >= price {
                continue;
            }
            let unearned = mul_div(part, price - earned, price, rounding).ok_or_else(|| obligation.too_large())?;
            let unearned = unearned.min(price - earned);
            // A line that takes off: what is lost of it is nothing.
            if unearned <= 0 {
                continue;
            }
            let base = mul_div(relief, unearned, amount, rounding).ok_or_else(|| Refusal::too_large("written_off", unearned))?;
            obligation.reprice_unearned(earned, -unearned, today, &policy)?;
            obligation.billed -= unearned;
            obligation.unearned_loss += base;
            let group = obligation.group;
            self.unbill_group(group, unearned, index, false, false)?;
            self.invoice(index)?.given_up.unearned.push(UnearnedPart {
                place: *place,
                amount: unearned,
                base,
            });
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
        let share = |of: i128| mul_div(of, amount, given_up, world.rounding).ok_or_else(|| Refusal::too_large("paid", of));
        invoice.given_up.amount -= amount;
        invoice.given_up.relief -= share(invoice.given_up.relief)?;
        invoice.given_up.recovered += amount;
        let mut parts = Vec::new();
        for (at, of) in invoice.given_up.unearned.iter().enumerate() {
            parts.push((at, of.place, share(of.amount)?, share(of.base)?));
        }
        for (at, place, part, less) in parts {
            let obligation = self.obligation(place)?;
            // What ended is worked out anew with its claim.
            if obligation.ended || part == 0 {
                continue;
            }
            obligation.reprice_rest(part, &policy)?;
            obligation.billed += part;
            let group = obligation.group;
            let base = world.layer(part, rate)?;
            self.group(group)?.bill(part, base, index, &world)?;
            self.obligation(place)?.unearned_loss -= base;
            let unearned = self.invoice(index)?.given_up.unearned.get_mut(at);
            let unearned = unearned.ok_or_else(|| Refusal::unknown("part written off", at))?;
            unearned.amount -= part;
            unearned.base -= less;
            self.dirty.push(place);
        }
        let words = format!(
            "{} of invoice {id}, given up before, is received: the loss is smaller",
            major(amount, world.currency)
        );
        self.note(words, Rule::Recovery);
        Ok(())
    }

    /// The ledger's payment made a credit balance of what was given up before; it makes the loss smaller instead.
    pub(super) fn recover(&mut self) -> Result<(), Refusal> {
        let rounding = self.world.rounding;
        for index in 0..self.invoices.len() {
            let invoice = self.invoice(index)?;
            let credit = std::mem::take(&mut invoice.given_up.recovered).min(-invoice.open);
            // Nothing came in of it after all, or a refund has taken the credit balance away since.
            if credit <= 0 {
                continue;
            }
            let base = mul_div(-invoice.open_base, credit, -invoice.open, rounding).ok_or_else(|| Refusal::too_large("paid", credit))?;
            invoice.open += credit;
            invoice.open_base += base;
            let name = invoice.id.to_string();
            let draft = [
                (Role::Receivable, None, base, Some(credit)),
                (Role::CreditLoss, None, -base, Some(-credit)),
            ];
            self.post(Case::Recovery, &name, self.world.today, draft)?;
        }
        Ok(())
    }
}
