//! The rates of an entity's books: those that its ledger booked documents at. Before the first of a currency, the first holds.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tieout_accounting::event::EventKind;
use tieout_accounting::rates::{RateLine, Rates};
use tieout_accounting::{Currency, Refusal};
use tieout_store::{StoredContract, StoredEvent};

/// The rates table, and which currencies it knows.
pub struct Known {
    rates: BTreeMap<Currency, BTreeMap<NaiveDate, Decimal>>,
}

impl Known {
    /// Collects what the contracts' drafts and invoices were booked at.
    ///
    /// # Errors
    /// Where a head names no currency of ISO 4217.
    pub fn of(contracts: &[StoredContract]) -> Result<Self, Refusal> {
        let mut rates: BTreeMap<Currency, BTreeMap<NaiveDate, Decimal>> = BTreeMap::new();
        let mut first_days: BTreeMap<Currency, NaiveDate> = BTreeMap::new();
        for contract in contracts {
            let currency = Currency::parse(&contract.outline.head.currency)?;
            let of_currency = rates.entry(currency).or_default();
            let documents = contract.outline.documents.iter().filter_map(|document| document.in_ledger()?.rate);
            of_currency.extend(documents.map(|rate| (rate.on, rate.rate)));
            for StoredEvent { event, .. } in &contract.events {
                let first = first_days.entry(currency).or_insert(event.on);
                *first = event.on.min(*first);
                if let EventKind::Invoiced(invoiced) = &event.kind {
                    of_currency.extend(invoiced.rate.map(|rate| (event.on, rate)));
                }
            }
        }
        for (currency, of_currency) in &mut rates {
            let earliest = of_currency.first_key_value().map(|(_, rate)| *rate);
            if let (Some(rate), Some(first)) = (earliest, first_days.get(currency)) {
                of_currency.entry(*first).or_insert(rate);
            }
        }
        Ok(Self { rates })
    }

    /// Whether amounts in `currency` can be translated.
    pub fn knows(&self, currency: Currency) -> bool {
        self.rates.get(&currency).is_some_and(|days| !days.is_empty())
    }

    /// The table for the accounting.
    ///
    /// # Errors
    /// Where the ledger gave a rate that is none.
    pub fn table(&self) -> Result<Rates, Refusal> {
        let lines = self.rates.iter().flat_map(|(currency, days)| {
            days.iter().map(|(on, rate)| RateLine {
                on: *on,
                currency: *currency,
                rate: *rate,
            })
        });
        Rates::new(lines)
    }
}
