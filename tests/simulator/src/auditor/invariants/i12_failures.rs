//! I12: what a function names as failed is exactly what is not durably finished.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::auditor::books::{Books, contract_of};
use crate::auditor::facts::{Delivered, Fact, Record, What};
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::json::{inner, number};
use crate::auditor::seen::Table;

use super::i02_nothing_lost::{failed, record_of};

/// A batch is over by then: of a record that nobody changed for so long all who handle it read the same.
const BATCH_MAX_MIN: i64 = 30;

/// Deals are judged as soon as they are said to be done, invoices at the next look.
#[derive(Debug, Default)]
pub struct Failures {
    /// Invoices that are said to be done, with the newest version that was read until then.
    done: BTreeMap<Record, i64>,
}

impl Invariant for Failures {
    fn name(&self) -> &'static str {
        "I12"
    }

    fn statement(&self) -> &'static str {
        "The ids that a batch returns as failed are exactly those of messages whose work is not durably finished."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I12, F15 and F16"
    }

    fn fact(&mut self, fact: &Fact, history: &History, table: &dyn Table) -> Wrong {
        let What::Batch { messages, answer } = &fact.what else {
            return Vec::new();
        };
        let Some(failed) = failed(answer.as_ref()) else {
            return Vec::new();
        };
        let unknown = failed.iter().filter(|id| !messages.iter().any(|message| message.id == **id));
        let mut wrong: Vec<String> = unknown
            .map(|id| format!("{id:?} is named as failed, and was not in the batch"))
            .collect();
        for message in messages.iter().filter(|message| !failed.contains(&message.id.as_str())) {
            wrong.extend(self.said_done(message, fact, history, table));
        }
        wrong
    }

    fn look(&mut self, books: &Books, _: &History) -> Wrong {
        let waiting = books.queues.values().flatten().filter_map(|message| record_of(&message.body));
        let waiting: BTreeSet<Record> = waiting.collect();
        let done = std::mem::take(&mut self.done);
        let (later, now): (BTreeMap<_, _>, BTreeMap<_, _>) = done.into_iter().partition(|(record, _)| waiting.contains(record));
        self.done.extend(later);
        now.iter().filter_map(|(record, read)| invoice(&record.id, *read, books)).collect()
    }
}

impl Failures {
    /// Why a message that was not named as failed is not finished.
    fn said_done(&mut self, message: &Delivered, fact: &Fact, history: &History, table: &dyn Table) -> Option<String> {
        let Some(record) = record_of(&message.body) else {
            return Some(format!("message {} cannot be read, and is not named as failed", message.id));
        };
        let long_ago = fact.at - TimeDelta::minutes(BATCH_MAX_MIN);
        match record.kind.as_str() {
            "deal" if history.changed_at(&record.id, fact.at).is_some_and(|changed| changed < long_ago) => {
                deal(&record.id, history, table).map(|what| format!("{record:?} is not named as failed: {what}"))
            }
            "invoice" => {
                if let Some(read) = history.worked_on.get(&record.id) {
                    self.done.insert(record, *read);
                }
                None
            }
            _ => None,
        }
    }
}

fn parked(table: &dyn Table, kind: &str, id: &str) -> bool {
    table.item(&format!("PARKED#{kind}/{id}"), "PARKED").is_some()
}

/// A deal is finished when its invoice is made and synced, or it waits for a person, or there was nothing to book.
fn deal(id: &str, history: &History, table: &dyn Table) -> Option<String> {
    let now = history.deals.get(id)?.last()?;
    if parked(table, "deal", id) {
        return None;
    }
    let contract = contract_of(id);
    let Some(document) = table.item(&format!("CONTRACT#{contract}"), "3#DOCUMENT#000001") else {
        let lacking = now.won && !now.deleted;
        return lacking.then(|| "it is won, neither booked nor parked".to_owned());
    };
    match inner(&document, "stage").get("in_ledger") {
        None => Some("it is signed, and has neither an invoice nor a case".to_owned()),
        Some(found) if number(found, "synced_ms") == 0 && !parked(table, "write-back", &format!("{contract}/1")) => {
            Some("nothing was pushed to the CRM".to_owned())
        }
        Some(_) => None,
    }
}

/// An invoice is finished when the version that its worker read is followed and synced, or waits for a person.
fn invoice(id: &str, read: i64, books: &Books) -> Option<String> {
    let link = books.links.get(id)?;
    let contract = books.contracts.get(&link.contract)?;
    if contract.followed_ms < read && !books.document_waits("invoice-differs", &link.contract) {
        return Some(format!(
            "invoice {id} is said to be done: version {read} was read, and only {} is followed",
            contract.followed_ms
        ));
    }
    let unsynced = contract.synced_ms < read && !books.document_waits("write-back", &link.contract);
    unsynced.then(|| {
        format!(
            "invoice {id} is said to be done: version {read} was read, and the CRM has {}",
            contract.synced_ms
        )
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::seen::{Seen, Vendor};
    use crate::auditor::tampered::{self, DEAL, INVOICE, broken, company, document, fact, item, well, world, xero};
    use serde_json::{Value, json};

    fn batch(kind: &str, id: &str, failures: &Value) -> What {
        What::Batch {
            messages: vec![Delivered {
                id: "m".to_owned(),
                body: json!({"v": 1, "kind": kind, "organisation": "o", "record": id}).to_string(),
            }],
            answer: Some(json!({"batchItemFailures": failures})),
        }
    }

    /// The deal is saved and read, the invoice is read.
    fn auditor() -> Auditor {
        let mut auditor = Auditor::new(company());
        let record = json!({"Id": DEAL, "IsWon": true}).as_object().cloned().unwrap();
        let saved = What::DealSaved {
            id: DEAL.to_owned(),
            record,
            lines: Vec::new(),
        };
        auditor.learn(&fact(0, saved), &world());
        let mut deal = xero(1, 1, "GET", "", "");
        deal.vendor = Vendor::Salesforce;
        deal.path = format!("/services/data/v62.0/query?q=SELECT+OpportunityLineItems+WHERE+Id+%3D+%27{DEAL}%27");
        let mut invoice = xero(2, 1, "GET", &format!("Invoices/{INVOICE}"), "");
        invoice.function = "invoice-worker".to_owned();
        for (request, answer) in [(deal, json!({})), (invoice, json!({"Invoices": [tampered::invoice("AUTHORISED")]}))] {
            auditor.leaves(request.clone(), &world());
            auditor.answered(&well(&request, 2, &answer));
        }
        auditor
    }

    #[test]
    fn what_is_not_finished_is_named() {
        let nothing = |_: &mut Seen| {};
        let unbooked = |seen: &mut Seen| seen.table.retain(|item| !item["pk"].as_str().unwrap().starts_with("CONTRACT#"));
        let no_invoice = |seen: &mut Seen| item(seen, "3#DOCUMENT#000001")["stage"] = json!("\"planned\"");
        let parked = |seen: &mut Seen| {
            seen.table.clear();
            seen.table.push(json!({"pk": format!("PARKED#deal/{DEAL}"), "sk": "PARKED"}));
        };
        let behind = |seen: &mut Seen| document(seen, 1_769_900_000_000, 1_770_000_000_000);
        let unsynced = |seen: &mut Seen| document(seen, 1_770_000_000_000, 0);
        let (none, named) = (json!([]), json!([{"itemIdentifier": "m"}]));
        let cases: [(&str, What, &dyn Fn(&mut Seen), bool); 10] = [
            ("booked", batch("deal", DEAL, &none), &nothing, false),
            ("not booked", batch("deal", DEAL, &none), &unbooked, true),
            ("not booked, named", batch("deal", DEAL, &named), &unbooked, false),
            ("not booked, parked", batch("deal", DEAL, &none), &parked, false),
            ("without invoice", batch("deal", DEAL, &none), &no_invoice, true),
            ("followed", batch("invoice", INVOICE, &none), &nothing, false),
            ("not followed", batch("invoice", INVOICE, &none), &behind, true),
            ("not synced", batch("invoice", INVOICE, &none), &unsynced, true),
            ("somebody else's", batch("invoice", "other", &none), &nothing, false),
            (
                "an unknown message named",
                batch("deal", DEAL, &json!([{"itemIdentifier": "x"}])),
                &nothing,
                true,
            ),
        ];
        for (name, what, doctor, expected) in cases {
            let mut auditor = auditor();
            let mut seen = world();
            doctor(&mut seen);
            auditor.learn(&fact(10_000, what), &seen);
            auditor.look(&seen);
            assert_eq!(broken(&auditor).contains(&"I12"), expected, "{name}: {:?}", auditor.violations());
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let what = What::Batch {
            messages: vec![Delivered {
                id: "m".to_owned(),
                body: "not JSON".to_owned(),
            }],
            answer: Some(json!({"batchItemFailures": []})),
        };
        let mut auditor = Auditor::new(company());
        auditor.learn(&fact(0, what), &world());
        assert_eq!(broken(&auditor), ["I12"]);
    }
}
