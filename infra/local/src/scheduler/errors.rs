//! What is wrong with a schedule, and how to mend it.

/// A schedule is wrong, or its memory failed.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Neither cron, rate nor at.
    #[error(
        "\"{0}\" is no schedule: write cron(minutes hours day-of-month month day-of-week year), rate(15 minutes) or at(2026-04-01T09:00:00)"
    )]
    BadExpression(String),
    /// A rate that is none.
    #[error("\"{0}\" is no rate: write a whole number above 0 and minutes, hours or days (minute, hour, day after 1)")]
    BadRate(String),
    /// Not six fields.
    #[error("a cron expression has six fields (minutes hours day-of-month month day-of-week year), not {found}")]
    FieldCount {
        /// How many there are.
        found: usize,
    },
    /// One field is wrong.
    #[error("{field} \"{text}\": {reason}")]
    BadField {
        /// Which field.
        field: &'static str,
        /// What it says.
        text: String,
        /// Why that is wrong.
        reason: String,
    },
    /// Both fields of days are `?`.
    #[error("day of month and day of week are both \"?\": one of them must say when")]
    DaysNotSaid,
    /// Neither field of days is `?`.
    #[error("day of month and day of week are both set: one of them must be \"?\"")]
    DaysSaidTwice,
    /// Not a name of the IANA time zone database.
    #[error("\"{0}\" is no time zone: write an IANA name such as Europe/London")]
    BadZone(String),
    /// Two schedules of one name.
    #[error("two schedules are called \"{0}\"")]
    NameTaken(String),
    /// The memory of what fired failed.
    #[error("the store of the local schedules failed: {0}")]
    Store(#[from] rusqlite::Error),
}
