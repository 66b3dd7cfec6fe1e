//! One field of a cron expression: lists, ranges, steps and names, as a set of numbers.

use std::collections::BTreeSet;

use super::ScheduleError;

/// What a field is called and may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldKind {
    pub(super) name: &'static str,
    pub(super) least: u32,
    pub(super) most: u32,
    /// Names for the numbers from `least` on.
    pub(super) names: &'static [&'static str],
}

pub(super) const MINUTES: FieldKind = plain("minutes", 0, 59);
pub(super) const HOURS: FieldKind = plain("hours", 0, 23);
pub(super) const DAYS: FieldKind = plain("day of month", 1, 31);
pub(super) const YEARS: FieldKind = plain("year", 1970, 2199);
pub(super) const MONTHS: FieldKind = FieldKind {
    name: "month",
    least: 1,
    most: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// 1 is Sunday, as in Quartz.
pub(super) const WEEKDAYS: FieldKind = FieldKind {
    name: "day of week",
    least: 1,
    most: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};

const fn plain(name: &'static str, least: u32, most: u32) -> FieldKind {
    FieldKind {
        name,
        least,
        most,
        names: &[],
    }
}

impl FieldKind {
    /// All numbers of a comma-separated list of `*`, `5`, `1-5`, `0/15`, `1-30/2`.
    pub(super) fn set(self, text: &str) -> Result<BTreeSet<u32>, ScheduleError> {
        let mut all = BTreeSet::new();
        for item in text.split(',') {
            self.add(item, &mut all)?;
        }
        Ok(all)
    }

    /// Adds what one item of a list names.
    pub(super) fn add(self, item: &str, all: &mut BTreeSet<u32>) -> Result<(), ScheduleError> {
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => {
                let step = step.parse::<usize>().ok().filter(|step| *step > 0);
                let step = step.ok_or_else(|| self.refuse(item, "the step is no whole number above 0"))?;
                (range, Some(step))
            }
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.least, self.most),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            None if step.is_some() => (self.number(range)?, self.most),
            None => {
                let only = self.number(range)?;
                (only, only)
            }
        };
        if first > last {
            return Err(self.refuse(item, "the range ends before it begins"));
        }
        all.extend((first..=last).step_by(step.unwrap_or(1)));
        Ok(())
    }

    /// One number or name.
    pub(super) fn number(self, text: &str) -> Result<u32, ScheduleError> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = match named.and_then(|index| u32::try_from(index).ok()) {
            Some(index) => Some(self.least + index),
            None => text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit())),
        };
        number
            .filter(|number| (self.least..=self.most).contains(number))
            .ok_or_else(|| self.refuse(text, &format!("allowed are {} to {}", self.least, self.most)))
    }

    pub(super) fn refuse(self, text: &str, reason: &str) -> ScheduleError {
        ScheduleError::BadField {
            field: self.name,
            text: text.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
