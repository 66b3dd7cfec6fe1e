//! Posting: which period each fact stands in (docs/accounting.md, Period lock). A closed period never changes; what becomes known later
//! is posted in the first open period and keeps both its economic and its posting period.
//!
//! Example: January and February are closed in March; usage of January that is reported on 10 March has the economic period
//! January and the posting period March.

use super::books::Books;
use super::state::State;
use super::walk::walk;
use crate::book::PeriodAct;
use crate::event::{Event, EventKind};
use crate::ids::ContractId;
use crate::journal::{Case, Entry};
use crate::limits::MAX_PERIOD_ACTS;
use crate::{Book, Period, Refusal};

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
        return Err(Refusal::new(id.as_str(), acts.len(), problem, "close several periods at once"));
    }
    let all: Vec<&Event> = facts.iter().map(|(_, event)| *event).collect();
    let last_closed = acts.iter().filter(|(_, act)| act.closed).map(|(_, act)| act.period).max();
    let (state, through) = walk(id, &all, book, book.until.max(last_closed))?;
    let mut state = state;
    let computed = std::mem::take(&mut state.entries);
    let mut entries = if in_time(&facts, &acts) {
        computed
    } else {
        as_it_became_known(id, book, &facts, acts, computed)?
    };
    entries.sort_by(|left, right| (left.on, left.case, &left.id).cmp(&(right.on, right.case, &right.id)));
    ask_about_earlier_years(&mut state, &entries);
    Ok(Posted { state, through, entries })
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
    computed: Vec<Entry>,
) -> Result<Vec<Entry>, Refusal> {
    let last_closed = acts.iter().filter(|(_, act)| act.closed).map(|(_, act)| act.period).max();
    let mut books = Books::default();
    let mut known = 0;
    let mut earlier: Option<Vec<Entry>> = None;
    let mut waiting: Option<Period> = None;
    for (at, act) in acts {
        let now_known = facts.iter().take_while(|(order, _)| *order <= at).count();
        if now_known > known || !act.closed {
            books.close(id, earlier.as_deref().unwrap_or_default(), waiting.take())?;
        }
        if now_known > known {
            known = now_known;
            let prefix: Vec<&Event> = facts.iter().take(known).map(|(_, event)| *event).collect();
            earlier = if known == facts.len() {
                Some(computed.clone())
            } else {
                walk(id, &prefix, book, last_closed)
                    .ok()
                    .map(|(state, _)| state.entries)
                    .or(earlier)
            };
        }
        if act.closed {
            waiting = waiting.max(Some(act.period));
        } else {
            books.calendar.apply(act);
        }
    }
    books.close(id, earlier.as_deref().unwrap_or_default(), waiting)?;
    books.finish(id, computed)
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
        state.ask(words, "ASC 250-10-45-23..24; IAS 8.41-42");
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
