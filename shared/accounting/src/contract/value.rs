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
    /// Units of the layers before it, and what they are worth; none where that leaves the range.
    start: i128,
    value_before: Option<i128>,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueLine {
    rounding: Rounding,
    layers: Vec<Layer>,
}

impl ValueLine {
    pub(super) fn new(rounding: Rounding) -> Self {
        Self {
            rounding,
            layers: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> i128 {
        self.layers.last().map_or(0, |layer| layer.start + layer.units)
    }

    /// Value of the first `units`; a part of a layer is rounded once, from the layer's start.
    pub(super) fn value(&self, units: i128) -> Option<i128> {
        let begun = self.layers.partition_point(|layer| layer.start <= units);
        let Some(layer) = begun.checked_sub(1).and_then(|index| self.layers.get(index)) else {
            return Some(0);
        };
        let within = (units - layer.start).min(layer.units);
        Some(layer.value_before? + layer.worth(within, self.rounding)?)
    }

    pub(super) fn push(&mut self, units: i128, base: i128, invoice: Option<usize>, on: Option<NaiveDate>) {
        if units > 0 {
            let start = self.len();
            self.layers.push(Layer {
                units,
                whole: units,
                base,
                invoice,
                on,
                start,
                value_before: self.value(start),
            });
        }
    }

    /// The units after the first `from` and through `to`, layer by layer: what a change of revenue was translated at.
    pub(super) fn stretches(&self, from: i128, to: i128) -> Option<Vec<Stretch>> {
        let passed = self.layers.partition_point(|layer| layer.start + layer.units <= from);
        let mut stretches = Vec::new();
        for layer in self.layers.iter().skip(passed).take_while(|layer| layer.start < to) {
            let first = (from - layer.start).clamp(0, layer.units);
            let last = (to - layer.start).clamp(0, layer.units);
            stretches.push(Stretch {
                units: last - first,
                base: layer.worth(last, self.rounding)? - layer.worth(first, self.rounding)?,
                invoice: layer.invoice,
                on: layer.on,
            });
        }
        Some(stretches)
    }

    /// Makes one layer of everything after the first `units` (consumption in proportion).
    pub(super) fn merge_after(&mut self, units: i128) -> Option<()> {
        let before = self.value(units)?;
        let len = self.len();
        let whole = self.value(len)?;
        self.cut_tail(len - units);
        self.push(len - units, whole - before, None, None);
        Some(())
    }

    /// One line of two: the earned units of both as one layer, then the rest of each.
    pub(super) fn merged(&self, earned: i128, other: &Self, others: i128) -> Option<Self> {
        let mut merged = Self::new(self.rounding);
        let (earned, others) = (earned.max(0), others.max(0));
        let base = self.value(earned)? + other.value(others)?;
        merged.push(earned + others, base, None, None);
        for (line, earned) in [(self, earned), (other, others)] {
            for rest in line.stretches(earned, line.len())? {
                merged.push(rest.units, rest.base, rest.invoice, rest.on);
            }
        }
        Some(merged)
    }

    /// Takes units out: first those of the invoice, then from the end; never among the first `kept`.
    pub(super) fn cut(&mut self, invoice: Option<usize>, units: i128, kept: i128) {
        let mut left = units.max(0);
        let mut first_cut = self.layers.len();
        let mut len = self.len();
        for only_invoice in [true, false] {
            if only_invoice && invoice.is_none() {
                continue;
            }
            let mut end = len;
            for (index, layer) in self.layers.iter_mut().enumerate().rev() {
                if left == 0 || end <= kept {
                    break;
                }
                let start = end - layer.units;
                let matches = !only_invoice || layer.invoice == invoice;
                let taken = if matches { (end - start.max(kept)).min(left) } else { 0 };
                if taken > 0 {
                    layer.units -= taken;
                    left -= taken;
                    len -= taken;
                    first_cut = first_cut.min(index);
                }
                end = start;
            }
        }
        // What stands after a cut has moved.
        for layer in self.layers.split_off(first_cut) {
            if layer.units > 0 {
                let start = self.len();
                let value_before = self.value(start);
                self.layers.push(Layer {
                    start,
                    value_before,
                    ..layer
                });
            }
        }
    }

    pub(super) fn cut_tail(&mut self, units: i128) {
        self.cut(None, units, 0);
    }
}
