//! I4: a closed period never changes.

use std::collections::BTreeMap;

use crate::auditor::books::{Books, Journal, Period, PostingLine};
use crate::auditor::facts::FinanceAct;
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::json::{day, text};
use crate::auditor::month::Month;
use crate::auditor::seen::{Request, Table, Vendor};
use crate::auditor::wire::{self, Kind};

/// What each closed period was when it was first seen closed.
#[derive(Debug, Default)]
pub struct ClosedStays {
    closed: BTreeMap<(String, String), Closed>,
}

#[derive(Debug, PartialEq, Eq)]
struct Closed {
    proposal: String,
    /// Journals of ours that stand in the month, by id.
    journals: BTreeMap<String, Journal>,
    /// What we hold for posted in the month, by key.
    postings: BTreeMap<String, Vec<PostingLine>>,
}

impl Invariant for ClosedStays {
    fn name(&self) -> &'static str {
        "I4"
    }

    fn statement(&self) -> &'static str {
        "Once a period is closed, its journals, its figures and its proposal are as they were; only people void journals, and that is reported."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I4; docs/accounting.md, Period lock"
    }

    fn leaves(&mut self, request: &Request, history: &History, table: &dyn Table) -> Wrong {
        let Some((key, record)) = wire::key(request).filter(|(key, _)| key.kind == Kind::Journal) else {
            return Vec::new();
        };
        let Vendor::Xero(tenant) = &request.vendor else {
            return Vec::new();
        };
        let entity = history.company.entities.iter().find(|entity| entity.tenant == *tenant);
        let Some((entity, date)) = entity.zip(day(&record, "Date")) else {
            return vec![format!("a journal leaves for {tenant}, which is nobody's, or without a date")];
        };
        let month = Month::of(date);
        let period = table.item(&format!("PERIODS#{}", entity.id), &format!("PERIOD#{month}"));
        match period.is_some_and(|period| text(&period, "state") == "closed") && !history.is_same_again(request) {
            true => vec![format!("journal {} leaves for {month}, which is closed", key.id)],
            false => Vec::new(),
        }
    }

    fn look(&mut self, books: &Books, history: &History) -> Wrong {
        let mut wrong = Vec::new();
        for (key, period) in &books.periods {
            match self.closed.get(key) {
                Some(closed) => wrong.extend(closed.changes(key, period, books, history)),
                None if period.state == "closed" => {
                    self.closed.insert(key.clone(), Closed::of(period, books, history));
                }
                None => {}
            }
        }
        let gone = self.closed.keys().filter(|key| !books.periods.contains_key(key));
        wrong.extend(gone.map(|key| format!("{key:?} was closed, and its record is gone")));
        wrong
    }
}

impl Closed {
    fn of(period: &Period, books: &Books, history: &History) -> Self {
        let month = Month::parse(&period.month);
        let tenant = history
            .entity(&period.entity)
            .map(|entity| entity.tenant.as_str())
            .unwrap_or_default();
        let journals = books.journals.get(tenant).into_iter().flatten();
        let in_month = |journal: &&Journal| journal.date.map(Month::of) == month && !journal.mark.is_empty() && journal.status == "POSTED";
        let postings = books
            .postings
            .iter()
            .filter(|posting| posting.entity == period.entity && posting.month == month);
        Self {
            proposal: period.proposal.clone(),
            journals: journals
                .filter(in_month)
                .map(|journal| (journal.id.clone(), journal.clone()))
                .collect(),
            postings: postings.map(|posting| (posting.key.clone(), posting.lines.clone())).collect(),
        }
    }

    /// What is not as it was.
    fn changes(&self, key: &(String, String), period: &Period, books: &Books, history: &History) -> Vec<String> {
        let mut wrong = Vec::new();
        if period.state != "closed" {
            wrong.push(format!("{key:?} was closed, and is {}", period.state));
        }
        let now = Self::of(period, books, history);
        if now.proposal != self.proposal {
            wrong.push(format!("the proposal of {key:?} changed after it was closed"));
        }
        if now.postings != self.postings {
            wrong.push(format!("what is held for posted in {key:?} changed after it was closed"));
        }
        for (id, journal) in &self.journals {
            let by_people = history.did(id, FinanceAct::JournalVoided);
            if now.journals.get(id) != Some(journal) && !by_people {
                wrong.push(format!("journal {} of {key:?} changed after it was closed", journal.mark));
            }
        }
        let new = now.journals.iter().filter(|(id, _)| !self.journals.contains_key(*id));
        wrong.extend(new.map(|(_, journal)| format!("journal {} came into {key:?} after it was closed", journal.mark)));
        wrong
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use crate::auditor::Auditor;
    use crate::auditor::seen::Seen;
    use crate::auditor::tampered::{MARK, TENANT, broken, company, item, journal_body, world, xero};
    use serde_json::json;

    #[test]
    fn a_change_after_the_close_is_seen() {
        let posting = format!("POSTING#{MARK}");
        let cases: [(&str, &dyn Fn(&mut Seen)); 5] = [
            ("reopened", &|seen| item(seen, "PERIOD#2026-01")["state"] = json!("open")),
            ("another proposal", &|seen| {
                item(seen, "PERIOD#2026-01")["proposal"] = json!("{\"other\": 1}")
            }),
            ("a new journal", &|seen| {
                let mut journal = crate::auditor::tampered::journal("POSTED");
                journal["ManualJournalID"] = json!("new");
                journal["Narration"] = json!("late [uk/2026-01/release/2]");
                seen.organisations.get_mut(TENANT).unwrap().journals.push(journal);
            }),
            ("a journal gone", &|seen| {
                seen.organisations.get_mut(TENANT).unwrap().journals.clear()
            }),
            ("a posting gone", &|seen| seen.table.retain(|item| item["sk"] != posting.as_str())),
        ];
        for (name, doctor) in cases {
            let mut auditor = Auditor::new(company());
            auditor.look(&world());
            assert!(broken(&auditor).is_empty(), "{name}: {:?}", auditor.violations());
            let mut seen = world();
            doctor(&mut seen);
            auditor.look(&seen);
            assert!(broken(&auditor).contains(&"I4"), "{name}");
        }
    }

    #[test]
    fn a_journal_for_a_closed_month_is_seen_as_it_leaves() {
        for (state, expected) in [("closed", true), ("posting", false)] {
            let mut seen = world();
            item(&mut seen, "PERIOD#2026-01")["state"] = json!(state);
            let mut auditor = Auditor::new(company());
            auditor.leaves(xero(1, 0, "PUT", "ManualJournals", &journal_body()), &seen);
            assert_eq!(broken(&auditor).contains(&"I4"), expected, "{state}");
        }
    }
}
