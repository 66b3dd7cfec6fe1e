//! The books: what was posted stays; what is computed anew goes in as a difference.
//!
//! Example: February is closed with revenue of 100.00 and a price rise of 10.00 a month from February becomes known in April.
//! February stays 100.00; April gets its own 110.00 and a catch-up entry of 10.00 that names February (docs/accounting.md, Period lock).

use std::collections::{BTreeMap, BTreeSet};

use crate::book::Calendar;
use crate::ids::{ContractId, EntryId};
use crate::journal::{Case, Entry, Line, Reason, Rule};
use crate::{Period, Refusal};

/// What an amount belongs to.
type Key = (crate::journal::Role, Option<crate::ids::ObligationId>);

/// The books of a contract while periods are closed one after the other.
#[derive(Default)]
pub(super) struct Books {
    pub(super) calendar: Calendar,
    /// Sums of each economic period as they stand in the books.
    frozen: BTreeMap<Period, BTreeMap<Key, i64>>,
    emitted: BTreeSet<EntryId>,
    entries: Vec<Entry>,
}

impl Books {
    /// Closes the periods through one, where there is one: what is computed for them goes into the books first.
    pub(super) fn close(&mut self, id: &ContractId, computed: &[Entry], through: Option<Period>) -> Result<(), Refusal> {
        if let Some(through) = through {
            self.flush(id, computed, through)?;
            self.calendar.close(through);
        }
        Ok(())
    }

    /// Puts what is computed into the books, for periods through `close`.
    fn flush(&mut self, id: &ContractId, computed: &[Entry], close: Period) -> Result<(), Refusal> {
        let mut by_period: BTreeMap<Period, Vec<&Entry>> = self
            .frozen
            .keys()
            .filter(|period| **period <= close)
            .map(|period| (*period, Vec::new()))
            .collect();
        for entry in computed.iter().filter(|entry| entry.economic_period <= close) {
            by_period.entry(entry.economic_period).or_default().push(entry);
        }
        for (period, entries) in by_period {
            let posting = self.calendar.first_open(period);
            if posting > close {
                continue;
            }
            if !self.frozen.contains_key(&period) && posting == period {
                let sums = self.frozen.entry(period).or_default();
                add(sums, entries.iter().flat_map(|entry| &entry.lines))?;
                self.emitted.extend(entries.iter().map(|entry| entry.id.clone()));
                self.entries.extend(entries.into_iter().cloned());
            } else {
                self.catch_up(id, period, posting, &entries)?;
            }
        }
        Ok(())
    }

    /// Puts the rest into the books: open periods as they are, closed ones as differences.
    pub(super) fn finish(mut self, id: &ContractId, computed: Vec<Entry>) -> Result<Vec<Entry>, Refusal> {
        let untouched = |books: &Self, period: Period| !books.frozen.contains_key(&period) && books.calendar.first_open(period) == period;
        let (mut open, closed): (Vec<Entry>, Vec<Entry>) = computed.into_iter().partition(|entry| untouched(&self, entry.economic_period));
        let mut by_period: BTreeMap<Period, Vec<&Entry>> = self.frozen.keys().map(|period| (*period, Vec::new())).collect();
        for entry in &closed {
            by_period.entry(entry.economic_period).or_default().push(entry);
        }
        for (period, entries) in by_period {
            let posting = self.calendar.first_open(period);
            self.catch_up(id, period, posting, &entries)?;
        }
        self.entries.append(&mut open);
        Ok(self.entries)
    }

    /// A closed period computed anew: documents that are new go in whole, the rest as one difference.
    fn catch_up(&mut self, id: &ContractId, period: Period, posting: Period, entries: &[&Entry]) -> Result<(), Refusal> {
        let frozen = self.frozen.entry(period).or_default();
        let mut difference: BTreeMap<Key, i64> = BTreeMap::new();
        for entry in entries {
            if entry.case.is_document() && entry.case != Case::ReceivableRevaluation && self.emitted.insert(entry.id.clone()) {
                add(frozen, &entry.lines)?;
                let on = if posting == period { entry.on } else { posting.first_day() };
                self.entries.push(Entry {
                    on,
                    posting_period: posting,
                    ..(*entry).clone()
                });
            }
            add(&mut difference, &entry.lines)?;
        }
        for (key, amount) in frozen.iter() {
            *difference.entry(key.clone()).or_default() -= amount;
        }
        difference.retain(|_, amount| *amount != 0);
        if difference.is_empty() {
            return Ok(());
        }
        for (key, amount) in &difference {
            *frozen.entry(key.clone()).or_default() += amount;
        }
        let line = |((account, obligation), amount): (Key, i64)| Line {
            account,
            obligation,
            contract: id.clone(),
            amount,
            transaction: None,
        };
        let count = self
            .entries
            .iter()
            .filter(|entry| entry.case == Case::CatchUp && entry.economic_period == period)
            .count();
        let words = format!("known only after {period} was closed; posted in {posting}, the first open period");
        let entry = Entry {
            id: EntryId::new(format!("{id}/{posting}/catch-up/{period}/{count}")),
            on: posting.last_day(),
            economic_period: period,
            posting_period: posting,
            case: Case::CatchUp,
            lines: difference.into_iter().map(line).collect(),
            reverses: None,
            reversed_on: None,
            reason: Reason::new(words, Rule::LateFact.paragraph()),
        };
        self.entries.push(entry.balanced()?);
        Ok(())
    }
}

fn add<'l>(sums: &mut BTreeMap<Key, i64>, lines: impl IntoIterator<Item = &'l Line>) -> Result<(), Refusal> {
    for line in lines {
        let sum = sums.entry((line.account, line.obligation.clone())).or_default();
        let more = sum.checked_add(line.amount);
        *sum = more.ok_or_else(|| Refusal::too_large(line.contract.as_str(), line.amount))?;
    }
    Ok(())
}
