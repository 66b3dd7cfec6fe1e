//! Fiscal calendars of an entity's own: periods that end on other days than months do, such as 4-4-5 from any day or 13 weeks.
//!
//! Each period is named like a month and ends on its own day; the next begins on the day after. Revenue of a fiscal period
//! stands in the month of that name. Without a calendar the method `fiscal_445` counts four, four and five weeks from 1 January.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::{Period, Refusal};

/// Last days of consecutive periods.
///
/// ```
/// use tieout_accounting::{fiscal::FiscalCalendar, Period};
/// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap_or_default();
/// let ends = [("2026-02", "2026-02-28"), ("2026-03", "2026-03-28"), ("2026-04", "2026-05-02")];
/// let ends = ends.map(|(name, end)| Ok::<_, tieout_accounting::Refusal>((Period::parse(name)?, day(end))));
/// let calendar = FiscalCalendar::new(ends.into_iter().collect::<Result<Vec<_>, _>>()?)?;
/// assert_eq!(calendar.period_of(day("2026-03-29"))?.to_string(), "2026-04");
/// assert!(calendar.period_of(day("2026-05-03")).is_err());
/// # Ok::<(), tieout_accounting::Refusal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiscalCalendar {
    ends: Arc<BTreeMap<Period, NaiveDate>>,
}

impl FiscalCalendar {
    /// Builds the calendar.
    ///
    /// # Errors
    /// Periods that do not follow each other, or a period that does not end after the one before.
    ///
    /// ```
    /// use tieout_accounting::{example::day, fiscal::FiscalCalendar, Period};
    /// let ends = [(Period::parse("2026-01")?, day("2026-01-28")), (Period::parse("2026-03")?, day("2026-03-25"))];
    /// assert!(FiscalCalendar::new(ends).unwrap_err().to_string().contains("2026-02")); // missing
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(ends: impl IntoIterator<Item = (Period, NaiveDate)>) -> Result<Self, Refusal> {
        let ends: BTreeMap<Period, NaiveDate> = ends.into_iter().collect();
        for ((period, end), (next, next_end)) in ends.iter().zip(ends.iter().skip(1)) {
            if *next != period.next() {
                let problem = format!("does not follow {period}");
                return Err(Refusal::new("fiscal_periods", next, problem, format!("add {}", period.next())));
            }
            if next_end <= end {
                let problem = format!("is not after {end}, the end of {period}");
                return Err(Refusal::new("fiscal_periods", next_end, problem, "correct one of the days"));
            }
        }
        Ok(Self { ends: Arc::new(ends) })
    }

    /// The period in which a day lies; days before the first period's end count to it.
    ///
    /// # Errors
    /// A day after the last period.
    ///
    /// ```
    /// use tieout_accounting::{example::day, fiscal::FiscalCalendar, Period};
    /// let calendar = FiscalCalendar::new([(Period::parse("2026-01")?, day("2026-01-28")), (Period::parse("2026-02")?, day("2026-02-25"))])?;
    /// assert_eq!(calendar.period_of(day("2026-01-29"))?.to_string(), "2026-02");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn period_of(&self, day: NaiveDate) -> Result<Period, Refusal> {
        let found = self.ends.iter().find(|(_, end)| day <= **end).map(|(period, _)| *period);
        let remedy = "add the periods through the end of the service";
        found.ok_or_else(|| Refusal::new("fiscal_periods", day, "is after the last period", remedy))
    }

    /// The day after a period, where the calendar has it.
    pub(crate) fn after(&self, period: Period) -> Option<NaiveDate> {
        self.ends.get(&period).and_then(NaiveDate::succ_opt)
    }
}
