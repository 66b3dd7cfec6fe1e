//! A calendar month.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
}

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self {
            first: day.with_day(1).unwrap_or(day),
        }
    }

    /// From `2026-01`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self {
            first: format!("{text}-01").parse().ok()?,
        })
    }

    /// The month after.
    pub fn next(self) -> Self {
        Self {
            first: self.first.checked_add_months(Months::new(1)).unwrap_or(self.first),
        }
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        self.next().first.pred_opt().unwrap_or(self.first)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.first.format("%Y-%m"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;

    #[test]
    fn months_end_where_the_next_begins() {
        let february = Month::parse("2028-02").unwrap();
        assert_eq!(february.last().to_string(), "2028-02-29");
        assert_eq!(february.next().to_string(), "2028-03");
        assert_eq!(Month::of(february.last()), february);
    }
}
