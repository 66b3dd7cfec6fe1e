//! Closings and reopenings of a story, in the order in which they became known: only what is closed can be reopened.

use crate::Refusal;
use crate::book::{Calendar, PeriodAct};
use crate::event::{Event, EventKind};

/// Refuses a reopening of a period that was open.
pub(super) fn refuse_open_reopenings(events: &[Event]) -> Result<(), Refusal> {
    let act = |(place, event): (usize, &Event)| match event.kind {
        EventKind::PeriodClosed(period) => Some((event.known(), place, period, true)),
        EventKind::PeriodReopened(period) => Some((event.known(), place, period, false)),
        _ => None,
    };
    let mut acts: Vec<_> = events.iter().enumerate().filter_map(act).collect();
    acts.sort();
    let mut calendar = Calendar::default();
    for (on, place, period, closed) in acts {
        if !closed && !calendar.is_closed(period) {
            let at = format!("events[{place}]");
            return Err(Refusal::new(
                at,
                period,
                format!("is not closed on {on}"),
                "close it first, or remove the event",
            ));
        }
        calendar.apply(PeriodAct { on, period, closed });
    }
    Ok(())
}
