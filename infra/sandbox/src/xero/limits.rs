//! Xero's limits for each tenant: 60 calls in a minute, 5 at once, and so many in a day (`docs/vendors/xero.md`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::reply::Reply;

/// Calls of one tenant in any 60 seconds.
pub(super) const CALLS_PER_MINUTE_MAX: usize = 60;
/// Calls of one tenant at the same time.
pub(super) const CALLS_AT_ONCE_MAX: usize = 5;
const MINUTE_S: i64 = 60;
const DAY_S: i64 = 86_400;

/// What was exceeded: the value of `X-Rate-Limit-Problem`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitProblem {
    /// 60 in a minute.
    Minute,
    /// The day's allowance.
    Day,
    /// Five at once; has no `Retry-After`.
    Concurrent,
    /// 10,000 in a minute over all tenants; only by a fault here.
    AppMinute,
}

impl LimitProblem {
    fn code(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
            Self::Concurrent => "concurrent",
            Self::AppMinute => "appminute",
        }
    }

    /// The 429 as Xero sends it; `retry_after_s` is left out where the real one leaves it out.
    pub(super) fn reply(self, retry_after_s: i64) -> Reply {
        let reply = Reply::text(429, "").with("X-Rate-Limit-Problem", self.code());
        if self == Self::Concurrent {
            return reply;
        }
        reply.with("Retry-After", &retry_after_s.max(1).to_string())
    }
}

/// The calls of one tenant that still count.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Window {
    minute: Vec<DateTime<Utc>>,
    day_began: Option<DateTime<Utc>>,
    day_calls: u32,
}

impl Window {
    /// Counts a call, or says what it exceeds. A refused call does not count.
    pub(super) fn admit(&mut self, now: DateTime<Utc>, day_max: u32) -> Result<(), Reply> {
        let minute_ago = now - TimeDelta::seconds(MINUTE_S);
        self.minute.retain(|at| *at > minute_ago);
        if self.day_began.is_none_or(|began| now - began >= TimeDelta::seconds(DAY_S)) {
            self.day_began = Some(now);
            self.day_calls = 0;
        }
        if self.day_calls >= day_max {
            let ends = self.day_began.unwrap_or(now) + TimeDelta::seconds(DAY_S);
            return Err(LimitProblem::Day.reply(whole_seconds(ends - now)));
        }
        if let Some(first) = self.minute.first()
            && self.minute.len() >= CALLS_PER_MINUTE_MAX
        {
            let wait = *first + TimeDelta::seconds(MINUTE_S) - now;
            return Err(LimitProblem::Minute.reply(whole_seconds(wait)));
        }
        self.minute.push(now);
        self.day_calls += 1;
        Ok(())
    }

    /// Puts what is left into a reply's headers.
    pub(super) fn stamp(&self, reply: Reply, day_max: u32) -> Reply {
        let minute_left = CALLS_PER_MINUTE_MAX.saturating_sub(self.minute.len());
        reply
            .with("X-DayLimit-Remaining", &day_max.saturating_sub(self.day_calls).to_string())
            .with("X-MinLimit-Remaining", &minute_left.to_string())
            .with("X-AppMinLimit-Remaining", "9999")
    }
}

/// Rounded up, so that a caller who waits so long passes.
fn whole_seconds(wait: TimeDelta) -> i64 {
    (wait.num_milliseconds() + 999) / 1000
}

/// How many calls of each tenant are under way; dropping a [`Slot`] ends one.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    busy: Arc<Mutex<BTreeMap<String, usize>>>,
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Slots,
    tenant: String,
}

impl Slots {
    /// None when five are under way.
    pub(super) fn take(&self, tenant: &str) -> Option<Slot> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let count = busy.entry(tenant.to_owned()).or_default();
        if *count >= CALLS_AT_ONCE_MAX {
            return None;
        }
        *count += 1;
        Some(Slot {
            slots: self.clone(),
            tenant: tenant.to_owned(),
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut busy = self.slots.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = busy.get_mut(&self.tenant) {
            *count = count.saturating_sub(1);
        }
    }
}
