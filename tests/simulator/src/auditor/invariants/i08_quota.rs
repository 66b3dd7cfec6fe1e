//! I8: what Xero allows each organisation is kept to, and a wait that it asks for is waited.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::auditor::facts::Limits;
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::seen::{Answer, Request, Table, Vendor};

/// Who was asked to wait notes it in the table, for the others; while the table fails that takes some tries.
const NOTED_WITHIN_S: i64 = 2;

/// Calls of each organisation.
#[derive(Debug, Default)]
pub struct Quota {
    organisations: BTreeMap<String, Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    /// When the calls of the last minute left.
    minute: VecDeque<DateTime<Utc>>,
    at_once: usize,
    day: NaiveDate,
    today: usize,
    /// A wait that was asked for: since when, and until when.
    wait: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Calls that left during the wait.
    impatient: usize,
}

impl Invariant for Quota {
    fn name(&self) -> &'static str {
        "I8"
    }

    fn statement(&self) -> &'static str {
        "For each organisation at most 60 calls in any minute, 5 at once, and the day's quota; after Retry-After nothing leaves but what was \
         on its way, once the wait can be known."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I8; docs/vendors/xero.md, Idempotency, limits, errors"
    }

    fn leaves(&mut self, request: &Request, history: &History, _: &dyn Table) -> Wrong {
        let Vendor::Xero(tenant) = &request.vendor else {
            return Vec::new();
        };
        let calls = self.organisations.entry(tenant.clone()).or_default();
        let clocks_apart = TimeDelta::seconds(i64::try_from(history.clocks_apart_s).unwrap_or(i64::MAX / 1_000));
        let wrong = calls.leave(request.at, history.company.limits, clocks_apart);
        wrong.into_iter().map(|what| format!("{tenant}: {what}")).collect()
    }

    fn answered(&mut self, request: &Request, answer: &Answer, _: &History) -> Wrong {
        if let Vendor::Xero(tenant) = &request.vendor
            && let Some(calls) = self.organisations.get_mut(tenant)
        {
            calls.at_once = calls.at_once.saturating_sub(1);
            if let Some(seconds) = answer.retry_after_s.filter(|_| answer.status == Some(429)) {
                let until = answer.at + TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::from(u32::MAX)));
                if calls.wait.is_none_or(|(_, before)| before < until) {
                    calls.wait = Some((answer.at, until));
                    calls.impatient = 0;
                }
            }
        }
        Vec::new()
    }
}

impl Calls {
    /// Who was asked to wait notes until when by its own clock; the others look at theirs, which may be ahead by `clocks_apart`.
    fn leave(&mut self, at: DateTime<Utc>, limits: Limits, clocks_apart: TimeDelta) -> Vec<String> {
        let mut wrong = Vec::new();
        while self.minute.front().is_some_and(|first| *first + TimeDelta::seconds(60) <= at) {
            self.minute.pop_front();
        }
        self.minute.push_back(at);
        self.at_once += 1;
        if self.day != at.date_naive() {
            self.day = at.date_naive();
            self.today = 0;
        }
        self.today += 1;
        let counted = [
            ("in a minute", self.minute.len(), limits.per_minute_max),
            ("at once", self.at_once, limits.at_once_max),
            ("in a day", self.today, limits.per_day_max),
        ];
        let exceeded = counted.into_iter().filter(|(_, count, most)| count > most);
        wrong.extend(exceeded.map(|(what, count, most)| format!("{count} calls {what}, where {most} are allowed")));
        let noted = TimeDelta::seconds(NOTED_WITHIN_S);
        if self
            .wait
            .is_some_and(|(since, until)| since + noted < at && at + clocks_apart < until)
        {
            // Places that were taken before the wait was asked for may still be used; there are no more of them than calls at once.
            self.impatient += 1;
            if self.impatient > limits.at_once_max {
                wrong.push(format!(
                    "{} calls left while a wait until {:?} was asked for",
                    self.impatient, self.wait
                ));
            }
        }
        wrong
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::tampered::{NoTable, broken, company, well, xero};
    use serde_json::json;

    /// Calls that leave at these seconds, each over after `takes` seconds.
    fn auditor_after(seconds: impl Iterator<Item = i64>, takes: i64, retry_after_s: Option<u64>) -> Auditor {
        let mut auditor = Auditor::new(company());
        let mut under_way: VecDeque<(i64, Answer)> = VecDeque::new();
        for (number, second) in (1..).zip(seconds) {
            while under_way.front().is_some_and(|(end, _)| *end <= second) {
                let (_, answer) = under_way.pop_front().unwrap();
                auditor.answered(&answer);
            }
            let request = xero(number, second, "GET", "Organisation", "");
            auditor.leaves(request.clone(), &NoTable);
            let mut answer = well(&request, second + takes, &json!({}));
            if let Some(wait) = retry_after_s.filter(|_| number == 1) {
                answer.status = Some(429);
                answer.retry_after_s = Some(wait);
            }
            under_way.push_back((second + takes, answer));
        }
        auditor
    }

    #[test]
    fn more_than_is_allowed_is_seen() {
        let cases: [(&str, Vec<i64>, i64, Option<u64>, bool); 9] = [
            ("sixty in a minute", (0..60).collect(), 1, None, false),
            ("sixty-one in a minute", (0..60).chain([59]).collect(), 0, None, true),
            ("sixty-one in more than a minute", (0..=60).collect(), 1, None, false),
            ("five at once", (0..5).collect(), 100, None, false),
            ("six at once", (0..6).collect(), 100, None, true),
            ("five thousand a day", (0..5_000).map(|call| call * 2).collect(), 1, None, false),
            ("and one", (0..=5_000).map(|call| call * 2).collect(), 1, None, true),
            ("a wait not waited", (0..13).collect(), 1, Some(30), true),
            (
                "a wait that is being noted, and five on their way",
                (0..9).collect(),
                1,
                Some(30),
                false,
            ),
        ];
        for (name, seconds, takes, retry_after_s, expected) in cases {
            let auditor = auditor_after(seconds.into_iter(), takes, retry_after_s);
            assert_eq!(broken(&auditor) == ["I8"], expected, "{name}: {:?}", auditor.violations());
        }
    }
}
