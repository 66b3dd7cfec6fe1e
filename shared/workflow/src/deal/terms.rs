//! What a contract sells today: its obligations after all that changed them, each with its product and the invoice that bills it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::event::{EventKind, ObligationTerms, Satisfied};
use tieout_accounting::ids::ObligationId;
use tieout_accounting::policy::Method;
use tieout_store::{Document, DocumentKind, StoredContract};

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
    /// The invoice that bills it: the ordinal of its document; `None` where it was voided or deleted in the ledger, so that there is nothing to
    /// credit.
    pub invoice: Option<u32>,
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
    let invoices = invoices(contract);
    let signed_on = contract.signed_on().unwrap_or_default();
    let mut terms: Vec<Term> = Vec::new();
    let term = |added: &ObligationTerms, on: NaiveDate| {
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
            invoice: invoices.get(id.as_str()).copied(),
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

fn invoices(contract: &StoredContract) -> BTreeMap<&str, u32> {
    let is_dead = |document: &Document| document.in_ledger().is_some_and(|found| found.status.is_dead());
    let documents = contract.outline.documents.iter();
    documents
        .filter(|document| document.kind == DocumentKind::Invoice && !is_dead(document))
        .flat_map(|document| document.plan.iter().map(|line| (line.obligation.as_str(), document.ordinal)))
        .collect()
}
