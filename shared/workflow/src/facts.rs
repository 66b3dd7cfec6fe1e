//! Small makers of events: what became known, as the accounting reads it.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use tieout_accounting::event::Event;
use tieout_platform::config::Entity;

use crate::error::WorkflowError;

/// An event from its JSON, without the keys that are null.
///
/// # Errors
/// Where the accounting refuses it; its words name the place, the value and the mend.
pub fn event(mut value: Value) -> Result<Event, WorkflowError> {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    Ok(Event::from_value(value)?)
}

/// `known` where it is later than `on`: then the event says when it became known.
pub fn later(known: NaiveDate, on: NaiveDate) -> Option<NaiveDate> {
    (known > on).then_some(known)
}

/// The day that it is at `now` where the entity is.
pub fn local_day(entity: &Entity, now: DateTime<Utc>) -> NaiveDate {
    let zone: Tz = entity.time_zone.parse().unwrap_or(Tz::UTC);
    now.with_timezone(&zone).date_naive()
}
