//! Time as a dependency: functions, the local stack and the sandbox ask a [`Clock`], never the machine.
//!
//! Accounting dates are data and do not come from here; a clock stamps attempts, leases, tokens and schedules.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tokio::sync::watch;

/// What time it is, and how to wait.
pub trait Clock: Debug + Send + Sync {
    /// The present instant, UTC.
    fn now(&self) -> DateTime<Utc>;

    /// Resolves when `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// A clock that many owners share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock, moved by a constant offset (zero in production).
///
/// The offset lets the local stack go on at the virtual instant at which a demo was stopped.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock {
    offset: TimeDelta,
}

impl SystemClock {
    /// A clock that reads `start` now and runs on from there.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self {
            offset: start - machine_now(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the only place that reads the machine's clock")]
fn machine_now() -> DateTime<Utc> {
    Utc::now()
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        machine_now() + self.offset
    }

    #[expect(clippy::disallowed_methods, reason = "the only place that waits on the machine's clock")]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that stands still until it is told to move: the demo's and the tests'.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<DateTime<Utc>>,
    moved: watch::Sender<DateTime<Utc>>,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: DateTime<Utc>) -> Arc<Self> {
        let (moved, _) = watch::channel(start);
        Arc::new(Self {
            now: Mutex::new(start),
            moved,
        })
    }

    /// Moves forward by `duration` and wakes who slept until then.
    pub fn advance(&self, duration: Duration) {
        let step = TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
        let to = self.now().checked_add_signed(step);
        self.set(to.unwrap_or(DateTime::<Utc>::MAX_UTC));
    }

    /// Moves to `to`; a clock never goes back, so an earlier instant changes nothing.
    pub fn set(&self, to: DateTime<Utc>) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if to > *now {
            *now = to;
            self.moved.send_replace(to);
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let wake_at = self.now() + TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
        let mut moved = self.moved.subscribe();
        Box::pin(async move {
            // An error means that the clock is gone, and with it the wait.
            let _ = moved.wait_for(|now| *now >= wake_at).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_sleepers_when_it_is_moved() {
        let clock = ManualClock::new(DateTime::<Utc>::UNIX_EPOCH);
        let sleep = clock.sleep(Duration::from_secs(60));
        clock.advance(Duration::from_secs(61));
        sleep.await;
        clock.set(DateTime::<Utc>::UNIX_EPOCH);
        assert_eq!(clock.now().timestamp(), 61, "a clock never goes back");
    }
}
