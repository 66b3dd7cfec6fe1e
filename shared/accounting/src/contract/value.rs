//! The value line: what each unit of the contract's currency is worth in the ledger's (docs/accounting.md, Currency).
//!
//! Units stand in a row, in the order in which they are billed or earned, whichever is first. Each keeps the rate of that day:
//! an advance its invoice's or payment's (IFRIC 22.8), an accrual its own. Revenue to date is the value of the units earned.

use chrono::NaiveDate;

use crate::arithmetic::mul_div;
use crate::money::Rounding;

/// Units at one rate: what is left of a whole that was worth `base`. The whole is kept, so that whatever is taken out of a
/// layer's end, the value of the units before it stays the same to the cent.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Layer {
    units: i128,
    whole: i128,
    base: i128,
    invoice: Option<usize>,
    /// The day of its rate; none where layers of several days were merged.
    on: Option<NaiveDate>,
}

/// Neighbouring units at one rate, and what they are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) units: i128,
    pub(super) base: i128,
    pub(super) invoice: Option<usize>,
    pub(super) on: Option<NaiveDate>,
}

impl Layer {
    /// Value of its first units, rounded once.
    fn worth(&self, units: i128, rounding: Rounding) -> Option<i128> {
        if units == self.whole {
            return Some(self.base);
        }
        mul_div(self.base, units, self.whole, rounding)
    }
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
                value += layer.worth(layer.units, rounding)?;
                left -= layer.units;
            } else {
                return Some(value + layer.worth(left.max(0), rounding)?);
            }
        }
        Some(value)
    }

    pub(super) fn push(&mut self, units: i128, base: i128, invoice: Option<usize>, on: Option<NaiveDate>) {
        if units > 0 {
            let whole = units;
            self.layers.push(Layer {
                units,
                whole,
                base,
                invoice,
                on,
            });
        }
    }

    /// The units after the first `from` and through `to`, layer by layer: what a change of revenue was translated at.
    pub(super) fn stretches(&self, from: i128, to: i128, rounding: Rounding) -> Option<Vec<Stretch>> {
        let mut start = 0;
        let mut stretches = Vec::new();
        for layer in &self.layers {
            let first = (from - start).clamp(0, layer.units);
            let last = (to - start).clamp(0, layer.units);
            if last > first {
                stretches.push(Stretch {
                    units: last - first,
                    base: layer.worth(last, rounding)? - layer.worth(first, rounding)?,
                    invoice: layer.invoice,
                    on: layer.on,
                });
            }
            start += layer.units;
        }
        Some(stretches)
    }

    /// Makes one layer of everything after the first `units` (consumption in proportion).
    pub(super) fn merge_after(&mut self, units: i128, rounding: Rounding) -> Option<()> {
        let before = self.value(units, rounding)?;
        let len = self.len();
        let whole = self.value(len, rounding)?;
        self.cut_tail(len - units);
        self.push(len - units, whole - before, None, None);
        Some(())
    }

    /// One line of two: the earned units of both as one layer, then the rest of each.
    pub(super) fn merged(&self, earned: i128, other: &Self, others: i128, rounding: Rounding) -> Option<Self> {
        let mut merged = Self::default();
        let (earned, others) = (earned.max(0), others.max(0));
        let base = self.value(earned, rounding)? + other.value(others, rounding)?;
        merged.push(earned + others, base, None, None);
        for (line, earned) in [(self, earned), (other, others)] {
            for rest in line.stretches(earned, line.len(), rounding)? {
                merged.push(rest.units, rest.base, rest.invoice, rest.on);
            }
        }
        Some(merged)
    }

    /// Takes units out: first those of the invoice, then from the end; never among the first `kept`.
    pub(super) fn cut(&mut self, invoice: Option<usize>, units: i128, kept: i128) {
        let mut left = units;
        for only_invoice in [true, false] {
            let mut end = self.len();
            for layer in self.layers.iter_mut().rev() {
                let start = end - layer.units;
                let free = (end - start.max(kept)).max(0);
                let matches = !only_invoice || invoice.is_some() && layer.invoice == invoice;
                let taken = if matches { free.min(left).max(0) } else { 0 };
                layer.units -= taken;
                left -= taken;
                end = start;
            }
        }
        self.layers.retain(|layer| layer.units > 0);
    }

    pub(super) fn cut_tail(&mut self, units: i128) {
        self.cut(None, units, 0);
    }
}
