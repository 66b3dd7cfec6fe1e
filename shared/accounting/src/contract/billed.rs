//! What is billed of each netting group, as documents add to it and take from it.

use std::collections::BTreeMap;

use super::state::State;
use crate::Refusal;
use crate::arithmetic::mul_div;

impl State<'_> {
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
        let invoice = self.invoice(index)?;
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
        if units != 0 {
            self.group(group)?.unbill(units, Some(index), price);
        }
        Ok(())
    }

    pub(super) fn bill_groups(&mut self, by_group: &BTreeMap<usize, i128>, net: i128, net_base: i128, index: usize) -> Result<(), Refusal> {
        let world = self.world;
        let (mut sum, mut billed) = (0i128, 0i128);
        for (group, amount) in by_group {
            sum += amount;
            let through = if net == 0 {
                0
            } else {
                mul_div(net_base, sum, net, world.rounding).ok_or_else(|| Refusal::too_large("invoice", sum))?
            };
            let group = self.group(*group)?;
            if *amount >= 0 {
                group.bill(*amount, through - billed, index, &world)?;
            } else {
                group.unbill(-amount, Some(index), false);
            }
            billed = through;
        }
        Ok(())
    }
}
