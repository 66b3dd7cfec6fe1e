//! Unpaid invoices that depend on more than time: neither a receivable nor a liability (Example 38 case A).

use super::state::State;
use crate::Refusal;
use crate::arithmetic::mul_div;

/// Unpaid conditional invoices of a group: hidden from receivable and contract liability at a month's end.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hidden {
    pub(super) net_base: i128,
    /// With tax, in the contract's currency and in the ledger's.
    pub(super) gross: i128,
    pub(super) gross_base: i128,
    /// What of it belongs to suppliers.
    pub(super) suppliers_base: i128,
    /// Performed: a receivable after all, no contract asset.
    pub(super) performed: i128,
}

impl State<'_> {
    /// What is open of all invoices and shown as a receivable: in the contract's currency, and as carried in the ledger's.
    pub(super) fn receivable(&self) -> Result<(i128, i128), Refusal> {
        let mut open: i128 = self.invoices.iter().map(|invoice| invoice.open).sum();
        let mut carried: i128 = self.invoices.iter().map(|invoice| invoice.open_base).sum();
        if self.has_conditional {
            for (place, group) in self.groups.iter().enumerate() {
                let hidden = self.hidden(place, group.position(&self.world)?.asset)?;
                open -= hidden.gross;
                carried -= hidden.gross_base;
            }
        }
        Ok((open, carried))
    }

    /// Unpaid conditional invoices of a group: the performed part is a receivable, the rest is hidden.
    pub(super) fn hidden(&self, group: usize, asset: i128) -> Result<Hidden, Refusal> {
        let mut hidden = Hidden::default();
        if !self.has_conditional {
            return Ok(hidden);
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
            let share = |amount: i128, num: i128, den: i128| {
                mul_div(amount, num, den, self.world.rounding).ok_or_else(|| Refusal::too_large("invoice", &invoice.id))
            };
            let net_base = self.world.base_at(net, invoice.rate)?;
            let gross = share(net, invoice.gross, invoice.net)?.min(invoice.open).max(net);
            let gross_base = self.world.base_at(gross, invoice.rate)?.min(invoice.open_base).max(net_base);
            let beside = invoice.gross - invoice.net;
            hidden.suppliers_base += match beside {
                0 => 0,
                beside => share(gross_base - net_base, invoice.suppliers, beside)?,
            };
            hidden.performed += performed;
            hidden.gross += gross;
            hidden.gross_base += gross_base;
            hidden.net_base += net_base;
        }
        Ok(hidden)
    }
}
