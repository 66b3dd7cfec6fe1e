//! The arithmetic of the budget, without a table: what is true at an instant, and whether one more call may go.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tieout_platform::vendor::{CallLimits, Feedback, Priority};

/// How long a call counts against the minute. Two seconds more than a minute, because a call arrives later than it was granted, and the
/// other side's minute begins when it likes.
const WINDOW_MS: i64 = 62_000;
/// How long a place is held where it is not given back: longer than the longest request.
const LEASE_MS: i64 = 70_000;
/// When to ask again for one of the places at once; a call takes about so long.
const AT_ONCE_WAIT_MS: i64 = 250;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The share of the day's calls at which the sweep stops.
const BACKGROUND_SHARE_PERCENT: u64 = 80;
/// The share of the day's calls at which messages stop; the rest is for the close.
const NORMAL_SHARE_PERCENT: u64 = 95;

/// What was granted and is still of account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Calls under way, with the end of their lease.
    leases: BTreeMap<String, i64>,
    /// When the calls of the last minute were granted, in order.
    minute: Vec<i64>,
    /// The day, counted from 1970 in UTC.
    day: i64,
    /// Calls on that day.
    day_used: u32,
    /// Nobody calls before.
    paused_until: i64,
}

/// The answer of [`State::take`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Granted,
    Wait(Duration),
}

impl State {
    /// Takes a place under `id`, or says when to ask again; the days are those of UTC.
    pub(super) fn take(&mut self, id: &str, now: DateTime<Utc>, priority: Priority, limits: CallLimits) -> Answer {
        let now = self.settle(now);
        if self.leases.contains_key(id) {
            return Answer::Granted;
        }
        let mut wait = self.paused_until - now;
        if self.day_used >= share(limits.day, priority) {
            wait = wait.max((self.day + 1) * DAY_MS - now);
        }
        if self.leases.len() >= size(limits.at_once) {
            let first = self.leases.values().min().map_or(0, |until| until - now);
            wait = wait.max(first.clamp(1, AT_ONCE_WAIT_MS));
        }
        if let Some(place) = self.minute.len().checked_sub(size(limits.minute)) {
            let frees = self.minute.get(place).map_or(WINDOW_MS, |at| at + WINDOW_MS - now);
            wait = wait.max(frees);
        }
        if wait > 0 {
            return Answer::Wait(Duration::from_millis(wait.unsigned_abs()));
        }
        self.leases.insert(id.to_owned(), now + LEASE_MS);
        self.minute.push(now);
        self.day_used = self.day_used.saturating_add(1);
        Answer::Granted
    }

    /// Frees the place of `id`, and believes the other side where it counts more than we do; where it counts fewer calls today, as far as
    /// calls under way allow.
    pub(super) fn give_back(&mut self, id: &str, now: DateTime<Utc>, feedback: Feedback, limits: CallLimits) {
        let now = self.settle(now);
        self.leases.remove(id);
        if let Some(remaining) = feedback.minute_remaining {
            let used = size(limits.minute.saturating_sub(remaining));
            self.minute.resize(self.minute.len().max(used), now);
        }
        if let Some(remaining) = feedback.day_remaining {
            let used = limits.day.saturating_sub(remaining);
            let most = used.saturating_add(limits.at_once);
            self.day_used = self.day_used.clamp(used, most);
        }
        if let Some(after) = feedback.retry_after {
            let after = i64::try_from(after.as_millis()).unwrap_or(DAY_MS).min(DAY_MS);
            self.paused_until = self.paused_until.max(now + after);
        }
    }

    /// Drops what is over; time never goes back, whichever machine asks.
    fn settle(&mut self, now: DateTime<Utc>) -> i64 {
        let now = self.minute.last().copied().unwrap_or(0).max(now.timestamp_millis());
        self.minute.retain(|at| at + WINDOW_MS > now);
        self.leases.retain(|_, until| *until > now);
        let day = now.div_euclid(DAY_MS);
        if day > self.day {
            self.day = day;
            self.day_used = 0;
        }
        now
    }

    /// As stored; the instants of the minute are differences, so that the item stays below 1 KB.
    pub(super) fn to_json(&self) -> Value {
        let base = self.minute.first().copied().unwrap_or(0);
        let minute: Vec<i64> = self.minute.iter().map(|at| at - base).collect();
        json!({
            "leases": self.leases,
            "base": base,
            "minute": minute,
            "day": self.day,
            "day_used": self.day_used,
            "paused_until": self.paused_until,
        })
    }

    /// The reverse of [`State::to_json`].
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let number = |name: &str| value.get(name)?.as_i64();
        let base = number("base")?;
        let minute = value.get("minute")?.as_array()?;
        let leases = value.get("leases")?.as_object()?;
        Some(Self {
            leases: leases
                .iter()
                .map(|(id, until)| Some((id.clone(), until.as_i64()?)))
                .collect::<Option<_>>()?,
            minute: minute.iter().map(|at| Some(base + at.as_i64()?)).collect::<Option<_>>()?,
            day: number("day")?,
            day_used: number("day_used")?.try_into().ok()?,
            paused_until: number("paused_until")?,
        })
    }
}

fn share(day: u32, priority: Priority) -> u32 {
    let percent = match priority {
        Priority::Background => BACKGROUND_SHARE_PERCENT,
        Priority::Normal => NORMAL_SHARE_PERCENT,
        Priority::Close => 100,
    };
    u32::try_from(u64::from(day) * percent / 100).unwrap_or(day)
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
