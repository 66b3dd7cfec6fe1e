//! `cron(minutes hours day-of-month month day-of-week year)` of EventBridge Scheduler, in a time zone.
//!
//! A local time that a clock change skips is skipped; one that it repeats fires once, the first time (EventBridge
//! Scheduler user guide, "daylight savings time").

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::ScheduleError;
use super::field::{DAYS, HOURS, MINUTES, MONTHS, WEEKDAYS, YEARS};

/// A cron expression, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: DayRules,
    months: BTreeSet<u32>,
    years: BTreeSet<u32>,
}

/// Exactly one of the two fields of days says something; the other is `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DayRules {
    OfMonth(Vec<MonthDay>),
    OfWeek(Vec<WeekDay>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum MonthDay {
    Any(BTreeSet<u32>),
    /// `L`.
    Last,
    /// `LW`: the last weekday (Monday to Friday).
    LastWeekday,
    /// `15W`: the weekday nearest to that day, within the month.
    NearestWeekday(u32),
}

/// Sunday is 1.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WeekDay {
    Any(BTreeSet<u32>),
    /// `6L`: the last Friday of the month.
    Last(u32),
    /// `6#3`: the third Friday of the month.
    Nth(u32, u32),
}

impl Cron {
    /// Reads the six fields.
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, month_days, months, week_days, years] = fields.as_slice() else {
            return Err(ScheduleError::FieldCount { found: fields.len() });
        };
        let days = match (*month_days, *week_days) {
            ("?", "?") => return Err(ScheduleError::DaysNotSaid),
            (of_month, "?") => DayRules::OfMonth(list(of_month, month_day)?),
            ("?", of_week) => DayRules::OfWeek(list(of_week, week_day)?),
            _ => return Err(ScheduleError::DaysSaidTwice),
        };
        Ok(Self {
            minutes: MINUTES.set(minutes)?,
            hours: HOURS.set(hours)?,
            days,
            months: MONTHS.set(months)?,
            years: YEARS.set(years)?,
        })
    }

    /// The first instant after `after` that fits; none if no year is left.
    pub(super) fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let mut day = after.with_timezone(&zone).date_naive();
        let last_year = i32::try_from(*self.years.last()?).ok()?;
        while day.year() <= last_year {
            if !contains(&self.years, day.year()) {
                day = NaiveDate::from_ymd_opt(day.year() + 1, 1, 1)?;
            } else if !self.months.contains(&day.month()) {
                let (year, month) = next_month(day);
                day = NaiveDate::from_ymd_opt(year, month, 1)?;
            } else {
                if self.days.contain(day)
                    && let Some(found) = self.first_on(day, after, zone)
                {
                    return Some(found);
                }
                day = day.checked_add_days(Days::new(1))?;
            }
        }
        None
    }

    fn first_on(&self, day: NaiveDate, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let times = self.hours.iter().flat_map(|hour| {
            let minutes = self.minutes.iter();
            minutes.filter_map(move |minute| NaiveTime::from_hms_opt(*hour, *minute, 0))
        });
        times
            .filter_map(|time| zone.from_local_datetime(&day.and_time(time)).earliest())
            .map(|local| local.with_timezone(&Utc))
            .find(|instant| *instant > after)
    }
}

impl DayRules {
    fn contain(&self, day: NaiveDate) -> bool {
        match self {
            Self::OfMonth(rules) => rules.iter().any(|rule| rule.contains(day)),
            Self::OfWeek(rules) => rules.iter().any(|rule| rule.contains(day)),
        }
    }
}

impl MonthDay {
    fn contains(&self, day: NaiveDate) -> bool {
        let last = last_day(day);
        match self {
            Self::Any(days) => days.contains(&day.day()),
            Self::Last => day.day() == last,
            Self::LastWeekday => nearest_weekday(day, last, last) == Some(day.day()),
            Self::NearestWeekday(wanted) => nearest_weekday(day, *wanted, last) == Some(day.day()),
        }
    }
}

impl WeekDay {
    fn contains(&self, day: NaiveDate) -> bool {
        let number = day.weekday().number_from_sunday();
        match self {
            Self::Any(days) => days.contains(&number),
            Self::Last(wanted) => number == *wanted && day.day() + 7 > last_day(day),
            Self::Nth(wanted, nth) => number == *wanted && (day.day() - 1) / 7 + 1 == *nth,
        }
    }
}

fn list<T>(text: &str, one: impl Fn(&str) -> Result<T, ScheduleError>) -> Result<Vec<T>, ScheduleError> {
    text.split(',').map(one).collect()
}

fn month_day(item: &str) -> Result<MonthDay, ScheduleError> {
    match item {
        "L" => Ok(MonthDay::Last),
        "LW" => Ok(MonthDay::LastWeekday),
        _ => match item.strip_suffix('W') {
            Some(day) => DAYS.number(day).map(MonthDay::NearestWeekday),
            None => DAYS.set(item).map(MonthDay::Any),
        },
    }
}

fn week_day(item: &str) -> Result<WeekDay, ScheduleError> {
    if item == "L" {
        return Ok(WeekDay::Any(BTreeSet::from([WEEKDAYS.most])));
    }
    if let Some((day, nth)) = item.split_once('#') {
        let nth = nth.parse::<u32>().ok().filter(|nth| (1..=5).contains(nth));
        let nth = nth.ok_or_else(|| WEEKDAYS.refuse(item, "after # comes 1 to 5"))?;
        return Ok(WeekDay::Nth(WEEKDAYS.number(day)?, nth));
    }
    match item.strip_suffix('L') {
        Some(day) => WEEKDAYS.number(day).map(WeekDay::Last),
        None => WEEKDAYS.set(item).map(WeekDay::Any),
    }
}

/// The Monday to Friday nearest to `wanted` in the month of `day`, never leaving the month.
fn nearest_weekday(day: NaiveDate, wanted: u32, last: u32) -> Option<u32> {
    let date = day.with_day(wanted)?;
    let nearest = match date.weekday().number_from_monday() {
        6 if wanted == 1 => wanted + 2,
        6 => wanted - 1,
        7 if wanted == last => wanted - 2,
        7 => wanted + 1,
        _ => wanted,
    };
    Some(nearest)
}

fn last_day(day: NaiveDate) -> u32 {
    let (year, month) = next_month(day);
    NaiveDate::from_ymd_opt(year, month, 1)
        .and_then(|first| first.pred_opt())
        .map_or(31, |last| last.day())
}

fn next_month(day: NaiveDate) -> (i32, u32) {
    match day.month() {
        12 => (day.year() + 1, 1),
        month => (day.year(), month + 1),
    }
}

fn contains(years: &BTreeSet<u32>, year: i32) -> bool {
    u32::try_from(year).is_ok_and(|year| years.contains(&year))
}
