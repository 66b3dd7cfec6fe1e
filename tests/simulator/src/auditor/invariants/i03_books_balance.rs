//! I3: the books balance: each journal, each schedule, each contract's position, and the ledger against what we hold for posted.

mod contracts;
mod documents;
mod journals;
mod terms;

use crate::auditor::books::Books;
use crate::auditor::history::History;
use crate::auditor::invariant::{Invariant, Wrong};
use crate::auditor::json::{decimal, list, to_cents};
use crate::auditor::seen::{Request, Table};
use crate::auditor::wire::{self, Kind};

/// Needs no memory: each look shows all.
#[derive(Debug)]
pub struct BooksBalance;

impl Invariant for BooksBalance {
    fn name(&self) -> &'static str {
        "I3"
    }

    fn statement(&self) -> &'static str {
        "Debits are credits in each journal; schedules add up to the price to the cent; opening plus billed less recognised is closing; and \
         the ledger holds what we hold for posted."
    }

    fn source(&self) -> &'static str {
        "docs/faults.md, I3; docs/accounting.md, Schedules, Modifications and Journals; ASC 606-10-45-1"
    }

    fn leaves(&mut self, request: &Request, _: &History, table: &dyn Table) -> Wrong {
        let Some((key, record)) = wire::key(request).filter(|(key, _)| key.kind == Kind::Invoice) else {
            return Vec::new();
        };
        let lines = list(&record, "LineItems").iter();
        let billed: i64 = lines
            .filter_map(|line| Some(to_cents(decimal(line, "Quantity")?.checked_mul(decimal(line, "UnitAmount")?)?)))
            .sum();
        let (_, document) = key.id.rsplit_once('#').unwrap_or_default();
        let (contract, _) = document.split_once('/').unwrap_or_default();
        let signed = table.item(&format!("CONTRACT#{contract}"), "4#EVENT#000000001");
        let Some(signed) = signed.map(|event| crate::auditor::json::inner(&event, "event")) else {
            return vec![format!("invoice {} leaves without a contract behind it", key.id)];
        };
        let price: i64 = list(&signed, "obligations")
            .iter()
            .map(|terms| crate::auditor::json::cents(terms, "price"))
            .sum();
        match billed == price {
            true => Vec::new(),
            false => vec![format!(
                "invoice {} leaves over {billed} cents, its contract is over {price}",
                key.id
            )],
        }
    }

    fn look(&mut self, books: &Books, history: &History) -> Wrong {
        let mut wrong = journals::wrong(books, history);
        wrong.extend(contracts::wrong(books, history));
        wrong.extend(terms::wrong(books, history));
        wrong
    }

    fn end(&mut self, books: &Books, history: &History) -> Wrong {
        let mut wrong = documents::wrong(books, history);
        wrong.extend(journals::unheld(books));
        wrong
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]
mod tests;
