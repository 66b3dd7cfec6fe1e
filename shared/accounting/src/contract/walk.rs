//! The walk: events in the order in which they take effect, month by month, to the last period that anything touches.

use super::state::State;
use crate::event::{Event, EventKind};
use crate::ids::ContractId;
use crate::limits::{MAX_EVENTS, MAX_TERM_MONTHS};
use crate::{Book, Period, Refusal};

/// Computes the economic truth of the facts: everything by its own date, as if it had been known then.
pub(super) fn walk<'a>(id: &ContractId, facts: &[&Event], book: &'a Book, through: Option<Period>) -> Result<(State<'a>, Period), Refusal> {
    if facts.len() > MAX_EVENTS {
        return Err(Refusal::new(id.as_str(), facts.len(), format!("events are more than {MAX_EVENTS}"), "split the contract"));
    }
    let mut facts: Vec<&Event> = facts.to_vec();
    facts.sort_by_key(|event| (event.on, rank(&event.kind)));
    let signed = facts.iter().find_map(|event| match &event.kind {
        EventKind::Signed(signed) => Some((event, signed)),
        _ => None,
    });
    let (first, signed) = signed.ok_or_else(|| Refusal::new(id.as_str(), "signed", "is missing: the contract was never signed", "add the event signed"))?;
    if let Some(early) = facts.first().filter(|event| event.on < first.on) {
        return Err(Refusal::new(id.as_str(), early.on, format!("is before the contract was signed on {}", first.on), "correct one of the dates"));
    }
    let mut state = State::new(id.clone(), book, signed.currency.unwrap_or(book.ledger_currency), first.on);
    let start = Period::of(first.on);
    let mut last = facts.last().map_or(start, |event| Period::of(event.on)).max(through.unwrap_or(start));
    let mut month = start;
    let mut next = 0;
    while month <= last {
        if month.since(start) >= MAX_TERM_MONTHS {
            return Err(Refusal::new(id.as_str(), last, format!("is more than {MAX_TERM_MONTHS} months after the contract was signed"), "correct the dates"));
        }
        state.reverse(month.first_day());
        while let Some(day) = facts.get(next).map(|event| event.on).filter(|on| Period::of(*on) == month) {
            state.world.today = day;
            while let Some(event) = facts.get(next).filter(|event| event.on == day) {
                apply(&mut state, event)?;
                next += 1;
            }
            state.settle(false)?;
            state.moment(false)?;
        }
        state.world.today = month.last_day();
        state.settle(true)?;
        state.month_end()?;
        state.moment(true)?;
        last = last.max(state.last_service().unwrap_or(last));
        month = month.next();
    }
    state.reverse(month.first_day());
    Ok((state, last))
}

fn apply(state: &mut State<'_>, event: &Event) -> Result<(), Refusal> {
    if matches!(event.kind, EventKind::Signed(_)) && !state.obligations.is_empty() {
        return Err(Refusal::new(state.id.as_str(), event.on, "is a second signing of the same contract", "write a modification, or give the contract another id"));
    }
    state.apply(event).map_err(|refusal| refusal.within(&format!("{} of {}", event.kind.name(), event.on)))
}

/// Order of events that take effect on the same day, so that it does not matter in which order they arrived.
fn rank(kind: &EventKind) -> u8 {
    match kind {
        EventKind::Signed(_) => 0,
        EventKind::Modified(_) => 1,
        EventKind::Exercised(_) | EventKind::Expired(_) => 2,
        EventKind::Estimated(_) => 3,
        EventKind::Delivered(_) | EventKind::Progressed(_) | EventKind::Used(_) => 4,
        EventKind::Invoiced(_) => 5,
        EventKind::Paid(_) => 6,
        EventKind::WrittenOff(_) => 7,
        EventKind::Cancelled(_) => 8,
        EventKind::Credited(_) => 9,
        EventKind::Refunded(_) => 10,
        EventKind::PeriodClosed(_) | EventKind::PeriodReopened(_) => 11,
    }
}

impl State<'_> {
    /// Last period in which a schedule has weight.
    fn last_service(&self) -> Option<Period> {
        self.obligations.iter().filter_map(|obligation| obligation.last_period()).max()
    }
}
