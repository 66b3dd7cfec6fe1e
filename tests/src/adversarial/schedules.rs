//! Schedules: the parts sum to the amount under each method and rounding; the default rounding is at most half a unit off.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tieout_accounting::Period;
use tieout_accounting::money::Rounding;
use tieout_accounting::policy::{Method, Policy, Remainder};
use tieout_accounting::schedule::{Schedule, Service, Spread, daily};

use super::draw::Draw;

const REMAINDERS: [Remainder; 5] = [
    Remainder::Cumulative,
    Remainder::Last,
    Remainder::First,
    Remainder::LastFull,
    Remainder::Balance,
];
const ROUNDINGS: [Rounding; 2] = [Rounding::HalfAway, Rounding::HalfEven];
/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// A service: days, sometimes with instants within them or with shares.
fn service(draw: &mut Draw<'_>, method: Method) -> Option<Service> {
    let (start, end) = (draw.day(), draw.day());
    let mut service = Service::days(start.min(end), start.max(end)).ok()?;
    if matches!(method, Method::Instant | Method::EndsByTime | Method::Daily) && draw.once_in(2) {
        let first = service.start.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let last = service.last_day().and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        let (from, to) = (first + draw.wide().rem_euclid(DAY_S), last + 1 + draw.wide().rem_euclid(DAY_S));
        service.seconds = (from < to).then_some((from, to));
    }
    if method == Method::User {
        service.shares = Some(shares(draw, Period::of(service.start)));
    }
    Some(service)
}

/// Shares, most of which sum to one.
fn shares(draw: &mut Draw<'_>, first: Period) -> BTreeMap<Period, Decimal> {
    let mut left = Decimal::ONE;
    let mut shares = BTreeMap::new();
    for _ in 0..draw.below(30) {
        let share = Decimal::new(draw.amount().rem_euclid(1_000), draw.below(6) as u32);
        left -= share;
        shares.insert(first.plus(draw.below(40) as i32), share);
    }
    if !draw.once_in(8) {
        let sum: Decimal = shares.values().sum();
        shares.insert(first.plus(41), Decimal::ONE - sum);
    }
    shares
}

/// Spreads an amount and checks the parts.
pub fn schedules(draw: &mut Draw<'_>) {
    let method = draw.of(&Method::ALL, ("daily", Method::Daily)).1;
    let policy = Policy {
        remainder: draw.of(&REMAINDERS, Remainder::Cumulative),
        rounding: draw.of(&ROUNDINGS, Rounding::HalfAway),
        ..Policy::default()
    };
    let amount = i128::from(draw.amount());
    let Some(service) = service(draw, method) else { return };
    let Ok(schedule) = Schedule::new(method, &service) else { return };
    let (weights, total) = schedule.weights();
    let weights: Vec<(Period, i128)> = weights.collect();
    assert_eq!(weights.iter().map(|(_, weight)| weight).sum::<i128>(), total, "{service:?}");
    let spread = match Spread::new(amount, schedule, &policy) {
        Ok(spread) => spread,
        // Amounts that are accepted as input are never too large for a service of days.
        Err(_) => {
            return assert!(
                amount.abs() > 1_000_000_000_000_000 || method == Method::User,
                "{amount} {service:?}"
            );
        }
    };
    let parts: Vec<(Period, i128)> = spread.amounts().collect();
    assert_eq!(
        parts.iter().map(|(_, part)| part).sum::<i128>(),
        amount,
        "{method:?} {policy:?} {service:?}"
    );
    assert_eq!(parts.len(), weights.len());
    if policy.remainder == Remainder::Cumulative {
        near(amount, total, &weights, &parts);
    }
    if method == Method::Daily && policy.remainder == Remainder::Cumulative && service.seconds.is_none() {
        same_as_rows(amount, &service, policy.rounding, &parts);
    }
}

/// The sum to date is the exact one, rounded: `|2 (sum * total - amount * weight)| <= total`.
fn near(amount: i128, total: i128, weights: &[(Period, i128)], parts: &[(Period, i128)]) {
    let (mut weight, mut sum) = (0i128, 0i128);
    for ((_, more), (_, part)) in weights.iter().zip(parts) {
        weight += more;
        sum += part;
        let exact = amount.checked_mul(weight).zip(sum.checked_mul(total));
        let away = exact.and_then(|(exact, booked)| booked.checked_sub(exact)?.checked_mul(2)?.checked_abs());
        assert!(away.is_none_or(|away| away <= total), "{sum} of {amount} at {weight}/{total}");
    }
}

/// `daily::rows` computes the same by a faster way.
fn same_as_rows(amount: i128, service: &Service, rounding: Rounding, parts: &[(Period, i128)]) {
    let Ok(amount) = i64::try_from(amount) else { return };
    let mut rows = Vec::new();
    let whole = daily::rows(amount, service.start, service.last_day(), rounding, |period, minor| {
        rows.push((period, i128::from(minor)));
    });
    if whole {
        assert_eq!(rows, parts, "{amount} {service:?}");
    }
}
