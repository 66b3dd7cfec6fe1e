//! What a scope shows of one contract.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::movements::{Movement, Movements};
use super::rates::{RateUsed, used};
use super::scope::Scope;
use crate::contract::{Balances, Contract, Note, Trace, Working};
use crate::event::Event;
use crate::ids::ObligationId;
use crate::journal::Entry;
use crate::story::Outcome;
use crate::{Book, Period, Refusal};

/// The part of a contract that a scope chooses, each list in order of time.
#[derive(Debug)]
pub(super) struct View<'o> {
    pub(super) contract: &'o Contract,
    pub(super) events: Vec<Event>,
    pub(super) notes: Vec<&'o Note>,
    pub(super) workings: Vec<Working>,
    pub(super) rates: Vec<RateUsed>,
    pub(super) entries: Vec<&'o Entry>,
    pub(super) movements: Movements,
    /// The item of each product, or the way in which it is satisfied.
    groups: BTreeMap<String, String>,
}

impl<'o> View<'o> {
    /// # Errors
    /// As the trace of the contract.
    pub(super) fn new(contract: &'o Contract, events: Vec<Event>, scope: &Scope, outcome: &Outcome, book: &Book) -> Result<Self, Refusal> {
        let until = outcome.until.unwrap_or(contract.through());
        let book = Book {
            until: Some(until.max(contract.through())),
            ..book.clone()
        };
        let Trace { workings, closings } = Contract::trace(contract.id(), &events, &book)?;
        let within = |period: Period| period <= until && scope.has_period(period);
        let mut notes: Vec<&Note> = contract.notes().iter().filter(|note| scope.has_note(note)).collect();
        notes.sort_by_key(|note| note.on);
        let has_working = |working: &Working| {
            within(working.period)
                && scope.document.is_none()
                && scope.obligation.as_deref().is_none_or(|id| id == working.obligation.as_str())
        };
        let mut entries: Vec<&Entry> = contract
            .entries()
            .iter()
            .filter(|entry| entry.posting_period <= until && scope.has_entry(entry, &events))
            .collect();
        entries.sort_by_key(|entry| entry.on);
        let of_scope = |used: &RateUsed| {
            let document = scope.document.as_ref();
            within(Period::of(used.on))
                && scope.obligation.is_none()
                && document.is_none_or(|number| used.document.as_ref() == Some(number))
        };
        let mut movements = Movements::of(contract, until)?;
        movements.liability.retain(|period, _| within(*period));
        movements.asset.retain(|period, _| within(*period));
        let rates = used(contract, &events, closings, &book.rates)
            .into_iter()
            .filter(of_scope)
            .collect();
        let groups = groups(&events);
        let mut events: Vec<Event> = scope.events(&events).into_iter().cloned().collect();
        events.sort_by_key(|event| event.on);
        Ok(Self {
            contract,
            events,
            notes,
            workings: workings.into_iter().filter(has_working).collect(),
            rates,
            entries,
            movements,
            groups,
        })
    }

    /// Whether there is anything to show: a balance that is open at the end of a month belongs to that month, even where nothing happened in it.
    pub(super) fn is_empty(&self, scope: &Scope) -> bool {
        let happened = !(self.events.is_empty() && self.notes.is_empty() && self.workings.is_empty() && self.entries.is_empty());
        !(happened || scope.has_balances() && self.movements.liability.keys().any(|period| self.is_open(period.last_day())))
    }

    fn is_open(&self, day: NaiveDate) -> bool {
        self.contract.balances(day) != Balances::default() || self.contract.rpo(day).minor != 0
    }

    /// The group of products to which one belongs where there are too many to list.
    pub(super) fn group_of(&self, id: &ObligationId) -> String {
        self.groups.get(id.as_str()).cloned().unwrap_or_else(|| "other".to_owned())
    }

    /// Revenue by product and month within the scope.
    pub(super) fn revenue(&self, scope: &Scope, until: Period) -> BTreeMap<&ObligationId, BTreeMap<Period, i64>> {
        let chosen = |id: &ObligationId| scope.obligation.as_deref().is_none_or(|chosen| chosen == id.as_str());
        let within = |period: Period| period <= until && scope.has_period(period);
        let of = |amounts: &BTreeMap<Period, i64>| {
            amounts
                .iter()
                .filter(|(period, _)| within(**period))
                .map(|(p, a)| (*p, *a))
                .collect()
        };
        let rows = self.contract.recognised_by_obligation().iter();
        rows.filter(|(id, _)| chosen(id)).map(|(id, amounts)| (id, of(amounts))).collect()
    }

    /// The months of the scope, of both balances.
    pub(super) fn months(&self) -> Vec<(Period, Movement, Movement)> {
        let of = |(period, liability): (&Period, &Movement)| {
            let asset = self.movements.asset.get(period).copied().unwrap_or_default();
            (*period, *liability, asset)
        };
        self.movements.liability.iter().map(of).collect()
    }
}

/// The item of each product that was signed or added, or where it has none, the way in which it is satisfied.
fn groups(events: &[Event]) -> BTreeMap<String, String> {
    let mut groups = BTreeMap::new();
    for event in events.iter().map(Event::to_value) {
        let lists = ["obligations", "add"].into_iter().filter_map(|key| event.get(key)?.as_array());
        for terms in lists.flatten() {
            let of = |key: &str| terms.get(key).and_then(Value::as_str);
            let group = match (of("item"), of("satisfied")) {
                (Some(item), _) => item.to_owned(),
                (None, Some(satisfied)) => satisfied.replace('_', " "),
                (None, None) => "over time".to_owned(),
            };
            groups.extend(of("id").map(|id| (id.to_owned(), group)));
        }
    }
    groups
}
