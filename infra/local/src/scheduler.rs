//! EventBridge Scheduler: what is due by a given instant, remembered so that a restart neither repeats nor skips.
//!
//! `due` only tells; `fired` remembers. A process that dies between the two fires again, as the real one may ("at least
//! once"); the functions are made for it.

mod expression;
mod schedule;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeZone, Utc};
use rusqlite::{Connection, params};
use serde_json::Value;

pub use expression::Expression;
pub use schedule::{Due, Schedule};

use crate::function::{FunctionError, LocalFunction};

/// Firings of one schedule that one call of [`Scheduler::due`] gives at most; the next call gives the next ones.
pub const DUE_MAX: usize = 1_000;

/// How often a firing is tried: once, and twice more as Lambda does with asynchronous events (here at once).
pub const ATTEMPTS_MAX: u32 = 3;

/// What became of one firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub due: Due,
    pub result: Result<Value, FunctionError>,
    /// How often it was tried.
    pub attempts: u32,
}

/// A schedule is wrong, or its memory failed.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error(
        "\"{0}\" is not a schedule: write cron(minutes hours day-of-month month day-of-week year), rate(15 minutes) or at(2026-04-01T09:00:00)"
    )]
    BadExpression(String),
    #[error("\"{0}\" is not a rate: write a whole number above 0 and minutes, hours or days (minute, hour, day after 1)")]
    BadRate(String),
    #[error("a cron expression has six fields (minutes hours day-of-month month day-of-week year), not {found}")]
    FieldCount { found: usize },
    #[error("{field} \"{text}\": {reason}")]
    BadField { field: &'static str, text: String, reason: String },
    #[error("cron \"{text}\": {reason}")]
    BadCron { text: String, reason: String },
    #[error("day of month and day of week are both \"?\": one of them must say when")]
    DaysNotSaid,
    #[error("day of month and day of week are both set: one of them must be \"?\"")]
    DaysSaidTwice,
    #[error("\"{0}\" is not a time zone: write an IANA name such as Europe/London")]
    BadZone(String),
    #[error("two schedules are called \"{0}\"")]
    NameTaken(String),
    #[error("the store of the local schedules failed: {0}")]
    Store(#[from] rusqlite::Error),
}

/// The schedules and the memory of what fired.
#[derive(Debug)]
pub struct Scheduler {
    schedules: Vec<Schedule>,
    memory: Mutex<Connection>,
}

impl Scheduler {
    /// Opens the memory in `file` (in memory without one). A schedule that is new counts from `now`; one that is
    /// remembered goes on from its last firing, so that what came due meanwhile is due.
    ///
    /// # Errors
    /// Two schedules of one name; the file cannot be used.
    pub fn open(file: Option<&Path>, schedules: Vec<Schedule>, now: DateTime<Utc>) -> Result<Self, ScheduleError> {
        let memory = match file {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        memory.pragma_update(None, "journal_mode", "WAL")?;
        memory.pragma_update(None, "synchronous", "OFF")?;
        memory.execute_batch("CREATE TABLE IF NOT EXISTS schedules (name TEXT PRIMARY KEY, last_ms INTEGER NOT NULL)")?;
        for (index, schedule) in schedules.iter().enumerate() {
            let mut earlier = schedules.iter().take(index);
            if earlier.any(|other| other.name == schedule.name) {
                return Err(ScheduleError::NameTaken(schedule.name.clone()));
            }
            memory.execute(
                "INSERT OR IGNORE INTO schedules (name, last_ms) VALUES (?1, ?2)",
                params![schedule.name, now.timestamp_millis()],
            )?;
        }
        Ok(Self {
            schedules,
            memory: Mutex::new(memory),
        })
    }

    /// What is due by `now` and not remembered as fired, in the order of time, then of name.
    ///
    /// # Errors
    /// The memory failed.
    pub fn due(&self, now: DateTime<Utc>) -> Result<Vec<Due>, ScheduleError> {
        let mut all = Vec::new();
        for schedule in &self.schedules {
            let mut last = self.last(schedule)?;
            for _ in 0..DUE_MAX {
                let next = schedule.expression.next_after(last, schedule.zone);
                let Some(next) = next.filter(|next| *next <= now) else {
                    break;
                };
                all.push(schedule.due_at(next));
                last = next;
            }
        }
        all.sort_by(|a, b| (a.at, &a.schedule).cmp(&(b.at, &b.schedule)));
        Ok(all)
    }

    /// Remembers that a firing was delivered; an earlier one than is remembered changes nothing.
    ///
    /// # Errors
    /// The memory failed.
    pub fn fired(&self, due: &Due) -> Result<(), ScheduleError> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.execute(
            "UPDATE schedules SET last_ms = MAX(last_ms, ?2) WHERE name = ?1",
            params![due.schedule, due.at.timestamp_millis()],
        )?;
        Ok(())
    }

    /// When the next schedule fires, the past included if something is due; none if none ever will.
    ///
    /// # Errors
    /// The memory failed.
    pub fn next_at(&self) -> Result<Option<DateTime<Utc>>, ScheduleError> {
        let mut all = Vec::with_capacity(self.schedules.len());
        for schedule in &self.schedules {
            all.push(schedule.expression.next_after(self.last(schedule)?, schedule.zone));
        }
        Ok(all.into_iter().flatten().min())
    }

    /// Invokes the target of each firing that is due, one after the other, and remembers it whatever the target answers.
    /// `target` finds the function of a schedule; a firing without one is an error of that delivery.
    ///
    /// # Errors
    /// The memory failed.
    pub async fn deliver<'a>(
        &self,
        now: DateTime<Utc>,
        target: impl Fn(&str) -> Option<&'a LocalFunction>,
    ) -> Result<Vec<Delivery>, ScheduleError> {
        let mut deliveries = Vec::new();
        for due in self.due(now)? {
            let (result, attempts) = match target(&due.schedule) {
                Some(function) => attempt(function, &due).await,
                None => {
                    let message = format!("schedule {} has no target", due.schedule);
                    (Err(FunctionError::failed("NoTarget", message)), 0)
                }
            };
            self.fired(&due)?;
            deliveries.push(Delivery { due, result, attempts });
        }
        Ok(deliveries)
    }

    fn last(&self, schedule: &Schedule) -> Result<DateTime<Utc>, ScheduleError> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let last_ms: i64 = memory.query_row("SELECT last_ms FROM schedules WHERE name = ?1", [&schedule.name], |row| row.get(0))?;
        Ok(Utc.timestamp_millis_opt(last_ms).single().unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

async fn attempt(function: &LocalFunction, due: &Due) -> (Result<Value, FunctionError>, u32) {
    let mut attempts = 1;
    loop {
        let result = function.call(due.input.clone()).await;
        if result.is_ok() || attempts >= ATTEMPTS_MAX {
            return (result, attempts);
        }
        attempts += 1;
    }
}

#[cfg(test)]
mod tests;
