//! Retention of those who were there at the opening: gross (capped), net, and of their number. Rates are fractions whose divisor
//! is kept; without a divisor there is no rate, never a zero.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::cube::{Cube, Measure};
use super::line::LineKey;
use super::method::{Method, RateUsed};
use super::movement::{Movement, MovementRow};
use super::switches::{Cap, Escalators, LogoDivisor, NetRetention};
use crate::arithmetic::mul_div;
use crate::money::Rounding;
use crate::{Money, Period, Refusal};

/// A rate as two whole numbers, so that nobody has to guess how a percentage was rounded. The divisor is above zero.
///
/// ```
/// use tieout_accounting::metrics::Fraction;
/// let lost = Fraction::of(100, 1100);
/// assert_eq!(lost.map(|lost| lost.decimal(4)).as_deref(), Some("0.0909"));
/// assert_eq!(Fraction::of(4000, 0), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fraction {
    pub numerator: i128,
    pub denominator: i128,
}

impl Fraction {
    /// None where there is nothing to divide by.
    ///
    /// ```
    /// use tieout_accounting::metrics::Fraction;
    /// assert_eq!(Fraction::of(1, 2).map(|half| half.denominator), Some(2));
    /// ```
    pub fn of(numerator: impl Into<i128>, denominator: impl Into<i128>) -> Option<Self> {
        let (numerator, denominator) = (numerator.into(), denominator.into());
        (denominator > 0).then_some(Self { numerator, denominator })
    }

    /// What is left of one.
    ///
    /// ```
    /// use tieout_accounting::metrics::Fraction;
    /// assert_eq!(Fraction::of(8, 10).map(Fraction::rest), Fraction::of(2, 10));
    /// ```
    #[must_use]
    pub fn rest(self) -> Self {
        Self {
            numerator: self.denominator - self.numerator,
            denominator: self.denominator,
        }
    }

    /// As a decimal with so many places, at most 18, a half away from zero.
    ///
    /// ```
    /// use tieout_accounting::metrics::Fraction;
    /// assert_eq!(Fraction::of(-1, 8).map(|eighth| eighth.decimal(2)).as_deref(), Some("-0.13"));
    /// ```
    pub fn decimal(self, places: u32) -> String {
        let places = places.min(18);
        let unit = 10i128.pow(places);
        let (whole, part) = (self.numerator / self.denominator, self.numerator % self.denominator);
        let (sign, whole, part) = (self.numerator.signum(), whole.abs(), part.abs());
        // A divisor above 10^19 keeps more digits than the places need.
        let shrink = (self.denominator / 10_000_000_000_000_000_000).max(1);
        let (part, divisor) = (part / shrink, (self.denominator / shrink).max(1));
        let rounded = (2 * part * unit + divisor) / (2 * divisor);
        let (whole, digits) = (whole + rounded / unit, rounded % unit);
        let minus = if sign < 0 && (whole != 0 || digits != 0) { "-" } else { "" };
        match places {
            0 => format!("{minus}{whole}"),
            _ => format!("{minus}{whole}.{digits:0width$}", width = places as usize),
        }
    }
}

/// Numbers of customers, or of whatever the grain is.
///
/// ```
/// use tieout_accounting::metrics::{Fraction, LogoCounts, LogoDivisor};
/// let counts = LogoCounts { opening: 1000, new: 100, reactivated: 0, lost: 100 };
/// assert_eq!((counts.closing(), counts.churn(LogoDivisor::Opening)), (1000, Fraction::of(100, 1000)));
/// assert_eq!(counts.churn(LogoDivisor::OpeningAndNew), Fraction::of(100, 1100));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoCounts {
    pub opening: u32,
    pub new: u32,
    pub reactivated: u32,
    pub lost: u32,
}

impl LogoCounts {
    /// Those that are left.
    ///
    /// ```
    /// use tieout_accounting::metrics::LogoCounts;
    /// assert_eq!(LogoCounts { opening: 3, new: 1, reactivated: 1, lost: 2 }.closing(), 3);
    /// ```
    pub fn closing(&self) -> u32 {
        self.opening
            .saturating_add(self.new)
            .saturating_add(self.reactivated)
            .saturating_sub(self.lost)
    }

    /// The lost over the divisor that was chosen; none where it is zero.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Fraction, LogoCounts, LogoDivisor};
    /// let counts = LogoCounts { opening: 4, new: 1, reactivated: 0, lost: 1 };
    /// assert_eq!(counts.churn(LogoDivisor::Average), Fraction::of(2, 8)); // 1 of 4
    /// ```
    pub fn churn(&self, divisor: LogoDivisor) -> Option<Fraction> {
        match divisor {
            LogoDivisor::Opening => Fraction::of(self.lost, self.opening),
            LogoDivisor::OpeningAndNew => Fraction::of(
                self.lost,
                i128::from(self.opening) + i128::from(self.new) + i128::from(self.reactivated),
            ),
            LogoDivisor::Average => Fraction::of(2 * i128::from(self.lost), i128::from(self.opening) + i128::from(self.closing())),
        }
    }
}

/// Retention from one month to another, in minor units of the reporting currency at the opening's rates.
///
/// ```
/// use tieout_accounting::metrics::{LineKey, Measure, Method, Portfolio, Price, RecurringLine, Switches};
/// use tieout_accounting::{example::day, rates::Rates, Currency, Money, Period};
/// let gbp = Currency::parse("GBP")?;
/// let year = |customer, year: i32, minor: i64| RecurringLine::new(
///     LineKey::new(customer, "C", &year.to_string()), Price::Term(Money::new(minor * 12, gbp)),
///     day(&format!("{year}-01-01")), Some(day(&format!("{year}-12-31"))));
/// let lines = [year("a", 2026, 100), year("a", 2027, 130), year("b", 2026, 100), year("b", 2027, 60), year("c", 2026, 100), year("d", 2027, 50)];
/// let portfolio = Portfolio { lines: &lines, merges: &[], rates: &Rates::default() };
/// let (december, january) = (Period::parse("2026-12")?, Period::parse("2027-01")?);
/// let kept = portfolio.cube(&Method::new(Switches::default(), gbp), january)?.retention(december, january, Measure::Mrr)?;
/// assert_eq!((kept.opening, kept.gross, kept.net), (300, 160, 190)); // GRR 53.3 %, NRR 63.3 %
/// assert_eq!((kept.logos.opening, kept.logos.lost, kept.logos.new), (3, 1, 1));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    pub from: Period,
    pub to: Period,
    /// Recurring revenue at the opening of those who count.
    pub opening: i64,
    /// What is left of it, by the cap: the numerator of GRR.
    pub gross: i64,
    /// What these customers bring in now: the numerator of NRR.
    pub net: i64,
    pub logos: LogoCounts,
    pub method: Method,
    pub rates: Vec<RateUsed>,
}

impl Retention {
    /// GRR: what is left over the opening.
    ///
    /// ```
    /// # use tieout_accounting::metrics::{Fraction, Measure, Method, Portfolio, Switches};
    /// # use tieout_accounting::{rates::Rates, Currency, Period};
    /// # let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
    /// # let january = Period::parse("2026-01")?;
    /// # let cube = nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), january)?;
    /// let kept = cube.retention(january.previous(), january, Measure::Mrr)?;
    /// assert_eq!(kept.grr(), None); // of nothing
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn grr(&self) -> Option<Fraction> {
        Fraction::of(self.gross, self.opening)
    }

    /// NRR: what they bring in now over the opening.
    ///
    /// ```
    /// # use tieout_accounting::metrics::{Fraction, Measure, Method, Portfolio, Switches};
    /// # use tieout_accounting::{rates::Rates, Currency, Period};
    /// # let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
    /// # let january = Period::parse("2026-01")?;
    /// # let cube = nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), january)?;
    /// let kept = cube.retention(january.previous(), january, Measure::Mrr)?;
    /// assert_eq!(kept.nrr(), None); // of nothing
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn nrr(&self) -> Option<Fraction> {
        Fraction::of(self.net, self.opening)
    }

    /// Lost customers over the divisor of the method.
    ///
    /// ```
    /// # use tieout_accounting::metrics::{Fraction, Measure, Method, Portfolio, Switches};
    /// # use tieout_accounting::{rates::Rates, Currency, Period};
    /// # let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
    /// # let january = Period::parse("2026-01")?;
    /// # let cube = nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), january)?;
    /// let kept = cube.retention(january.previous(), january, Measure::Mrr)?;
    /// assert_eq!(kept.logo_churn(), None); // of nobody
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn logo_churn(&self) -> Option<Fraction> {
        self.logos.churn(self.method.switches.logo_divisor)
    }
}

impl Movement {
    /// Gross retention by the popular formula on totals, opening less contraction and churn: that of the customers where each
    /// either grew or shrank.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Fraction, Movement};
    /// let moved = Movement { opening: 100, churn: -10, contraction: -10, expansion: 10, closing: 90, ..Movement::default() };
    /// assert_eq!(moved.gross_retention().map(|kept| kept.decimal(2)).as_deref(), Some("0.80"));
    /// ```
    pub fn gross_retention(&self) -> Option<Fraction> {
        let kept = i128::from(self.opening) + i128::from(self.contraction) + i128::from(self.churn);
        Fraction::of(kept, self.opening)
    }

    /// Net retention by the same formula.
    ///
    /// ```
    /// use tieout_accounting::metrics::{Movement, NetRetention};
    /// let moved = Movement { opening: 100, churn: -20, expansion: 10, reactivation: 5, closing: 95, ..Movement::default() };
    /// assert_eq!(moved.net_retention(NetRetention::OpeningCustomers).map(|net| net.decimal(2)).as_deref(), Some("0.90"));
    /// assert_eq!(moved.net_retention(NetRetention::WithReactivation).map(|net| net.decimal(2)).as_deref(), Some("0.95"));
    /// ```
    pub fn net_retention(&self, net: NetRetention) -> Option<Fraction> {
        let mut kept = i128::from(self.opening) + i128::from(self.contraction) + i128::from(self.churn) + i128::from(self.expansion);
        if net == NetRetention::WithReactivation {
            kept += i128::from(self.reactivation);
        }
        Fraction::of(kept, self.opening)
    }

    /// Growth over the opening.
    ///
    /// ```
    /// use tieout_accounting::metrics::Movement;
    /// let moved = Movement { opening: 1000, new: 100, fx: -55, closing: 1045, ..Movement::default() };
    /// assert_eq!(moved.growth().map(|growth| growth.decimal(3)).as_deref(), Some("0.045"));
    /// ```
    pub fn growth(&self) -> Option<Fraction> {
        Fraction::of(i128::from(self.closing) - i128::from(self.opening), self.opening)
    }

    /// What came over what went; none where nothing went.
    ///
    /// ```
    /// use tieout_accounting::metrics::Movement;
    /// let moved = Movement { expansion: 40, churn: -75, ..Movement::default() };
    /// assert_eq!(moved.quick_ratio().map(|ratio| ratio.decimal(4)).as_deref(), Some("0.5333"));
    /// assert_eq!(Movement { expansion: 40, ..Movement::default() }.quick_ratio(), None);
    /// ```
    pub fn quick_ratio(&self) -> Option<Fraction> {
        let came = i128::from(self.new) + i128::from(self.reactivation) + i128::from(self.expansion);
        Fraction::of(came, -(i128::from(self.contraction) + i128::from(self.churn)))
    }
}

/// Revenue of a customer's life: the average of a customer over the rate at which customers are lost, from the exact rate; none
/// where nobody is lost.
///
/// ```
/// use tieout_accounting::{metrics::{Fraction, lifetime_value}, Currency, Money};
/// let average = Money::parse_major("500.00", Currency::parse("USD")?)?;
/// let lost = Fraction::of(10, 110);
/// assert_eq!(lost.and_then(|lost| lifetime_value(average, lost)).map(Money::to_major_string).as_deref(), Some("5500.00"));
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
pub fn lifetime_value(average: Money, churn: Fraction) -> Option<Money> {
    let minor = mul_div(i128::from(average.minor), churn.denominator, churn.numerator, Rounding::HalfAway)?;
    Some(Money::new(i64::try_from(minor).ok()?, average.currency))
}

impl Cube<'_> {
    /// Retention from one month to a later one, point to point; what had lapsed at the opening stands with it.
    ///
    /// # Errors
    /// As [`Cube::movements`].
    ///
    /// ```
    /// # use tieout_accounting::metrics::{Measure, Method, Portfolio, Switches};
    /// # use tieout_accounting::{rates::Rates, Currency, Period};
    /// # let nothing = Portfolio { lines: &[], merges: &[], rates: &Rates::default() };
    /// # let january = Period::parse("2026-01")?;
    /// # let cube = nothing.cube(&Method::new(Switches::default(), Currency::parse("GBP")?), january)?;
    /// assert_eq!(cube.retention(january.plus(-12), january, Measure::Arr)?.opening, 0);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn retention(&self, from: Period, to: Period, measure: Measure) -> Result<Retention, Refusal> {
        let moved = self.movements(from, to, measure)?;
        let switches = &self.method.switches;
        let due = (switches.cap == Cap::UpForRenewal).then(|| self.up_for_renewal(from, to));
        let by_key = (switches.cap == Cap::Line).then(|| self.by_key());
        let too_large = || Refusal::too_large("retention", moved.total.closing);
        let add = |sum: &mut i64, amount: i64| {
            *sum = sum.checked_add(amount).ok_or_else(too_large)?;
            Ok::<(), Refusal>(())
        };
        let (mut opening, mut gross, mut net, mut logos) = (0, 0, 0, LogoCounts::default());
        for row in &moved.rows {
            let movement = &row.movement;
            let had = movement.opening.checked_add(row.lapsed_before).ok_or_else(too_large)?;
            logos.opening += u32::from(had > 0);
            logos.new += u32::from(movement.new != 0);
            logos.reactivated += u32::from(movement.reactivation != 0);
            logos.lost += u32::from(movement.churn != 0);
            if had <= 0 || due.as_ref().is_some_and(|due| !due.contains(&row.unit)) {
                continue;
            }
            let change = [movement.expansion, movement.contraction, movement.churn];
            let has = change
                .iter()
                .try_fold(had, |sum, part| sum.checked_add(*part))
                .ok_or_else(too_large)?;
            add(&mut opening, had)?;
            match &by_key {
                Some(by_key) => add(&mut gross, self.capped_by_line(row, by_key)?)?,
                None => add(&mut gross, has.clamp(0, had))?,
            }
            let escalation = if switches.escalators == Escalators::Outside {
                movement.escalation
            } else {
                0
            };
            add(&mut net, has - escalation)?;
        }
        if switches.cap == Cap::Total {
            gross = net.clamp(0, opening.max(0));
        }
        if switches.net_retention == NetRetention::WithReactivation {
            add(&mut net, moved.total.reactivation)?;
        }
        Ok(Retention {
            from,
            to,
            opening,
            gross,
            net,
            logos,
            method: self.method,
            rates: self.rates().to_vec(),
        })
    }

    fn by_key(&self) -> BTreeMap<&LineKey, usize> {
        let keys = self.counting.iter().enumerate();
        keys.map(|(index, counted)| (&counted.line.key, index)).collect()
    }

    /// What each line keeps, at most its opening; a renewal is its line.
    fn capped_by_line(&self, row: &MovementRow, by_key: &BTreeMap<&LineKey, usize>) -> Result<i64, Refusal> {
        let closing: BTreeMap<&LineKey, i64> = row.closing.iter().map(|part| (&part.key, part.amount)).collect();
        let kept = |part: &super::Part| {
            let mut line = by_key.get(&part.key).copied();
            while let Some(counted) = line.and_then(|line| self.counting.get(line)) {
                if let Some(now) = closing.get(&counted.line.key) {
                    return (*now).clamp(0, part.amount.max(0));
                }
                line = counted.successor;
            }
            0
        };
        let sum = row.opening.iter().try_fold(0i64, |sum, part| sum.checked_add(kept(part)));
        sum.ok_or_else(|| Refusal::too_large("retention", row.movement.opening))
    }

    /// Those of whom a term ended from the last day of `from` to the day before the last one of `to`.
    fn up_for_renewal(&self, from: Period, to: Period) -> BTreeSet<super::Unit> {
        let ended = |counted: &super::span::Counting<'_>| counted.line.end.is_some_and(|end| from.last_day() <= end && end < to.last_day());
        let units = self.counting.iter().zip(&self.units).filter(|(counted, _)| ended(counted));
        units.map(|(_, unit)| unit.clone()).collect()
    }
}
