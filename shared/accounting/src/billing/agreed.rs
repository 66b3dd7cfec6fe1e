//! A deposit, and amounts on agreed days: parts of the whole price, over the lines in proportion to what is left of each.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::Refusal;
use crate::arithmetic::{Ratio, mul_div, split};
use crate::money::Rounding;

use super::{Instalment, MAX_DOCUMENTS, Part};

/// What a deposit bills of each line.
pub(super) fn deposit(percent: Decimal, left: &[i64]) -> Result<Vec<i64>, Refusal> {
    let amount = percent_of(percent, total(left))?;
    over_lines(amount, left)
}

/// The days, and what is billed of each line.
pub(super) fn parts(instalments: &[Instalment], left: &[i64]) -> Result<Vec<(NaiveDate, Vec<i64>)>, Refusal> {
    if instalments.is_empty() || instalments.len() > MAX_DOCUMENTS {
        let problem = format!("a list of dates has 1 to {MAX_DOCUMENTS} of them");
        return Err(Refusal::new(
            "instalments",
            instalments.len(),
            problem,
            "write each day with its amount or share",
        ));
    }
    if let Some(pair) = instalments
        .windows(2)
        .find(|pair| pair.first().map(|one| one.on) >= pair.last().map(|one| one.on))
    {
        let later = pair.last().map(|one| one.on.to_string()).unwrap_or_default();
        let problem = "does not come after the day before it";
        return Err(Refusal::new(
            "instalments",
            later,
            problem,
            "write each day once, the earliest first",
        ));
    }
    let whole = total(left);
    let amounts = amounts(instalments, whole)?;
    let mut left = left.to_vec();
    let mut planned = Vec::with_capacity(instalments.len());
    for (instalment, amount) in instalments.iter().zip(amounts) {
        // Largest remainder over what is left of each: no line gives more than it has, and the last instalment takes what is left of all.
        let parts = over_lines(amount, &left)?;
        left.iter_mut().zip(&parts).for_each(|(left, part)| *left -= part);
        planned.push((instalment.on, parts));
    }
    Ok(planned)
}

/// What each instalment is, in minor units: above zero, and together the whole.
fn amounts(instalments: &[Instalment], whole: i128) -> Result<Vec<i128>, Refusal> {
    let mut percent = Decimal::ZERO;
    let (mut amounts, mut rest) = (Vec::with_capacity(instalments.len()), whole);
    for (place, instalment) in instalments.iter().enumerate() {
        let is_last = place + 1 == instalments.len();
        let amount = match instalment.part {
            Part::Amount(minor) if minor > 0 => i128::from(minor),
            Part::Percent(share) if share > Decimal::ZERO => {
                percent += share;
                if is_last && percent == Decimal::ONE_HUNDRED {
                    rest
                } else {
                    percent_of(share, whole)?.min(rest)
                }
            }
            Part::Amount(minor) => return Err(not_above_zero(minor)),
            Part::Percent(share) => return Err(not_above_zero(share)),
        };
        rest -= amount;
        amounts.push(amount);
    }
    let shares = instalments.iter().filter(|one| matches!(one.part, Part::Percent(_))).count();
    if shares > 0 && shares < instalments.len() {
        let problem = "shares stand beside amounts";
        return Err(Refusal::new(
            "instalments",
            shares,
            problem,
            "write all of them in percent, or all as amounts",
        ));
    }
    if shares > 0 && percent != Decimal::ONE_HUNDRED {
        return Err(Refusal::new(
            "instalments",
            percent,
            "is what the shares sum to, not 100",
            "correct the shares",
        ));
    }
    if rest != 0 {
        let problem = format!("is what the amounts sum to in minor units, and {whole} is to be billed");
        return Err(Refusal::new("instalments", whole - rest, problem, "correct the amounts"));
    }
    Ok(amounts)
}

fn not_above_zero(value: impl ToString) -> Refusal {
    Refusal::new("instalments", value, "is not above zero", "write what is billed on that day")
}

/// Rounded half away from zero.
fn percent_of(percent: Decimal, whole: i128) -> Result<i128, Refusal> {
    let ratio = Ratio::of(percent);
    let den = ratio
        .den
        .checked_mul(100)
        .ok_or_else(|| Refusal::too_large("instalments", percent))?;
    mul_div(whole, ratio.num, den, Rounding::HalfAway).ok_or_else(|| Refusal::too_large("instalments", percent))
}

fn total(left: &[i64]) -> i128 {
    left.iter().map(|left| i128::from(*left)).sum()
}

fn over_lines(amount: i128, left: &[i64]) -> Result<Vec<i64>, Refusal> {
    let weights: Vec<i128> = left.iter().map(|left| i128::from(*left)).collect();
    let parts = split(amount, &weights).ok_or_else(|| Refusal::too_large("instalments", amount))?;
    let narrow = |part: i128| i64::try_from(part).map_err(|_| Refusal::too_large("instalments", part));
    parts.into_iter().map(narrow).collect()
}
