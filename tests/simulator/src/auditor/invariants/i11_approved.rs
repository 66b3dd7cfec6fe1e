//! I11: Tieout leaves everything in draft; a journal is posted after another person approved exactly it.

use serde_json::Value;

use crate::auditor::books::{Books, Journal, journal};
use crate::auditor::facts::{Entity, Fact, FinanceAct, Proposal, What};
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::json::{day, list, number, text};
use crate::auditor::seen::{Request, Table, Vendor};
use crate::auditor::wire::{self, Kind};

/// What is approved is in `History`.
#[derive(Debug)]
pub struct Approved;

impl Invariant for Approved {
    fn name(&self) -> &'static str {
        "I11"
    }

    fn statement(&self) -> &'static str {
        "Nothing of ours leaves DRAFT without a person, and no journal is posted whose exact content another person than its preparer did not \
         approve, where approval is required."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I11 and F24; ARCHITECTURE.md, invariant 5"
    }

    fn fact(&mut self, fact: &Fact, history: &History, _: &dyn Table) -> Wrong {
        let What::Approved { seen, by, accepted: true } = &fact.what else {
            return Vec::new();
        };
        let mut wrong = Vec::new();
        if seen.by == *by {
            wrong.push(format!("{by} approved their own proposal of {} {}", seen.entity, seen.period));
        }
        if !history.company.approvers.contains(by) {
            wrong.push(format!("{by} may not approve, and approved {} {}", seen.entity, seen.period));
        }
        wrong
    }

    fn leaves(&mut self, request: &Request, history: &History, _: &dyn Table) -> Wrong {
        let Some((key, record)) = wire::key(request) else {
            return Vec::new();
        };
        match key.kind {
            Kind::Invoice if text(&record, "Status") != "DRAFT" || request.path.contains("Invoices/") => {
                vec![format!("invoice {} leaves as {:?}, or is changed", key.id, text(&record, "Status"))]
            }
            Kind::Journal => unapproved(request, &record, history).into_iter().collect(),
            Kind::Other => vec![format!("{} {} is none of Tieout's business", request.method, request.path)],
            Kind::Invoice | Kind::Contact | Kind::WriteBack => Vec::new(),
        }
    }

    fn look(&mut self, books: &Books, history: &History) -> Wrong {
        let ours = books.contracts.values().filter_map(|contract| contract.invoice.as_ref());
        let invoices = ours.filter_map(|id| books.documents.values().find_map(|documents| documents.get(id)));
        let moved = |id: &str| {
            let acts = [
                FinanceAct::Authorised,
                FinanceAct::Voided,
                FinanceAct::Edited,
                FinanceAct::Paid,
                FinanceAct::Credited,
            ];
            acts.into_iter().any(|act| history.did(id, act))
        };
        // Without any fact about finance there is nothing to compare with.
        let is_reported = !history.finance.is_empty();
        invoices
            .filter(|invoice| is_reported && invoice.status != "DRAFT" && !moved(&invoice.id))
            .map(|invoice| format!("invoice {} is {}, and no person did that", invoice.number, invoice.status))
            .collect()
    }
}

/// Why a journal that leaves is not one that was approved.
fn unapproved(request: &Request, record: &Value, history: &History) -> Option<String> {
    let Vendor::Xero(tenant) = &request.vendor else {
        return None;
    };
    let entity = history.company.entities.iter().find(|entity| entity.tenant == *tenant)?;
    let journal = journal(record);
    if entity.approval_required {
        let seen = history.approved.iter().map(|(seen, _)| seen);
        let found = seen
            .filter(|seen| seen.entity == entity.id)
            .any(|seen| holds(seen, &journal, entity));
        return (!found).then(|| {
            format!(
                "journal {} leaves, and nobody approved one of this content: {:?}",
                journal.mark, journal.lines
            )
        });
    }
    None
}

/// Whether a proposal has this very journal: key, date, and amounts by account.
fn holds(proposal: &Proposal, journal: &Journal, entity: &Entity) -> bool {
    let text_of: Value = serde_json::from_str(&proposal.text).unwrap_or_default();
    let same = |proposed: &&Value| text(proposed, "key") == journal.mark && day(proposed, "date") == journal.date;
    let Some(proposed) = list(&text_of, "journals").iter().find(same) else {
        return false;
    };
    let (mut liability, mut asset, mut other) = (0, 0, 0);
    for line in list(proposed, "lines") {
        let sum = match text(line, "role") {
            "contract_liability" => &mut liability,
            "contract_asset" => &mut asset,
            _ => &mut other,
        };
        *sum += number(line, "amount_minor");
    }
    let on = |account: &str| -> i64 { journal.lines.iter().filter(|(own, _)| own == account).map(|(_, cents)| cents).sum() };
    let all: i64 = journal.lines.iter().map(|(_, cents)| cents).sum();
    let (on_liability, on_asset) = (on(&entity.liability), on(&entity.asset));
    (on_liability, on_asset, all - on_liability - on_asset) == (liability, asset, other)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::auditor::Auditor;
    use crate::auditor::tampered::{NoTable, broken, company, fact, journal_body, proposal, xero};
    use serde_json::json;

    fn approved(seen: Proposal, by: &str) -> What {
        What::Approved {
            seen,
            by: by.to_owned(),
            accepted: true,
        }
    }

    #[test]
    fn a_journal_leaves_after_another_person_approved_it() {
        let other = journal_body().replace("100.0", "150.0");
        let cases: [(&str, Option<What>, &str, bool); 5] = [
            ("approved", Some(approved(proposal("amira", "h"), "bjorn")), &journal_body(), false),
            ("not approved", None, &journal_body(), true),
            (
                "by its preparer",
                Some(approved(proposal("chidi", "h"), "chidi")),
                &journal_body(),
                true,
            ),
            ("by somebody", Some(approved(proposal("amira", "h"), "dana")), &journal_body(), true),
            ("another content", Some(approved(proposal("amira", "h"), "bjorn")), &other, true),
        ];
        for (name, what, body, expected) in cases {
            let mut auditor = Auditor::new(company());
            if let Some(what) = what {
                auditor.learn(&fact(0, what), &NoTable);
            }
            auditor.leaves(xero(1, 1, "PUT", "ManualJournals", body), &NoTable);
            assert_eq!(broken(&auditor).contains(&"I11"), expected, "{name}: {:?}", auditor.violations());
        }
    }

    #[test]
    fn nothing_but_drafts_leaves() {
        let invoice = |status: &str| json!({"Invoices": [{"InvoiceNumber": "N", "Status": status}]}).to_string();
        let cases = [
            ("PUT", "Invoices", invoice("DRAFT"), false),
            ("PUT", "Invoices", invoice("AUTHORISED"), true),
            ("POST", "Invoices/1", invoice("DRAFT"), true),
            ("PUT", "Payments", "{}".to_owned(), true),
        ];
        for (method, path, body, expected) in cases {
            let mut auditor = Auditor::new(company());
            auditor.leaves(xero(1, 1, method, path, &body), &NoTable);
            assert_eq!(broken(&auditor).contains(&"I11"), expected, "{method} {path} {body}");
        }
    }

    #[test]
    fn an_invoice_that_nobody_authorised_stays_a_draft() {
        use crate::auditor::tampered::{INVOICE, TENANT, world};
        for (document, expected) in [(INVOICE, false), ("another", true)] {
            let mut auditor = Auditor::new(company());
            let act = What::Finance {
                tenant: TENANT.to_owned(),
                act: FinanceAct::Authorised,
                document: document.to_owned(),
            };
            auditor.learn(&fact(0, act), &NoTable);
            auditor.look(&world());
            assert_eq!(broken(&auditor).contains(&"I11"), expected, "{document}");
        }
    }
}
