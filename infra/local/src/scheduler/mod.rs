//! EventBridge Scheduler: what is due by a given instant, remembered so that a restart neither repeats nor skips.
//!
//! `due` only tells; `fired` remembers. A process that dies between the two fires again, as the real one may ("at least
//! once"); the functions are made for it.

mod cron;
mod delivery;
mod errors;
mod expression;
mod field;
mod schedule;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeZone, Utc};
use rusqlite::{Connection, params};

pub use delivery::{ATTEMPTS_MAX, Delivery};
pub use errors::ScheduleError;
pub use expression::Expression;
pub use schedule::{Due, Schedule};

/// Firings of one schedule that one call of [`Scheduler::due`] tells at most; the next call tells the next ones.
pub const DUE_MAX: usize = 1_000;

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
        let mut first: Option<DateTime<Utc>> = None;
        for schedule in &self.schedules {
            let last = self.last(schedule)?;
            let next = schedule.expression.next_after(last, schedule.zone);
            first = match (first, next) {
                (Some(first), Some(next)) => Some(first.min(next)),
                (first, next) => first.or(next),
            };
        }
        Ok(first)
    }

    fn last(&self, schedule: &Schedule) -> Result<DateTime<Utc>, ScheduleError> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let last_ms: i64 = memory.query_row("SELECT last_ms FROM schedules WHERE name = ?1", [&schedule.name], |row| row.get(0))?;
        Ok(Utc.timestamp_millis_opt(last_ms).single().unwrap_or(DateTime::<Utc>::MAX_UTC))
    }
}

#[cfg(test)]
mod tests;
