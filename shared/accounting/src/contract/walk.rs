//! The walk: events in the order in which they take effect, month by month, to the last period that anything touches.
//!
//! Events of one day have an order of their own (a modification before a delivery, a cancellation after it), so that it does not
//! matter in which order they arrived.

use super::as_if::Foreseen;
use super::state::State;
use super::workings::Workings;
use crate::event::{Event, EventKind};
use crate::ids::ContractId;
use crate::limits::{MAX_EVENTS, MAX_TERM_MONTHS};
use crate::{Book, Period, Refusal};

/// Computes the economic truth of the facts: everything by its own date, as if it had been known then.
pub(super) fn walk<'a>(id: &ContractId, facts: &[&Event], book: &'a Book, through: Option<Period>) -> Result<(State<'a>, Period), Refusal> {
    run(id, facts, book, through, Asked::Figures)
}

/// The same, with the arithmetic of each figure written down.
pub(super) fn traced<'a>(
    id: &ContractId,
    facts: &[&Event],
    book: &'a Book,
    through: Option<Period>,
) -> Result<(State<'a>, Period), Refusal> {
    run(id, facts, book, through, Asked::Workings)
}

/// Where the contract would stand at the end of its last event's day, had some things been known from the beginning.
pub(super) fn as_if<'a>(id: &ContractId, facts: &[&Event], book: &'a Book, foreseen: Vec<Foreseen>) -> Result<State<'a>, Refusal> {
    run(id, facts, book, None, Asked::AsIf(foreseen)).map(|(state, _)| state)
}

/// What a walk is for.
enum Asked {
    Figures,
    /// With the arithmetic of each.
    Workings,
    AsIf(Vec<Foreseen>),
}

fn run<'a>(
    id: &ContractId,
    facts: &[&Event],
    book: &'a Book,
    through: Option<Period>,
    asked: Asked,
) -> Result<(State<'a>, Period), Refusal> {
    let mut facts: Vec<&Event> = facts.to_vec();
    facts.sort_by_key(|event| (event.on, event.kind.rank_in_day()));
    let (mut state, start) = signed_state(id, &facts, book)?;
    let as_if = matches!(asked, Asked::AsIf(_));
    match asked {
        Asked::Figures => {}
        Asked::Workings => state.workings = Some(Workings::default()),
        Asked::AsIf(foreseen) => state.foreseen = Some(foreseen),
    }
    let mut done = 0;
    let touched = facts.last().map_or(start, |event| Period::of(event.on));
    let mut last = touched.max(through.unwrap_or(start));
    let mut month = start;
    let mut rest = facts.as_slice();
    let mut last_service = None;
    while month <= last {
        if month.since(start) >= MAX_TERM_MONTHS {
            let problem = format!("is more than {MAX_TERM_MONTHS} months after the contract was signed");
            return Err(Refusal::new(id.as_str(), last, problem, "correct the dates"));
        }
        let nothing_to_reverse = state.to_reverse.is_empty();
        state.reverse(month.first_day())?;
        let (now, later) = rest.split_at(rest.partition_point(|event| Period::of(event.on) <= month));
        rest = later;
        for same_day in now.chunk_by(|left, right| left.on == right.on) {
            done += same_day.len();
            state.day(same_day, facts.get(..done).unwrap_or_default())?;
        }
        if as_if && rest.is_empty() {
            return Ok((state, month));
        }
        // Only events change schedules.
        if !now.is_empty() {
            last_service = state.last_service();
        }
        state.world.today = month.last_day();
        let quiet = now.is_empty() && nothing_to_reverse && state.rests();
        if !(quiet && last_service < Some(month) && state.same_moment()) {
            let earned = state.settle(true)?;
            state.work();
            if earned || !quiet {
                state.month_end()?;
            }
            state.moment(true)?;
            state.work_closings()?;
        }
        if month == start {
            state.reserve(last.max(last_service.unwrap_or(last)).since(month));
        }
        last = last.max(last_service.unwrap_or(last));
        month = month.next();
    }
    state.reverse(month.first_day())?;
    Ok((state, last))
}

/// The state before the first event, and the period of the signing.
fn signed_state<'a>(id: &ContractId, facts: &[&Event], book: &'a Book) -> Result<(State<'a>, Period), Refusal> {
    let refuse = |value: &dyn ToString, problem: String, remedy: &str| Refusal::new(id.as_str(), value.to_string(), problem, remedy);
    if facts.len() > MAX_EVENTS {
        return Err(refuse(
            &facts.len(),
            format!("events are more than {MAX_EVENTS}"),
            "split the contract",
        ));
    }
    let signed = facts.iter().find_map(|event| match &event.kind {
        EventKind::Signed(signed) => Some((event.on, signed.currency)),
        EventKind::Opened(opened) => Some((event.on, opened.currency)),
        _ => None,
    });
    let missing = || {
        refuse(
            &"signed",
            "is missing: the contract was never signed".to_owned(),
            "add the event signed",
        )
    };
    let (on, currency) = signed.ok_or_else(missing)?;
    if let Some(early) = facts.first().filter(|event| event.on < on) {
        let problem = format!("is before the contract was signed on {on}");
        return Err(refuse(&early.on, problem, "correct one of the dates"));
    }
    let currency = currency.unwrap_or(book.ledger_currency);
    Ok((State::new(id.clone(), book, currency, on), Period::of(on)))
}

fn apply(state: &mut State<'_>, event: &Event) -> Result<(), Refusal> {
    if matches!(event.kind, EventKind::Signed(_) | EventKind::Opened(_)) && !state.obligations.is_empty() {
        return Err(Refusal::new(
            state.id.as_str(),
            event.on,
            "is a second signing of the same contract",
            "write a modification, or give the contract another id",
        ));
    }
    state
        .apply(event)
        .map_err(|refusal| refusal.within(&format!("{} of {}", event.kind.name(), event.on)))
}

impl State<'_> {
    /// Applies the events of one day.
    fn day(&mut self, events: &[&Event], so_far: &[&Event]) -> Result<(), Refusal> {
        for event in events {
            self.world.today = event.on;
            if let EventKind::Settled(how) = event.kind {
                self.refuse_unaccompanied(how, events)
                    .map_err(|refusal| refusal.within(&format!("settled of {}", event.on)))?;
            }
            apply(self, event)?;
        }
        let day = self.world.today;
        self.settle_claims(so_far).map_err(|refusal| match events.last() {
            Some(event) => refusal.within(&format!("{} of {day}", event.kind.name())),
            None => refusal,
        })?;
        self.remember_prices();
        self.settle(false)?;
        self.moment(false)
    }

    /// What each obligation costs at the end of the day may be billed, whatever it costs later. Of several changes of one day each starts
    /// from what the one before left, and only the last one's price was ever in force.
    fn remember_prices(&mut self) {
        for obligation in &mut self.obligations {
            obligation.highest = obligation.highest.max(obligation.agreed_price());
        }
    }

    /// Makes room for an entry, a moment and a row in each of the months to come, so that nothing is moved as they are added.
    fn reserve(&mut self, months: i32) {
        let months = usize::try_from(months).unwrap_or(0);
        self.entries.reserve(months);
        self.moments.reserve(months);
        self.recognised.reserve(months);
    }

    /// Last period in which a schedule has weight.
    fn last_service(&self) -> Option<Period> {
        self.obligations.iter().filter_map(|obligation| obligation.last_period()).max()
    }
}
