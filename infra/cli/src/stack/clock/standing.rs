//! A clock that stands still until it is moved, and knows who waits for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tieout_platform::clock::{Clock, ManualClock, SharedClock};
use tokio::sync::watch;

use super::write;

/// Who sleeps no longer than this waits for somebody else and looks again: a *retry pause*. It passes in the machine's time.
const RETRY_PAUSE_MAX_MS: u64 = 1_000;
/// Retry pauses of one step, summed, after which they wait for the clock like others: for the lease of a process that was killed, say.
const RETRY_PAUSES_MAX_MS: u64 = 20_000;
/// How often it is looked whether anything still moves, in the machine's time.
pub(in crate::stack) const EACH_LOOK_MS: u64 = 5;

/// What a stack that is started on the folder without `--now` does with its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtRestart {
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
    at_restart: AtRestart,
    waits: Arc<Waits>,
}

/// The waits that have not ended.
#[derive(Debug, Default)]
struct Waits(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    next: u64,
    /// When each ends; without an instant a retry pause, which ends by itself.
    until: BTreeMap<u64, Option<DateTime<Utc>>>,
    /// Retry pauses that were begun in this step.
    paused: Duration,
    /// Until when what runs waits, once it was seen that it does nothing else.
    stuck: Option<DateTime<Utc>>,
}

impl Waits {
    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a wait of `duration` that ends at `until`.
    fn begin(self: &Arc<Self>, duration: Duration, until: DateTime<Utc>) -> Wait {
        let mut open = self.open();
        let pauses = open.paused.saturating_add(duration);
        let is_pause = is_retry_pause(duration) && pauses <= Duration::from_millis(RETRY_PAUSES_MAX_MS);
        if is_pause {
            open.paused = pauses;
        }
        open.next += 1;
        let id = open.next;
        open.until.insert(id, (!is_pause).then_some(until));
        Wait { waits: self.clone(), id }
    }
}

fn is_retry_pause(duration: Duration) -> bool {
    duration <= Duration::from_millis(RETRY_PAUSE_MAX_MS)
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
    pub fn new(data: &Path, at: DateTime<Utc>, at_restart: AtRestart) -> Arc<Self> {
        Arc::new(Self {
            clock: ManualClock::new(at),
            data: data.to_owned(),
            at_restart,
            waits: Arc::default(),
        })
    }

    /// Writes where it stands, so that the folder has this clock also where it is never moved.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn keep(&self) -> std::io::Result<()> {
        write(&self.data, self.now(), self.at_restart)
    }

    /// Moves to `to`, unless it is past. It is written first, so that no process begins before what another has shown.
    ///
    /// # Errors
    /// Where the folder cannot be written: nothing has moved then.
    pub fn jump(&self, to: DateTime<Utc>) -> std::io::Result<()> {
        if to > self.now() {
            write(&self.data, to, self.at_restart)?;
            self.clock.set(to);
        }
        Ok(())
    }

    /// The time by which the functions' time limits count: this clock, on which a limit is not a wait that the clock would have to end.
    pub fn time_limits(&self) -> SharedClock {
        self.clock.clone()
    }

    /// When the first of the open waits ends; none while a retry pause is open, which ends without this clock.
    pub fn first_wait(&self) -> Option<DateTime<Utc>> {
        let open = self.waits.open();
        let ends: Option<Vec<DateTime<Utc>>> = open.until.values().copied().collect();
        ends?.into_iter().min()
    }

    /// Until when what runs waits for this clock and for nothing else, as far as that was seen.
    pub fn stuck(&self) -> Option<DateTime<Utc>> {
        self.waits.open().stuck
    }

    pub(in crate::stack) fn note_stuck(&self, until: Option<DateTime<Utc>>) {
        self.waits.open().stuck = until;
    }

    /// A step is over: its retry pauses came to their end.
    pub(in crate::stack) fn rested(&self) {
        let mut open = self.waits.open();
        open.stuck = None;
        open.paused = Duration::ZERO;
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
        let wait = self.waits.begin(duration, until.unwrap_or(DateTime::<Utc>::MAX_UTC));
        Box::pin(async move {
            let _wait = wait;
            if !is_retry_pause(duration) {
                return moved.await;
            }
            tokio::select! {
                () = moved => {}
                () = machine_sleep(duration) => {}
            }
        })
    }
}

/// The clock of a command on a stack whose clock stands still: it stands where that one stood, and never shows an instant that the stack has not reached.
/// A command that had to wait for it would hang, so it learns until when, and ends.
#[derive(Debug)]
pub struct CommandClock {
    at: DateTime<Utc>,
    waits: watch::Sender<Option<DateTime<Utc>>>,
}

impl CommandClock {
    /// A clock at `at`; until when its command would have to wait goes to `waits`.
    pub fn new(at: DateTime<Utc>, waits: watch::Sender<Option<DateTime<Utc>>>) -> Self {
        Self { at, waits }
    }
}

impl Clock for CommandClock {
    fn now(&self) -> DateTime<Utc> {
        self.at
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if is_retry_pause(duration) {
            return Box::pin(machine_sleep(duration));
        }
        let until = self.at.checked_add_signed(TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX));
        let (waits, until) = (self.waits.clone(), until.unwrap_or(DateTime::<Utc>::MAX_UTC));
        Box::pin(async move {
            waits.send_replace(Some(until));
            std::future::pending().await
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

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const PAUSE: Duration = Duration::from_millis(RETRY_PAUSE_MAX_MS);

    #[test]
    fn only_a_long_wait_moves_the_clock() {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let in_a_minute = Some(at + TimeDelta::seconds(60));
        let clock = StandingClock::new(Path::new("unused"), at, AtRestart::Stands);
        let limit = clock.time_limits().sleep(MINUTE);
        assert_eq!(clock.first_wait(), None, "a time limit is no wait");
        let wait = clock.sleep(MINUTE);
        assert_eq!(clock.first_wait(), in_a_minute);
        let pause = clock.sleep(PAUSE);
        assert_eq!(clock.first_wait(), None, "who pauses goes on by itself");
        drop(pause);
        assert_eq!(clock.first_wait(), in_a_minute);
        for _ in 1..RETRY_PAUSES_MAX_MS / RETRY_PAUSE_MAX_MS {
            drop(clock.sleep(PAUSE));
        }
        let one_too_many = clock.sleep(PAUSE);
        assert_eq!(
            clock.first_wait(),
            Some(at + TimeDelta::seconds(1)),
            "who pauses for ever waits for the clock"
        );
        drop(one_too_many);
        clock.rested();
        let pause = clock.sleep(PAUSE);
        assert_eq!(clock.first_wait(), None, "the next step may pause again");
        drop((limit, wait, pause));
        assert_eq!(clock.first_wait(), None);
    }

    #[tokio::test]
    async fn a_command_never_sees_an_instant_that_the_stack_has_not_reached() {
        let at = DateTime::<Utc>::UNIX_EPOCH;
        let (waits, waiting) = watch::channel(None);
        let clock = CommandClock::new(at, waits);
        clock.sleep(Duration::from_millis(1)).await;
        assert_eq!((clock.now(), *waiting.borrow()), (at, None));
        let mut wait = clock.sleep(MINUTE);
        assert!(futures::poll!(wait.as_mut()).is_pending());
        assert_eq!((clock.now(), *waiting.borrow()), (at, Some(at + TimeDelta::seconds(60))));
    }
}
