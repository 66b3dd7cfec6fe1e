//! A schedule and what its target is given.

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Expression, ScheduleError};
use crate::sqs::{LOCAL_ACCOUNT, LOCAL_REGION};

/// A schedule: when, in which zone, and what its target is given.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(super) name: String,
    pub(super) expression: Expression,
    pub(super) zone: Tz,
    input: Option<Value>,
}

/// One firing of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub schedule: String,
    /// The instant for which it was scheduled.
    pub at: DateTime<Utc>,
    /// What the target is given.
    pub input: Value,
}

impl Schedule {
    /// A schedule by expression and IANA zone. Without `input` the target gets the service's own event; in it
    /// `<aws.scheduler.scheduled-time>`, `<aws.scheduler.schedule-arn>`, `<aws.scheduler.execution-id>` and
    /// `<aws.scheduler.attempt-number>` are filled in.
    ///
    /// # Errors
    /// The expression or the zone is wrong.
    pub fn new(name: impl Into<String>, expression: &str, zone: &str, input: Option<Value>) -> Result<Self, ScheduleError> {
        let bad_zone = |_| ScheduleError::BadZone(zone.to_owned());
        Ok(Self {
            name: name.into(),
            expression: expression.parse()?,
            zone: zone.parse().map_err(bad_zone)?,
            input,
        })
    }

    pub(super) fn due_at(&self, at: DateTime<Utc>) -> Due {
        let arn = format!("arn:aws:scheduler:{LOCAL_REGION}:{LOCAL_ACCOUNT}:schedule/default/{}", self.name);
        let time = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let execution = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{arn}@{time}").as_bytes());
        let input = match &self.input {
            Some(input) => {
                let filled = |text: &str| {
                    text.replace("<aws.scheduler.scheduled-time>", &time)
                        .replace("<aws.scheduler.schedule-arn>", &arn)
                        .replace("<aws.scheduler.execution-id>", &execution.to_string())
                        .replace("<aws.scheduler.attempt-number>", "1")
                };
                fill(input, &filled)
            }
            None => json!({
                "version": "0",
                "id": execution.to_string(),
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": LOCAL_ACCOUNT,
                "time": time,
                "region": LOCAL_REGION,
                "resources": [arn],
                "detail": {},
            }),
        };
        Due {
            schedule: self.name.clone(),
            at,
            input,
        }
    }
}

/// The same value with every text replaced.
fn fill(value: &Value, filled: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => json!(filled(text)),
        Value::Array(items) => items.iter().map(|item| fill(item, filled)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, item)| (name.clone(), fill(item, filled))).collect(),
        other => other.clone(),
    }
}
