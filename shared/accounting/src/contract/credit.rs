//! Credit notes and discounts: what they take from the billing, from the price, from what a cancellation would release.
//!
//! Example (606-10-32-42..45; docs/accounting.md, Journals): 1,200.00 for a year, 120.00 credited after six months. As a lower price, 60.00 are
//! against revenue now and 60.00 against the contract liability. As billing only, the price stays and a person is asked.

use chrono::NaiveDate;

use super::agent::OwnLines;
use super::billing::Draft;
use super::state::State;
use crate::Refusal;
use crate::arithmetic::{mul_div, split};
use crate::event::{CreditReason, Credited};
use crate::journal::{Case, Reason, Role, Rule};
use crate::money::major;

impl State<'_> {
    pub(super) fn credited(&mut self, credited: &Credited) -> Result<(), Refusal> {
        if !self.credit_notes.insert(credited.credit_note.clone()) {
            return Err(Refusal::new(
                "credit_note",
                &credited.credit_note,
                "is the number of two credit notes",
                "give each its own number",
            ));
        }
        let index = self.invoice_at(&credited.invoice)?;
        let OwnLines { lines, suppliers } = self.document_lines(&credited.lines, credited.credit_note.as_str(), -1)?;
        if lines.is_empty() {
            let place = format!("credit note {}: lines", credited.credit_note);
            return Err(Refusal::new(place, &credited.credit_note, "has no lines", "write what it credits"));
        }
        let tax = credited.tax.map_or(Ok(0), |tax| self.minor(tax, "tax"))?;
        let net: i128 = lines.iter().map(|(_, amount)| amount).sum();
        let invoice = self.invoice(index)?;
        let gross = net + tax + suppliers;
        invoice.credited += gross;
        if net < 0 || invoice.credited > invoice.gross {
            let (id, most) = (invoice.id.clone(), invoice.gross);
            let problem = format!(
                "brings what is credited of invoice {id} above its {}",
                major(most, self.world.currency)
            );
            let amount = major(gross, self.world.currency);
            return Err(Refusal::new(
                format!("credit note {}", credited.credit_note),
                amount,
                problem,
                "credit at most what was invoiced, as positive amounts",
            ));
        }
        let rate = match credited.rate {
            Some(rate) if self.world.foreign() => rate,
            _ => self.invoice(index)?.rate,
        };
        let (net_base, tax_base) = (self.world.base_at(net, rate)?, self.world.base_at(tax, rate)?);
        let suppliers_base = self.world.base_at(suppliers, rate)?;
        let gross_base = net_base + tax_base + suppliers_base;
        let relief = self.relieve(index, gross, gross_base)?;
        let mut draft: Draft = vec![
            (Role::Receivable, None, -relief, Some(-gross)),
            (Role::Tax, None, tax_base, Some(tax)),
            (Role::Clearing, None, suppliers_base, Some(suppliers)),
        ];
        let coded = self.world.layer(net, rate)?;
        self.code(&mut draft, &lines, coded, 1)?;
        draft.push((Role::Fx, None, relief - gross_base + net_base - coded, None));
        let entry = self.post(Case::CreditNote, credited.credit_note.as_str(), self.world.today, draft)?;
        if let Some(entry) = entry.and_then(|entry| self.entries.get_mut(entry)) {
            entry.reason = Reason::of_credit_note(credited.reason);
        }
        for (place, amount) in lines {
            self.credit_line(index, place, amount, credited.reason, credited.for_service)?;
        }
        self.count_settled(index, rate)?;
        self.fund(index, rate)
    }

    /// A discount taken when paying lowers the price of what the invoice bills (606-10-32-5..7).
    pub(super) fn discount(&mut self, index: usize, discount: i128, draft: &mut Draft) -> Result<(), Refusal> {
        let invoice = self.invoice(index)?.clone();
        let base = self.world.base_at(discount, invoice.rate)?;
        let relief = self.relieve(index, discount, base)?;
        let weights: Vec<i128> = invoice.lines.iter().map(|line| line.amount).collect();
        let parts = split(discount, &weights).ok_or_else(|| Refusal::too_large("discount", discount))?;
        let lines: Vec<(usize, i128)> = invoice.lines.iter().map(|line| line.place).zip(parts).collect();
        self.invoice(index)?.discounted += discount;
        draft.push((Role::Receivable, None, -relief, Some(-discount)));
        let coded = self.world.layer(discount, invoice.rate)?;
        self.code(draft, &lines, coded, 1)?;
        draft.push((Role::Fx, None, relief - coded, None));
        for (place, amount) in lines {
            self.credit_line(index, place, amount, CreditReason::Price, None)?;
        }
        Ok(())
    }

    fn credit_line(
        &mut self,
        index: usize,
        place: usize,
        amount: i128,
        reason: CreditReason,
        for_service: Option<(NaiveDate, NaiveDate)>,
    ) -> Result<(), Refusal> {
        for line in self.invoice(index)?.lines.iter_mut().filter(|line| line.place == place).take(1) {
            line.credited += amount;
        }
        let obligation = self.obligation(place)?;
        let (group, billed_before) = (obligation.group, obligation.billed);
        let cancelled = self.claim_on(place).is_some();
        let mut left = amount;
        if reason != CreditReason::Price || cancelled {
            left -= self.settle_by_credit(group, left)?;
            left -= self.document_refund(group, index, left)?;
        }
        self.obligation(place)?.billed -= left;
        if let Some(claim) = self.claim_on(place) {
            claim.give_back(place, left);
            self.past_claims.iter_mut().for_each(|claim| claim.give_back(place, left));
            self.unbill_group(group, left, index, true, true)?;
            self.dirty.push(place);
            return Ok(());
        }
        self.unbill_group(group, left, index, reason == CreditReason::Price, true)?;
        match reason {
            CreditReason::Billing if left > 0 => self.ask_about_billing(place, left),
            CreditReason::Cancellation => self.obligation(place)?.cancel_credited += left,
            CreditReason::Price if left > 0 => self.lower_price(place, left, billed_before, for_service)?,
            _ => {}
        }
        Ok(())
    }

    /// A lower price: of the whole obligation, or of the service that it is given for.
    fn lower_price(
        &mut self,
        place: usize,
        amount: i128,
        billed_before: i128,
        for_service: Option<(NaiveDate, NaiveDate)>,
    ) -> Result<(), Refusal> {
        let (policy, currency, rounding) = (self.world.book.policy, self.world.currency, self.world.rounding);
        let obligation = self.obligation(place)?;
        let id = obligation.id().clone();
        let change = if obligation.metered {
            let before = obligation.metered_before;
            let earned = obligation.recognised.min(billed_before) + before;
            let part = mul_div(amount, earned, (billed_before + before).max(1), rounding).ok_or_else(|| obligation.too_large())?;
            -part.clamp(0, amount)
        } else {
            -amount
        };
        if !obligation.metered && obligation.price() + change < 0 {
            let price = major(obligation.price(), currency);
            return Err(Refusal::new(
                "credited",
                &id,
                format!(
                    "would have a price below zero: it is {price}, the credit {}",
                    major(amount, currency)
                ),
                "credit at most the price, or write the reason billing",
            ));
        }
        obligation.stated -= amount.min(obligation.stated.max(0));
        let words = match for_service {
            None => {
                obligation.reprice(change, &policy)?;
                format!(
                    "the price of {id} falls by {}; the earned share is against revenue now, the rest against the contract liability",
                    major(amount, currency)
                )
            }
            Some((start, end)) => {
                obligation.reprice_service(start, end, change, &policy)?;
                format!(
                    "the price of {id} falls by {} for the service of {start} to {end}",
                    major(amount, currency)
                )
            }
        };
        self.dirty.push(place);
        let paragraph = match for_service {
            None => Rule::LowerPrice,
            Some(_) => Rule::ServiceCredit,
        };
        self.note(words, paragraph);
        Ok(())
    }

    /// A credit note that documents a refund which was promised and paid out before.
    fn document_refund(&mut self, group: usize, index: usize, most: i128) -> Result<i128, Refusal> {
        let part = self.group(group)?.undocumented.min(most).max(0);
        if part == 0 {
            return Ok(0);
        }
        let rate = self.invoice(index)?.rate;
        let base = self.world.base_at(part, rate)?;
        let invoice = self.invoice(index)?;
        invoice.open += part;
        invoice.open_base += base;
        let name = invoice.id.to_string();
        let of_group = self.group(group)?;
        of_group.undocumented -= part;
        of_group.documents.refund -= base;
        let draft = [
            (Role::Receivable, None, base, Some(part)),
            (Role::RefundLiability, self.lead(group), -base, Some(-part)),
        ];
        let name = self.generated_id(&format!("{name}/refunded before"));
        self.post(Case::RefundLiability, &name, self.world.today, draft)?;
        Ok(part)
    }

    /// A credit note that leaves less billed than the price: either it will be billed again, or the price is lower.
    fn ask_about_billing(&mut self, place: usize, credited: i128) {
        let currency = self.world.currency;
        let Some(obligation) = self.obligations.get(place).filter(|o| !o.metered && o.billed < o.price()) else {
            return;
        };
        let words = format!(
            "{} of {} is credited and its price of {} stays, of which {} is billed now: will the rest be billed, or is the price lower?",
            major(credited, currency),
            obligation.id(),
            major(obligation.price(), currency),
            major(obligation.billed, currency)
        );
        self.ask(words, Rule::BillingOnly);
    }

    /// A credit note first documents refunds that already stand as refund liability.
    fn settle_by_credit(&mut self, group: usize, most: i128) -> Result<i128, Refusal> {
        let of = self.group(group)?;
        let promised = of.promised.min(most).max(0);
        of.promised -= promised;
        let expected = of.expected.min(most - promised).max(0);
        of.expected -= expected;
        of.billed -= expected;
        if expected > 0 {
            self.settle_expected(group, expected)?;
        }
        Ok(promised + expected)
    }
}
