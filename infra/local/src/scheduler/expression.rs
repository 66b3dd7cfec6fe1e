//! Schedule expressions: `cron(…)`, `rate(…)` and `at(…)`.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::ScheduleError;
use super::cron::Cron;

/// When a schedule fires, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Cron(Box<Cron>),
    Rate(TimeDelta),
    At(NaiveDateTime),
}

impl FromStr for Expression {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(fields) = inside("cron") {
            return Ok(Self(Kind::Cron(Box::new(Cron::parse(fields)?))));
        }
        if let Some(rate) = inside("rate") {
            return interval(rate).map(|every| Self(Kind::Rate(every)));
        }
        if let Some(at) = inside("at") {
            let at = NaiveDateTime::parse_from_str(at, "%Y-%m-%dT%H:%M:%S");
            let at = at.map_err(|_| ScheduleError::BadExpression(text.to_owned()))?;
            return Ok(Self(Kind::At(at)));
        }
        Err(ScheduleError::BadExpression(text.to_owned()))
    }
}

impl Expression {
    /// The first instant after `after` (for a rate: after the last firing) at which it fires.
    pub(super) fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        match &self.0 {
            Kind::Cron(cron) => cron.next_after(after, zone),
            Kind::Rate(every) => after.checked_add_signed(*every),
            Kind::At(local) => {
                let instant = zone.from_local_datetime(local).earliest()?;
                Some(instant.with_timezone(&Utc)).filter(|instant| *instant > after)
            }
        }
    }
}

/// `1 minute`, `15 minutes`, `2 hours`, `7 days`.
fn interval(text: &str) -> Result<TimeDelta, ScheduleError> {
    let refuse = || ScheduleError::BadRate(text.to_owned());
    let (count, unit) = text.split_once(' ').ok_or_else(refuse)?;
    let count = count.parse::<u32>().ok().filter(|count| *count > 0);
    let count = i64::from(count.ok_or_else(refuse)?);
    let minutes = match unit {
        "minute" if count == 1 => 1,
        "hour" if count == 1 => 60,
        "day" if count == 1 => 1_440,
        "minutes" => 1,
        "hours" => 60,
        "days" => 1_440,
        _ => return Err(refuse()),
    };
    TimeDelta::try_minutes(count * minutes).ok_or_else(refuse)
}
