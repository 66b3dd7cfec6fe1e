//! The stack's time: the machine's for `tieout up`, a faster one that can jump for the demo, kept in the data folder.
//!
//! A process that is killed is started again at an instant that is not before any that it has shown: what is written runs ahead.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_platform::clock::{Clock, ManualClock, SharedClock, SystemClock};
use tokio::task::JoinHandle;

const FILE: &str = "clock";
/// How far the written instant runs ahead of the shown one.
const AHEAD_S: i64 = 30;
/// How often the running clock is looked at, in real time.
const TICK_MS: u64 = 5;
/// How much faster than real time the demo's clock runs: a minute's wait for Xero's quota takes a second.
const DEMO_SPEED: u32 = 60;

/// The instant that the data folder was left at; none in a new folder, or one that never had a clock of its own.
pub fn left_at(data: &Path) -> Option<DateTime<Utc>> {
    let text = std::fs::read_to_string(data.join(FILE)).ok()?;
    DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.to_utc())
}

/// The clock of a stack on `data`: the machine's, moved to where the folder was left.
pub fn resumed(data: &Path) -> SharedClock {
    match left_at(data) {
        Some(at) => Arc::new(SystemClock::starting_at(at)),
        None => Arc::new(SystemClock::default()),
    }
}

/// Writes the clock of a folder that has one, as long as it lives.
#[derive(Debug)]
pub struct Keeper(JoinHandle<()>);

impl Keeper {
    /// Keeps `clock` in `data`, if the folder has a clock of its own.
    pub fn start(data: &Path, clock: SharedClock) -> Option<Self> {
        left_at(data)?;
        let file = data.join(FILE);
        Some(Self(tokio::spawn(async move {
            loop {
                write(&file, clock.now() + TimeDelta::seconds(AHEAD_S));
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

/// The demo's clock: runs fast, so that waits end, and jumps from day to day.
#[derive(Debug)]
pub struct DemoClock {
    clock: Arc<ManualClock>,
    file: PathBuf,
    still: Arc<AtomicBool>,
    ticker: JoinHandle<()>,
}

/// Stops the demo's clock while it exists: SQS's long polls wait in real time, which would be hours of the demo's.
#[derive(Debug)]
pub struct Still(Arc<AtomicBool>);

impl Drop for Still {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl DemoClock {
    /// A clock that begins at `start`, kept in `data`.
    pub fn start(data: &Path, start: DateTime<Utc>) -> Self {
        let clock = ManualClock::new(start);
        let file = data.join(FILE);
        write(&file, start + TimeDelta::seconds(AHEAD_S));
        let still = Arc::new(AtomicBool::new(false));
        let ticker = tokio::spawn(tick(clock.clone(), file.clone(), still.clone()));
        Self {
            clock,
            file,
            still,
            ticker,
        }
    }

    /// Stops the clock until the guard is dropped; it can still be made to jump.
    pub fn stand_still(&self) -> Still {
        self.still.store(true, Ordering::Relaxed);
        Still(self.still.clone())
    }

    /// The clock itself.
    pub fn shared(&self) -> SharedClock {
        self.clock.clone()
    }

    /// Jumps to `to`, unless it is past.
    pub fn jump(&self, to: DateTime<Utc>) {
        if to > self.clock.now() {
            write(&self.file, to + TimeDelta::seconds(AHEAD_S));
            self.clock.set(to);
        }
    }
}

impl Drop for DemoClock {
    fn drop(&mut self) {
        self.ticker.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "this is what makes the demo's time out of the machine's")]
async fn tick(clock: Arc<ManualClock>, file: PathBuf, still: Arc<AtomicBool>) {
    let mut written = clock.now();
    loop {
        tokio::time::sleep(Duration::from_millis(TICK_MS)).await;
        if still.load(Ordering::Relaxed) {
            continue;
        }
        if clock.now() + TimeDelta::seconds(AHEAD_S / 2) > written {
            written = clock.now() + TimeDelta::seconds(AHEAD_S);
            write(&file, written);
        }
        clock.advance(Duration::from_millis(TICK_MS) * DEMO_SPEED);
    }
}

/// A clock that cannot be written costs nothing but a later start; the folder's other files will say what is wrong with it.
fn write(file: &Path, at: DateTime<Utc>) {
    let next = file.with_extension("next");
    if std::fs::write(&next, at.to_rfc3339()).is_ok() {
        let _ = std::fs::rename(&next, file);
    }
}
