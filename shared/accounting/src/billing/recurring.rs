//! A price period by period: which part of its service each document bills, and what that is worth.

use chrono::{Days, Months, NaiveDate};

use crate::arithmetic::{Ratio, mul_div};
use crate::money::Rounding;
use crate::policy::Method;
use crate::{Money, Refusal};

use super::periods::{Span, periods};
use super::{Alignment, Line, Service, Slice, Terms, Timing};

/// The day on which all is billed at once: the signing, or in arrears the day after the last one of service.
pub(super) fn once(terms: &Terms, timing: Timing, lines: &[Line]) -> NaiveDate {
    let last = lines.iter().map(|line| match line.service {
        Service::At(day) => day,
        Service::Over { last, .. } => after(last),
    });
    match timing {
        Timing::Advance if terms.deposit.is_none() => terms.signed_on,
        // The balance of a deposit: when the service begins.
        Timing::Advance => starts(lines).min().unwrap_or(terms.signed_on).max(terms.signed_on),
        Timing::Arrears => last.max().unwrap_or(terms.signed_on).max(terms.signed_on),
    }
}

fn starts(lines: &[Line]) -> impl Iterator<Item = NaiveDate> + '_ {
    lines.iter().map(|line| match line.service {
        Service::At(day) | Service::Over { first: day, .. } => day,
    })
}

/// How an order is billed period by period.
pub(super) struct Rhythm {
    pub(super) months: u32,
    pub(super) timing: Timing,
    pub(super) alignment: Alignment,
    pub(super) signed_on: NaiveDate,
}

impl Rhythm {
    /// Each slice with the day of its document; what is left of each line is billed.
    pub(super) fn slices(&self, lines: &[Line], left: &[i64]) -> Result<Vec<(NaiveDate, Slice)>, Refusal> {
        let spans: Vec<(usize, Span, Method)> = lines.iter().enumerate().filter_map(span).collect();
        let whole = spans.iter().map(|(_, span, _)| *span).reduce(|one, other| Span {
            first: one.first.min(other.first),
            last: one.last.max(other.last),
        });
        let mut slices = Vec::new();
        if let Some(whole) = whole {
            let mut due = Vec::new();
            for period in periods(whole, self.months, self.alignment)? {
                let on = match self.timing {
                    Timing::Advance => period.first.max(whole.first),
                    Timing::Arrears => after(period.last.min(whole.last)),
                };
                due.push((on.max(self.signed_on), period));
            }
            for (place, span, method) in spans {
                let (Some(line), Some(left)) = (lines.get(place), left.get(place)) else {
                    continue;
                };
                slices.extend(self.over_time(line, *left, span, method, &due)?);
            }
        }
        slices.sort_by_key(|(on, _)| *on);
        let days: Vec<NaiveDate> = slices.iter().map(|(on, _)| *on).collect();
        for (line, left) in lines.iter().zip(left) {
            let Service::At(day) = line.service else { continue };
            let on = match self.timing {
                Timing::Advance => self.signed_on,
                Timing::Arrears => days.iter().copied().find(|on| *on >= day).unwrap_or(day.max(self.signed_on)),
            };
            slices.push((on, slice(line, *left, None)));
        }
        Ok(slices)
    }

    fn over_time(
        &self,
        line: &Line,
        left: i64,
        span: Span,
        method: Method,
        due: &[(NaiveDate, Span)],
    ) -> Result<Vec<(NaiveDate, Slice)>, Refusal> {
        let parts = due.iter().filter_map(|(on, period)| Some((*on, *period, span.within(*period)?)));
        let parts: Vec<(NaiveDate, Span, Span)> = parts.collect();
        let weights: Vec<Ratio> = parts.iter().map(|(_, period, part)| self.weight(*period, *part, method)).collect();
        let amounts = amounts(left, &weights).ok_or_else(|| Refusal::too_large(line.obligation.as_str(), left))?;
        let slices = parts.iter().zip(amounts);
        let slices = slices.map(|((on, _, part), amount)| (*on, slice(line, amount, Some((part.first, part.last)))));
        Ok(slices.collect())
    }

    /// What a part of a period weighs, where a whole one weighs one.
    fn weight(&self, period: Span, part: Span, method: Method) -> Ratio {
        if part == period {
            return Ratio::ONE;
        }
        let by_days = Ratio::new(part.days(), period.days());
        if self.alignment == Alignment::Calendar {
            return by_days;
        }
        let months = i128::from(self.months);
        let (whole, over) = whole_months(part);
        match method {
            Method::EqualTouched | Method::EqualAnniversary => Ratio::new(whole + i128::from(over.is_some()), months),
            Method::ProrataMonth => {
                let (days, of) = over.unwrap_or((0, 1));
                Ratio::new(whole * of + days, of * months)
            }
            _ => by_days,
        }
    }
}

fn span((place, line): (usize, &Line)) -> Option<(usize, Span, Method)> {
    match line.service {
        Service::At(_) => None,
        Service::Over { first, last, method } => Some((place, Span { first, last }, method)),
    }
}

/// Whole months from the first day of `part`, and what is over: its days, and the days of the month that they begin.
fn whole_months(part: Span) -> (i128, Option<(i128, i128)>) {
    let end = after(part.last);
    let mut whole = 0;
    let mut begun = part.first;
    loop {
        let Some(next) = part.first.checked_add_months(Months::new(whole + 1)) else {
            return (i128::from(whole), None);
        };
        if next > end {
            let over = (i128::from((end - begun).num_days()), i128::from((next - begun).num_days()));
            return (i128::from(whole), (over.0 > 0).then_some(over));
        }
        whole += 1;
        begun = next;
    }
}

/// `left` by weights: each rounded half away from zero and never more than what is left, the last one takes the rest. `None` where the numbers
/// are too large.
fn amounts(left: i64, weights: &[Ratio]) -> Option<Vec<i64>> {
    // At most the first and the last weight are no whole number, so that one denominator serves all.
    let den = weights
        .iter()
        .try_fold(1i128, |den, weight| Ratio::new(den, weight.den).num.checked_mul(weight.den))?;
    let weights: Vec<i128> = weights
        .iter()
        .map(|weight| weight.num.checked_mul(den / weight.den))
        .collect::<Option<_>>()?;
    let sum: i128 = weights.iter().sum();
    let mut rest = left;
    let mut amounts = Vec::with_capacity(weights.len());
    for (place, weight) in weights.iter().enumerate() {
        let share = i64::try_from(mul_div(i128::from(left), *weight, sum, Rounding::HalfAway)?).ok()?;
        let amount = if place + 1 == weights.len() { rest } else { share.min(rest) };
        rest -= amount;
        amounts.push(amount);
    }
    Some(amounts)
}

fn slice(line: &Line, amount: i64, service: Option<(NaiveDate, NaiveDate)>) -> Slice {
    Slice {
        obligation: line.obligation.clone(),
        amount: Money::new(amount, line.price.currency),
        service,
    }
}

fn after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}
