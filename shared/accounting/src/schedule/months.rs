//! Methods that count months: by anniversary, mid-month, half-month, 30/360.
//!
//! Example: 600.00 from 15 January to 14 March are 300.00 in January and in February by anniversary; 150.00, 300.00, 150.00 by
//! half months. From 16 January a mid-month schedule begins in February.

use chrono::{Datelike, Months, NaiveDate};

use super::Service;
use crate::Period;
use crate::arithmetic::Ratio;

/// Days of a month in a 30/360 year.
const DAYS_PER_MONTH_360: i128 = 30;
/// Last day of a month that still counts it whole, in `mid_month`.
const MID_MONTH_DAY: u32 = 15;

/// `equal_anniversary`: one part for each month of the term; part k falls in the month of start + (k - 1) months.
pub(super) fn equal_anniversary(service: &Service) -> (Period, Vec<i128>) {
    (Period::of(service.start), vec![1; months_of_term(service)])
}

/// `mid_month`: a start on day 1 to 15 counts the month whole, a later one starts with the next; the same at the end.
pub(super) fn mid_month(service: &Service) -> (Period, Vec<i128>) {
    // The first month of a service that begins on a day: the term that follows would begin by the same rule.
    let first_of = |day: NaiveDate| {
        let touched = Period::of(day);
        if day.day() > MID_MONTH_DAY { touched.next() } else { touched }
    };
    let (first, after) = (first_of(service.start), first_of(service.end_exclusive));
    match usize::try_from(after.since(first)) {
        Ok(count) if count > 0 => (first, vec![1; count]),
        _ => (Period::of(service.start), vec![1]),
    }
}

/// `equal_anniversary`: how much of the month of the term that is booked in `period` is served through a day. From 15 January, the
/// month of the term that is booked in July begins on 15 July: nothing of it is served on the 14th, 1/31 on the 15th.
pub(super) fn part_of_term_month(service: &Service, anchor: NaiveDate, period: Period, day: NaiveDate) -> Ratio {
    let begins = |months: i32| {
        let months = Months::new(u32::try_from(months).unwrap_or(0));
        anchor.checked_add_months(months).unwrap_or(anchor)
    };
    let month = period.since(Period::of(anchor));
    let (from, to) = (begins(month).max(service.start), begins(month + 1).min(service.end_exclusive));
    let next = day.succ_opt().unwrap_or(day);
    let days = |until: NaiveDate| i128::from((until - from).num_days().max(0));
    Ratio::new(days(next.min(to)), days(to).max(1))
}

/// `thirty_360`: how much of the service of a month of thirty days is served through a day.
pub(super) fn part_of_month_360(service: &Service, period: Period, day: NaiveDate) -> Ratio {
    let served = Service {
        end_exclusive: day.succ_opt().unwrap_or(day).min(service.end_exclusive),
        ..service.clone()
    };
    if served.end_exclusive <= served.start.max(period.first_day()) {
        return Ratio::ZERO;
    }
    Ratio::new(days_360(&served, period), days_360(service, period).max(1))
}

/// `half_month`: half a part in the first month, a whole one in each following, half in the month after the last.
pub(super) fn half_month(service: &Service) -> (Period, Vec<i128>) {
    let mut weights = vec![2; months_of_term(service) + 1];
    for end in [0, weights.len() - 1] {
        if let Some(weight) = weights.get_mut(end) {
            *weight = 1;
        }
    }
    (Period::of(service.start), weights)
}

/// `thirty_360`: days of service in a month of thirty days; the 31st and the last of February count as the 30th.
pub(super) fn days_360(service: &Service, period: Period) -> i128 {
    let from = if Period::of(service.start) == period {
        day_360(service.start)
    } else {
        1
    };
    let last = service.last_day();
    let to = if Period::of(last) == period {
        day_360(last)
    } else {
        DAYS_PER_MONTH_360
    };
    (to - from + 1).max(0)
}

/// Whole months from the first day to the day after the last; a started month counts.
fn months_of_term(service: &Service) -> usize {
    let whole = Period::of(service.end_exclusive).since(Period::of(service.start));
    let reached = |months: i32| {
        let months = Months::new(u32::try_from(months).unwrap_or(0));
        service
            .start
            .checked_add_months(months)
            .is_some_and(|day| day >= service.end_exclusive)
    };
    let count = if whole > 0 && reached(whole) { whole } else { whole + 1 };
    usize::try_from(count).unwrap_or(1).max(1)
}

fn day_360(day: NaiveDate) -> i128 {
    let last_of_february = day.month() == 2 && Period::of(day).last_day() == day;
    if last_of_february {
        DAYS_PER_MONTH_360
    } else {
        i128::from(day.day()).min(DAYS_PER_MONTH_360)
    }
}
