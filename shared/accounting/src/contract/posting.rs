//! Posting: which period each fact stands in (accounting.md 2.6). A closed period never changes; what becomes known later
//! is posted in the first open period and keeps both its economic and its posting period.

use std::collections::{BTreeMap, BTreeSet};

use super::state::State;
use super::walk::walk;
use crate::book::{Calendar, PeriodAct};
use crate::event::{Event, EventKind};
use crate::ids::{ContractId, EntryId};
use crate::journal::{Case, Entry, Line, Reason};
use crate::limits::MAX_PERIOD_ACTS;
use crate::{Book, Period, Refusal};

/// What an amount belongs to.
type Key = (crate::journal::Role, Option<crate::ids::ObligationId>);

/// The final economic truth and the entries as they stand in the books.
pub(super) struct Posted<'a> {
    pub(super) state: State<'a>,
    pub(super) through: Period,
    pub(super) entries: Vec<Entry>,
}

pub(super) fn post<'a>(id: &ContractId, events: &[Event], book: &'a Book) -> Result<Posted<'a>, Refusal> {
    let (facts, acts) = in_order_of_knowledge(events, book);
    if acts.len() > MAX_PERIOD_ACTS {
        let problem = format!("closings and reopenings are more than {MAX_PERIOD_ACTS}");
        return Err(Refusal::new(
            id.as_str(),
            acts.len(),
            problem,
            "close several periods at once",
        ));
    }
    let all: Vec<&Event> = facts.iter().map(|(_, event)| *event).collect();
    let last_closed = acts
        .iter()
        .filter(|(_, act)| act.closed)
        .map(|(_, act)| act.period)
        .max();
    let (state, through) = walk(id, &all, book, book.until.max(last_closed))?;
    let mut state = state;
    let mut books = Books {
        calendar: Calendar::default(),
        frozen: BTreeMap::new(),
        emitted: BTreeSet::new(),
        entries: Vec::new(),
    };
    let mut known = 0;
    let mut earlier: Option<Vec<Entry>> = None;
    for (at, act) in acts {
        let now_known = facts.iter().take_while(|(order, _)| *order <= at).count();
        if now_known > known {
            known = now_known;
            let prefix: Vec<&Event> = all.iter().take(known).copied().collect();
            let complete = known == all.len();
            earlier = if complete {
                Some(state.entries.clone())
            } else {
                walk(id, &prefix, book, last_closed)
                    .ok()
                    .map(|(state, _)| state.entries)
                    .or(earlier)
            };
        }
        if act.closed {
            let computed = earlier.as_deref().unwrap_or_default();
            books.flush(id, computed, act.period)?;
        }
        books.calendar.apply(act);
    }
    let mut entries = books.finish(id, std::mem::take(&mut state.entries))?;
    entries.sort_by(|left, right| (left.on, left.case, &left.id).cmp(&(right.on, right.case, &right.id)));
    Ok(Posted {
        state,
        through,
        entries,
    })
}

/// When something became known: the day, and its place in the list.
type Known = (chrono::NaiveDate, usize);
/// Things with when they became known.
type WhenKnown<T> = Vec<(Known, T)>;

/// Facts and period acts by the day on which they became known; nothing is known of a contract before it is signed.
fn in_order_of_knowledge<'e>(events: &'e [Event], book: &Book) -> (WhenKnown<&'e Event>, WhenKnown<PeriodAct>) {
    let signed = events
        .iter()
        .find(|event| matches!(event.kind, EventKind::Signed(_)))
        .map(Event::known);
    let mut facts = Vec::new();
    let mut acts: WhenKnown<PeriodAct> = book.closed.iter().map(|act| ((act.on, usize::MAX), *act)).collect();
    for (place, event) in events.iter().enumerate() {
        match event.kind {
            EventKind::PeriodClosed(period) => acts.push((
                (event.known(), place),
                PeriodAct {
                    on: event.known(),
                    period,
                    closed: true,
                },
            )),
            EventKind::PeriodReopened(period) => acts.push((
                (event.known(), place),
                PeriodAct {
                    on: event.known(),
                    period,
                    closed: false,
                },
            )),
            _ => facts.push(((event.known().max(signed.unwrap_or(event.on)), place), event)),
        }
    }
    facts.sort_by_key(|(known, _)| *known);
    acts.sort();
    (facts, acts)
}

struct Books {
    calendar: Calendar,
    /// Sums of each economic period as they stand in the books.
    frozen: BTreeMap<Period, BTreeMap<Key, i64>>,
    emitted: BTreeSet<EntryId>,
    entries: Vec<Entry>,
}

impl Books {
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
                add(sums, entries.iter().flat_map(|entry| &entry.lines));
                self.emitted.extend(entries.iter().map(|entry| entry.id.clone()));
                self.entries.extend(entries.into_iter().cloned());
            } else {
                self.catch_up(id, period, posting, &entries)?;
            }
        }
        Ok(())
    }

    /// Puts the rest into the books: open periods as they are, closed ones as differences.
    fn finish(mut self, id: &ContractId, computed: Vec<Entry>) -> Result<Vec<Entry>, Refusal> {
        let untouched = |books: &Self, period: Period| {
            !books.frozen.contains_key(&period) && books.calendar.first_open(period) == period
        };
        let (mut open, closed): (Vec<Entry>, Vec<Entry>) = computed
            .into_iter()
            .partition(|entry| untouched(&self, entry.economic_period));
        let mut by_period: BTreeMap<Period, Vec<&Entry>> =
            self.frozen.keys().map(|period| (*period, Vec::new())).collect();
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
    fn catch_up(
        &mut self,
        id: &ContractId,
        period: Period,
        posting: Period,
        entries: &[&Entry],
    ) -> Result<(), Refusal> {
        let frozen = self.frozen.entry(period).or_default();
        let mut difference: BTreeMap<Key, i64> = BTreeMap::new();
        for entry in entries {
            if entry.case.is_document()
                && entry.case != Case::ReceivableRevaluation
                && self.emitted.insert(entry.id.clone())
            {
                add(frozen, &entry.lines);
                let on = if posting == period {
                    entry.on
                } else {
                    posting.first_day()
                };
                self.entries.push(Entry {
                    on,
                    posting_period: posting,
                    ..(*entry).clone()
                });
            }
            add(&mut difference, &entry.lines);
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
        let words = format!("late facts about {period}, posted in {posting}, the first open period");
        let entry = Entry {
            id: EntryId::new(format!("{id}/{posting}/catch-up/{period}/{count}")),
            on: posting.last_day(),
            economic_period: period,
            posting_period: posting,
            case: Case::CatchUp,
            lines: difference.into_iter().map(line).collect(),
            reverses: None,
            reversed_on: None,
            reason: Reason::new(words, "accounting.md 2.6; ASC 250-10-45-17 for estimates"),
        };
        self.entries.push(entry.balanced()?);
        Ok(())
    }
}

fn add<'l>(sums: &mut BTreeMap<Key, i64>, lines: impl IntoIterator<Item = &'l Line>) {
    for line in lines {
        let sum = sums.entry((line.account, line.obligation.clone())).or_default();
        *sum = sum.saturating_add(line.amount);
    }
}
