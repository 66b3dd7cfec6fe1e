//! The attributes of a queue: which there are, their bounds and defaults, and the policies of dead letters among them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::errors::SqsError;
use super::limits::{DELAY_MAX_S, MESSAGE_SIZE_MAX_BYTES, RECEIVE_COUNT_MAX, VISIBILITY_MAX_S, WAIT_MAX_S};
use super::names::queue_name;

/// Names and values as they travel.
pub type AttributeMap = BTreeMap<String, String>;

/// What an attribute may hold.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Number {
        least: i64,
        most: i64,
        default: Option<i64>,
    },
    /// One of these, the first being the default.
    Word(&'static [&'static str]),
    RedrivePolicy,
    RedriveAllowPolicy,
    Text,
}

const fn number(least: i64, most: i64, default: i64) -> Kind {
    let default = Some(default);
    Kind::Number { least, most, default }
}

/// What any queue may have.
const COMMON: [(&str, Kind); 11] = [
    ("VisibilityTimeout", number(0, VISIBILITY_MAX_S, 30)),
    ("DelaySeconds", number(0, DELAY_MAX_S, 0)),
    ("ReceiveMessageWaitTimeSeconds", number(0, WAIT_MAX_S, 0)),
    ("MaximumMessageSize", number(1_024, MESSAGE_SIZE_MAX_BYTES, MESSAGE_SIZE_MAX_BYTES)),
    ("MessageRetentionPeriod", number(60, 1_209_600, 345_600)),
    ("SqsManagedSseEnabled", Kind::Word(&["true", "false"])),
    (
        "KmsDataKeyReusePeriodSeconds",
        Kind::Number {
            least: 60,
            most: 86_400,
            default: None, // Reported only where a key is set.
        },
    ),
    ("KmsMasterKeyId", Kind::Text),
    ("Policy", Kind::Text),
    ("RedrivePolicy", Kind::RedrivePolicy),
    ("RedriveAllowPolicy", Kind::RedriveAllowPolicy),
];
/// What a FIFO queue may have besides.
const FIFO: [(&str, Kind); 4] = [
    ("FifoQueue", Kind::Word(&["false", "true"])),
    ("ContentBasedDeduplication", Kind::Word(&["false", "true"])),
    ("DeduplicationScope", Kind::Word(&["queue", "messageGroup"])),
    ("FifoThroughputLimit", Kind::Word(&["perQueue", "perMessageGroupId"])),
];

impl Kind {
    fn of(name: &str) -> Result<Self, SqsError> {
        let found = COMMON.iter().chain(&FIFO).find(|(known, _)| *known == name);
        found
            .map(|(_, kind)| *kind)
            .ok_or_else(|| SqsError::InvalidAttributeName(name.to_owned()))
    }

    fn default(self) -> Option<String> {
        match self {
            Self::Number { default, .. } => default.map(|number| number.to_string()),
            Self::Word(words) => words.first().map(|word| (*word).to_owned()),
            Self::RedrivePolicy | Self::RedriveAllowPolicy | Self::Text => None,
        }
    }

    fn check(self, name: &str, value: &str) -> Result<(), SqsError> {
        let refuse = |reason: String| Err(SqsError::attribute(name, reason));
        match self {
            Self::Word(words) if !words.contains(&value) => refuse(format!("it is one of {}", words.join(", "))),
            Self::Word(_) | Self::Text => Ok(()),
            // An empty text takes any other attribute back to its default.
            _ if value.is_empty() => Ok(()),
            Self::RedrivePolicy => Redrive::parse(value).map(|_| ()),
            Self::RedriveAllowPolicy => RedriveAllow::parse(value).map(|_| ()),
            Self::Number { least, most, .. } => match value.parse::<i64>() {
                Ok(given) if (least..=most).contains(&given) => Ok(()),
                _ => refuse(format!("{value} is not a number from {least} to {most}")),
            },
        }
    }
}

/// The attributes that somebody set on a queue; everything else has the service's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct QueueAttributes {
    set: AttributeMap,
}

impl QueueAttributes {
    /// These attributes with `changes` made; an empty text takes an attribute back to its default.
    pub(super) fn changed_by(&self, changes: &AttributeMap) -> Result<Self, SqsError> {
        let mut next = self.clone();
        for (name, value) in changes {
            Kind::of(name)?.check(name, value)?;
            if value.is_empty() {
                next.set.remove(name);
            } else {
                next.set.insert(name.clone(), normal(value));
            }
        }
        next.check_together()?;
        Ok(next)
    }

    /// Rules that span several attributes.
    fn check_together(&self) -> Result<(), SqsError> {
        let set = |name: &str| self.set.get(name).map(String::as_str);
        let foreign = FIFO.iter().find(|(name, _)| !matches!(set(name), None | Some("false")));
        if let Some((name, _)) = foreign.filter(|_| !self.is_fifo()) {
            return Err(SqsError::InvalidAttributeName((*name).to_owned()));
        }
        if set("FifoThroughputLimit") == Some("perMessageGroupId") && !self.deduplicates_by_group() {
            let reason = "perMessageGroupId needs DeduplicationScope messageGroup";
            return Err(SqsError::attribute("FifoThroughputLimit", reason));
        }
        Ok(())
    }

    /// The first attribute of `wanted` that differs from what holds now.
    pub(super) fn first_difference(&self, wanted: &AttributeMap) -> Option<String> {
        let all = self.all();
        let differs = |(name, value): &(&String, &String)| match all.get(*name) {
            Some(now) => *now != normal(value),
            None => !value.is_empty() && *value != "false",
        };
        wanted.iter().find(differs).map(|(name, _)| name.clone())
    }

    /// Everything that GetQueueAttributes reports, save the counts, times and the ARN.
    pub(super) fn all(&self) -> AttributeMap {
        let fifo = FIFO.iter().filter(|_| self.is_fifo());
        let defaults = COMMON
            .iter()
            .chain(fifo)
            .filter_map(|(name, kind)| Some(((*name).to_owned(), kind.default()?)));
        let mut all: AttributeMap = defaults.collect();
        all.extend(self.set.clone());
        all
    }

    pub(super) fn is_fifo(&self) -> bool {
        self.is("FifoQueue", "true")
    }

    pub(super) fn deduplicates_by_content(&self) -> bool {
        self.is("ContentBasedDeduplication", "true")
    }

    /// Whether a deduplication id counts within its message group only (high throughput).
    pub(super) fn deduplicates_by_group(&self) -> bool {
        self.is("DeduplicationScope", "messageGroup")
    }

    pub(super) fn visibility_timeout_s(&self) -> i64 {
        self.number("VisibilityTimeout")
    }

    pub(super) fn delay_s(&self) -> i64 {
        self.number("DelaySeconds")
    }

    pub(super) fn wait_s(&self) -> i64 {
        self.number("ReceiveMessageWaitTimeSeconds")
    }

    pub(super) fn message_size_max_bytes(&self) -> i64 {
        self.number("MaximumMessageSize")
    }

    pub(super) fn retention_ms(&self) -> i64 {
        self.number("MessageRetentionPeriod").saturating_mul(1_000)
    }

    pub(super) fn redrive(&self) -> Option<Redrive> {
        Redrive::parse(self.set.get("RedrivePolicy")?).ok()
    }

    /// Whether this queue takes the dead letters of the queue `source`.
    pub(super) fn takes_dead_letters_of(&self, source: &str) -> bool {
        let policy = self.set.get("RedriveAllowPolicy");
        policy.is_none_or(|text| RedriveAllow::parse(text).is_ok_and(|policy| policy.allows(source)))
    }

    fn number(&self, name: &str) -> i64 {
        let set = self.set.get(name).cloned();
        let text = set.or_else(|| Kind::of(name).ok()?.default());
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    fn is(&self, name: &str, word: &str) -> bool {
        self.set.get(name).is_some_and(|set| set == word)
    }
}

/// JSON policies in one spelling, so that they can be compared; other values as they are.
fn normal(value: &str) -> String {
    match serde_json::from_str::<Value>(value) {
        Ok(json @ Value::Object(_)) => json.to_string(),
        _ => value.to_owned(),
    }
}

/// After how many receptions a message goes where.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Redrive {
    dead_letter_target_arn: String,
    #[serde(deserialize_with = "number_or_text")]
    pub(super) max_receive_count: i64,
}

/// The service takes the count as a number or as text.
fn number_or_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| serde::de::Error::custom("not a whole number"))
}

impl Redrive {
    fn parse(text: &str) -> Result<Self, SqsError> {
        let refuse = |reason: String| SqsError::attribute("RedrivePolicy", reason);
        let policy: Self = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if !policy.dead_letter_target_arn.starts_with("arn:aws:sqs:") {
            return Err(refuse("deadLetterTargetArn is not the ARN of a queue".to_owned()));
        }
        if !(1..=RECEIVE_COUNT_MAX).contains(&policy.max_receive_count) {
            return Err(refuse(format!("maxReceiveCount is not from 1 to {RECEIVE_COUNT_MAX}")));
        }
        Ok(policy)
    }

    /// The name of the dead-letter queue.
    pub(super) fn target(&self) -> &str {
        queue_name(&self.dead_letter_target_arn)
    }
}

/// Which queues may use this one for their dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "redrivePermission", rename_all = "camelCase")]
enum RedriveAllow {
    AllowAll,
    DenyAll,
    #[serde(rename_all = "camelCase")]
    ByQueue {
        source_queue_arns: Vec<String>,
    },
}

impl RedriveAllow {
    fn parse(text: &str) -> Result<Self, SqsError> {
        serde_json::from_str(text).map_err(|error| SqsError::attribute("RedriveAllowPolicy", error.to_string()))
    }

    fn allows(&self, source: &str) -> bool {
        match self {
            Self::AllowAll => true,
            Self::DenyAll => false,
            Self::ByQueue { source_queue_arns } => source_queue_arns.iter().any(|arn| queue_name(arn) == source),
        }
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

    #[test]
    fn policies_are_read_or_refused() {
        let check = |text: &str, good: bool| assert_eq!(Redrive::parse(text).is_ok(), good, "{text}");
        let arn = "arn:aws:sqs:us-east-1:000000000000:dead";
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":5}}"#), true);
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"5"}}"#), true);
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":0}}"#), false);
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1001}}"#), false);
        check(&format!(r#"{{"deadLetterTargetArn":"{arn}"}}"#), false);
        check(r#"{"deadLetterTargetArn":"dead","maxReceiveCount":5}"#, false);
        check("no", false);
        let allowed = |policy: &str| RedriveAllow::parse(policy).unwrap().allows("a");
        assert!(allowed(r#"{"redrivePermission":"allowAll"}"#));
        assert!(!allowed(r#"{"redrivePermission":"denyAll"}"#));
        let by_queue =
            |name: &str| format!(r#"{{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:000000000000:{name}"]}}"#);
        assert!(allowed(&by_queue("a")));
        assert!(!allowed(&by_queue("b")));
        for bad in ["{}", "no", r#"{"redrivePermission":"byQueue"}"#, r#"{"redrivePermission":"some"}"#] {
            assert!(RedriveAllow::parse(bad).is_err(), "{bad}");
        }
    }
}
