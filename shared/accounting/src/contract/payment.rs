//! `paid`: the receivable is settled; the difference between the rates of two days is a realised exchange difference.
//!
//! Example (830-20-35-1; IAS 21.28): EUR 100.00 invoiced at 1.10 and paid at 1.15 is Dr cash 115.00 / Cr receivable 110.00 / Cr FX 5.00.
//! What comes in beyond what is open is a credit balance, or was given up before: then the month's end makes the loss smaller.

use super::billing::Draft;
use super::state::State;
use crate::Refusal;
use crate::arithmetic::mul_div;
use crate::event::Paid;
use crate::journal::{Case, Role};

impl State<'_> {
    pub(super) fn paid(&mut self, paid: &Paid) -> Result<(), Refusal> {
        let index = self.invoice_at(&paid.invoice)?;
        let amount = self.minor(paid.amount, "paid: amount")?;
        let discount = paid.discount.map_or(Ok(0), |discount| self.minor(discount, "paid: discount"))?;
        let rate = self.world.rate(paid.rate)?;
        let cash = self.world.base_at(amount, rate)?;
        self.received += amount;
        let invoice = self.invoice(index)?;
        invoice.paid += amount;
        let open = invoice.open;
        let late = invoice.given_up.amount.min(amount - open.max(0)).max(0);
        let relief = self.relieve(index, amount, cash)?;
        let mut draft: Draft = vec![
            (Role::Cash, None, cash, Some(amount)),
            (Role::Receivable, None, -relief, Some(-amount)),
            (Role::Fx, None, relief - cash, None),
        ];
        if discount > 0 {
            self.discount(index, discount, &mut draft)?;
        }
        let name = self.generated_id(&format!("{}/{amount}", paid.invoice));
        self.post(Case::Payment, &name, self.world.today, draft)?;
        self.count(index, amount, open, rate)?;
        self.recovered(index, late, rate)?;
        self.count_settled(index, rate)?;
        let invoice = self.invoice(index)?;
        let of_liability = if invoice.conditional { rate } else { invoice.rate };
        self.fund(index, of_liability)
    }

    /// Takes an amount out of the receivable; gives its carrying amount. What exceeds it is carried at `at_today`'s rate.
    pub(super) fn relieve(&mut self, index: usize, amount: i128, at_today: i128) -> Result<i128, Refusal> {
        let rounding = self.world.rounding;
        let invoice = self.invoice(index)?;
        let same_side = invoice.open != 0 && invoice.open.signum() == amount.signum();
        let within = if same_side {
            amount.signum() * amount.abs().min(invoice.open.abs())
        } else {
            0
        };
        let carried = if within == 0 {
            0
        } else {
            mul_div(invoice.open_base, within, invoice.open, rounding).ok_or_else(|| Refusal::too_large("receivable", amount))?
        };
        let beyond = amount - within;
        let rest = if beyond == 0 || amount == 0 {
            0
        } else {
            mul_div(at_today, beyond, amount, rounding).ok_or_else(|| Refusal::too_large("receivable", amount))?
        };
        invoice.open -= amount;
        invoice.open_base -= carried + rest;
        Ok(carried + rest)
    }

    /// Where nothing of an invoice is open any more, nothing of it depends on anything.
    pub(super) fn count_settled(&mut self, index: usize, rate: rust_decimal::Decimal) -> Result<(), Refusal> {
        match self.invoice(index)?.open {
            ..=0 => self.count(index, 1, 1, rate),
            _ => Ok(()),
        }
    }

    /// A payment of a conditional invoice makes its share unconditional, at the rate of the payment (IFRIC 22.8).
    pub(super) fn count(&mut self, index: usize, amount: i128, open: i128, rate: rust_decimal::Decimal) -> Result<(), Refusal> {
        let world = self.world;
        let invoice = self.invoice(index)?;
        let conditional = invoice.conditional && open > 0;
        let mut newly = Vec::new();
        for (group, net, counted) in invoice.groups.iter_mut().filter(|_| conditional) {
            let rest = *net - *counted;
            let share = mul_div(rest, amount.min(open), open, world.rounding).ok_or_else(|| Refusal::too_large("paid", amount))?;
            *counted += share;
            newly.push((*group, share));
        }
        for (group, units) in newly {
            let base = world.layer(units, rate)?;
            self.group(group)?.bill(units, base, index, &world)?;
        }
        Ok(())
    }
}
