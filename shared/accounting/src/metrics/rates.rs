//! Translation of recurring revenue to the reporting currency; what was used is kept.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use rust_decimal::Decimal;

use super::line::{Interval, Price, RecurringLine};
use super::method::{Method, RateUsed};
use super::switches::Fx;
use crate::rates::Rates;
use crate::{Period, Refusal};

/// The plain average of rates, such as those of a month's payments: Polar's rate of a month.
///
/// # Errors
/// No rate at all, or a sum out of range.
///
/// ```
/// use tieout_accounting::metrics::average_rate;
/// assert_eq!(average_rate(&["2.0".parse()?, "4.0".parse()?])?, "3".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn average_rate(rates: &[Decimal]) -> Result<Decimal, Refusal> {
    let sum = rates.iter().try_fold(Decimal::ZERO, |sum, rate| sum.checked_add(*rate));
    let average = sum.and_then(|sum| sum.checked_div(Decimal::from(rates.len())));
    average.ok_or_else(|| Refusal::new("rates", rates.len(), "have no average", "give at least one rate"))
}

/// Refuses a line in another currency where the method translates none.
pub(super) fn check_currency(line: &RecurringLine, method: &Method) -> Result<(), Refusal> {
    let own = line.price.money().currency == method.currency;
    match method.switches.fx {
        Fx::OneCurrency if !own => Err(other_currency(line, method)),
        _ => Ok(()),
    }
}

fn other_currency(line: &RecurringLine, method: &Method) -> Refusal {
    let problem = format!("is not the reporting currency {}", method.currency);
    let fix = "choose how currencies are translated, or report it apart";
    Refusal::new(format!("line {}", line.key), line.price.money().currency, problem, fix)
}

/// Finds rates, and remembers which were used.
pub(super) struct Translator<'a> {
    pub(super) method: Method,
    pub(super) rates: &'a Rates,
    pub(super) used: BTreeSet<RateUsed>,
}

impl Translator<'_> {
    /// The rate of a line in a month; one where it is in the reporting currency.
    pub(super) fn rate(&mut self, line: &RecurringLine, month: Period) -> Result<Decimal, Refusal> {
        let currency = line.price.money().currency;
        if currency == self.method.currency {
            return Ok(Decimal::ONE);
        }
        let on = match self.method.switches.fx {
            Fx::OneCurrency => return Err(other_currency(line, &self.method)),
            Fx::Constant { set } => set.last_day(),
            Fx::MonthEnd => month.last_day(),
            Fx::ServiceStart => line.paid_from(month),
            Fx::SigningDate => line.signed,
        };
        let rate = self.rates.in_force(currency, on)?;
        self.used.insert(RateUsed { currency, on, rate });
        Ok(rate)
    }
}

impl RecurringLine {
    /// First day of the service period that is paid for a month: of the term, or of the interval that began last.
    fn paid_from(&self, month: Period) -> NaiveDate {
        let begun = month.since(Period::of(self.start)).max(0);
        let every = match self.price {
            Price::Term(_) => return self.start,
            Price::Each(_, every) => every,
        };
        let count = i32::from(every.count.get());
        let months = match every.interval {
            Interval::Month => count,
            Interval::Year => count.saturating_mul(12),
            // Shorter than a month: the last one that began in it is not far from its first day.
            Interval::Day | Interval::Week => return self.start.max(month.first_day()),
        };
        let passed = u32::try_from(begun - begun % months).unwrap_or(0);
        self.start.checked_add_months(Months::new(passed)).unwrap_or(self.start)
    }
}
