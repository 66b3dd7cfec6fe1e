//! How the ledger codes the lines of its documents: to the contract liability or to revenue.
//!
//! Coded to revenue, which is normal in Xero, an invoice of 1,200.00 for a year begun in January is Cr revenue 1,200.00; the
//! month's end takes 1,100.00 out: Dr revenue / Cr contract liability (606-10-45-2; docs/accounting.md, Journals).

use super::billing::Draft;
use super::state::State;
use crate::Refusal;
use crate::arithmetic::mul_div;
use crate::journal::Role;
use crate::policy::RevenueCoding;

impl State<'_> {
    /// Adds the coded lines of a document, `base` in all, and remembers them.
    pub(super) fn code(&mut self, draft: &mut Draft, lines: &[(usize, i128)], base: i128, sign: i128) -> Result<(), Refusal> {
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
            let role = if revenue { Role::Revenue } else { Role::ContractLiability };
            draft.push((role, Some(*place), part, Some(sign * amount)));
            let documents = &mut self.obligation(*place)?.documents;
            if revenue {
                documents.revenue += part
            } else {
                documents.liability += part
            }
        }
        Ok(())
    }
}
