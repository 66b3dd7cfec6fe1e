//! I6: what is done again is the same: no other body under a key, nothing sent again that has happened, nothing at all in a replay.

use std::collections::BTreeMap;

use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::seen::{Answer, Request, Table, Vendor};
use crate::auditor::wire::{self, Key, Kind};

/// What left under each idempotency key, and what each business key came to.
#[derive(Debug, Default)]
pub struct Replay {
    sent: BTreeMap<(Vendor, String), (String, String)>,
    happened: BTreeMap<Key, Happened>,
    unknown: BTreeMap<Key, Unknown>,
}

/// A send whose outcome its sender does not know.
#[derive(Debug)]
struct Unknown {
    /// Where it has to look before it sends again.
    collection: String,
    body: String,
}

#[derive(Debug)]
struct Happened {
    made: String,
    body: String,
}

impl Invariant for Replay {
    fn name(&self) -> &'static str {
        "I6"
    }

    fn statement(&self) -> &'static str {
        "Any replay of any prefix, any number of times, leaves the same state and sends nothing with another body for the same key; what has \
         an unknown outcome is read back before it is sent again."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I6, R3, R4 and R5"
    }

    fn leaves(&mut self, request: &Request, history: &History, _: &dyn Table) -> Wrong {
        let Some((key, _)) = wire::key(request) else {
            self.looked(request);
            return Vec::new();
        };
        let mut wrong = Vec::new();
        if history.replaying {
            wrong.push(format!("{key:?} left in a replay"));
        }
        if let Some(idempotency_key) = &request.idempotency_key {
            let sent_as = (request.vendor.clone(), idempotency_key.clone());
            let now = (format!("{} {}", request.method, request.path), request.body.clone());
            let before = self.sent.entry(sent_as).or_insert_with(|| now.clone());
            if *before != now {
                wrong.push(format!(
                    "{key:?} left under the idempotency key {idempotency_key} of another request: {now:?} after {before:?}"
                ));
            }
        }
        if history.is_same_again(request) {
            return wrong;
        }
        if let Some(happened) = self
            .happened
            .get(&key)
            .filter(|happened| !history.finance.contains_key(&happened.made))
        {
            let how = if happened.body == request.body {
                "again"
            } else {
                "again with another body"
            };
            wrong.push(format!("{key:?} left {how}, though it had happened: {}", happened.made));
        }
        // What a newer version of an invoice says is another thing to push, and may be pushed whatever became of the older one.
        let is_news = |unknown: &Unknown| key.kind == Kind::WriteBack && unknown.body != request.body;
        if self.unknown.get(&key).is_some_and(|unknown| !is_news(unknown)) {
            wrong.push(format!("{key:?} left again without a look at what became of it"));
        }
        wrong
    }

    fn answered(&mut self, request: &Request, answer: &Answer, _: &History) -> Wrong {
        let Some((key, _)) = wire::key(request) else {
            return Vec::new();
        };
        let took_effect = answer.arrived && answer.vendor_status == Some(200);
        if took_effect && let Some(made) = wire::made(key.kind, &answer.vendor_body) {
            let body = request.body.clone();
            self.happened.entry(key.clone()).or_insert(Happened { made, body });
        }
        // A definite answer says what became of it; anything else has to be looked at, if it may have arrived.
        let definite = answer.status.is_some_and(|status| (200..500).contains(&status));
        if answer.arrived && !definite && key.kind != Kind::Other {
            let collection = wire::collection(request).to_owned();
            let body = request.body.clone();
            self.unknown.insert(key, Unknown { collection, body });
        }
        Vec::new()
    }
}

impl Replay {
    /// A read of a collection is a look at all of it.
    fn looked(&mut self, request: &Request) {
        if request.method != "GET" {
            return;
        }
        let collection = wire::collection(request);
        self.unknown.retain(|key, unknown| {
            let salesforce = key.vendor == Vendor::Salesforce;
            key.vendor != request.vendor || (unknown.collection != collection && !salesforce)
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::tampered::{NoTable, broken, company, journal_body, lost, world, xero};
    use serde_json::json;

    enum Step {
        /// A journal of this body is sent, and the answer is lost after it took effect.
        Lost(String),
        /// Sent, and refused for now.
        Busy(String),
        /// Sent, arrived, and answered 500 by somebody on the way.
        Failed(String),
        /// The journals are looked at.
        Look,
    }

    #[test]
    fn what_is_sent_again_is_seen() {
        let other = || journal_body().replace("100.0", "200.0");
        let cases: [(&str, Vec<Step>, bool); 6] = [
            ("once", vec![Step::Lost(journal_body()), Step::Look], false),
            (
                "again after a refusal",
                vec![Step::Busy(journal_body()), Step::Lost(journal_body())],
                false,
            ),
            (
                "again though it had happened",
                vec![Step::Lost(journal_body()), Step::Look, Step::Lost(journal_body())],
                true,
            ),
            (
                "again without a look",
                vec![Step::Failed(journal_body()), Step::Busy(journal_body())],
                true,
            ),
            (
                "again after a look",
                vec![Step::Failed(journal_body()), Step::Look, Step::Busy(journal_body())],
                false,
            ),
            (
                "another body under the key",
                vec![Step::Busy(journal_body()), Step::Busy(other())],
                true,
            ),
        ];
        for (name, steps, expected) in cases {
            let mut auditor = Auditor::new(company());
            for (number, step) in (1..).zip(steps) {
                let (method, body) = match &step {
                    Step::Lost(body) | Step::Busy(body) | Step::Failed(body) => ("PUT", body.as_str()),
                    Step::Look => ("GET", ""),
                };
                let request = xero(number, 0, method, "ManualJournals", body);
                auditor.leaves(request.clone(), &NoTable);
                let made = lost(&request, 1, &json!({"ManualJournals": [{"ManualJournalID": "one"}]}));
                auditor.answered(&match step {
                    Step::Lost(_) | Step::Look => made,
                    Step::Busy(_) => Answer {
                        vendor_status: Some(429),
                        status: Some(429),
                        ..made
                    },
                    Step::Failed(_) => Answer {
                        vendor_status: Some(500),
                        status: Some(500),
                        ..made
                    },
                });
            }
            assert_eq!(broken(&auditor).contains(&"I6"), expected, "{name}: {:?}", auditor.violations());
        }
    }

    #[test]
    fn nothing_leaves_in_a_replay() {
        for (method, expected) in [("GET", false), ("PUT", true)] {
            let mut auditor = Auditor::new(company());
            auditor.replay_begins();
            auditor.leaves(xero(1, 0, method, "ManualJournals", &journal_body()), &world());
            assert_eq!(broken(&auditor).contains(&"I6"), expected, "{method}");
        }
    }
}
