//! I2: nothing that was acknowledged is lost, and nothing is acknowledged that the vendor did not send.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::auditor::books::{Books, Contract};
use crate::auditor::facts::{Fact, Record, What};
use crate::auditor::history::{History, Version};
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::json::{cents, day, list, text};
use crate::auditor::seen::Table;

/// SQS keeps a dead letter for so long; if nobody looks at it until then it is gone, and only the end can show whether that did harm.
const DEAD_LETTER_DAYS: i64 = 14;
/// How the names of dead-letter queues end.
const DEAD: &str = "dead";

/// What was acknowledged, and as of when each record was handled.
#[derive(Debug, Default)]
pub struct NothingLost {
    /// Records that were dead letters at the last look.
    dead: BTreeSet<Record>,
    owed: BTreeMap<Record, DateTime<Utc>>,
    done_as_of: BTreeMap<Record, DateTime<Utc>>,
}

/// The record that a message is about.
pub fn record_of(body: &str) -> Option<Record> {
    let body: Value = serde_json::from_str(body).ok()?;
    let field = |name: &str| Some(body.get(name)?.as_str()?.to_owned());
    Some(Record {
        kind: field("kind")?,
        organisation: field("organisation")?,
        id: field("record")?,
    })
}

/// The ids of messages that an answer names as failed; `None` where there is no answer.
pub fn failed(answer: Option<&Value>) -> Option<Vec<&str>> {
    let failures = list(answer?, "batchItemFailures");
    Some(failures.iter().map(|failure| text(failure, "itemIdentifier")).collect())
}

impl Invariant for NothingLost {
    fn name(&self) -> &'static str {
        "I2"
    }

    fn statement(&self) -> &'static str {
        "What was acknowledged is booked, parked with a reason, superseded or still on a queue; and only what the vendor sent is acknowledged."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I2"
    }

    fn fact(&mut self, fact: &Fact, history: &History, _: &dyn Table) -> Wrong {
        match &fact.what {
            What::Accepted {
                records,
                written_at,
                genuine,
            } => {
                self.owed.extend(records.iter().map(|record| (record.clone(), *written_at)));
                if !genuine {
                    return vec![format!("a message that the vendor did not send was acknowledged: {records:?}")];
                }
            }
            What::Batch { messages, answer } => {
                let Some(failed) = failed(answer.as_ref()) else {
                    return Vec::new();
                };
                for message in messages.iter().filter(|message| !failed.contains(&message.id.as_str())) {
                    if let Some(record) = record_of(&message.body) {
                        let read = history.read_at.get(&record.id).copied().unwrap_or(fact.at);
                        let newest = self.done_as_of.entry(record).or_insert(read);
                        *newest = read.max(*newest);
                    }
                }
            }
            What::DeadLetter { body, discarded: true, .. } => {
                if let Some(record) = record_of(body) {
                    self.owed.remove(&record);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn look(&mut self, books: &Books, history: &History) -> Wrong {
        let on = |dead: bool| -> BTreeSet<Record> {
            let queues = books.queues.iter().filter(|(name, _)| name.contains(DEAD) == dead);
            queues
                .flat_map(|(_, messages)| messages)
                .filter_map(|message| record_of(&message.body))
                .collect()
        };
        let dead = on(true);
        let waiting: BTreeSet<Record> = on(false).union(&dead).cloned().collect();
        let is_done = |record: &Record, accepted: DateTime<Utc>| {
            let done = self.done_as_of.get(record);
            done.is_some_and(|done| history.changed_at(&record.id, accepted).is_none_or(|changed| *done >= changed))
        };
        let has_expired = |record: &Record, accepted: DateTime<Utc>| {
            self.dead.contains(record) && accepted + TimeDelta::days(DEAD_LETTER_DAYS) <= books.at
        };
        let lost: Vec<Record> = self
            .owed
            .iter()
            .filter(|(record, accepted)| !waiting.contains(record) && !is_done(record, **accepted) && !has_expired(record, **accepted))
            .map(|(record, _)| record.clone())
            .collect();
        self.dead = dead;
        self.owed.retain(|record, _| waiting.contains(record));
        lost.iter()
            .map(|record| format!("{record:?} was acknowledged and is on no queue, nor was it handled since it changed"))
            .collect()
    }

    fn end(&mut self, books: &Books, history: &History) -> Wrong {
        let deals = history.deals.iter().filter_map(|(id, versions)| Some((id, versions.last()?)));
        deals.filter_map(|(id, now)| unfinished(id, now, books)).collect()
    }
}

/// What a deal lacks when all has drained.
fn unfinished(id: &str, now: &Version, books: &Books) -> Option<String> {
    let is_parked = books.is_parked("deal", id);
    let contract = books.contracts.get(id);
    match contract {
        _ if is_parked => None,
        None if now.won && !now.deleted => Some(format!("deal {id} is won, and neither booked nor parked")),
        None => None,
        Some(_) if now.deleted || !now.won => Some(format!("deal {id} is booked, no longer won, and not parked")),
        Some(contract) if !is_as_booked(contract, now) => Some(format!("deal {id} was changed after it was booked, and is not parked")),
        Some(contract) => {
            let invoice = contract.invoice.as_ref();
            let there = invoice.is_some_and(|invoice| books.documents.values().any(|documents| documents.contains_key(invoice)));
            (!there).then(|| format!("deal {id} is booked, has no invoice in the ledger, and is not parked"))
        }
    }
}

/// Whether the contract was signed over these lines: their ids, prices and dates.
fn is_as_booked(contract: &Contract, now: &Version) -> bool {
    let Some(signed) = contract.events.first() else {
        return false;
    };
    let booked = list(&signed.body, "obligations");
    let same = |terms: &Value| {
        let line = now.lines.iter().find(|line| line.id == text(terms, "id"));
        line.is_some_and(|line| {
            let same_day = |field: &str, sold: Option<chrono::NaiveDate>| {
                day(terms, field).is_none_or(|booked| sold.is_none_or(|sold| sold == booked))
            };
            line.cents == cents(terms, "price") && same_day("start", line.start) && same_day("end", line.end)
        })
    };
    booked.len() == now.lines.len() && booked.iter().all(same) && Some(signed.on()) == now.closed_on
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::facts::Delivered;
    use crate::auditor::seen::{Message, Seen};
    use crate::auditor::tampered::{DEAL, NoTable, at, at_the_end, broken, company, fact, world};
    use serde_json::json;

    fn deal() -> Record {
        Record {
            kind: "deal".to_owned(),
            organisation: "00D".to_owned(),
            id: DEAL.to_owned(),
        }
    }

    fn body() -> String {
        json!({"v": 1, "kind": "deal", "organisation": "00D", "record": DEAL}).to_string()
    }

    fn accepted(genuine: bool) -> What {
        What::Accepted {
            records: vec![deal()],
            written_at: at(0),
            genuine,
        }
    }

    fn handled(failed: bool) -> What {
        let failures = if failed { json!([{"itemIdentifier": "m"}]) } else { json!([]) };
        What::Batch {
            messages: vec![Delivered {
                id: "m".to_owned(),
                body: body(),
            }],
            answer: Some(json!({"batchItemFailures": failures})),
        }
    }

    #[test]
    fn what_was_acknowledged_is_somewhere() {
        let queued = |seen: &mut Seen| {
            let message = Message {
                body: body(),
                ..Message::default()
            };
            seen.queues.insert("deals".to_owned(), vec![message]);
        };
        let nothing = |_: &mut Seen| {};
        let cases: [(&str, Vec<What>, &dyn Fn(&mut Seen), bool); 5] = [
            ("on the queue", vec![accepted(true)], &queued, false),
            ("handled", vec![accepted(true), handled(false)], &nothing, false),
            ("lost", vec![accepted(true)], &nothing, true),
            ("failed and gone", vec![accepted(true), handled(true)], &nothing, true),
            ("forged", vec![accepted(false), handled(false)], &nothing, true),
        ];
        for (name, facts, doctor, expected) in cases {
            let mut auditor = Auditor::new(company());
            for (second, what) in (0..).zip(facts) {
                auditor.learn(&fact(second, what), &NoTable);
            }
            let mut seen = world();
            doctor(&mut seen);
            auditor.look(&seen);
            assert_eq!(broken(&auditor).contains(&"I2"), expected, "{name}: {:?}", auditor.violations());
        }
    }

    #[test]
    fn a_dead_letter_may_expire_after_a_fortnight_and_not_before() {
        const DAY_S: i64 = 86_400;
        for (days, expected) in [(15, false), (13, true)] {
            let mut auditor = Auditor::new(company());
            auditor.learn(&fact(0, accepted(true)), &NoTable);
            let mut seen = world();
            let message = Message {
                body: body(),
                ..Message::default()
            };
            seen.queues.insert("deals-dead-letters".to_owned(), vec![message]);
            auditor.look(&seen);
            let mut later = world();
            later.at = crate::auditor::tampered::at(days * DAY_S);
            auditor.look(&later);
            assert_eq!(broken(&auditor).contains(&"I2"), expected, "{days}: {:?}", auditor.violations());
        }
    }

    fn saved(id: &str, won: bool, price: i64) -> What {
        let record = json!({"Id": id, "IsWon": won, "CloseDate": "2026-01-01"});
        let line = json!({"Id": "00k1", "TotalPrice": price, "ServiceDate": "2026-01-01", "End_Date__c": "2026-12-31"});
        What::DealSaved {
            id: id.to_owned(),
            record: record.as_object().cloned().unwrap(),
            lines: vec![line.as_object().cloned().unwrap()],
        }
    }

    #[test]
    fn in_the_end_each_deal_is_booked_or_parked() {
        let parked = |seen: &mut Seen| seen.table.push(json!({"pk": format!("PARKED#deal/{DEAL}"), "sk": "PARKED"}));
        let no_invoice = |seen: &mut Seen| seen.organisations.clear();
        let nothing = |_: &mut Seen| {};
        let cases: [(&str, What, &dyn Fn(&mut Seen), bool); 6] = [
            ("as booked", saved(DEAL, true, 1_200), &nothing, false),
            ("changed", saved(DEAL, true, 1_300), &nothing, true),
            ("changed and parked", saved(DEAL, true, 1_300), &parked, false),
            ("reopened", saved(DEAL, false, 1_200), &nothing, true),
            ("without invoice", saved(DEAL, true, 1_200), &no_invoice, true),
            ("never booked", saved("0065g00000BBBBBBBB", true, 1), &nothing, true),
        ];
        for (name, what, doctor, expected) in cases {
            let mut auditor = Auditor::new(company());
            auditor.learn(&fact(0, what), &NoTable);
            let mut seen = world();
            doctor(&mut seen);
            assert_eq!(
                at_the_end(&mut auditor, &seen).contains(&"I2"),
                expected,
                "{name}: {:?}",
                auditor.violations()
            );
        }
    }
}
