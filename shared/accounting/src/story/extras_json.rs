//! The keys of `expect` beside those of the contracts: disclosure, intercompany, translated.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Outcome;
use crate::disclosure::{self, Note};
use crate::intercompany::Chain;
use crate::journal::{Entry, Role};
use crate::money::major;
use crate::{Period, Refusal};

/// One of the books of a delivery by another entity.
type Book = fn(&Chain) -> &Vec<Entry>;

impl Outcome {
    /// Movements of each book of deliveries by another entity: seller, performer, elimination.
    pub(super) fn intercompany_json(&self) -> Value {
        let books: [(&str, Book); 3] = [
            ("seller", |chain| &chain.seller),
            ("performer", |chain| &chain.performer),
            ("elimination", |chain| &chain.elimination),
        ];
        let mut out = Map::new();
        for (name, of) in books {
            let mut sums: BTreeMap<Period, BTreeMap<Role, i64>> = BTreeMap::new();
            for entry in self.extra.chains.iter().flat_map(of) {
                for line in &entry.lines {
                    let sum = sums.entry(entry.posting_period).or_default().entry(line.account).or_default();
                    *sum += line.amount;
                }
            }
            out.insert(name.to_owned(), self.movements_json(&sums));
        }
        Value::Object(out)
    }

    /// The books in the group's currency, each figure positive on its natural side.
    pub(super) fn translated_json(&self) -> Value {
        let Some(currency) = self.group else { return Value::Null };
        let amount = |minor: i64| json!(major(i128::from(minor), currency));
        let of = |(period, books): (&Period, &crate::translation::Translated)| {
            let mut out = Map::new();
            for (role, minor) in books.balances.iter().chain(&books.movements) {
                let natural = if role.is_credit() { -minor } else { *minor };
                out.insert(role.name().to_owned(), amount(natural));
            }
            out.insert("cta".to_owned(), amount(-books.cta));
            (period.to_string(), Value::Object(out))
        };
        Value::Object(self.extra.translated.iter().map(of).collect())
    }

    /// The notes of the years that the contracts touch, and of the periods that `expect` asks for.
    pub(super) fn disclosure_json(&self) -> Value {
        let mut out = Map::new();
        let first = self.contracts.iter().map(|contract| contract.first_period().year()).min();
        let last = self.until.map(Period::year);
        let years = first
            .zip(last)
            .map(|(first, last)| (first..=last).map(|year| year.to_string()).collect::<Vec<_>>());
        for name in years.unwrap_or_default().into_iter().chain(self.asked_notes.iter().cloned()) {
            let through = |last: Period| self.until.map_or(last, |until| last.min(until));
            let note = reporting(&name).map(|(first, last)| disclosure::note(&self.contracts, first, through(last)));
            if let Some(Ok(note)) = note {
                out.insert(name, self.note_json(&note));
            }
        }
        Value::Object(out)
    }

    fn note_json(&self, note: &Note) -> Value {
        let amount = |minor: i64| json!(self.major(minor));
        json!({
            "opening_receivable": amount(note.opening.receivable),
            "opening_contract_asset": amount(note.opening.contract_asset),
            "opening_contract_liability": amount(note.opening.contract_liability),
            "closing_receivable": amount(note.closing.receivable),
            "closing_contract_asset": amount(note.closing.contract_asset),
            "closing_contract_liability": amount(note.closing.contract_liability),
            "revenue": amount(note.revenue),
            "revenue_from_opening": amount(note.revenue_from_opening),
            "liability_current": amount(note.liability_current),
            "liability_non_current": amount(note.liability_non_current),
            "rpo": amount(note.remaining.whole),
            "rpo_first_year": amount(note.remaining.first_year),
            "rpo_second_year": amount(note.remaining.second_year),
            "rpo_third_year": amount(note.remaining.third_year),
            "rpo_later": amount(note.remaining.later),
        })
    }
}

/// The periods of a year ("2026") or of one period ("2026-03").
pub(super) fn reporting(name: &str) -> Option<(Period, Period)> {
    let year = |month: &str| Period::parse(&format!("{name}-{month}"));
    let single: Result<Period, Refusal> = Period::parse(name);
    match single {
        Ok(period) => Some((period, period)),
        Err(_) => Some((year("01").ok()?, year("12").ok()?)),
    }
}
