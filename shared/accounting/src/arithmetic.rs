//! Exact arithmetic: one multiplication and division that rounds once, ratios, the largest remainder.

use rust_decimal::Decimal;

use crate::money::Rounding;

/// A share or a progress: an exact fraction with a positive denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub(crate) num: i128,
    pub(crate) den: i128,
}

impl Ratio {
    pub(crate) const ZERO: Self = Self { num: 0, den: 1 };
    pub(crate) const ONE: Self = Self { num: 1, den: 1 };

    pub(crate) fn new(num: i128, den: i128) -> Self {
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1);
        let divisor = i128::try_from(divisor).unwrap_or(1);
        if den == 0 {
            Self::ZERO
        } else {
            Self {
                num: num / divisor,
                den: den / divisor,
            }
        }
    }

    pub(crate) fn of(decimal: Decimal) -> Self {
        let short = decimal.normalize();
        Self::new(short.mantissa(), 10i128.checked_pow(short.scale()).unwrap_or(1))
    }

    /// What is left of one.
    pub(crate) fn rest(self) -> Self {
        Self {
            num: self.den - self.num,
            den: self.den,
        }
    }

    /// The product with another ratio.
    pub(crate) fn times(self, other: Self) -> Option<Self> {
        let (left, right) = (Self::new(self.num, other.den), Self::new(other.num, self.den));
        Some(Self::new(left.num.checked_mul(right.num)?, left.den.checked_mul(right.den)?))
    }

    /// The quotient by another ratio; `None` where that is zero.
    pub(crate) fn over(self, other: Self) -> Option<Self> {
        match other.num {
            0 => None,
            num if num < 0 => self.times(Self {
                num: -other.den,
                den: -num,
            }),
            num => self.times(Self { num: other.den, den: num }),
        }
    }

    /// How far `self` is on the way from `from` to one: (self - from) / (1 - from). One when there is no way left.
    pub(crate) fn beyond(self, from: Self) -> Option<Self> {
        let way = from.den.checked_sub(from.num)?;
        if way == 0 {
            return Some(Self::ONE);
        }
        let num = self.num.checked_mul(from.den)?.checked_sub(from.num.checked_mul(self.den)?)?;
        Some(Self::new(num, self.den.checked_mul(way)?))
    }

    pub(crate) fn of_amount(self, amount: i128, rounding: Rounding) -> Option<i128> {
        mul_div(amount, self.num, self.den, rounding)
    }
}

/// `amount * num / den`, rounded once. `None` when `den` is zero or the product leaves 128 bits.
pub(crate) fn mul_div(amount: i128, num: i128, den: i128, rounding: Rounding) -> Option<i128> {
    if den == 0 {
        return None;
    }
    let Some(product) = amount.checked_mul(num) else {
        return wide_mul_div(amount, num, den, rounding);
    };
    if let (Ok(product), Ok(den @ 1..)) = (i64::try_from(product), i64::try_from(den)) {
        // One division of 64 bits where they suffice: nearly always.
        return Some(i128::from(narrow_mul_div(product, den, rounding)));
    }
    let (product, den) = if den < 0 {
        (product.checked_neg()?, den.checked_neg()?)
    } else {
        (product, den)
    };
    let quotient = product / den;
    let twice = (product % den).checked_abs()?.checked_mul(2)?;
    let up = goes_up(twice.cmp(&den), quotient % 2 != 0, rounding);
    Some(if up { quotient + product.signum() } else { quotient })
}

/// The same where the product needs up to 256 bits; `None` where the quotient does not fit.
fn wide_mul_div(amount: i128, num: i128, den: i128, rounding: Rounding) -> Option<i128> {
    let sign = amount.signum() * num.signum() * den.signum();
    let (quotient, rest) = wide_div(amount.unsigned_abs(), num.unsigned_abs(), den.unsigned_abs())?;
    let half = rest.cmp(&(den.unsigned_abs() - rest));
    let up = goes_up(half, quotient % 2 != 0, rounding);
    let size = quotient.checked_add(u128::from(up))?;
    i128::try_from(size).ok().map(|size| sign * size)
}

/// `left * right / den` and the rest, by long division of the 256 bits of the product; `None` where the quotient leaves 128 bits.
fn wide_div(left: u128, right: u128, den: u128) -> Option<(u128, u128)> {
    const HALF: u32 = 64;
    let (left_high, left_low) = (left >> HALF, left & u128::from(u64::MAX));
    let (right_high, right_low) = (right >> HALF, right & u128::from(u64::MAX));
    let low = left_low * right_low;
    let (middle, carry) = (left_high * right_low).overflowing_add(left_low * right_high);
    let (low, overflow) = low.overflowing_add(middle << HALF);
    let high = left_high * right_high + (middle >> HALF) + (u128::from(carry) << HALF) + u128::from(overflow);
    if high >= den {
        return None;
    }
    let (mut quotient, mut rest) = (0u128, high);
    for bit in (0..u128::BITS).rev() {
        let top = rest >> (u128::BITS - 1) != 0;
        rest = rest << 1 | (low >> bit & 1);
        quotient <<= 1;
        if top || rest >= den {
            rest = rest.wrapping_sub(den);
            quotient |= 1;
        }
    }
    Some((quotient, rest))
}

/// The same in 64 bits; the divisor is above zero.
fn narrow_mul_div(product: i64, den: i64, rounding: Rounding) -> i64 {
    let (quotient, rest) = (product / den, (product % den).unsigned_abs());
    // The rest against what it lacks of the divisor: twice the rest might not fit.
    let half = rest.cmp(&(den.unsigned_abs() - rest));
    let up = goes_up(half, quotient % 2 != 0, rounding);
    if up { quotient + product.signum() } else { quotient }
}

/// Whether a rest goes to the next number away from zero, by how it compares with a half.
fn goes_up(half: std::cmp::Ordering, odd: bool, rounding: Rounding) -> bool {
    match half {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => rounding == Rounding::HalfAway || odd,
    }
}

/// Splits `total` over weights by the largest remainder; ties go to the earlier place, so give them in the order of their ids.
/// Weights below zero count as zero; if all are zero, the parts are equal. The parts always sum to `total`: `None` where there is
/// nobody to take it.
pub(crate) fn split(total: i128, weights: &[i128]) -> Option<Vec<i128>> {
    let mut weights: Vec<i128> = weights.iter().map(|weight| (*weight).max(0)).collect();
    if weights.is_empty() {
        return (total == 0).then(Vec::new);
    }
    if weights.iter().all(|weight| *weight == 0) {
        weights.iter_mut().for_each(|weight| *weight = 1);
    }
    let sum: i128 = weights.iter().try_fold(0i128, |sum, weight| sum.checked_add(*weight))?;
    let size = total.checked_abs()?;
    let mut parts = Vec::with_capacity(weights.len());
    let mut rests = Vec::with_capacity(weights.len());
    for (place, weight) in weights.iter().enumerate() {
        let (part, rest) = match size.checked_mul(*weight) {
            Some(product) => (product / sum, (product % sum).unsigned_abs()),
            None => {
                let (part, rest) = wide_div(size.unsigned_abs(), weight.unsigned_abs(), sum.unsigned_abs())?;
                (i128::try_from(part).ok()?, rest)
            }
        };
        parts.push(part);
        rests.push((std::cmp::Reverse(rest), place));
    }
    let missing = usize::try_from(size - parts.iter().sum::<i128>()).ok()?;
    rests.sort_unstable();
    for (_, place) in rests.into_iter().take(missing) {
        if let Some(part) = parts.get_mut(place) {
            *part += 1;
        }
    }
    if total < 0 {
        parts.iter_mut().for_each(|part| *part = -*part);
    }
    Some(parts)
}

pub(crate) fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_half_goes_where_its_name_says() {
        for (num, away, even) in [(1, 1, 0), (3, 2, 2), (5, 3, 2), (-1, -1, 0), (-3, -2, -2), (-5, -3, -2), (4, 2, 2)] {
            assert_eq!(mul_div(num, 1, 2, Rounding::HalfAway), Some(away), "{num}/2");
            assert_eq!(mul_div(num, 1, 2, Rounding::HalfEven), Some(even), "{num}/2");
        }
        assert_eq!(mul_div(i128::MAX, 2, 1, Rounding::HalfAway), None);
        let (large, half) = (i128::MAX, i128::MAX / 2);
        assert_eq!(mul_div(large, large, large, Rounding::HalfAway), Some(large));
        assert_eq!(mul_div(-large, half, large, Rounding::HalfAway), Some(-half));
        assert_eq!(
            mul_div(10i128.pow(30), 10i128.pow(30) + 5, 10i128.pow(31), Rounding::HalfAway),
            Some(10i128.pow(29) + 1)
        );
        assert_eq!(
            mul_div(10i128.pow(30), 10i128.pow(30) + 5, 10i128.pow(31), Rounding::HalfEven),
            Some(10i128.pow(29))
        );
        assert_eq!(mul_div(1, 1, 0, Rounding::HalfAway), None);
    }

    #[test]
    fn parts_sum_to_the_whole() {
        for (total, weights, parts) in [
            (80, vec![20, 30, 40], vec![18, 27, 35]),
            (100, vec![1, 1, 1], vec![34, 33, 33]),
            (-100, vec![1, 1, 1], vec![-34, -33, -33]),
            (100, vec![0, 0], vec![50, 50]),
            (10000, vec![50, 25, 75], vec![3333, 1667, 5000]),
            (0, vec![], vec![]),
        ] {
            assert_eq!(split(total, &weights), Some(parts), "{total}");
        }
        assert_eq!(split(7, &[]), None, "nobody takes it");
    }
}
