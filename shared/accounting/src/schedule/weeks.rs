//! `fiscal_445`: daily over periods of four, four and five weeks.
//!
//! The fiscal year starts on 1 January; each quarter has 28, 28 and 35 days, and the last period takes the days that remain.
//! Period k of a year is named like its k-th month.

use chrono::{Datelike, Days, NaiveDate};

use super::Service;
use crate::fiscal::FiscalCalendar;
use crate::{Period, Refusal};

/// Days of the three periods of a quarter.
const PERIOD_DAYS: [u64; 3] = [28, 28, 35];

pub(super) fn fiscal_445(service: &Service) -> Result<(Period, Vec<i128>), Refusal> {
    if let Some(calendar) = &service.fiscal {
        return own_calendar(service, calendar);
    }
    let first = fiscal_period(service.start);
    let last = fiscal_period(service.last_day());
    let weight = |period: Period| service.days_between(first_day(period), first_day(period.next()));
    Ok((first, first.to(last).map(weight).collect()))
}

/// The same over the periods of the entity's own calendar.
fn own_calendar(service: &Service, calendar: &FiscalCalendar) -> Result<(Period, Vec<i128>), Refusal> {
    let (first, last) = (calendar.period_of(service.start)?, calendar.period_of(service.last_day())?);
    let weight = |period: Period| {
        let from = calendar.after(period.previous()).unwrap_or(service.start);
        let to = calendar.after(period).unwrap_or(service.end_exclusive);
        service.days_between(from, to)
    };
    Ok((first, first.to(last).map(weight).collect()))
}

/// First day of a fiscal period.
pub(crate) fn first_day(period: Period) -> NaiveDate {
    let year = Period::of(NaiveDate::from_ymd_opt(period.year(), 1, 1).unwrap_or_default()).first_day();
    let days: u64 = PERIOD_DAYS.iter().cycle().take(period.month() as usize - 1).sum();
    year.checked_add_days(Days::new(days)).unwrap_or(year)
}

/// The fiscal period of a day.
fn fiscal_period(day: NaiveDate) -> Period {
    let january = Period::of(day).plus(-(day.month0() as i32));
    january
        .to(january.plus(11))
        .take_while(|period| first_day(*period) <= day)
        .last()
        .unwrap_or(january)
}
