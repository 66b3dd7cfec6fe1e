//! Invoices: what the ledger bills, and what that makes of the position.
//!
//! `invoiced` (606-10-45-1..4; IFRS 15.105-108): Dr receivable / Cr contract liability / Cr tax. An invoice of 1,200.00 with a tax
//! of 240.00 before any service: receivable 1,440.00, contract liability 1,200.00. Where 200.00 were earned before, the month's
//! end shows 1,000.00: positions are net within a contract, never across.

use std::collections::BTreeMap;

use super::agent::OwnLines;
use super::obligation::Obligation;
use super::records::{AbovePrice, InvoiceLine};
use super::state::{GivenUp, Invoice, State};
use crate::Refusal;
use crate::event::Invoiced;
use crate::ids::InvoiceId;
use crate::journal::{Case, Role};
use crate::money::major;

/// Account, obligation, ledger amount (debit positive), transaction amount.
pub(super) type DraftLine = (Role, Option<usize>, i128, Option<i128>);
/// The lines of an entry before it is made; those of zero are left out.
pub(super) type Draft = Vec<DraftLine>;

impl State<'_> {
    pub(super) fn invoiced(&mut self, invoiced: &Invoiced) -> Result<(), Refusal> {
        self.refuse_contradicting_invoice(invoiced)?;
        let rate = self.world.rate(invoiced.rate)?;
        let OwnLines { lines, suppliers } = self.document_lines(&invoiced.lines, invoiced.invoice.as_str(), 1)?;
        if lines.is_empty() {
            let place = format!("invoice {}: lines", invoiced.invoice);
            return Err(Refusal::new(place, &invoiced.invoice, "has no lines", "write what it bills"));
        }
        let net: i128 = lines.iter().map(|(_, amount)| amount).sum();
        let tax = self.invoiced_tax(invoiced, net)?;
        let net_base = self.world.base_at(net, rate)?;
        let (tax_base, suppliers_base) = (self.world.base_at(tax, rate)?, self.world.base_at(suppliers, rate)?);
        let (gross, gross_base) = (net + tax + suppliers, net_base + tax_base + suppliers_base);
        let index = self.invoices.len();
        let mut draft: Draft = vec![
            (Role::Receivable, None, gross_base, Some(gross)),
            (Role::Tax, None, -tax_base, Some(-tax)),
            (Role::Clearing, None, -suppliers_base, Some(-suppliers)),
        ];
        let coded = self.world.layer(net, rate)?;
        self.code(&mut draft, &lines, coded, -1)?;
        draft.push((Role::Fx, None, coded - net_base, None));
        self.post(Case::Invoice, invoiced.invoice.as_str(), self.world.today, draft)?;
        let mut by_group: BTreeMap<usize, i128> = BTreeMap::new();
        for (place, amount) in &lines {
            let obligation = self.obligation(*place)?;
            obligation.billed += amount;
            *by_group.entry(obligation.group).or_default() += amount;
        }
        self.note_above_price(&invoiced.invoice, &lines);
        let conditional = !invoiced.unconditional;
        self.has_conditional |= conditional;
        if !conditional {
            self.bill_groups(&by_group, net, coded, index)?;
        }
        let groups = by_group
            .into_iter()
            .map(|(group, net)| (group, net, if conditional { 0 } else { net }))
            .collect();
        self.invoice_places.insert(invoiced.invoice.clone(), index);
        self.invoices.push(Invoice {
            id: invoiced.invoice.clone(),
            rate,
            gross,
            net,
            suppliers,
            credited: 0,
            discounted: 0,
            paid: 0,
            reopened: 0,
            open: gross,
            open_base: gross_base,
            given_up: GivenUp::default(),
            conditional,
            groups,
            funded: Vec::new(),
            lines: lines
                .into_iter()
                .map(|(place, amount)| InvoiceLine {
                    place,
                    amount,
                    credited: 0,
                })
                .collect(),
        });
        Ok(())
    }

    fn refuse_contradicting_invoice(&self, invoiced: &Invoiced) -> Result<(), Refusal> {
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
        Ok(())
    }

    /// The tax of an invoice over `net`, in minor units: of the same sign as its lines together.
    fn invoiced_tax(&self, invoiced: &Invoiced, net: i128) -> Result<i128, Refusal> {
        let tax = invoiced.tax.map_or(Ok(0), |tax| self.minor(tax, "tax"))?;
        if net.signum() * tax.signum() < 0 {
            let at = format!("invoice {}: tax", invoiced.invoice);
            let problem = "has another sign than the lines together";
            return Err(Refusal::new(at, invoiced.tax.unwrap_or_default(), problem, "correct the sign"));
        }
        Ok(tax)
    }

    /// Remembers an invoice that bills more of an obligation than it costs, or of its netting group where nobody knows what each costs.
    fn note_above_price(&mut self, invoice: &InvoiceId, lines: &[(usize, i128)]) {
        let mut against = AgainstPrice::new(self);
        let above: Vec<AbovePrice> = lines
            .iter()
            .filter_map(|(place, _)| {
                let (billed, most) = against.billed_and_most(*place);
                (billed > most).then(|| AbovePrice {
                    on: self.world.today,
                    invoice: invoice.clone(),
                    place: *place,
                    most,
                })
            })
            .collect();
        self.above_price.extend(above);
    }

    /// Refuses an invoice above the price that nothing took back since.
    pub(super) fn refuse_above_price(&self) -> Result<(), Refusal> {
        let mut against = AgainstPrice::new(self);
        for AbovePrice { on, invoice, place, most } in &self.above_price {
            let (billed, now) = against.billed_and_most(*place);
            let most = (*most).max(now);
            if let Some(obligation) = self.obligations.get(*place).filter(|_| billed > most) {
                let shown = |amount: i128| major(amount, self.world.currency);
                let problem = format!(
                    "brings what is billed of {} to {}, above the price of {}",
                    obligation.id(),
                    shown(billed),
                    shown(most)
                );
                let remedy = "correct the line, credit what is too much, or enter the modification first";
                let place = format!("invoiced of {on}.invoice {invoice}");
                return Err(Refusal::new(place, shown(billed - most), problem, remedy));
            }
        }
        Ok(())
    }

    /// Whether the stated prices of an obligation's netting group are what was agreed: then they are what is billed.
    pub(super) fn is_as_stated(&self, obligation: &Obligation) -> bool {
        self.groups.get(obligation.group).is_some_and(|group| group.as_stated)
    }

    pub(super) fn invoice_at(&self, id: &InvoiceId) -> Result<usize, Refusal> {
        let found = self.invoice_places.get(id).copied().or_else(|| self.opening_invoice());
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
        self.invoices.get_mut(index).ok_or_else(|| Refusal::unknown("invoice", index))
    }

    /// The obligation under which amounts of the whole group are booked.
    pub(super) fn lead(&self, group: usize) -> Option<usize> {
        self.groups.get(group).and_then(|group| group.members.first()).copied()
    }
}

/// What is billed, against prices: what concerns the whole contract or a netting group is summed up once for all lines of an invoice.
struct AgainstPrice<'s, 'b> {
    state: &'s State<'b>,
    /// Unearned and written off, by obligation: it was billed, and may not be billed again.
    written_off: BTreeMap<usize, i128>,
    /// What is billed of a netting group and the most that may be; none where each of its obligations has a stated price.
    by_group: BTreeMap<usize, Option<(i128, i128)>>,
}

impl<'s, 'b> AgainstPrice<'s, 'b> {
    fn new(state: &'s State<'b>) -> Self {
        let mut written_off: BTreeMap<usize, i128> = BTreeMap::new();
        for part in state.invoices.iter().flat_map(|invoice| &invoice.given_up.unearned) {
            *written_off.entry(part.place).or_default() += part.amount;
        }
        Self {
            state,
            written_off,
            by_group: BTreeMap::new(),
        }
    }

    /// What is billed of an obligation, and the most that may be, in minor units: the highest price that it had, and what is variable and
    /// not included. Without stated prices both are those of the netting group.
    fn billed_and_most(&mut self, place: usize) -> (i128, i128) {
        let obligations = &self.state.obligations;
        let Some(of) = obligations.get(place).filter(|obligation| !obligation.metered) else {
            return (0, 0);
        };
        let (state, written_off) = (self.state, &self.written_off);
        let of_group = self
            .by_group
            .entry(of.group)
            .or_insert_with(|| of_group(state, of.group, written_off));
        if let Some(of_group) = of_group {
            return *of_group;
        }
        // What ended holds what was earned and released, which is no price.
        let price = if self.state.is_as_stated(of) || of.ended {
            of.stated
        } else {
            of.stated.max(of.price())
        };
        let billed = of.billed + self.written_off.get(&place).copied().unwrap_or(0);
        (billed, price.max(of.highest) + of.variable())
    }
}

/// What is billed of a netting group and the most that may be, where not each of its obligations has a stated price.
fn of_group(state: &State<'_>, group: usize, written_off: &BTreeMap<usize, i128>) -> Option<(i128, i128)> {
    let members = || {
        let all = state.obligations.iter().enumerate();
        all.filter(|(_, other)| other.group == group && !other.metered)
    };
    if members().all(|(_, obligation)| obligation.is_priced()) {
        return None;
    }
    let sum = |of: fn(&Obligation) -> i128| members().map(|(_, obligation)| of(obligation)).sum::<i128>();
    let price = sum(|o| o.highest).max(sum(Obligation::price)).max(sum(|o| o.stated));
    let lost: i128 = members().filter_map(|(index, _)| written_off.get(&index)).sum();
    Some((sum(|o| o.billed) + lost, price + sum(Obligation::variable)))
}
