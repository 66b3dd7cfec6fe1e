//! Amounts finer than a minor unit, so that a sum is rounded once.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::Refusal;
use crate::arithmetic::{Ratio, mul_div};
use crate::money::Rounding;

/// Parts of a minor unit: the least common multiple of 1 to 36. A month of a term of 1 to 36 months, of a week, of a day, and the
/// days of a month are whole numbers of it; whatever else is within 10^-14 of a minor unit.
const SCALE: i128 = 144_403_552_893_600;

/// An amount in parts of a minor unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exact(i128);

impl Exact {
    pub(super) const ZERO: Self = Self(0);

    /// `minor * num / den`.
    pub(super) fn of(minor: i128, num: i128, den: i128) -> Result<Self, Refusal> {
        let too_large = || Refusal::too_large("recurring revenue", minor);
        let num = SCALE.checked_mul(num).ok_or_else(too_large)?;
        mul_div(minor, num, den, Rounding::HalfAway).map(Self).ok_or_else(too_large)
    }

    pub(super) fn scaled(self, num: i128, den: i128) -> Result<Self, Refusal> {
        let divisor = Ratio::new(num, den);
        let scaled = mul_div(self.0, divisor.num, divisor.den, Rounding::HalfAway);
        scaled.map(Self).ok_or_else(|| self.too_large())
    }

    /// At a rate or a share.
    pub(super) fn times(self, factor: Decimal) -> Result<Self, Refusal> {
        let factor = Ratio::of(factor);
        self.scaled(factor.num, factor.den)
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, Refusal> {
        self.0.checked_add(other.0).map(Self).ok_or_else(|| self.too_large())
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, Refusal> {
        self.0.checked_sub(other.0).map(Self).ok_or_else(|| self.too_large())
    }

    pub(super) fn sum(mut amounts: impl Iterator<Item = Self>) -> Result<Self, Refusal> {
        amounts.try_fold(Self::ZERO, Self::plus)
    }

    pub(super) fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Minor units, a half away from zero.
    pub(super) fn rounded(self) -> Result<i64, Refusal> {
        let minor = mul_div(self.0, 1, SCALE, Rounding::HalfAway);
        minor.and_then(|minor| i64::try_from(minor).ok()).ok_or_else(|| self.too_large())
    }

    /// `minor * self / of`, rounded once: what a change of this size is worth where `of` is worth `minor`.
    pub(super) fn share_of(self, of: Self, minor: i64) -> Result<i64, Refusal> {
        let ratio = Ratio::new(self.0, of.0);
        let worth = mul_div(i128::from(minor), ratio.num, ratio.den, Rounding::HalfAway);
        worth.and_then(|worth| i64::try_from(worth).ok()).ok_or_else(|| self.too_large())
    }

    /// Whole minor units of each amount whose sum is the rounded sum of all: the largest remainders go up, the earlier first.
    pub(super) fn apportioned(amounts: &[Self]) -> Result<Vec<i64>, Refusal> {
        let whole = Self::sum(amounts.iter().copied())?;
        let floors: Vec<i128> = amounts.iter().map(|amount| amount.0.div_euclid(SCALE)).collect();
        let missing = i128::from(whole.rounded()?) - floors.iter().sum::<i128>();
        let mut order: Vec<usize> = (0..amounts.len()).collect();
        order.sort_by_key(|index| amounts.get(*index).map(|amount| std::cmp::Reverse(amount.0.rem_euclid(SCALE))));
        let missing = usize::try_from(missing).map_err(|_| whole.too_large())?;
        let up: BTreeSet<usize> = order.into_iter().take(missing).collect();
        let parts = floors
            .into_iter()
            .enumerate()
            .map(|(index, floor)| floor + i128::from(up.contains(&index)));
        parts.map(|part| i64::try_from(part).map_err(|_| whole.too_large())).collect()
    }

    fn too_large(self) -> Refusal {
        Refusal::too_large("recurring revenue", self.0 / SCALE)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_and_their_sum_is_rounded_once() {
        let exact = |num| Exact::of(num, 1, 3).unwrap();
        for (thirds, parts) in [
            (vec![1, 1, 1], vec![1, 0, 0]),
            (vec![2, 2], vec![1, 0]),
            (vec![-1, -1, -1], vec![0, 0, -1]),
            (vec![4, 1, -2], vec![2, 0, -1]),
            (vec![], vec![]),
        ] {
            let amounts: Vec<Exact> = thirds.iter().copied().map(exact).collect();
            let found = Exact::apportioned(&amounts).unwrap();
            assert_eq!(
                found.iter().sum::<i64>(),
                Exact::sum(amounts.into_iter()).unwrap().rounded().unwrap(),
                "{thirds:?}"
            );
            assert_eq!(found, parts, "{thirds:?}");
        }
    }
}
