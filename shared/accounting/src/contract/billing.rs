//! Documents that the ledger makes: invoices, payments, refunds, write-offs.

use std::collections::BTreeMap;

use super::state::{Invoice, State};
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::{DocumentLine, Invoiced, Paid, Refunded, WrittenOff};
use crate::ids::InvoiceId;
use crate::journal::{Case, Role};
use crate::policy::RevenueCoding;

/// Account, obligation, ledger amount, transaction amount.
pub(super) type Draft = Vec<(Role, Option<usize>, i128, Option<i128>)>;

impl State<'_> {
    pub(super) fn invoiced(&mut self, invoiced: &Invoiced) -> Result<(), Refusal> {
        if self.invoice_places.contains_key(&invoiced.invoice) {
            return Err(Refusal::new(
                "invoice",
                &invoiced.invoice,
                "is the number of two invoices",
                "give each its own number",
            ));
        }
        if let Some(currency) = invoiced.currency.filter(|currency| *currency != self.world.currency) {
            let problem = format!("is not the contract's currency {}", self.world.currency);
            return Err(Refusal::new(
                format!("invoice {}: currency", invoiced.invoice),
                currency,
                problem,
                "invoice in the contract's currency",
            ));
        }
        let rate = self.world.rate(invoiced.rate)?;
        let lines = self.document_lines(&invoiced.lines, invoiced.invoice.as_str())?;
        let tax = invoiced.tax.map_or(Ok(0), |tax| self.minor(tax, "tax"))?;
        let net: i128 = lines.iter().map(|(_, amount)| amount).sum();
        let net_base = self.world.base_at(net, rate)?;
        let tax_base = self.world.base_at(tax, rate)?;
        let index = self.invoices.len();
        let mut draft: Draft = vec![
            (Role::Receivable, None, net_base + tax_base, Some(net + tax)),
            (Role::Tax, None, -tax_base, Some(-tax)),
        ];
        self.code(&mut draft, &lines, net_base, -1)?;
        self.enter(Case::Invoice, invoiced.invoice.as_str(), self.world.today, draft)?;
        let mut by_group: BTreeMap<usize, i128> = BTreeMap::new();
        for (place, amount) in &lines {
            let obligation = self.obligation(*place)?;
            obligation.billed += amount;
            *by_group.entry(obligation.group).or_default() += amount;
        }
        let conditional = !invoiced.unconditional;
        self.has_conditional |= conditional;
        if !conditional {
            self.bill_groups(&by_group, net, net_base, index)?;
        }
        let groups = by_group
            .into_iter()
            .map(|(group, net)| (group, net, if conditional { 0 } else { net }))
            .collect();
        self.invoice_places.insert(invoiced.invoice.clone(), index);
        self.invoices.push(Invoice {
            id: invoiced.invoice.clone(),
            rate,
            gross: net + tax,
            net,
            credited: 0,
            open: net + tax,
            open_base: net_base + tax_base,
            conditional,
            groups,
            lines: lines.clone(),
        });
        self.billed_after_cancellation(&lines)
    }

    pub(super) fn paid(&mut self, paid: &Paid) -> Result<(), Refusal> {
        let index = self.invoice_at(&paid.invoice)?;
        let amount = self.minor(paid.amount, "paid: amount")?;
        let discount = paid
            .discount
            .map_or(Ok(0), |discount| self.minor(discount, "paid: discount"))?;
        let rate = self.world.rate(paid.rate)?;
        let cash = self.world.base_at(amount, rate)?;
        let invoice = self.invoice(index)?;
        let (open, net, gross) = (invoice.open, invoice.net, invoice.gross);
        let relief = self.relieve(index, amount, cash)?;
        let mut draft: Draft = vec![
            (Role::Cash, None, cash, Some(amount)),
            (Role::Receivable, None, -relief, Some(-amount)),
            (Role::Fx, None, relief - cash, None),
        ];
        if discount > 0 {
            self.discount(index, discount, &mut draft)?;
        }
        let name = self.own_name(&format!("{}/{amount}", paid.invoice));
        self.enter(Case::Payment, &name, self.world.today, draft)?;
        if let Some(financing) = &mut self.financing {
            financing.receive(
                mul_div(amount, net, gross, self.world.rounding).unwrap_or(amount),
                self.world.today,
            );
        }
        self.count(index, amount, open, rate)
    }

    pub(super) fn refunded(&mut self, refunded: &Refunded) -> Result<(), Refusal> {
        let amount = self.minor(refunded.amount, "refunded: amount")?;
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
            let part = self.world.base_at(to_receivable, rate)?;
            let relief = self.relieve(index, -to_receivable, -part)?;
            draft.push((Role::Receivable, None, -relief, Some(to_receivable)));
        }
        let rest = -draft.iter().map(|(_, _, base, _)| base).sum::<i128>();
        draft.push((Role::Fx, None, rest, None));
        let name = self.own_name(&format!("refund/{amount}"));
        self.enter(Case::Refund, &name, self.world.today, draft)?;
        Ok(())
    }

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
    fn unearned_write_off(
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
        let (policy, currency, rounding, today) = (
            self.world.book.policy,
            self.world.currency,
            self.world.rounding,
            self.world.today,
        );
        for ((place, _), part) in invoice.lines.iter().zip(parts) {
            let obligation = self.obligation(*place)?;
            let (price, earned) = (
                obligation.price(),
                obligation
                    .earned(yesterday, currency, rounding)?
                    .max(obligation.recognised),
            );
            if obligation.metered || price <= 0 || earned >= price {
                continue;
            }
            let unearned = mul_div(part, price - earned, price, rounding)
                .unwrap_or(0)
                .min(price - earned);
            if unearned <= 0 {
                continue;
            }
            obligation.reprice_unearned(earned, -unearned, today, &policy)?;
            let obligation = self.obligation(*place)?;
            obligation.billed -= unearned;
            let group = obligation.group;
            self.unbill_group(group, unearned, index, true, false)?;
            let base = mul_div(relief, unearned, amount, rounding).unwrap_or(0);
            if let Some(loss) = self.unearned_loss.get_mut(*place) {
                *loss += base;
            }
        }
        Ok(())
    }

    /// Takes units out of what is billed of a group; a conditional invoice's uncounted part first.
    pub(super) fn unbill_group(
        &mut self,
        group: usize,
        units: i128,
        index: usize,
        price: bool,
        uncounted_first: bool,
    ) -> Result<(), Refusal> {
        let mut units = units;
        if let Some(invoice) = self.invoices.get_mut(index) {
            for (_, net, counted) in invoice.groups.iter_mut().filter(|(of, _, _)| *of == group) {
                let uncounted = if invoice.conditional && uncounted_first {
                    (*net - *counted).clamp(0, units.max(0))
                } else {
                    0
                };
                *net -= units;
                units -= uncounted;
                *counted -= units;
            }
        }
        let world = self.world;
        match self.groups.get_mut(group) {
            Some(group) if units != 0 => group.unbill(units, Some(index), price, &world),
            _ => Ok(()),
        }
    }

    /// The lines of a document by place of their obligation.
    pub(super) fn document_lines(&self, lines: &[DocumentLine], document: &str) -> Result<Vec<(usize, i128)>, Refusal> {
        let line = |line: &DocumentLine| {
            let at = |refusal: Refusal| refusal.within(document);
            Ok((
                self.place_of(&line.obligation).map_err(at)?,
                self.minor(line.amount, "lines: amount")
                    .map_err(|refusal| refusal.within(document))?,
            ))
        };
        lines.iter().map(line).collect()
    }

    /// Adds the coded lines of a document, `base` in all, and remembers them.
    pub(super) fn code(
        &mut self,
        draft: &mut Draft,
        lines: &[(usize, i128)],
        base: i128,
        sign: i128,
    ) -> Result<(), Refusal> {
        let net: i128 = lines.iter().map(|(_, amount)| amount).sum();
        let mut sum = 0i128;
        let mut booked = 0i128;
        let revenue = self.world.book.policy.revenue_coding == RevenueCoding::Revenue;
        for (place, amount) in lines {
            sum += amount;
            let through = if net == 0 {
                0
            } else {
                mul_div(base, sum, net, self.world.rounding).ok_or_else(|| Refusal::too_large("lines", sum))?
            };
            let part = sign * (through - booked);
            booked = through;
            let role = if revenue {
                Role::Revenue
            } else {
                Role::ContractLiability
            };
            draft.push((role, Some(*place), part, Some(sign * amount)));
            if let Some(documents) = self.documents.get_mut(*place) {
                if revenue {
                    documents.revenue += part
                } else {
                    documents.liability += part
                }
            }
        }
        Ok(())
    }

    pub(super) fn invoice_at(&self, id: &InvoiceId) -> Result<usize, Refusal> {
        let found = self.invoice_places.get(id).copied();
        found.ok_or_else(|| {
            Refusal::new(
                "invoice",
                id,
                "is not an invoice of the contract on that day",
                "write the number of one that was issued before",
            )
        })
    }

    pub(super) fn invoice(&mut self, index: usize) -> Result<&mut Invoice, Refusal> {
        self.invoices.get_mut(index).ok_or_else(|| {
            Refusal::new(
                "invoice",
                index,
                "is not known",
                "report this as a defect of the engine",
            )
        })
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
            mul_div(invoice.open_base, within, invoice.open, rounding)
                .ok_or_else(|| Refusal::too_large("receivable", amount))?
        };
        let beyond = amount - within;
        let rest = if beyond == 0 || amount == 0 {
            0
        } else {
            mul_div(at_today, beyond, amount, rounding).unwrap_or(0)
        };
        invoice.open -= amount;
        invoice.open_base -= carried + rest;
        Ok(carried + rest)
    }

    fn bill_groups(
        &mut self,
        by_group: &BTreeMap<usize, i128>,
        net: i128,
        net_base: i128,
        index: usize,
    ) -> Result<(), Refusal> {
        let world = self.world;
        let (mut sum, mut billed) = (0i128, 0i128);
        for (group, amount) in by_group {
            sum += amount;
            let through = if net == 0 {
                0
            } else {
                mul_div(net_base, sum, net, world.rounding).ok_or_else(|| Refusal::too_large("invoice", sum))?
            };
            let Some(group) = self.groups.get_mut(*group) else {
                continue;
            };
            if *amount >= 0 {
                group.bill(*amount, through - billed, index, &world)?;
            } else {
                group.unbill(-amount, Some(index), false, &world)?;
            }
            billed = through;
        }
        Ok(())
    }

    /// A payment of a conditional invoice makes its share unconditional, at the rate of the payment (IFRIC 22.8).
    fn count(&mut self, index: usize, amount: i128, open: i128, rate: rust_decimal::Decimal) -> Result<(), Refusal> {
        let world = self.world;
        let invoice = self.invoice(index)?;
        let conditional = invoice.conditional && open > 0;
        let mut newly = Vec::new();
        for (group, net, counted) in invoice.groups.iter_mut().filter(|_| conditional) {
            let rest = *net - *counted;
            let share = mul_div(rest, amount.min(open), open, world.rounding).unwrap_or(rest);
            *counted += share;
            newly.push((*group, share));
        }
        for (group, units) in newly {
            let base = world.base_at(units, rate)?;
            if let Some(group) = self.groups.get_mut(group) {
                group.bill(units, base, index, &world)?;
            }
        }
        Ok(())
    }

    fn settle_refund_liability(
        &mut self,
        most: i128,
        rate: rust_decimal::Decimal,
        draft: &mut Draft,
    ) -> Result<i128, Refusal> {
        let world = self.world;
        let mut settled = 0;
        for place in 0..self.groups.len() {
            let Some(group) = self.groups.get_mut(place) else {
                continue;
            };
            let promised = group.promised.min(most - settled);
            group.promised -= promised;
            let expected = group.expected.min(most - settled - promised);
            group.expected -= expected;
            if expected > 0 {
                group.unbill(expected, None, true, &world)?;
                self.settle_expected(place, expected);
            }
            let part = promised + expected;
            if part > 0 {
                let base = world.base_at(part, rate)?;
                draft.push((Role::RefundLiability, self.lead(place), base, Some(part)));
                if let Some(documents) = self.group_documents.get_mut(place) {
                    documents.refund += base;
                }
            }
            settled += part;
        }
        Ok(settled)
    }

    /// Marks expected refunds of a group as settled, obligation by obligation.
    pub(super) fn settle_expected(&mut self, group: usize, amount: i128) {
        let mut left = amount;
        let rounding = self.world.rounding;
        for place in self.members.get(group).cloned().unwrap_or_default() {
            if let Some(obligation) = self.obligations.get_mut(place) {
                let part = obligation.expected_refund(rounding).min(left);
                obligation.settled += part;
                obligation.billed -= part;
                left -= part;
            }
        }
    }

    /// The obligation under which amounts of the whole group are booked.
    pub(super) fn lead(&self, group: usize) -> Option<usize> {
        self.members.get(group).and_then(|members| members.first()).copied()
    }
}
