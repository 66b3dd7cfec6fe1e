//! Accounting periods: calendar months, named "YYYY-MM".

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Refusal;

/// First year that is accepted.
pub(crate) const MIN_YEAR: i32 = 1900;
/// Last year that is accepted.
pub(crate) const MAX_YEAR: i32 = 2999;

/// A calendar month.
///
/// ```
/// use tieout_accounting::Period;
/// let period = Period::parse("2026-02")?;
/// assert_eq!(period.last_day().to_string(), "2026-02-28");
/// assert_eq!(period.next().to_string(), "2026-03");
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// Months since year 0; month 0 of a year is January.
    index: i32,
}

impl Period {
    /// The period of a date.
    ///
    /// ```
    /// use tieout_accounting::{example::day, Period};
    /// assert_eq!(Period::of(day("2026-02-14")), Period::parse("2026-02")?);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn of(date: NaiveDate) -> Self {
        Self {
            index: date.year() * 12 + date.month0() as i32,
        }
    }

    /// Reads "YYYY-MM".
    ///
    /// # Errors
    /// Anything else, or a year outside 1900..=2999.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2026-02")?.to_string(), "2026-02");
    /// assert!(Period::parse("2026-13").is_err());
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let refuse = || Refusal::new("period", text, "is not a month", "write it as YYYY-MM, for example 2026-01");
        let (year, month) = text.split_once('-').ok_or_else(refuse)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(refuse());
        }
        let year: i32 = year.parse().map_err(|_| refuse())?;
        let month: i32 = month.parse().map_err(|_| refuse())?;
        if !(1..=12).contains(&month) || !(MIN_YEAR..=MAX_YEAR).contains(&year) {
            return Err(refuse());
        }
        Ok(Self {
            index: year * 12 + month - 1,
        })
    }

    /// The first day.
    ///
    /// ```
    /// use tieout_accounting::{example::day, Period};
    /// assert_eq!(Period::parse("2026-02")?.first_day().to_string(), "2026-02-01");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.index.div_euclid(12), self.index.rem_euclid(12) as u32 + 1, 1).unwrap_or_default()
    }

    /// The last day.
    ///
    /// ```
    /// use tieout_accounting::{example::day, Period};
    /// assert_eq!(Period::parse("2024-02")?.last_day().to_string(), "2024-02-29"); // a leap year
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn last_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.month(), self.length()).unwrap_or_default()
    }

    /// The month after.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2026-12")?.next().to_string(), "2027-01");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    /// The month before.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2026-01")?.previous().to_string(), "2025-12");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    #[must_use]
    pub fn previous(self) -> Self {
        self.plus(-1)
    }

    /// This many months later, or earlier when negative.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2026-01")?.plus(-13).to_string(), "2024-12");
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self {
            index: self.index.saturating_add(months),
        }
    }

    /// Months from `earlier` to this one.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2027-01")?.since(Period::parse("2026-10")?), 3);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn since(self, earlier: Self) -> i32 {
        self.index.saturating_sub(earlier.index)
    }

    /// Number of days, 28 to 31.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2026-02")?.days(), 28);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn days(self) -> i64 {
        i64::from(self.length())
    }

    /// The same as a day of the month. The Gregorian calendar, as everywhere.
    fn length(self) -> u32 {
        let leap = |year: i32| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match self.month() {
            2 if leap(self.year()) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// All periods from this one to `last`, both included; none if `last` is earlier.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2026-11")?.to(Period::parse("2027-01")?).count(), 3);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn to(self, last: Self) -> impl Iterator<Item = Self> + use<> {
        (self.index..=last.index).map(|index| Self { index })
    }

    /// The calendar year.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2026-11")?.year(), 2026);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn year(self) -> i32 {
        self.index.div_euclid(12)
    }

    /// The month of the year, 1 to 12.
    ///
    /// ```
    /// use tieout_accounting::Period;
    /// assert_eq!(Period::parse("2026-11")?.month(), 11);
    /// # Ok::<(), tieout_accounting::Refusal>(())
    /// ```
    pub fn month(self) -> u32 {
        self.index.rem_euclid(12) as u32 + 1
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:04}-{:02}", self.year(), self.month())
    }
}

impl std::str::FromStr for Period {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        Self::parse(text)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn months_wrap_and_end_where_the_calendar_says() {
        for (text, last, next) in [
            ("2026-01", "2026-01-31", "2026-02"),
            ("2024-02", "2024-02-29", "2024-03"),
            ("2100-02", "2100-02-28", "2100-03"),
            ("2026-12", "2026-12-31", "2027-01"),
        ] {
            let period = Period::parse(text).unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(period.last_day().to_string(), last, "{text}");
            assert_eq!(period.next().to_string(), next, "{text}");
            assert_eq!(period.next().previous(), period);
            assert_eq!(Period::of(period.last_day()), period);
        }
    }

    #[test]
    fn what_is_no_month_is_refused_by_name() {
        for text in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "26-01",
            "2026-1",
            "+026-01",
            "2026-01-01",
            "0000-01",
        ] {
            let refusal = Period::parse(text).unwrap_err();
            let said = refusal.to_string();
            assert!(said.contains("is not a month") && said.contains(text), "{said}");
        }
    }
}
