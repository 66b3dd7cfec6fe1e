//! What the contract's events already say about one invoice.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::event::{Event, EventKind};
use tieout_ledger::Invoice;
use tieout_store::StoredEvent;

use super::change::{EDIT, VOID};
use super::payments::{PAID, Paid};

/// What was stored of the invoice.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// What is billed by obligation: invoiced, corrected by edits and by voiding; credit notes are not in it.
    pub billed: BTreeMap<String, Decimal>,
    /// Whether it was ever in the books.
    pub invoiced: bool,
    /// The tax that is billed.
    pub tax: Decimal,
    /// What is paid by each payment, by the ledger's id of it.
    pub paid: BTreeMap<String, Paid>,
    /// What was credited by each credit note, by the ledger's id of it.
    pub credits: BTreeMap<String, Credit>,
    /// The keys of the facts that are stored.
    pub keys: BTreeSet<String>,
}

/// How the keys of credit notes begin, behind the invoice's id.
pub const CREDITED: &str = "credited/";

/// What was stored of one credit note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// What people call it.
    pub number: String,
    /// What was set against the invoice, with tax.
    pub amount: Decimal,
    /// The date of its event.
    pub on: NaiveDate,
}

impl Recorded {
    /// Reads them from the contract's events.
    pub fn read(invoice: &Invoice, events: &[StoredEvent]) -> Self {
        let mut recorded = Self::default();
        // By the fact's key, which begins with the ledger's id: people may change the number.
        let prefix = format!("{}/", invoice.id);
        for stored in events {
            let Some(key) = &stored.fact else { continue };
            if let Some(fact) = key.strip_prefix(&prefix) {
                recorded.count(fact, &stored.event);
            }
            recorded.keys.insert(key.clone());
        }
        recorded
    }

    fn count(&mut self, fact: &str, event: &Event) {
        match &event.kind {
            EventKind::Paid(payment) => {
                if let Some(id) = fact.strip_prefix(PAID).and_then(|rest| rest.split('/').next()) {
                    let paid = self.paid.entry(id.to_owned()).or_insert(Paid {
                        amount: Decimal::ZERO,
                        parts: 0,
                        on: event.on,
                    });
                    paid.amount += payment.amount;
                    paid.parts += 1;
                }
            }
            EventKind::Invoiced(invoiced) => {
                self.invoiced = true;
                self.tax += invoiced.tax.unwrap_or_default();
                for line in &invoiced.lines {
                    *self.billed.entry(line.obligation.to_string()).or_default() += line.amount;
                }
            }
            EventKind::Credited(credited) if [EDIT, VOID].iter().any(|prefix| credited.credit_note.as_str().starts_with(prefix)) => {
                self.tax -= credited.tax.unwrap_or_default();
                for line in &credited.lines {
                    *self.billed.entry(line.obligation.to_string()).or_default() -= line.amount;
                }
            }
            EventKind::Credited(credited) => {
                if let Some(id) = fact.strip_prefix(CREDITED).and_then(|rest| rest.split('/').next()) {
                    let lines: Decimal = credited.lines.iter().map(|line| line.amount).sum();
                    let credit = Credit {
                        number: credited.credit_note.to_string(),
                        amount: lines + credited.tax.unwrap_or_default(),
                        on: event.on,
                    };
                    self.credits.insert(id.to_owned(), credit);
                }
            }
            _ => {}
        }
    }
}
