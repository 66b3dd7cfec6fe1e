//! I5: what an older version said never replaces what a newer one said.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::auditor::books::{Books, Contract, Document, contract_of};
use crate::auditor::facts::WriteBack;
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::json::{cents, inner, text};
use crate::auditor::seen::{Answer, Request, Table};
use crate::auditor::wire::{self, Kind};

/// A write that its sender gave up on may still come so much later, and undo what was written since: the CRM knows no conditions.
const LATE_MIN: i64 = 10;

/// What was seen last of each contract.
#[derive(Debug, Default)]
pub struct NewestWins {
    /// When a sender stopped waiting for a write to a deal that may still arrive.
    late: BTreeMap<String, DateTime<Utc>>,
    contracts: BTreeMap<String, Before>,
}

#[derive(Debug)]
struct Before {
    revision: i64,
    synced_ms: i64,
    followed_ms: i64,
    events: Vec<Value>,
}

/// What is pushed to the CRM: number, status, due, paid.
type Words = (String, String, i64, i64);

impl Invariant for NewestWins {
    fn name(&self) -> &'static str {
        "I5"
    }

    fn statement(&self) -> &'static str {
        "An older version never overwrites a newer one: events are only appended, versions only rise, and the CRM ends with the newest."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I5 and F5"
    }

    fn leaves(&mut self, request: &Request, history: &History, table: &dyn Table) -> Wrong {
        let Some((key, record)) = wire::key(request).filter(|(key, _)| key.kind == Kind::WriteBack) else {
            return Vec::new();
        };
        if self
            .late
            .get(&key.id)
            .is_some_and(|at| *at + TimeDelta::minutes(LATE_MIN) < request.at)
        {
            self.late.remove(&key.id);
        }
        let document = table.item(&format!("CONTRACT#{}", contract_of(&key.id)), "3#DOCUMENT#000001");
        let stage = document.as_ref().map(|document| inner(document, "stage")).unwrap_or_default();
        let invoice = stage.get("in_ledger").map(|found| text(found, "ledger_id")).unwrap_or_default();
        let Some(shown) = history.shown.get(invoice) else {
            return Vec::new();
        };
        let words = words(&record, &history.company.write_back);
        // Two may be on their way at the same time, so that an older one may leave after a newer one; the end shows which the CRM kept.
        let is_said = shown.values().any(|document| words_of(document) == words);
        match is_said {
            true => Vec::new(),
            false => vec![format!("deal {} gets {words:?}, which no version of its invoice ever said", key.id)],
        }
    }

    fn answered(&mut self, request: &Request, answer: &Answer, _: &History) -> Wrong {
        let is_late = answer.arrived && answer.vendor_status.is_none() && answer.status.is_none();
        if let Some((key, _)) = wire::key(request).filter(|(key, _)| is_late && key.kind == Kind::WriteBack) {
            self.late.insert(key.id, answer.at);
        }
        Vec::new()
    }

    fn look(&mut self, books: &Books, _: &History) -> Wrong {
        let mut wrong = Vec::new();
        for (id, contract) in &books.contracts {
            let now = Before::of(contract);
            if let Some(before) = self.contracts.get(id) {
                wrong.extend(before.lost_in(&now).map(|what| format!("contract {id}: {what}")));
            }
            self.contracts.insert(id.clone(), now);
        }
        let gone = self.contracts.keys().filter(|id| !books.contracts.contains_key(*id));
        wrong.extend(gone.map(|id| format!("contract {id} is gone")));
        wrong
    }

    fn end(&mut self, books: &Books, history: &History) -> Wrong {
        let certain = books.contracts.values().filter(|contract| !self.late.contains_key(&contract.id));
        certain.filter_map(|contract| stale(contract, books, history)).collect()
    }
}

impl Before {
    fn of(contract: &Contract) -> Self {
        Self {
            revision: contract.revision,
            synced_ms: contract.synced_ms,
            followed_ms: contract.followed_ms,
            events: contract.events.iter().map(|event| event.body.clone()).collect(),
        }
    }

    /// What was there and is not any more.
    fn lost_in(&self, now: &Self) -> Option<String> {
        let numbers = [
            ("its revision", self.revision, now.revision),
            ("the version that was synced to the CRM", self.synced_ms, now.synced_ms),
            ("the version that was followed", self.followed_ms, now.followed_ms),
        ];
        let fallen = numbers.into_iter().find(|(_, before, now)| now < before);
        if let Some((what, before, now)) = fallen {
            return Some(format!("{what} fell from {before} to {now}"));
        }
        let kept = now.events.get(..self.events.len()) == Some(self.events.as_slice());
        (!kept).then(|| "an event that was stored changed or is gone".to_owned())
    }
}

fn words(record: &Value, names: &WriteBack) -> Words {
    (
        text(record, &names.invoice_number).to_owned(),
        text(record, &names.invoice_status).to_owned(),
        cents(record, &names.amount_due),
        cents(record, &names.amount_paid),
    )
}

fn words_of(document: &Document) -> Words {
    let settled_by_credit = document.paid_cents == 0 && !document.credits.is_empty();
    let status = match document.status.as_str() {
        "VOIDED" | "DELETED" => "Voided",
        "PAID" if settled_by_credit => "Credited",
        "PAID" => "Paid",
        "AUTHORISED" if document.paid_cents == 0 => "Authorised",
        "AUTHORISED" => "Part paid",
        _ => "Draft",
    };
    (document.number.clone(), status.to_owned(), document.due_cents, document.paid_cents)
}

/// What the CRM shows where it is not the newest.
fn stale(contract: &Contract, books: &Books, history: &History) -> Option<String> {
    let tenant = &history.entity(&contract.entity)?.tenant;
    let invoice = books.documents.get(tenant)?.get(contract.invoice.as_ref()?)?;
    let opportunity = books.opportunities.get(&contract.id)?;
    if books.document_waits("write-back", &contract.id) {
        return None;
    }
    let shown = words(&Value::Object(opportunity.clone()), &history.company.write_back);
    let newest = words_of(invoice);
    (shown != newest).then(|| format!("deal {} shows {shown:?}, and its invoice is {newest:?}", contract.id))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::seen::{Seen, Vendor};
    use crate::auditor::tampered::{DEAL, INVOICE, at, at_the_end, broken, company, document, invoice, item, well, world, xero};
    use serde_json::json;

    #[test]
    fn what_falls_back_is_seen() {
        let cases: [(&str, &dyn Fn(&mut Seen)); 5] = [
            ("revision", &|seen| item(seen, "1#HEAD")["revision"] = json!(4)),
            ("synced", &|seen| document(seen, 1_770_000_000_000, 1_769_999_999_999)),
            ("followed", &|seen| document(seen, 1_769_999_999_999, 1_770_000_000_000)),
            ("event changed", &|seen| {
                item(seen, "4#EVENT#000000002")["event"] = json!("{\"type\": \"invoiced\"}")
            }),
            ("event gone", &|seen| seen.table.retain(|item| item["sk"] != "4#EVENT#000000002")),
        ];
        for (name, doctor) in cases {
            let mut auditor = Auditor::new(company());
            auditor.look(&world());
            let mut seen = world();
            doctor(&mut seen);
            auditor.look(&seen);
            assert!(broken(&auditor).contains(&"I5"), "{name}: {:?}", auditor.violations());
        }
    }

    #[test]
    fn the_crm_ends_with_the_newest() {
        let mut seen = world();
        seen.opportunities
            .get_mut(DEAL)
            .unwrap()
            .insert("Tieout_Invoice_Status__c".to_owned(), json!("Draft"));
        assert_eq!(at_the_end(&mut Auditor::new(company()), &seen), ["I5"]);
    }

    #[test]
    fn the_crm_is_told_what_a_version_said() {
        for (status, expected) in [("Draft", false), ("Authorised", false), ("Paid", true)] {
            let mut auditor = Auditor::new(company());
            for (number, status, ticks) in [(1, "DRAFT", 1), (2, "AUTHORISED", 2)] {
                let request = xero(number, 0, "GET", &format!("Invoices/{INVOICE}"), "");
                let mut shown = invoice(status);
                shown["UpdatedDateUTC"] = json!(format!("/Date({ticks}+0000)/"));
                auditor.leaves(request.clone(), &world());
                auditor.answered(&well(&request, 1, &json!({"Invoices": [shown]})));
            }
            auditor.leaves(write_back(3, 10, status), &world());
            assert_eq!(broken(&auditor).contains(&"I5"), expected, "{status}: {:?}", auditor.violations());
        }
    }

    fn write_back(number: u64, second: i64, status: &str) -> Request {
        let record = json!({"id": DEAL, "Tieout_Invoice_Number__c": "NWUK-00001", "Tieout_Invoice_Status__c": status,
            "Tieout_Amount_Due__c": 1440, "Tieout_Amount_Paid__c": 0});
        Request {
            vendor: Vendor::Salesforce,
            at: at(second),
            path: "/services/data/v62.0/composite/sobjects".to_owned(),
            ..xero(
                number,
                second,
                "PATCH",
                "",
                &json!({"allOrNone": false, "records": [record]}).to_string(),
            )
        }
    }

    #[test]
    fn a_write_that_was_given_up_on_may_still_come() {
        let mut seen = world();
        seen.opportunities
            .get_mut(DEAL)
            .unwrap()
            .insert("Tieout_Invoice_Status__c".to_owned(), json!("Draft"));
        for (again_after_s, expected) in [(60, false), (3_600, true)] {
            let mut auditor = Auditor::new(company());
            let request = write_back(1, 0, "Draft");
            auditor.leaves(request.clone(), &seen);
            let answer = well(&request, 30, &json!([]));
            auditor.answered(&Answer {
                vendor_status: None,
                status: None,
                ..answer
            });
            auditor.leaves(write_back(2, again_after_s, "Authorised"), &seen);
            assert_eq!(at_the_end(&mut auditor, &seen).contains(&"I5"), expected, "{again_after_s}");
        }
    }
}
