//! Invoices: what the ledger bills, and what that makes of the position.
//!
//! `invoiced` (606-10-45-1..4; IFRS 15.105-108): Dr receivable / Cr contract liability / Cr tax. An invoice of 1,200.00 with a tax
//! of 240.00 before any service: receivable 1,440.00, contract liability 1,200.00. Where 200.00 were earned before, the month's
//! end shows 1,000.00: positions are net within a contract, never across.

use std::collections::BTreeMap;

use super::agent::OwnLines;
use super::state::{GivenUp, Invoice, State};
use crate::Refusal;
use crate::event::Invoiced;
use crate::ids::InvoiceId;
use crate::journal::{Case, Role};

/// Account, obligation, ledger amount (debit positive), transaction amount.
pub(super) type DraftLine = (Role, Option<usize>, i128, Option<i128>);
/// The lines of an entry before it is made; those of zero are left out.
pub(super) type Draft = Vec<DraftLine>;

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
        let OwnLines { lines, suppliers } = self.document_lines(&invoiced.lines, invoiced.invoice.as_str(), 1)?;
        let tax = invoiced.tax.map_or(Ok(0), |tax| self.minor(tax, "tax"))?;
        let net: i128 = lines.iter().map(|(_, amount)| amount).sum();
        if net.signum() * tax.signum() < 0 {
            let at = format!("invoice {}: tax", invoiced.invoice);
            let problem = "has another sign than the lines together";
            return Err(Refusal::new(at, invoiced.tax.unwrap_or_default(), problem, "correct the sign"));
        }
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
            open: gross,
            open_base: gross_base,
            given_up: GivenUp::default(),
            conditional,
            groups,
            lines: lines.clone(),
        });
        self.billed_after_cancellation(&lines)
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
        self.invoices
            .get_mut(index)
            .ok_or_else(|| Refusal::new("invoice", index, "is not known", "report this as a defect of the engine"))
    }

    /// The obligation under which amounts of the whole group are booked.
    pub(super) fn lead(&self, group: usize) -> Option<usize> {
        self.members.get(group).and_then(|members| members.first()).copied()
    }
}
