//! The attributes of a queue: which there are, their bounds, their defaults.

use std::collections::BTreeMap;

use super::bounds::{DELAY, FIFO_ONLY, FLAGS, KEY_REUSE, NUMBERS, Number, RETENTION, SIZE, VISIBILITY, WAIT, check, normal};
use super::errors::SqsError;
use super::redrive::{Redrive, RedriveAllow};

/// Names and values as they travel.
pub type AttributeMap = BTreeMap<String, String>;

/// The attributes that somebody set on a queue; everything else has the service's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct QueueAttributes {
    set: AttributeMap,
}

impl QueueAttributes {
    /// Reads what is stored, without checking it again.
    pub(super) fn stored(json: &str) -> Result<Self, SqsError> {
        let set = serde_json::from_str(json).map_err(|error| SqsError::Damaged(format!("attributes of a queue: {error}")))?;
        Ok(Self { set })
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::json!(self.set).to_string()
    }

    /// These attributes with `changes` made; an empty text takes an attribute back to its default.
    pub(super) fn changed_by(&self, changes: &AttributeMap) -> Result<Self, SqsError> {
        let mut next = self.clone();
        for (name, value) in changes {
            check(name, value)?;
            if value.is_empty() {
                next.set.remove(name);
            } else {
                next.set.insert(name.clone(), normal(value));
            }
        }
        next.check_together()?;
        Ok(next)
    }

    /// The first attribute of `wanted` that differs from what holds now.
    pub(super) fn first_difference(&self, wanted: &AttributeMap) -> Option<String> {
        let all = self.all();
        wanted
            .iter()
            .find(|(name, value)| {
                let now = all.get(*name).map_or("", String::as_str);
                let default = FLAGS.contains(&name.as_str()) && value.as_str() == "false";
                now != normal(value) && !(default && now.is_empty())
            })
            .map(|(name, _)| name.clone())
    }

    /// Everything that GetQueueAttributes tells, save the counts, times and the ARN.
    pub(super) fn all(&self) -> AttributeMap {
        let mut all: AttributeMap = NUMBERS
            .iter()
            .filter(|number| number.0 != KEY_REUSE.0)
            .map(|number| (number.0.to_owned(), number.3.to_string()))
            .collect();
        all.insert("SqsManagedSseEnabled".to_owned(), "true".to_owned());
        if self.is_fifo() {
            for (name, value) in [
                ("ContentBasedDeduplication", "false"),
                ("DeduplicationScope", "queue"),
                ("FifoThroughputLimit", "perQueue"),
            ] {
                all.insert(name.to_owned(), value.to_owned());
            }
        }
        all.extend(self.set.clone());
        all
    }

    pub(super) fn is_fifo(&self) -> bool {
        self.flag("FifoQueue")
    }

    pub(super) fn deduplicates_by_content(&self) -> bool {
        self.flag("ContentBasedDeduplication")
    }

    /// Whether a deduplication id counts within its message group only (high throughput).
    pub(super) fn deduplicates_by_group(&self) -> bool {
        self.set.get("DeduplicationScope").map(String::as_str) == Some("messageGroup")
    }

    pub(super) fn visibility_timeout_s(&self) -> i64 {
        self.number(VISIBILITY)
    }

    pub(super) fn delay_s(&self) -> i64 {
        self.number(DELAY)
    }

    pub(super) fn wait_s(&self) -> i64 {
        self.number(WAIT)
    }

    pub(super) fn message_size_max_bytes(&self) -> i64 {
        self.number(SIZE)
    }

    pub(super) fn retention_ms(&self) -> i64 {
        self.number(RETENTION).saturating_mul(1_000)
    }

    pub(super) fn redrive(&self) -> Option<Redrive> {
        Redrive::parse(self.set.get("RedrivePolicy")?).ok()
    }

    pub(super) fn redrive_allow(&self) -> RedriveAllow {
        self.set
            .get("RedriveAllowPolicy")
            .and_then(|text| RedriveAllow::parse(text).ok())
            .unwrap_or_default()
    }

    fn number(&self, number: Number) -> i64 {
        let set = self.set.get(number.0).and_then(|text| text.parse().ok());
        set.unwrap_or(number.3)
    }

    fn flag(&self, name: &str) -> bool {
        self.set.get(name).map(String::as_str) == Some("true")
    }

    /// Rules that span several attributes.
    fn check_together(&self) -> Result<(), SqsError> {
        if !self.is_fifo()
            && let Some(name) = FIFO_ONLY.iter().find(|name| self.set.contains_key(**name))
            && self.set.get(*name).map(String::as_str) != Some("false")
        {
            return Err(SqsError::InvalidAttributeName((*name).to_owned()));
        }
        let per_group = self.set.get("FifoThroughputLimit").map(String::as_str);
        if per_group == Some("perMessageGroupId") && !self.deduplicates_by_group() {
            return Err(SqsError::attribute(
                "FifoThroughputLimit",
                "perMessageGroupId needs DeduplicationScope messageGroup",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_are_held_to_the_bounds_of_the_service() {
        let check = |name: &str, value: &str, good: bool| {
            let map = AttributeMap::from([(name.to_owned(), value.to_owned())]);
            let result = QueueAttributes::default().changed_by(&map);
            assert_eq!(result.is_ok(), good, "{name}={value}: {result:?}");
        };
        check("VisibilityTimeout", "0", true);
        check("VisibilityTimeout", "43200", true);
        check("VisibilityTimeout", "43201", false);
        check("VisibilityTimeout", "", true);
        check("VisibilityTimeout", "x", false);
        check("DelaySeconds", "901", false);
        check("MessageRetentionPeriod", "59", false);
        check("MaximumMessageSize", "1048577", false);
        check("FifoQueue", "yes", false);
        check("ContentBasedDeduplication", "true", false);
        check("ContentBasedDeduplication", "false", true);
        check("KmsMasterKeyId", "alias/aws/sqs", true);
        check("RedrivePolicy", "{}", false);
        check("RedriveAllowPolicy", r#"{"redrivePermission":"denyAll"}"#, true);
        check("Nonsense", "1", false);
    }

    #[test]
    fn a_queue_is_the_same_if_what_was_asked_for_is_what_it_has() {
        let asked = |pairs: &[(&str, &str)]| -> AttributeMap {
            let own = |pair: &(&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
            pairs.iter().map(own).collect()
        };
        let queue = QueueAttributes::default()
            .changed_by(&asked(&[("VisibilityTimeout", "7")]))
            .unwrap();
        let same = |pairs: &[(&str, &str)]| queue.first_difference(&asked(pairs));
        assert_eq!(same(&[]), None);
        assert_eq!(same(&[("VisibilityTimeout", "7")]), None);
        assert_eq!(same(&[("DelaySeconds", "0")]), None, "the default");
        assert_eq!(same(&[("VisibilityTimeout", "8")]), Some("VisibilityTimeout".to_owned()));
    }
}
