//! What a line is worth a month: its price over the months of its term, a part of a month by its days, less its discounts.

use chrono::{Months, NaiveDate};

use super::MONTHS_PER_YEAR;
use super::exact::Exact;
use super::line::{Every, Interval, Off, Price, RecurringLine};
use super::switches::{Counted, Discounts, Normalisation, ShortTerms, Switches};
use crate::{Period, Refusal};

/// Parts of a month in which each day of any month is a whole number: the least common multiple of 28, 29, 30 and 31.
pub(super) const MONTH_PARTS: i128 = 377_580;

/// What a line is worth in a month, exactly, in its own currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worth {
    pub(super) mrr: Exact,
    pub(super) arr: Exact,
}

impl RecurringLine {
    pub(super) fn worth(&self, month: Period, switches: &Switches) -> Result<Worth, Refusal> {
        if switches.counted == Counted::ShareOfDays {
            let mrr = self.by_days(month, switches)?;
            let arr = mrr.scaled(MONTHS_PER_YEAR, 1)?;
            return Ok(Worth { mrr, arr });
        }
        let mrr = self.monthly(month, switches)?;
        let arr = mrr.scaled(MONTHS_PER_YEAR, 1)?;
        let Some((parts, amount)) = self.short_term(switches) else {
            return Ok(Worth { mrr, arr });
        };
        let arr = self.discounted(Exact::of(amount, 1, 1)?, month, switches)?;
        Ok(Worth {
            mrr: if parts < MONTH_PARTS { arr } else { mrr },
            arr,
        })
    }

    /// Months of the term, in parts, and the amount, where the contract's amount is its ARR.
    fn short_term(&self, switches: &Switches) -> Option<(i128, i128)> {
        let (Price::Term(amount), Some(end), ShortTerms::ContractAmount) = (self.price, self.end, switches.short_terms) else {
            return None;
        };
        let parts = term(self.start, end);
        (parts <= MONTHS_PER_YEAR * MONTH_PARTS).then_some((parts, i128::from(amount.minor)))
    }

    /// The price of a month.
    fn monthly(&self, month: Period, switches: &Switches) -> Result<Exact, Refusal> {
        let minor = i128::from(self.price.money().minor);
        let (num, den) = self.per_month(switches)?;
        self.discounted(Exact::of(minor, num, den)?, month, switches)
    }

    /// What part of the price is one month's.
    fn per_month(&self, switches: &Switches) -> Result<(i128, i128), Refusal> {
        match (self.price, self.end) {
            (Price::Term(_), Some(end)) => Ok((MONTH_PARTS, term(self.start, end))),
            (Price::Each(_, every), _) => Ok(intervals(every, switches.normalisation)),
            (Price::Term(price), None) => Err(Refusal::new(
                format!("line {}", self.key),
                price.to_major_string(),
                "is the price of a term without an end",
                "write the last day, or a price for each interval",
            )),
        }
    }

    /// Less the discounts that the method subtracts in this month.
    fn discounted(&self, list: Exact, month: Period, switches: &Switches) -> Result<Exact, Refusal> {
        let since_start = month.since(Period::of(self.start));
        let spread = matches!(self.price, Price::Term(_)) || switches.discounts == Discounts::TermAverage;
        let mut net = list;
        for discount in &self.discounts {
            let (num, den) = match (discount.months, switches.discounts) {
                (_, Discounts::Never) | (Some(_), Discounts::Lasting) => continue,
                (None, _) => (1, 1),
                (Some(months), _) if spread => self.spread(i128::from(months)),
                (Some(months), _) if since_start < i32::from(months) => (1, 1),
                (Some(_), _) => continue,
            };
            let off = match discount.off {
                Off::Share(share) => list.times(share)?,
                Off::Amount(amount) => {
                    let (num, den) = self.per_month(switches)?;
                    Exact::of(i128::from(amount), num, den)?
                }
            };
            net = net.minus(off.scaled(num, den)?)?;
        }
        Ok(net.max(Exact::ZERO.min(list)))
    }

    /// What part of the term the first months are; of the first year where the term is open.
    fn spread(&self, months: i128) -> (i128, i128) {
        let whole = self.end.map_or(MONTHS_PER_YEAR * MONTH_PARTS, |end| term(self.start, end));
        ((months * MONTH_PARTS).min(whole), whole)
    }

    /// The amount of a month's days of service.
    fn by_days(&self, month: Period, switches: &Switches) -> Result<Exact, Refusal> {
        let last = self.last_served(switches);
        let served = |through: NaiveDate| {
            let to = last.map_or(through, |last| last.min(through));
            i128::from((to - self.start).num_days() + 1).max(0)
        };
        let (before, through) = (served(month.previous().last_day()), served(month.last_day()));
        match (self.price, self.end) {
            (Price::Term(amount), Some(end)) => {
                let days = i128::from((end - self.start).num_days() + 1);
                let amount = self.discounted(Exact::of(i128::from(amount.minor), 1, 1)?, month, switches)?;
                let cumulative = |served: i128| Exact::of(i128::from(amount.scaled(served, days)?.rounded()?), 1, 1);
                cumulative(through)?.minus(cumulative(before)?)
            }
            _ => self.monthly(month, switches)?.scaled(through - before, i128::from(month.days())),
        }
    }
}

/// A month as a part of intervals.
fn intervals(every: Every, normalisation: Normalisation) -> (i128, i128) {
    let count = i128::from(every.count.get());
    match (every.interval, normalisation) {
        (Interval::Month, _) => (1, count),
        (Interval::Year, _) => (1, 12 * count),
        (Interval::Week, Normalisation::Civil) => (52, 12 * count),
        (Interval::Week, Normalisation::FourWeeks) => (4, count),
        (Interval::Week, Normalisation::Julian) => (1_461, 4 * 7 * 12 * count),
        (Interval::Day, Normalisation::Civil) => (365, 12 * count),
        (Interval::Day, Normalisation::FourWeeks) => (30, count),
        (Interval::Day, Normalisation::Julian) => (1_461, 4 * 12 * count),
    }
}

/// Months of a term, in parts: whole ones where it has no part of one (16 January to 15 July is six), else by the days of each month.
pub(super) fn term(start: NaiveDate, end: NaiveDate) -> i128 {
    let months = Period::of(end).since(Period::of(start)) + 1;
    let after = |months: i32| {
        u32::try_from(months)
            .ok()
            .and_then(|months| start.checked_add_months(Months::new(months)))
    };
    let is_whole = |months: &i32| *months > 0 && after(*months).is_some_and(|after| end.succ_opt() == Some(after));
    if let Some(months) = [months - 1, months].into_iter().find(is_whole) {
        return i128::from(months) * MONTH_PARTS;
    }
    let part = |month: Period| {
        let (from, to) = (start.max(month.first_day()), end.min(month.last_day()));
        i128::from((to - from).num_days() + 1).max(0) * (MONTH_PARTS / i128::from(month.days()))
    };
    Period::of(start).to(Period::of(end)).map(part).sum()
}
