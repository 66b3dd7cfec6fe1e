//! I1: one business key, one document in the ledger.

use std::collections::{BTreeMap, BTreeSet};

use crate::auditor::books::Books;
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::json::text;
use crate::auditor::seen::{Answer, Request};
use crate::auditor::wire::{self, Key};

/// What Xero made for each of our keys.
#[derive(Debug, Default)]
pub struct OneDocument {
    made: BTreeMap<Key, BTreeSet<String>>,
}

impl Invariant for OneDocument {
    fn name(&self) -> &'static str {
        "I1"
    }

    fn statement(&self) -> &'static str {
        "For each business key there is at most one document in the ledger: one invoice a deal, one journal a key, one contact a customer."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I1, R1 and R4"
    }

    fn answered(&mut self, request: &Request, answer: &Answer, history: &History) -> Wrong {
        if answer.vendor_status != Some(200) {
            return Vec::new();
        }
        let Some((key, _)) = wire::key(request) else {
            return Vec::new();
        };
        let Some(id) = wire::made(key.kind, &answer.vendor_body) else {
            return Vec::new();
        };
        let ids = self.made.entry(key.clone()).or_default();
        let alive = ids.iter().any(|other| *other != id && !history.finance.contains_key(other));
        ids.insert(id.clone());
        match alive {
            true => vec![format!("{key:?} was made a second time: {id}, beside {ids:?}")],
            false => Vec::new(),
        }
    }

    fn look(&mut self, books: &Books, history: &History) -> Wrong {
        let by_hand = history.by_hand();
        let mut wrong = Vec::new();
        for (tenant, documents) in &books.documents {
            let ours = documents
                .values()
                .filter(|document| document.kind == "ACCREC" && document.status != "DELETED");
            let ours: Vec<_> = ours.filter(|document| !by_hand.contains(document.id.as_str())).collect();
            let numbers = ours.iter().map(|document| document.number.to_lowercase());
            wrong.extend(doubled(numbers).map(|number| format!("{tenant} has two invoices of the number {number}")));
            let sources = ours
                .iter()
                .map(|document| document.source.clone())
                .filter(|source| !source.is_empty());
            wrong.extend(doubled(sources).map(|source| format!("{tenant} has two invoices of {source}")));
        }
        for (tenant, journals) in &books.journals {
            let posted = journals
                .iter()
                .filter(|journal| journal.status == "POSTED" && !journal.mark.is_empty());
            let marks = posted.map(|journal| journal.mark.clone());
            wrong.extend(doubled(marks).map(|mark| format!("{tenant} has two posted journals of the key {mark}")));
        }
        for (tenant, contacts) in &books.contacts {
            let numbers = contacts
                .iter()
                .map(|contact| text(contact, "ContactNumber").to_owned())
                .filter(|number| !number.is_empty());
            wrong.extend(doubled(numbers).map(|number| format!("{tenant} has two contacts of the number {number}")));
        }
        wrong
    }
}

fn doubled(all: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    let mut seen = BTreeSet::new();
    all.filter(move |one| !seen.insert(one.clone()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use crate::auditor::Auditor;
    use crate::auditor::seen::Seen;
    use crate::auditor::tampered::{self, NoTable, TENANT, at_the_end, broken, company, journal_body, world};
    use serde_json::json;

    #[test]
    fn a_second_document_is_seen() {
        let cases: [fn(&mut Seen); 3] = [
            |seen| {
                let mut second = tampered::invoice("DRAFT");
                second["InvoiceID"] = json!("another");
                seen.organisations.get_mut(TENANT).unwrap().documents.push(second);
            },
            |seen| {
                let mut second = tampered::journal("POSTED");
                second["ManualJournalID"] = json!("another");
                seen.organisations.get_mut(TENANT).unwrap().journals.push(second);
            },
            |seen| {
                let contacts = &mut seen.organisations.get_mut(TENANT).unwrap().contacts;
                contacts.push(json!({"ContactID": "another", "ContactNumber": contacts[0]["ContactNumber"]}));
            },
        ];
        for doctor in cases {
            let mut seen = world();
            doctor(&mut seen);
            let found = at_the_end(&mut Auditor::new(company()), &seen);
            assert!(found.contains(&"I1"), "{found:?}");
        }
    }

    #[test]
    fn a_second_journal_is_seen_as_it_is_made() {
        let mut auditor = Auditor::new(company());
        for (number, id) in [(1, "one"), (2, "two")] {
            let request = tampered::xero(number, 10, "PUT", "ManualJournals", &journal_body());
            auditor.leaves(request.clone(), &NoTable);
            auditor.answered(&tampered::lost(&request, 11, &json!({"ManualJournals": [{"ManualJournalID": id}]})));
        }
        assert!(broken(&auditor).contains(&"I1"));
    }
}
