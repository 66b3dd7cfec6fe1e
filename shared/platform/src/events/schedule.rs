//! A timer's event: our own Scheduler input, and the form of EventBridge rules.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::EventError;

const EXPECTED: &str = "{\"entity\": …, \"time\": \"<aws.scheduler.scheduled-time>\"} or a Scheduled Event of EventBridge";

/// The timer of an entity, or of the whole group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleEvent {
    /// The entity's id; none for the group.
    pub entity: Option<String>,
    /// The instant for which it was planned: the same again when AWS invokes again.
    pub time: DateTime<Utc>,
}

impl ScheduleEvent {
    /// Reads `{"entity": …, "time": …}`, `at` instead of `time`, or the `time` and the `detail.entity` of an EventBridge event.
    ///
    /// # Errors
    /// Where there is no time by RFC 3339, or the entity is not a text.
    pub fn parse(event: &Value) -> Result<Self, EventError> {
        let form = |part, fault| EventError::Form {
            part,
            fault,
            expected: EXPECTED,
        };
        let time = [&event["time"], &event["at"]].into_iter().find_map(Value::as_str);
        let time = time.ok_or(form("time", "missing"))?;
        let time = DateTime::parse_from_rfc3339(time).map_err(|_| form("time", "not a time by RFC 3339"))?;
        let entity = [&event["entity"], &event["detail"]["entity"]]
            .into_iter()
            .find(|entity| !entity.is_null());
        let entity = match entity {
            Some(entity) => Some(entity.as_str().ok_or(form("entity", "not a text"))?),
            None => None,
        };
        Ok(Self {
            entity: entity.filter(|entity| !entity.is_empty()).map(str::to_owned),
            time: time.with_timezone(&Utc),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::print_stderr)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_timer_has_a_time_and_perhaps_an_entity() {
        let rows = [
            (
                json!({"entity": "uk", "time": "2026-02-03T04:00:00Z"}),
                Some((Some("uk"), 1_770_091_200)),
            ),
            (
                json!({"entity": "uk", "at": "2026-02-03T05:00:00+01:00"}),
                Some((Some("uk"), 1_770_091_200)),
            ),
            (json!({"time": "2026-02-03T04:00:00Z"}), Some((None, 1_770_091_200))),
            (
                json!({"time": "2026-02-03T04:00:00Z", "detail": {"entity": "us"}}),
                Some((Some("us"), 1_770_091_200)),
            ),
            // The Scheduler's own form, where no input is set: its detail is a text.
            (
                json!({"version": "0", "source": "aws.scheduler", "time": "2026-02-03T04:00:00Z", "detail-type": "Scheduled Event", "detail": "{}"}),
                Some((None, 1_770_091_200)),
            ),
            (json!({"entity": "", "time": "2026-02-03T04:00:00Z"}), Some((None, 1_770_091_200))),
            (json!({"entity": 5, "time": "2026-02-03T04:00:00Z"}), None),
            (json!({"entity": "uk"}), None),
            (json!({"entity": "uk", "time": "yesterday"}), None),
            (json!([]), None),
        ];
        for (event, expected) in rows {
            let found = ScheduleEvent::parse(&event).ok();
            let found = found.as_ref().map(|found| (found.entity.as_deref(), found.time.timestamp()));
            assert_eq!(found, expected, "{event}");
        }
    }

    #[test]
    fn the_example_of_aws_is_read() {
        let text = include_str!("../../../../tests/fixtures/aws/example-eventbridge-schedule.json");
        let event = ScheduleEvent::parse(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!((event.entity, event.time.timestamp()), (None, 1_444_323_186));
    }
}
