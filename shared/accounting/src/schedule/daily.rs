//! The hot path of `daily` with cumulative rounding: no allocation, one division a month.

use chrono::NaiveDate;

use crate::Period;
use crate::arithmetic::mul_div;
use crate::money::Rounding;

/// Calls `row` for each month of a service with the period and its amount in minor units; both ends of the service included.
///
/// Returns `false`, without having called `row` for all, when the service is empty or the amount too large to multiply exactly.
///
/// ```
/// use tieout_accounting::{money::Rounding, schedule::daily};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let mut rows = Vec::new();
/// assert!(daily::rows(10_000, day("2019-01-10"), day("2019-03-15"), Rounding::HalfAway, |_, minor| rows.push(minor)));
/// assert_eq!(rows, [3385, 4307, 2308]);
/// ```
pub fn rows(amount: i64, start: NaiveDate, end: NaiveDate, rounding: Rounding, mut row: impl FnMut(Period, i64)) -> bool {
    let total = (end - start).num_days() + 1;
    if total <= 0 {
        return false;
    }
    let mut before = 0i64;
    let last = Period::of(end);
    let mut period = Period::of(start);
    let mut month_end = period.next().first_day();
    loop {
        let served = if period == last { total } else { (month_end - start).num_days() };
        let Some(sum) = share(amount, served, total, rounding) else {
            return false;
        };
        row(period, sum - before);
        if period == last {
            return true;
        }
        before = sum;
        period = period.next();
        month_end = period.next().first_day();
    }
}

/// `amount * served / total`, in 64 bits where they suffice.
fn share(amount: i64, served: i64, total: i64, rounding: Rounding) -> Option<i64> {
    let Some(twice) = amount
        .checked_mul(2)
        .and_then(|twice| twice.checked_mul(served))
        .filter(|_| rounding == Rounding::HalfAway)
    else {
        return mul_div(i128::from(amount), i128::from(served), i128::from(total), rounding).and_then(|sum| i64::try_from(sum).ok());
    };
    let half = if twice < 0 { -total } else { total };
    Some((twice.checked_add(half)?) / (2 * total))
}
