//! What the contract's events already say about one invoice.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use tieout_accounting::event::{Event, EventKind};
use tieout_ledger::Invoice;
use tieout_store::StoredEvent;

use super::change::{EDIT, VOID};

/// How the keys of payments begin, behind the invoice's id.
pub const PAID: &str = "paid/";

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
    /// The keys of the facts that are stored.
    pub keys: BTreeSet<String>,
}

/// What was stored of one payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paid {
    /// All of it.
    pub amount: Decimal,
    /// In so many events.
    pub parts: usize,
}

/// What is to be done about a payment.
#[derive(Debug, PartialEq, Eq)]
pub enum Rest {
    /// Everything is stored.
    Nothing,
    /// So much is not stored yet; it is the fact `key`.
    More {
        /// What it is stored under, behind the invoice's id.
        key: String,
        /// In the invoice's currency.
        amount: Decimal,
    },
    /// More is stored than the ledger shows now.
    Less,
}

/// Compares what is stored of the payment `id` with its amount in the ledger. A payment stays as it is, but money in advance that was set
/// against the invoice in part may be set against it with more.
pub fn rest_of(id: &str, amount: Decimal, stored: Option<&Paid>) -> Rest {
    let stored = stored.copied().unwrap_or_default();
    let key = match stored.parts {
        0 => format!("{PAID}{id}"),
        parts => format!("{PAID}{id}/{}", parts + 1),
    };
    match amount.cmp(&stored.amount) {
        Ordering::Equal if stored.parts > 0 => Rest::Nothing,
        Ordering::Less => Rest::Less,
        Ordering::Equal | Ordering::Greater => Rest::More {
            key,
            amount: amount - stored.amount,
        },
    }
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
                    let paid = self.paid.entry(id.to_owned()).or_default();
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
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_of_a_payment() {
        let more = |key: &str, cents: i64| Rest::More {
            key: key.to_owned(),
            amount: Decimal::new(cents, 2),
        };
        let cases = [
            ("new", 10_000, None, more("paid/one", 10_000)),
            ("new, of nothing", 0, None, more("paid/one", 0)),
            ("stored", 10_000, Some((10_000, 1)), Rest::Nothing),
            ("grown", 15_000, Some((10_000, 1)), more("paid/one/2", 5_000)),
            ("grown twice", 15_001, Some((15_000, 2)), more("paid/one/3", 1)),
            ("shrunk", 9_999, Some((10_000, 1)), Rest::Less),
        ];
        for (name, cents, stored, expected) in cases {
            let stored = stored.map(|(cents, parts)| Paid {
                amount: Decimal::new(cents, 2),
                parts,
            });
            assert_eq!(rest_of("one", Decimal::new(cents, 2), stored.as_ref()), expected, "{name}");
        }
    }
}
