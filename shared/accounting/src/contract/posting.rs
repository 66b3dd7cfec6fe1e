//! Posting: which period each fact stands in (docs/accounting.md, Period lock). A closed period never changes; what becomes known later
//! is posted in the first open period and keeps both its economic and its posting period.
//!
//! Example: January and February are closed in March; usage of January that is reported on 10 March has the economic period
//! January and the posting period March.

use std::collections::BTreeMap;

use super::books::Books;
use super::records::{Moment, Note};
use super::state::State;
use super::walk::walk;
use crate::book::{Calendar, PeriodAct};
use crate::event::{Event, EventKind};
use crate::ids::ContractId;
use crate::journal::{Case, Entry, Reason, Rule};
use crate::limits::MAX_PERIOD_ACTS;
use crate::{Book, Period, Refusal};

/// How many of the facts that became known before a close are left out, where they contradict each other.
const MAX_LEFT_OUT: usize = 16;

/// The final economic truth and the entries as they stand in the books.
pub(super) struct Posted<'a> {
    pub(super) state: State<'a>,
    pub(super) through: Period,
    pub(super) entries: Vec<Entry>,
    /// Where the contract stood day by day as it was known when each period was closed; none where that is what is known now.
    pub(super) as_closed: Option<Vec<Moment>>,
}

pub(super) fn post<'a>(id: &ContractId, events: &[Event], book: &'a Book) -> Result<Posted<'a>, Refusal> {
    let (facts, acts) = in_order_of_knowledge(events, book);
    if acts.len() > MAX_PERIOD_ACTS {
        let problem = format!("closings and reopenings are more than {MAX_PERIOD_ACTS}");
        return Err(Refusal::new(id.as_str(), acts.len(), problem, "close several periods at once"));
    }
    let all: Vec<&Event> = facts.iter().map(|(_, event)| *event).collect();
    let last_closed = acts.iter().filter(|(_, act)| act.closed).map(|(_, act)| act.period).max();
    let (state, through) = walk(id, &all, book, book.until.max(last_closed))?;
    let mut state = state;
    // What was known at a close may have been put right since: only what is known now is judged as a whole.
    state.refuse_above_price()?;
    let mut as_closed = None;
    let mut entries = std::mem::take(&mut state.entries);
    if !in_time(&facts, &acts) {
        let computed = View {
            first: Period::of(state.signed_on),
            entries,
            moments: state.moments.clone(),
            notes: state.notes.clone(),
            left_out: 0,
        };
        let (posted, closed) = as_it_became_known(id, book, &facts, acts, computed)?;
        entries = posted;
        state.notes = closed.notes(std::mem::take(&mut state.notes));
        as_closed = Some(closed.moments(&state.moments));
    }
    entries.sort_by(|left, right| (left.on, left.case, &left.id).cmp(&(right.on, right.case, &right.id)));
    ask_about_earlier_years(&mut state, &entries);
    Ok(Posted {
        state,
        through,
        entries,
        as_closed,
    })
}

/// What is computed from what was known at a time.
#[derive(Clone)]
struct View {
    first: Period,
    entries: Vec<Entry>,
    moments: Vec<Moment>,
    notes: Vec<Note>,
    /// How many facts were known and are not in it, because they contradict the others.
    left_out: usize,
}

impl View {
    fn of(state: State<'_>) -> Self {
        Self {
            first: Period::of(state.signed_on),
            entries: state.entries,
            moments: state.moments,
            notes: state.notes,
            left_out: 0,
        }
    }

    /// What a person is asked where a period was closed without facts that were known.
    fn question(&self, closed: Period) -> Option<Note> {
        let words = match self.left_out {
            0 => return None,
            1 => "1 fact".to_owned(),
            count => format!("{count} facts"),
        };
        let words = format!("{words} known when {closed} was closed contradict the others and are left out of it: which are right?");
        Some(Note {
            on: closed.last_day(),
            reason: Reason::new(words, Rule::LateFact.paragraph()),
            question: true,
        })
    }
}

/// What a report said of the periods that are closed.
#[derive(Default)]
struct AsClosed {
    by_period: BTreeMap<Period, (Vec<Moment>, Vec<Note>)>,
    calendar: Calendar,
}

impl AsClosed {
    /// Keeps what is known of the periods that are closed now and were not before.
    fn close(&mut self, known: Option<&View>, through: Option<Period>) {
        let Some(through) = through else { return };
        self.calendar.close(through);
        let Some(known) = known else { return };
        let new: Vec<Period> = known
            .first
            .to(through)
            .filter(|period| !self.by_period.contains_key(period))
            .collect();
        for period in new {
            let from = known.moments.partition_point(|moment| moment.on < period.first_day());
            let of_period = known.moments.iter().skip(from).take_while(|moment| Period::of(moment.on) == period);
            let notes = known.notes.iter().filter(|note| Period::of(note.on) == period).cloned();
            self.by_period.insert(period, (of_period.cloned().collect(), notes.collect()));
        }
        if let Some((_, notes)) = self.by_period.get_mut(&through) {
            notes.extend(known.question(through));
        }
    }

    /// A period that is reopened says what is known now.
    fn reopen(&mut self, act: PeriodAct) {
        self.calendar.apply(act);
        if !self.calendar.is_closed(act.period) {
            self.by_period.remove(&act.period);
        }
    }

    fn moments(self, now: &[Moment]) -> Vec<Moment> {
        let open = now
            .iter()
            .filter(|moment| !self.by_period.contains_key(&Period::of(moment.on)))
            .cloned();
        let closed = self.by_period.values().flat_map(|(moments, _)| moments).cloned();
        let mut moments: Vec<Moment> = closed.chain(open).collect();
        moments.sort_by_key(|moment| moment.on);
        moments
    }

    /// Notes of closed periods as they were; what became known later stands in the first open period.
    fn notes(&self, now: Vec<Note>) -> Vec<Note> {
        let mut notes: Vec<Note> = self.by_period.values().flat_map(|(_, notes)| notes).cloned().collect();
        for note in now {
            let period = Period::of(note.on);
            match self.by_period.get(&period) {
                Some((_, closed)) if closed.contains(&note) => {}
                Some(_) => {
                    let words = format!("as of {}: {}", note.on, note.reason.words);
                    notes.push(Note {
                        on: self.calendar.first_open(period).first_day(),
                        reason: Reason::new(words, note.reason.paragraph),
                        ..note
                    });
                }
                None => notes.push(note),
            }
        }
        notes.sort_by_key(|note| note.on);
        notes
    }
}

/// Whether each fact became known before its period was closed: then the books hold what is computed, period by period.
fn in_time(facts: &[(Known, &Event)], acts: &[(Known, PeriodAct)]) -> bool {
    let mut acts = acts.iter().peekable();
    let mut through: Option<Period> = None;
    let mut before_close = |(known, event): &(Known, &Event)| {
        while let Some((_, act)) = acts.next_if(|(at, _)| at < known) {
            through = through.max(Some(act.period));
        }
        through.is_none_or(|through| Period::of(event.on) > through)
    };
    facts.iter().all(&mut before_close)
}

/// The books after each closing, with what was known then. Closings between which nothing became known count as one.
fn as_it_became_known(
    id: &ContractId,
    book: &Book,
    facts: &[(Known, &Event)],
    acts: WhenKnown<PeriodAct>,
    computed: View,
) -> Result<(Vec<Entry>, AsClosed), Refusal> {
    let last_closed = acts.iter().filter(|(_, act)| act.closed).map(|(_, act)| act.period).max();
    let mut books = Books::default();
    let mut as_closed = AsClosed::default();
    let mut count = 0;
    let mut known: Option<View> = None;
    let mut waiting: Option<Period> = None;
    for (at, act) in acts {
        let now_known = facts.iter().take_while(|(order, _)| *order <= at).count();
        if now_known > count || !act.closed {
            let through = waiting.take();
            books.close(id, known.as_ref().map_or(&[], |known| &known.entries), through)?;
            as_closed.close(known.as_ref(), through);
        }
        if now_known > count {
            known = match now_known == facts.len() {
                true => Some(computed.clone()),
                false => Some(last_known(
                    id,
                    book,
                    now_known - count,
                    facts.get(..now_known).unwrap_or_default(),
                    last_closed,
                    known,
                )?),
            };
            count = now_known;
        }
        if act.closed {
            waiting = waiting.max(Some(act.period));
        } else {
            books.calendar.apply(act);
            as_closed.reopen(act);
        }
    }
    books.close(id, known.as_ref().map_or(&[], |known| &known.entries), waiting)?;
    as_closed.close(known.as_ref(), waiting);
    Ok((books.finish(id, computed.entries)?, as_closed))
}

/// What is computed from the facts known at a close. Where they contradict each other, and only a later one puts that right, the last
/// of the new ones are left out until they agree; where that does not help, it is what was known at the close before.
fn last_known(
    id: &ContractId,
    book: &Book,
    new: usize,
    facts: &[(Known, &Event)],
    last_closed: Option<Period>,
    before: Option<View>,
) -> Result<View, Refusal> {
    let facts: Vec<&Event> = facts.iter().map(|(_, event)| *event).collect();
    let mut refused = None;
    for left_out in 0..new.min(MAX_LEFT_OUT) {
        match walk(id, facts.get(..facts.len() - left_out).unwrap_or_default(), book, last_closed) {
            Ok((state, _)) => {
                return Ok(View {
                    left_out,
                    ..View::of(state)
                });
            }
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match (before, refused) {
        (Some(before), _) => Ok(View {
            left_out: before.left_out + new,
            ..before
        }),
        (None, Some(refusal)) => Err(refusal),
        (None, None) => Err(Refusal::new(
            id.as_str(),
            "signed",
            "was not known when a period was closed",
            "correct the dates",
        )),
    }
}

/// A late fact about an earlier year may be an error of that year; whether it is material is for people to say.
fn ask_about_earlier_years(state: &mut State<'_>, entries: &[Entry]) {
    let late = |entry: &&Entry| entry.case == Case::CatchUp && entry.economic_period.year() < entry.posting_period.year();
    let mut years: Vec<(i32, Period)> = entries
        .iter()
        .filter(late)
        .map(|entry| (entry.economic_period.year(), entry.posting_period))
        .collect();
    years.dedup();
    for (year, posting) in years {
        state.world.today = posting.last_day();
        let words = format!("late facts about {year} stand in {posting}: were they an error, and is it material? Then {year} is restated");
        state.ask(words, Rule::EarlierYear);
    }
}

/// When something became known: the day, and its place in the list.
type Known = (chrono::NaiveDate, usize);
/// Things with when they became known.
type WhenKnown<T> = Vec<(Known, T)>;

/// Facts and period acts by the day on which they became known; nothing is known of a contract before it is signed.
fn in_order_of_knowledge<'e>(events: &'e [Event], book: &Book) -> (WhenKnown<&'e Event>, WhenKnown<PeriodAct>) {
    let signed = events
        .iter()
        .find(|event| matches!(event.kind, EventKind::Signed(_) | EventKind::Opened(_)))
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
