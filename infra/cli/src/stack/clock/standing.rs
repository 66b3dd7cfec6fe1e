//! A clock that stands still until it is moved, and knows who waits for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tieout_platform::clock::{Clock, ManualClock};

use super::write;

/// Who sleeps no longer than this waits for somebody else and looks again; it looks again in the machine's time, too.
const LOOK_AGAIN_MS: u64 = 1_000;
/// How often it is looked whether anything still moves, in the machine's time.
pub(in crate::stack) const EACH_LOOK_MS: u64 = 5;

/// What a stack that is started on the folder without `--now` does with its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It goes on standing still.
    Stands,
    /// It runs on at the machine's speed: a demo's folder.
    Runs,
}

/// A clock that stands still until it is moved, kept in a data folder.
#[derive(Debug)]
pub struct StandingClock {
    clock: Arc<ManualClock>,
    data: PathBuf,
    after: After,
    waits: Arc<Waits>,
}

/// The waits that have not ended, by when they do.
#[derive(Debug, Default)]
struct Waits(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    next: u64,
    until: BTreeMap<u64, DateTime<Utc>>,
    /// Until when what runs waits, once it was seen that it does nothing else.
    stuck: Option<DateTime<Utc>>,
}

impl Waits {
    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open wait; dropped where it ends or its future is given up.
struct Wait {
    waits: Arc<Waits>,
    id: u64,
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.waits.open().until.remove(&self.id);
    }
}

impl StandingClock {
    /// A clock at `at`, kept in `data` from its first move on.
    pub fn new(data: &Path, at: DateTime<Utc>, after: After) -> Arc<Self> {
        Arc::new(Self {
            clock: ManualClock::new(at),
            data: data.to_owned(),
            after,
            waits: Arc::default(),
        })
    }

    /// Writes where it stands, so that the folder has this clock also where it is never moved.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn keep(&self) -> std::io::Result<()> {
        write(&self.data, self.now(), self.after)
    }

    /// Moves to `to`, unless it is past. It is written first, so that no process begins before what another has shown.
    ///
    /// # Errors
    /// Where the folder cannot be written: nothing has moved then.
    pub fn jump(&self, to: DateTime<Utc>) -> std::io::Result<()> {
        if to > self.now() {
            write(&self.data, to, self.after)?;
            self.clock.set(to);
        }
        Ok(())
    }

    /// When the first of the open waits ends.
    pub fn first_wait(&self) -> Option<DateTime<Utc>> {
        self.waits.open().until.values().min().copied()
    }

    /// Until when what runs waits for this clock and for nothing else, as far as that was seen.
    pub fn stuck(&self) -> Option<DateTime<Utc>> {
        self.waits.open().stuck
    }

    pub(in crate::stack) fn note_stuck(&self, until: Option<DateTime<Utc>>) {
        self.waits.open().stuck = until;
    }
}

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let until = self
            .now()
            .checked_add_signed(TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX));
        let moved = self.clock.sleep(duration);
        let id = {
            let mut open = self.waits.open();
            open.next += 1;
            let id = open.next;
            open.until.insert(id, until.unwrap_or(DateTime::<Utc>::MAX_UTC));
            id
        };
        let wait = Wait {
            waits: self.waits.clone(),
            id,
        };
        Box::pin(async move {
            let _wait = wait;
            if duration > Duration::from_millis(LOOK_AGAIN_MS) {
                return moved.await;
            }
            tokio::select! {
                () = moved => {}
                () = machine_sleep(duration) => {}
            }
        })
    }
}

/// The clock of a command on a stack whose clock stands still: it stands where that one stood, and who waits does not wait but moves it on.
/// So a command never hangs on a clock that nobody moves; what Xero refuses meanwhile is the command's error.
#[derive(Debug)]
pub struct Passing(Arc<ManualClock>);

impl Passing {
    /// A clock at `at`.
    pub fn at(at: DateTime<Utc>) -> Self {
        Self(ManualClock::new(at))
    }
}

impl Clock for Passing {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.0.clone();
        Box::pin(async move {
            if duration <= Duration::from_millis(LOOK_AGAIN_MS) {
                machine_sleep(duration).await;
            }
            clock.advance(duration);
        })
    }
}

/// A wait in the machine's time, for others who work in it.
#[expect(
    clippy::disallowed_methods,
    reason = "a clock that stands still cannot say when others have had time to go on"
)]
pub(in crate::stack) async fn machine_sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}
