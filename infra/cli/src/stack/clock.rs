//! The stack's time: the machine's for `tieout up`, one that stands still until it is moved for `tieout up --now` and the demo; kept in the data folder.
//!
//! A process that is killed is started again at an instant that is not before any that it has shown: a clock that runs is written ahead of itself,
//! one that stands is written before it moves.

mod standing;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use tieout_platform::clock::{SharedClock, SystemClock};
use tokio::task::JoinHandle;

pub use standing::{AtRestart, CommandClock, StandingClock};
pub(super) use standing::{EACH_LOOK_MS, machine_sleep};

const FILE: &str = "clock";
/// What follows the instant in the file of a clock that stands still also after a restart.
const STANDS: &str = "stands";
/// What a data folder holds before its first stack: nothing but its lock.
const LOCK_FILE: &str = "lock";
/// How far the written instant of a running clock is ahead of the shown one.
const AHEAD_S: i64 = 30;
/// The hour of a day that was given without one, UTC: from Alaska to New Zealand it is that day.
const MORNING_H: u32 = 9;
/// What to write.
const WRITE: &str = "give a date such as 2026-01-05, which is 09:00 UTC of it, or an instant such as 2026-01-05T14:30:00Z";
/// The first and the last year in which a clock may be set.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

/// Why a stack cannot have the clock that it was asked to have.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    #[error("{file} does not say where the folder's clock was left: {why}; give a new folder by --data")]
    Unreadable { file: PathBuf, why: String },
    #[error(
        "--now {now} is before {left}, where the clock of {folder} was left, and a clock never goes back; leave --now out to go on from there, \
         or give a new folder by --data"
    )]
    Backwards { now: String, left: String, folder: PathBuf },
    #[error(
        "{folder} holds what a stack did by the machine's clock, so it cannot be given another by --now; leave --now out, or give a new folder by \
         --data"
    )]
    MachineTime { folder: PathBuf },
}

/// What a data folder says of its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedClock {
    pub at: DateTime<Utc>,
    /// What a stack without `--now` makes of it.
    pub at_restart: AtRestart,
}

/// The clock of a stack of `tieout up`.
#[derive(Debug, Clone)]
pub enum StackClock {
    /// The machine's, or one as fast as it.
    Running(SharedClock),
    Standing {
        clock: Arc<StandingClock>,
        /// Where it is to be moved before the stack is ready.
        to: Option<DateTime<Utc>>,
    },
}

impl StackClock {
    /// The clock of a stack on `data`; with `now` it stands still there, without it is what the folder had before.
    ///
    /// # Errors
    /// [`ClockError`].
    pub fn of(data: &Path, now: Option<DateTime<Utc>>) -> Result<Self, ClockError> {
        let folder = || data.to_owned();
        match (saved(data)?, now) {
            (None, None) => Ok(Self::Running(Arc::new(SystemClock::default()))),
            (None, Some(_)) if is_used(data) => Err(ClockError::MachineTime { folder: folder() }),
            (None, Some(now)) => Ok(Self::Standing {
                clock: StandingClock::new(data, now, AtRestart::Stands),
                to: None,
            }),
            (Some(saved), None) if saved.at_restart == AtRestart::Runs => Ok(Self::Running(Arc::new(SystemClock::starting_at(saved.at)))),
            (Some(saved), Some(now)) if now < saved.at => Err(ClockError::Backwards {
                now: shown(now),
                left: shown(saved.at),
                folder: folder(),
            }),
            (Some(saved), now) => Ok(Self::Standing {
                clock: StandingClock::new(data, saved.at, AtRestart::Stands),
                to: now,
            }),
        }
    }

    /// The clock itself.
    pub fn shared(&self) -> SharedClock {
        match self {
            Self::Running(clock) => clock.clone(),
            Self::Standing { clock, .. } => clock.clone(),
        }
    }

    /// By what the functions' time limits count, where it is not the machine's time.
    pub fn time_limits(&self) -> Option<SharedClock> {
        match self {
            Self::Running(_) => None,
            Self::Standing { clock, .. } => Some(clock.time_limits()),
        }
    }
}

/// A date, which is nine in the morning UTC of it, or an instant as RFC 3339 writes it.
///
/// # Errors
/// What is wrong, and what to write.
pub fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    let morning = |date: NaiveDate| NaiveTime::from_hms_opt(MORNING_H, 0, 0).map(|time| date.and_time(time).and_utc());
    let date = text.parse::<NaiveDate>().ok().and_then(morning);
    let at = date.map_or_else(|| instant(text).map_err(|why| format!("{why}; {WRITE}")), Ok)?;
    in_bounds(at)
}

/// An instant as RFC 3339 writes it.
///
/// # Errors
/// What is wrong, and what to write.
pub fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let parsed = DateTime::parse_from_rfc3339(text).map_err(|error| format!("{text:?} is not an instant of RFC 3339 ({error})"))?;
    in_bounds(parsed.to_utc())
}

fn in_bounds(at: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    use chrono::Datelike as _;
    if YEARS.contains(&at.year()) {
        Ok(at)
    } else {
        Err(format!("the year has to be in {} to {}", YEARS.start(), YEARS.end()))
    }
}

/// An instant as the stack's endpoint and errors show it.
pub fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Where the clock of a data folder was left; none in a new folder, or one that never had a clock of its own.
///
/// # Errors
/// Where its file cannot be read.
pub fn saved(data: &Path) -> Result<Option<SavedClock>, ClockError> {
    let file = data.join(FILE);
    let unreadable = |why: String| ClockError::Unreadable { file: file.clone(), why };
    let text = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| unreadable(error.to_string()))?,
    };
    let (at, at_restart) = match text.trim().split_once(' ') {
        Some((at, STANDS)) => (at, AtRestart::Stands),
        _ => (text.trim(), AtRestart::Runs),
    };
    let at = instant(at).map_err(unreadable)?;
    Ok(Some(SavedClock { at, at_restart }))
}

/// Whether a stack has run on the folder.
fn is_used(data: &Path) -> bool {
    let entries = std::fs::read_dir(data).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name() != LOCK_FILE)
}

/// Writes the running clock of a folder that has one of its own, as long as it lives.
#[derive(Debug)]
pub struct Keeper(JoinHandle<()>);

impl Keeper {
    /// Keeps `clock` in `data`, if the folder has a clock of its own and it runs.
    pub fn start(data: &Path, clock: SharedClock) -> Option<Self> {
        saved(data).ok().flatten().filter(|saved| saved.at_restart == AtRestart::Runs)?;
        let data = data.to_owned();
        Some(Self(tokio::spawn(async move {
            loop {
                // A clock that cannot be written costs nothing but an earlier start; the folder's other files will say what is wrong with it.
                let _ = write(&data, clock.now() + TimeDelta::seconds(AHEAD_S), AtRestart::Runs);
                clock.sleep(Duration::from_secs(AHEAD_S.unsigned_abs() / 2)).await;
            }
        })))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn write(data: &Path, at: DateTime<Utc>, at_restart: AtRestart) -> std::io::Result<()> {
    let file = data.join(FILE);
    let next = file.with_extension("next");
    let mark = match at_restart {
        AtRestart::Stands => format!(" {STANDS}"),
        AtRestart::Runs => String::new(),
    };
    std::fs::write(&next, at.to_rfc3339() + &mark)?;
    std::fs::rename(next, file)
}

/// The last instant to which a clock at `now` may be moved at once.
pub(super) fn latest(now: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    now.checked_add_days(Days::new(days)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_as_now() {
        for (text, wanted) in [
            ("2026-01-05", Ok("2026-01-05T09:00:00Z")),
            ("2026-01-05T00:30:00+01:00", Ok("2026-01-04T23:30:00Z")),
            ("2026-13-05", Err("is not an instant of RFC 3339")),
            ("2026-01-05 09:00", Err("is not an instant of RFC 3339")),
            ("tomorrow", Err("is not an instant of RFC 3339")),
            ("", Err("is not an instant of RFC 3339")),
            ("1999-12-31", Err("the year has to be in 2000 to 2099")),
            ("9999-12-31T00:00:00Z", Err("the year has to be in 2000 to 2099")),
        ] {
            match (parse(text), wanted) {
                (Ok(at), Ok(wanted)) => assert_eq!(shown(at), wanted, "{text}"),
                (Err(error), Err(wanted)) => assert!(error.contains(wanted), "{text}: {error}"),
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
    }
}
