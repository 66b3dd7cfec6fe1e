//! Schedules: how an amount is spread over the periods of a service (docs/accounting.md, Schedules).
//!
//! A [`Schedule`] holds exact weights; [`Spread`] rounds an amount over them. With the default rounding the sum to date is
//! rounded and the difference booked, so that nothing remains and a split later on changes no sum:
//! 100.00 over 10 January to 15 March, by days, is 33.85, 43.07, 23.08.

pub mod daily;
mod months;
mod rounding;
mod weeks;
mod weights;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

pub use rounding::Spread;

use crate::arithmetic::{Ratio, gcd};
use crate::fiscal::FiscalCalendar;
use crate::limits::MAX_TERM_MONTHS;
use crate::{Period, Refusal, policy::Method};

/// A service period: half-open inside, both ends included outside.
///
/// ```
/// use tieout_accounting::{example::day, schedule::Service};
/// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
/// assert_eq!(service.end_exclusive, day("2026-03-16"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// First day.
    pub start: NaiveDate,
    /// First day after.
    pub end_exclusive: NaiveDate,
    /// First second and first second after, since 1970 in UTC, where the contract names instants.
    pub seconds: Option<(i64, i64)>,
    /// Shares of the method `user`.
    pub shares: Option<BTreeMap<Period, Decimal>>,
    /// The entity's own calendar, for the method `fiscal_445`.
    pub fiscal: Option<FiscalCalendar>,
}

impl Service {
    /// A service from one day to another, both included.
    ///
    /// # Errors
    /// An end before the start, or a term beyond 100 years; the end is named.
    ///
    /// ```
    /// use tieout_accounting::{example::day, schedule::Service};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
    /// assert!(Service::days(day("2026-03-15"), day("2026-01-10")).is_err()); // ends before it starts
    /// assert_eq!(service.last_day(), day("2026-03-15"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn days(start: NaiveDate, end: NaiveDate) -> Result<Self, Refusal> {
        if end < start {
            return Err(Refusal::new(
                "end",
                end,
                format!("is before the start {start}"),
                "write the last day of service, not before the first",
            ));
        }
        if Period::of(end).since(Period::of(start)) >= MAX_TERM_MONTHS {
            return Err(Refusal::new(
                "end",
                end,
                format!("is more than {MAX_TERM_MONTHS} months after {start}"),
                "correct the year",
            ));
        }
        let end_exclusive = end.succ_opt().unwrap_or(end);
        Ok(Self {
            start,
            end_exclusive,
            seconds: None,
            shares: None,
            fiscal: None,
        })
    }

    /// Last day of service.
    ///
    /// ```
    /// use tieout_accounting::{example::day, schedule::Service};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-15"))?;
    /// assert_eq!(service.last_day(), day("2026-03-15"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn last_day(&self) -> NaiveDate {
        self.end_exclusive.pred_opt().unwrap_or(self.end_exclusive)
    }

    /// Days of service from `from` to `to`, the latter excluded.
    pub(crate) fn days_between(&self, from: NaiveDate, to: NaiveDate) -> i128 {
        let from = from.max(self.start);
        let to = to.min(self.end_exclusive);
        i128::from((to - from).num_days().max(0))
    }

    /// Seconds of service from the start of one day to the start of another.
    pub(crate) fn seconds_between(&self, from: NaiveDate, to: NaiveDate) -> i128 {
        let second = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let (start, end) = self.seconds.unwrap_or((second(self.start), second(self.end_exclusive)));
        i128::from((second(to).min(end) - second(from).max(start)).max(0))
    }
}

/// Exact weights of consecutive periods.
///
/// ```
/// use tieout_accounting::{policy::Policy, policy::Method, schedule::{Schedule, Service, Spread}};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let service = Service::days(day("2019-01-10"), day("2019-03-15"))?;
/// let spread = Spread::new(10_000, Schedule::new(Method::Daily, &service)?, &Policy::default())?;
/// assert_eq!(spread.amounts().map(|(_, minor)| minor).collect::<Vec<_>>(), [3385, 4307, 2308]);
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    method: Method,
    service: Service,
    /// First day of the whole service: months of a term are counted from it, also when only a part remains.
    anchor: NaiveDate,
    first: Period,
    /// Weights to date at the end of each period from the first on.
    sums: Vec<i128>,
    total: i128,
    /// What one weight is worth in units of the method: days, months, seconds.
    unit: Ratio,
}

impl Schedule {
    /// Weights of a method over a service period.
    ///
    /// # Errors
    /// Shares that do not sum to one, or none at all where the method needs them.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::Method, schedule::{Schedule, Service}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-14"))?;
    /// let schedule = Schedule::new(Method::MidMonth, &service)?; // from the 10th, and over by the 15th: January counts, March does not
    /// assert_eq!((schedule.first().to_string(), schedule.last().to_string()), ("2026-01".into(), "2026-02".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(method: Method, service: &Service) -> Result<Self, Refusal> {
        let (first, weights) = weights::of(method, service)?;
        let sums = to_date(weights);
        let total = sums.last().copied().unwrap_or_default();
        if total <= 0 {
            return Err(Refusal::new(
                "service",
                service.start,
                "gives no period any weight",
                "correct the dates or the shares",
            ));
        }
        Ok(Self {
            method,
            service: service.clone(),
            anchor: service.start,
            first,
            sums,
            total,
            unit: Ratio::ONE,
        })
    }

    /// How much service it is, in units of its method: of two schedules of one method, twice the service is twice the measure.
    pub(crate) fn measure(&self) -> Option<Ratio> {
        match self.method {
            // Its weights are shares of its own whole.
            Method::EndsByTime => {
                let (start, end) = (self.service.start, self.service.end_exclusive);
                Some(Ratio::new(self.service.seconds_between(start, end), 1))
            }
            _ => self.unit.times(Ratio::new(self.total, 1)),
        }
    }

    /// Divides the weights by their common divisor, so that they do not grow with each cut.
    fn reduce(&mut self) -> Option<()> {
        // What divides all sums divides all weights.
        let common = self.sums.iter().fold(0u128, |common, sum| gcd(common, sum.unsigned_abs()));
        let common = i128::try_from(common).ok().filter(|common| *common > 1)?;
        self.unit = self.unit.times(Ratio::new(common, 1))?;
        self.sums.iter_mut().for_each(|sum| *sum /= common);
        self.total /= common;
        Some(())
    }

    /// The method.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::Method, schedule::{Schedule, Service}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-14"))?;
    /// let schedule = Schedule::new(Method::MidMonth, &service)?; // from the 10th, and over by the 15th: January counts, March does not
    /// assert_eq!(schedule.method(), Method::MidMonth);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn method(&self) -> Method {
        self.method
    }

    /// The service period.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::Method, schedule::{Schedule, Service}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-14"))?;
    /// let schedule = Schedule::new(Method::MidMonth, &service)?; // from the 10th, and over by the 15th: January counts, March does not
    /// assert_eq!(schedule.service(), &service);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// First period with a weight.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::Method, schedule::{Schedule, Service}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-14"))?;
    /// let schedule = Schedule::new(Method::MidMonth, &service)?; // from the 10th, and over by the 15th: January counts, March does not
    /// assert_eq!(schedule.first().to_string(), "2026-01");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn first(&self) -> Period {
        self.first
    }

    /// Last period with a weight.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::Method, schedule::{Schedule, Service}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-14"))?;
    /// let schedule = Schedule::new(Method::MidMonth, &service)?; // from the 10th, and over by the 15th: January counts, March does not
    /// assert_eq!(schedule.last().to_string(), "2026-02");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn last(&self) -> Period {
        self.first.plus(self.sums.len() as i32 - 1)
    }

    /// Weight of each period and their sum.
    ///
    /// ```
    /// use tieout_accounting::{example::day, policy::Method, schedule::{Schedule, Service}};
    /// let service = Service::days(day("2026-01-10"), day("2026-03-14"))?;
    /// let schedule = Schedule::new(Method::MidMonth, &service)?; // from the 10th, and over by the 15th: January counts, March does not
    /// let (weights, total) = schedule.weights();
    /// assert_eq!((weights.map(|(_, weight)| weight).collect::<Vec<_>>(), total), (vec![1, 1], 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weights(&self) -> (impl Iterator<Item = (Period, i128)> + '_, i128) {
        (
            self.each_weight()
                .enumerate()
                .map(|(place, weight)| (self.first.plus(place as i32), weight)),
            self.total,
        )
    }

    fn each_weight(&self) -> impl Iterator<Item = i128> + '_ {
        let before = std::iter::once(&0).chain(&self.sums);
        self.sums.iter().zip(before).map(|(sum, before)| sum - before)
    }

    /// Weights of the periods before the one at an index.
    fn sum_before(&self, index: usize) -> i128 {
        index.checked_sub(1).and_then(|before| self.sums.get(before)).copied().unwrap_or(0)
    }

    /// Exact share that is served through the end of a day; within a month, by days (or seconds) of service as the method counts them.
    /// `None` where it leaves 128 bits.
    pub(crate) fn share_through(&self, day: NaiveDate) -> Option<Ratio> {
        if self.method == Method::Fiscal445 {
            return Some(self.days_served(day));
        }
        let period = Period::of(day);
        let place = self.place(period);
        let Some(place) = place else {
            return Some(if period < self.first { Ratio::ZERO } else { Ratio::ONE });
        };
        let before = self.sum_before(place);
        let weight = self.sum_before(place + 1) - before;
        let part = self.part_of_month(period, day);
        let whole = |value: i128| value.checked_mul(part.den);
        let served = whole(before)?.checked_add(weight.checked_mul(part.num)?)?;
        Some(Ratio::new(served, whole(self.total)?))
    }

    /// Share of the days of service through the end of a day.
    fn days_served(&self, day: NaiveDate) -> Ratio {
        let (start, end) = (self.service.start, self.service.end_exclusive);
        let next = day.succ_opt().unwrap_or(day);
        Ratio::new(self.service.days_between(start, next), self.service.days_between(start, end))
    }

    /// What remains of the schedule from a day on: the weights of the periods after it, and of its own period the part not served.
    pub(crate) fn from(&self, day: NaiveDate) -> Result<Self, Refusal> {
        let before = day.pred_opt().unwrap_or(day);
        let done = self.share_through(before).ok_or_else(|| Refusal::too_large("schedule", day))?;
        if done.num <= 0 {
            return Ok(self.clone());
        }
        let mut rest = self.clone();
        rest.service.start = rest.service.start.max(day);
        if self.method == Method::Fiscal445 && rest.service.start < rest.service.end_exclusive {
            return Self::new(self.method, &rest.service);
        }
        let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        rest.service.seconds = rest.service.seconds.map(|(from, before)| (from.max(midnight), before));
        let period = Period::of(before);
        let place = self.place(period);
        let part = if before < period.last_day() {
            self.part_of_month(period, before).rest()
        } else {
            Ratio::ZERO
        };
        let nothing_left = |place: usize| part.num == 0 || self.sum_before(place + 1) == self.sum_before(place);
        let skipped = place.map_or(self.sums.len(), |place| if nothing_left(place) { place + 1 } else { place });
        rest.first = self.first.plus(skipped as i32);
        let scale = part.den;
        let begun = Some(skipped) == place;
        let weight = |(place, weight): (usize, i128)| weight.checked_mul(if place == 0 && begun { part.num } else { scale });
        let weights: Option<Vec<i128>> = self.each_weight().skip(skipped).enumerate().map(weight).collect();
        rest.sums = to_date(weights.ok_or_else(|| Refusal::too_large("schedule", day))?);
        rest.total = rest.sums.last().copied().unwrap_or_default();
        if rest.total <= 0 {
            return Err(Refusal::new("service", day, "is after the end of the service", "correct the date"));
        }
        let unit = rest.unit.over(Ratio::new(scale, 1));
        rest.unit = unit.ok_or_else(|| Refusal::too_large("schedule", day))?;
        rest.reduce();
        Ok(rest)
    }

    /// Place of a period in the list of weights.
    pub(crate) fn place(&self, period: Period) -> Option<usize> {
        usize::try_from(period.since(self.first))
            .ok()
            .filter(|place| *place < self.sums.len())
    }

    /// Share of a period's weight that is served through a day of it.
    pub(crate) fn part_of_month(&self, period: Period, day: NaiveDate) -> Ratio {
        if day >= period.last_day() {
            return Ratio::ONE;
        }
        match self.method {
            Method::EqualAnniversary => return months::part_of_term_month(&self.service, self.anchor, period, day),
            Method::Thirty360 => return months::part_of_month_360(&self.service, period, day),
            _ => {}
        }
        let next = day.succ_opt().unwrap_or(day);
        let (from, to) = (period.first_day(), period.next().first_day());
        let of_service = |until: NaiveDate| self.service.seconds_between(from, until);
        if of_service(to) > 0 {
            return Ratio::new(of_service(next), of_service(to));
        }
        Ratio::new(i128::from((next - from).num_days()), i128::from(period.days()))
    }
}

/// The sums to date of weights.
fn to_date(mut weights: Vec<i128>) -> Vec<i128> {
    let mut sum = 0;
    for weight in &mut weights {
        sum += *weight;
        *weight = sum;
    }
    weights
}
