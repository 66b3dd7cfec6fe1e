//! Rounding a price over its months: the five remainders of docs/accounting.md, Schedules.

use chrono::NaiveDate;

use super::fraction::{Fraction, whole};
use super::shape::{Shape, first_of, last_of, next_month};

/// The names of a story's policy.
#[derive(Clone, Debug)]
pub struct Rounding {
    pub remainder: String,
    pub even: bool,
}

impl Rounding {
    pub fn round(&self, exact: Fraction) -> i128 {
        exact.rounded(self.even)
    }

    /// What is earned of an amount through the end of a day.
    pub fn earned(&self, amount: i128, shape: &Shape, day: NaiveDate) -> i128 {
        let exact = |share: Fraction| whole(amount).times(share);
        if self.remainder == "cumulative" {
            return self.round(exact(shape.through(day)));
        }
        let amounts = self.months(amount, shape);
        let mut earned = 0;
        for (month, part) in &amounts {
            if day >= last_of(*month) {
                earned += part;
            } else if day >= *month {
                earned += self.round(whole(*part).times(shape.part(*month, day)));
            }
        }
        earned
    }

    /// The amount of each month.
    fn months(&self, amount: i128, shape: &Shape) -> Vec<(NaiveDate, i128)> {
        let exact: Vec<Fraction> = shape.months.iter().map(|(_, share)| whole(amount).times(*share)).collect();
        let mut parts: Vec<i128> = exact.iter().map(|exact| self.round(*exact)).collect();
        let last = parts.len() - 1;
        let full = |month: NaiveDate| shape.start <= month && shape.end >= last_of(month) && shape.is_whole(month);
        let mut taker = if self.remainder == "first" { 0 } else { last };
        match self.remainder.as_str() {
            "balance" => {
                let (mut left, mut booked) = (whole(amount), 0);
                for (index, exact) in exact.iter().enumerate() {
                    left = left.minus(*exact);
                    parts[index] = amount - self.round(left) - booked;
                    booked += parts[index];
                }
            }
            "last_full" => {
                for (index, (month, _)) in shape.months.iter().enumerate().filter(|(_, (month, _))| full(*month)) {
                    parts[index] = exact[index].truncated();
                    taker = index;
                    debug_assert_eq!(first_of(*month), *month);
                }
            }
            _ => {}
        }
        parts[taker] += amount - parts.iter().sum::<i128>();
        shape.months.iter().map(|(month, _)| *month).zip(parts).collect()
    }
}

impl Shape {
    /// Not a second of the month is missing.
    fn is_whole(&self, month: NaiveDate) -> bool {
        let late = self.late > 0 && self.start >= month && self.start < next_month(month);
        let early = self.early > 0 && self.end >= month && self.end < next_month(month);
        !late && !early
    }
}
