//! Schedule expressions: `cron(…)`, `rate(…)` and `at(…)`.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::ScheduleError;

/// When a schedule fires, checked.
#[derive(Debug, Clone)]
pub struct Expression(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Cron(Box<Cron>),
    Rate(TimeDelta),
    At(NaiveDateTime),
}

impl FromStr for Expression {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let refuse = || ScheduleError::BadExpression(text.to_owned());
        let (kind, rest) = text.split_once('(').ok_or_else(refuse)?;
        let inside = rest.strip_suffix(')').ok_or_else(refuse)?;
        let kind = match kind {
            "cron" => Kind::Cron(Box::new(cron(inside)?)),
            "rate" => Kind::Rate(interval(inside).ok_or_else(|| ScheduleError::BadRate(inside.to_owned()))?),
            "at" => Kind::At(NaiveDateTime::parse_from_str(inside, "%Y-%m-%dT%H:%M:%S").map_err(|_| refuse())?),
            _ => return Err(refuse()),
        };
        Ok(Self(kind))
    }
}

impl Expression {
    /// The first instant after `after` (for a rate: after the last firing) at which it fires.
    ///
    /// A local time that a clock change skips is skipped; one that it repeats fires once, the first time (EventBridge
    /// Scheduler user guide, "daylight savings time").
    pub(super) fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let first_instant = |local: NaiveDateTime| {
            let instant = zone.from_local_datetime(&local).earliest()?.with_timezone(&Utc);
            Some(instant).filter(|instant| *instant > after)
        };
        match &self.0 {
            Kind::Cron(cron) => cron.iter_after(after.with_timezone(&zone).naive_local()).find_map(first_instant),
            Kind::Rate(every) => after.checked_add_signed(*every),
            Kind::At(local) => first_instant(*local),
        }
    }
}

/// The six fields of AWS: what each is called, the words and the numbers that may stand in it.
const FIELDS: [(&str, &[&str], u32, u32); 6] = [
    ("minutes", &[], 0, 59),
    ("hours", &[], 0, 23),
    ("day of month", &["L", "W", "LW"], 1, 31),
    (
        "month",
        &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
        1,
        12,
    ),
    ("day of week", &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1, 7),
    ("year", &[], 1970, 2199),
];

/// Reads `minutes hours day-of-month month day-of-week year`, as AWS takes them and no more than that.
///
/// Exactly one of the two fields of days is `?`, the first day of the week is Sunday, and a start with a step needs no
/// range (`0/15`); everything else is the crate's.
fn cron(text: &str) -> Result<Cron, ScheduleError> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [_, _, of_month, _, of_week, _] = fields.as_slice() else {
        return Err(ScheduleError::FieldCount { found: fields.len() });
    };
    match (*of_month, *of_week) {
        ("?", "?") => return Err(ScheduleError::DaysNotSaid),
        ("?", _) | (_, "?") => {}
        _ => return Err(ScheduleError::DaysSaidTwice),
    }
    for ((name, words, least, most), field) in FIELDS.iter().zip(&fields) {
        let refuse = |reason: String| {
            Err(ScheduleError::BadField {
                field: name,
                text: (*field).to_owned(),
                reason,
            })
        };
        // The crate reads names of months and weekdays in any field.
        let mut given = field.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
        let known = |word: &str| {
            let day = if *name == "day of week" {
                word.strip_suffix('L').unwrap_or(word)
            } else {
                word
            };
            day.is_empty() || words.contains(&day.to_ascii_uppercase().as_str())
        };
        if let Some(word) = given.find(|word| !known(word)) {
            return refuse(format!("{word} has no meaning here"));
        }
        // The crate's bounds of days and years are wider than those of AWS; what follows `/` or `#` is a count.
        let values = field
            .split(',')
            .filter_map(|item| item.split(['/', '#']).next())
            .flat_map(|item| item.split('-'));
        let mut numbers = values.filter_map(|value| value.trim_end_matches(['L', 'W']).parse::<u32>().ok());
        if numbers.any(|number| !(*least..=*most).contains(&number)) {
            return refuse(format!("allowed are {least} to {most}"));
        }
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    let read = parser.parse(&format!("0 {text}"));
    read.map_err(|error| ScheduleError::BadCron {
        text: text.to_owned(),
        reason: error.to_string(),
    })
}

/// `1 minute`, `15 minutes`, `2 hours`, `7 days`.
fn interval(text: &str) -> Option<TimeDelta> {
    let (count, unit) = text.split_once(' ')?;
    let count = i64::from(count.parse::<u32>().ok().filter(|count| *count > 0)?);
    let minutes = match unit.strip_suffix('s') {
        Some("minute") => 1,
        Some("hour") => 60,
        Some("day") => 1_440,
        Some(_) => return None,
        None if count != 1 => return None,
        None => return interval(&format!("{text}s")),
    };
    TimeDelta::try_minutes(count * minutes)
}
