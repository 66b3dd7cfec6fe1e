//! The weights of each method: which share of the service falls into which period.
//!
//! Example: 300.00 from 20 January to 2 March, by share of months: 12/31, 1 and 2/31 of a month: 80.00, 206.67, 13.33.

use super::{Service, months, weeks};
use crate::arithmetic::Ratio;
use crate::{Period, Refusal, policy::Method};

/// Least common multiple of 28, 29, 30 and 31: a month's share of its days in whole numbers.
const DAYS_LCM: i128 = 377_580;

/// First period, and the weight of it and each following one.
pub(super) fn of(method: Method, service: &Service) -> Result<(Period, Vec<i128>), Refusal> {
    let first = Period::of(service.start);
    let last = Period::of(service.last_day());
    let each = |weight: &dyn Fn(Period) -> i128| Ok((first, first.to(last).map(weight).collect()));
    match method {
        Method::Daily if service.seconds.is_some() => each(&|period| seconds(service, period)),
        Method::Daily => Ok((first, by_days(service, first, last))),
        Method::Instant => each(&|period| seconds(service, period)),
        Method::EqualTouched => each(&|_| 1),
        Method::ProrataMonth => each(&|period| days(service, period) * (DAYS_LCM / i128::from(period.days()))),
        Method::EndsByTime => Ok((first, ends_by_time(service, first, last))),
        Method::Thirty360 => each(&|period| months::days_360(service, period)),
        Method::EqualAnniversary => Ok(months::equal_anniversary(service)),
        Method::MidMonth => Ok(months::mid_month(service)),
        Method::HalfMonth => Ok(months::half_month(service)),
        Method::Fiscal445 => weeks::fiscal_445(service),
        Method::User => user(service),
    }
}

/// `daily`: days of service in the period.
fn days(service: &Service, period: Period) -> i128 {
    service.days_between(period.first_day(), period.next().first_day())
}

/// `daily`: the same for all periods; each begins where the one before ended.
fn by_days(service: &Service, first: Period, last: Period) -> Vec<i128> {
    let mut from = first.first_day();
    let mut weight = |period: Period| {
        let to = period.next().first_day();
        let days = service.days_between(from, to);
        from = to;
        days
    };
    first.to(last).map(&mut weight).collect()
}

/// `instant`: seconds of service in the period, in UTC.
fn seconds(service: &Service, period: Period) -> i128 {
    service.seconds_between(period.first_day(), period.next().first_day())
}

/// `ends_by_time`: first and last period by their share of time, the rest equally over the full months between.
fn ends_by_time(service: &Service, first: Period, last: Period) -> Vec<i128> {
    let head = seconds(service, first);
    let tail = seconds(service, last);
    let middle = i128::from(last.since(first)) - 1;
    if middle < 1 {
        return first.to(last).map(|period| seconds(service, period)).collect();
    }
    let whole = service.seconds_between(first.first_day(), last.next().first_day());
    let part = |period: Period| match period {
        period if period == first => head * middle,
        period if period == last => tail * middle,
        _ => whole - head - tail,
    };
    first.to(last).map(part).collect()
}

/// `user`: the given shares, which must sum to one.
fn user(service: &Service) -> Result<(Period, Vec<i128>), Refusal> {
    let refuse = |problem: &str| Refusal::new("weights", "weights", problem, "write one share for each period, summing to 1");
    let shares = service.shares.as_ref().ok_or_else(|| refuse("is missing for the method user"))?;
    let (Some(first), Some(last)) = (shares.keys().next(), shares.keys().next_back()) else {
        return Err(refuse("is empty"));
    };
    if last.since(*first) >= crate::limits::MAX_TERM_MONTHS {
        return Err(refuse("spans too many months"));
    }
    let sum: rust_decimal::Decimal = shares.values().sum();
    if sum != rust_decimal::Decimal::ONE {
        return Err(Refusal::new(
            "weights",
            sum,
            "is the sum of the shares, which is not 1",
            "correct the shares",
        ));
    }
    let scale = shares.values().map(|share| share.normalize().scale()).max().unwrap_or(0);
    let unit = 10i128.checked_pow(scale).ok_or_else(|| refuse("is too fine"))?;
    let weight = |period: Period| shares.get(&period).map_or(0, |share| in_units(Ratio::of(*share), unit));
    Ok((*first, first.to(*last).map(weight).collect()))
}

/// The numerator when the denominator is `unit`, which it divides.
fn in_units(share: Ratio, unit: i128) -> i128 {
    share.num * (unit / share.den)
}
