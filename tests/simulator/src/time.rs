//! The run's one clock: the runtime's paused time from a first instant, so that our waits and the AWS SDK's run on it alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tieout_platform::clock::Clock;
use tokio::time::Instant;

/// A clock of the run; one that a process looks at may be wrong.
#[derive(Debug)]
pub struct SimClock {
    base: DateTime<Utc>,
    start: Instant,
    skew_ms: AtomicI64,
}

impl SimClock {
    /// The true clock, beginning now at `base`.
    pub fn starting_at(base: DateTime<Utc>) -> Arc<Self> {
        Arc::new(Self {
            base,
            start: Instant::now(),
            skew_ms: AtomicI64::new(0),
        })
    }

    /// The same clock as somebody sees it who is wrong by `skew_ms`.
    pub fn skewed(&self, skew_ms: i64) -> Arc<Self> {
        Arc::new(Self {
            base: self.base,
            start: self.start,
            skew_ms: AtomicI64::new(skew_ms),
        })
    }

    /// Puts a wrong clock right.
    pub fn put_right(&self) {
        self.skew_ms.store(0, Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        let passed = TimeDelta::from_std(self.start.elapsed()).unwrap_or_default();
        let now = self.base + passed + TimeDelta::milliseconds(self.skew_ms.load(Ordering::Relaxed));
        // The runtime counts in milliseconds; nobody sees more.
        DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }

    #[expect(clippy::disallowed_methods, reason = "this is what makes the run's time out of the runtime's")]
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
