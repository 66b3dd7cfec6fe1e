//! Small makers of events: what became known, as the accounting reads it and as the store keeps it.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use tieout_accounting::event::{Event, EventKind};
use tieout_platform::config::Entity;
use tieout_store::NewEvent;

/// An event that takes effect `on` a day; where it became `known` later, it says so.
pub fn event(on: NaiveDate, known: NaiveDate, kind: EventKind) -> Event {
    Event {
        known_on: (known > on).then_some(known),
        ..Event::new(on, kind)
    }
}

/// An event as it is given to the store; `fact` is what is stored at most once.
pub fn new_event(event: Event, cause: &str, fact: Option<String>) -> NewEvent {
    NewEvent {
        event,
        cause: cause.to_owned(),
        fact,
    }
}

/// The day that it is at `now` where the entity is.
pub fn local_day(entity: &Entity, now: DateTime<Utc>) -> NaiveDate {
    let zone: Tz = entity.time_zone.parse().unwrap_or(Tz::UTC);
    now.with_timezone(&zone).date_naive()
}

/// What an event adds to the stated price of its contract.
pub fn price_change(event: &Event) -> Decimal {
    match &event.kind {
        EventKind::Modified(modified) => modified.price_change,
        _ => Decimal::ZERO,
    }
}
