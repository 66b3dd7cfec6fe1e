//! What a contract sells today: its obligations after all that changed them, each with its product and the documents that bill it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::event::{EventKind, ObligationTerms, Satisfied};
use tieout_accounting::ids::ObligationId;
use tieout_accounting::policy::Method;
use tieout_store::{Document, DocumentKind, Stage, StoredContract};

use crate::ids::line_of;

/// An obligation as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub obligation: ObligationId,
    /// The product's code in the CRM.
    pub product: Option<String>,
    /// What its stated price is made of, the oldest first: the price at which it was added, then each change of it.
    pub layers: Vec<Layer>,
    /// First and last day; of what is satisfied at a point, twice the day that was agreed.
    pub service: (NaiveDate, NaiveDate),
    /// How it is spread; `None` where it is satisfied at a point.
    pub method: Option<Method>,
    /// What bills it, the oldest service first.
    pub bills: Vec<Bill>,
}

/// What one document bills of an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// The ordinal of the document.
    pub document: u32,
    /// In major units, less what credit notes took back.
    pub amount: Decimal,
    /// First and last day of the service that it bills.
    pub service: (NaiveDate, NaiveDate),
    /// How far its document came.
    pub state: Billed,
}

/// How far the document of a bill came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Billed {
    /// It is planned, and may be lowered.
    Planned,
    /// It is made, or about to be: what falls away is credited.
    Made,
    /// It was taken back in the ledger: what falls away of it is credited already.
    Gone,
}

/// A part of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// The first day of the service that it is for, up to the last day of the term.
    pub from: NaiveDate,
    /// In major units; below zero where less is served from that day on.
    pub amount: Decimal,
}

impl Term {
    /// Its stated price, in major units.
    pub fn price(&self) -> Decimal {
        self.layers.iter().map(|layer| layer.amount).sum()
    }

    /// Its price becomes `price` from a day on.
    pub fn reprice(&mut self, from: NaiveDate, price: Decimal) {
        let amount = price - self.price();
        if !amount.is_zero() {
            self.layers.push(Layer {
                from: from.max(self.service.0),
                amount,
            });
        }
    }

    /// Whether anything is left of it on `day`.
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        self.service.1 >= day
    }
}

/// The obligations of `contract` in the order in which they were added; what was ended or removed is not among them.
pub fn terms(contract: &StoredContract) -> Vec<Term> {
    let products = products(contract);
    let mut bills = bills(contract);
    let signed_on = contract.signed_on().unwrap_or_default();
    let mut terms: Vec<Term> = Vec::new();
    let mut term = |added: &ObligationTerms, on: NaiveDate| {
        let id = added.id.to_string();
        let start = added.start.unwrap_or(on);
        Term {
            obligation: added.id.clone(),
            product: products.get(line_of(added.id.as_str())).cloned(),
            layers: vec![Layer {
                from: start,
                amount: added.price.unwrap_or_default(),
            }],
            service: (start, added.end.unwrap_or(start)),
            method: (added.satisfied == Satisfied::OverTime).then_some(added.method).flatten(),
            bills: bills
                .remove(&id)
                .unwrap_or_default()
                .into_iter()
                .map(|part| part.resolved(start))
                .collect(),
        }
    };
    for stored in &contract.events {
        match &stored.event.kind {
            EventKind::Signed(signed) => terms.extend(signed.obligations.iter().map(|added| term(added, signed_on))),
            EventKind::Modified(modified) => {
                terms.retain(|term| !modified.remove.contains(&term.obligation));
                for change in &modified.change {
                    if let Some(term) = terms.iter_mut().find(|term| term.obligation == change.obligation) {
                        term.service = (change.start.unwrap_or(term.service.0), change.end.unwrap_or(term.service.1));
                        term.reprice(stored.event.on, change.price.unwrap_or(term.price()));
                    }
                }
                terms.extend(modified.add.iter().map(|added| term(added, stored.event.on)));
            }
            EventKind::Cancelled(cancelled) => match &cancelled.obligations {
                None => terms.clear(),
                Some(ended) => terms.retain(|term| !ended.contains(&term.obligation)),
            },
            _ => {}
        }
    }
    terms
}

fn products(contract: &StoredContract) -> BTreeMap<&str, String> {
    let orders = contract.outline.superseded.iter().chain(&contract.outline.orders);
    let lines = orders.flat_map(|order| &order.booked.lines);
    lines.filter_map(|line| Some((line.id.as_str(), line.product.clone()?))).collect()
}

/// A part of a document, as it was planned.
struct Part {
    bill: Bill,
    /// Without a service of its own it is at a point.
    is_at_point: bool,
}

impl Part {
    /// What is billed at a point is billed for the day that was agreed.
    fn resolved(self, start: NaiveDate) -> Bill {
        match self.is_at_point {
            true => Bill {
                service: (start, start),
                ..self.bill
            },
            false => self.bill,
        }
    }
}

/// What bills each obligation, the oldest service first.
fn bills(contract: &StoredContract) -> BTreeMap<String, Vec<Part>> {
    let mut bills: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    let documents = &contract.outline.documents;
    for document in documents
        .iter()
        .filter(|one| one.kind == DocumentKind::Invoice && one.stage != Stage::Dropped)
    {
        for line in &document.plan {
            let service = line.service.unwrap_or_default();
            let bill = Bill {
                document: document.ordinal,
                amount: line.amount,
                service,
                state: match document.in_ledger() {
                    Some(found) if found.status.is_dead() => Billed::Gone,
                    None if document.is_to_come() => Billed::Planned,
                    _ => Billed::Made,
                },
            };
            bills.entry(line.obligation.clone()).or_default().push(Part {
                bill,
                is_at_point: line.service.is_none(),
            });
        }
    }
    bills
        .values_mut()
        .for_each(|parts| parts.sort_by_key(|part| (part.bill.service, part.bill.document)));
    for note in documents
        .iter()
        .filter(|document| document.kind == DocumentKind::CreditNote && !is_taken_back(document))
    {
        for line in &note.plan {
            let answered = |part: &&mut Part| note.answers.is_some_and(|answers| answers.invoice == part.bill.document);
            let mut open = line.amount;
            for part in bills.entry(line.obligation.clone()).or_default().iter_mut().rev().filter(answered) {
                let taken = open.min(part.bill.amount);
                part.bill.amount -= taken;
                open -= taken;
            }
        }
    }
    bills
}

fn is_taken_back(document: &Document) -> bool {
    document.in_ledger().is_some_and(|found| found.status.is_dead())
}
