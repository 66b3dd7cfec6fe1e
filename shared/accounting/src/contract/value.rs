//! The value line: what each unit of the contract's currency is worth in the ledger's (accounting.md 2.5).
//!
//! Units stand in a row, in the order in which they are billed or earned, whichever is first. Each keeps the rate of that day:
//! an advance its invoice's or payment's (IFRIC 22.8), an accrual its own. Revenue to date is the value of the units earned.

use crate::arithmetic::mul_div;
use crate::money::Rounding;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Layer {
    units: i128,
    base: i128,
    invoice: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ValueLine {
    layers: Vec<Layer>,
}

impl ValueLine {
    pub(super) fn len(&self) -> i128 {
        self.layers.iter().map(|layer| layer.units).sum()
    }

    /// Value of the first `units`; a part of a layer is rounded once, from the layer's start.
    pub(super) fn value(&self, units: i128, rounding: Rounding) -> Option<i128> {
        let mut left = units;
        let mut value = 0;
        for layer in &self.layers {
            if left >= layer.units {
                value += layer.base;
                left -= layer.units;
            } else {
                return Some(value + mul_div(layer.base, left.max(0), layer.units, rounding)?);
            }
        }
        Some(value)
    }

    pub(super) fn push(&mut self, units: i128, base: i128, invoice: Option<usize>) {
        if units > 0 {
            self.layers.push(Layer { units, base, invoice });
        }
    }

    /// Makes one layer of everything after the first `units` (consumption in proportion).
    pub(super) fn merge_after(&mut self, units: i128, rounding: Rounding) -> Option<()> {
        let before = self.value(units, rounding)?;
        let (len, whole) = (self.len(), self.layers.iter().map(|layer| layer.base).sum::<i128>());
        self.cut_tail(len - units, rounding)?;
        self.push(len - units, whole - before, None);
        Some(())
    }

    /// Takes units out: first those of the invoice, then from the end; never among the first `kept`. Returns what was taken.
    pub(super) fn cut(&mut self, invoice: Option<usize>, units: i128, kept: i128, rounding: Rounding) -> Option<i128> {
        let mut left = units;
        for only_invoice in [true, false] {
            let mut end = self.len();
            for layer in self.layers.iter_mut().rev() {
                let start = end - layer.units;
                let free = (end - start.max(kept)).max(0);
                let matches = !only_invoice || invoice.is_some() && layer.invoice == invoice;
                let taken = if matches { free.min(left) } else { 0 };
                if taken > 0 {
                    layer.base -= mul_div(layer.base, taken, layer.units, rounding)?;
                    layer.units -= taken;
                    left -= taken;
                }
                end = start;
            }
        }
        self.layers.retain(|layer| layer.units > 0);
        Some(units - left)
    }

    pub(super) fn cut_tail(&mut self, units: i128, rounding: Rounding) -> Option<i128> {
        self.cut(None, units, 0, rounding)
    }
}
