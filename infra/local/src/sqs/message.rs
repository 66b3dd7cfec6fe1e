//! A message as it is sent: what it may hold, and the MD5s that every SDK computes too and compares.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::attributes::QueueAttributes;
use super::errors::SqsError;
use super::limits::{DELAY_MAX_S, FIFO_ID_LENGTH_MAX, MESSAGE_ATTRIBUTES_MAX, within};

/// The one system attribute that a sender may set.
const TRACE_HEADER: &str = "AWSTraceHeader";

/// A message to be sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Outgoing {
    /// 1 byte to 1 MiB, attributes included.
    #[serde(rename = "MessageBody")]
    pub body: String,
    /// Delay in seconds, 0 to 900; not for FIFO queues.
    #[serde(rename = "DelaySeconds")]
    pub delay_s: Option<i64>,
    /// At most ten.
    #[serde(rename = "MessageAttributes")]
    pub attributes: MessageAttributes,
    /// Only `AWSTraceHeader`.
    #[serde(rename = "MessageSystemAttributes")]
    pub system_attributes: MessageAttributes,
    /// Whose messages are handled in order; required on a FIFO queue.
    #[serde(rename = "MessageGroupId")]
    pub group_id: Option<String>,
    /// A second message of this id within five minutes is dropped (FIFO).
    #[serde(rename = "MessageDeduplicationId")]
    pub deduplication_id: Option<String>,
}

/// What the service answers for a message that it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sent {
    pub message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_body: String,
    #[serde(rename = "MD5OfMessageAttributes")]
    pub md5_of_attributes: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes")]
    pub md5_of_system_attributes: Option<String>,
    /// Increasing within a group (FIFO only).
    pub sequence_number: Option<String>,
}

/// One attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, with a label of one's own after a dot.
    pub data_type: String,
    /// The value of a String or Number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a Binary, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// Attributes by name.
pub type MessageAttributes = BTreeMap<String, MessageAttribute>;

impl Outgoing {
    pub(super) fn trace(&self) -> Option<&str> {
        self.system_attributes.get(TRACE_HEADER)?.string_value.as_deref()
    }

    /// Body and attributes, in bytes.
    pub(super) fn size_bytes(&self) -> Result<usize, SqsError> {
        Ok(self.body.len() + size_of(&self.attributes)?)
    }

    /// Refuses what a queue of these attributes does not take.
    pub(super) fn check(&self, queue: &QueueAttributes) -> Result<(), SqsError> {
        if self.body.is_empty() {
            return Err(SqsError::MissingParameter("MessageBody"));
        }
        if !self.body.chars().all(is_allowed) {
            return Err(SqsError::InvalidMessageContents);
        }
        let most = queue.message_size_max_bytes();
        if i64::try_from(self.size_bytes()?).is_ok_and(|size| size > most) {
            let text = format!("One or more parameters are invalid. Reason: Message must be shorter than {most} bytes.");
            return Err(SqsError::parameter(text));
        }
        if let Some(name) = self.system_attributes.keys().find(|name| *name != TRACE_HEADER) {
            let text = format!("Message system attribute name '{name}' is invalid. Valid name: ['{TRACE_HEADER}']");
            return Err(SqsError::parameter(text));
        }
        size_of(&self.system_attributes)?;
        within("DelaySeconds", self.delay_s, 0, DELAY_MAX_S)?;
        let delay_s = self.delay_s.filter(|delay_s| queue.is_fifo() && *delay_s != 0);
        if let Some(delay_s) = delay_s {
            let reason = "The request include parameter that is not valid for this queue type.";
            return Err(SqsError::value(delay_s, "DelaySeconds", reason));
        }
        self.check_fifo_ids(queue.is_fifo())
    }

    fn check_fifo_ids(&self, fifo: bool) -> Result<(), SqsError> {
        if fifo && self.group_id.is_none() {
            return Err(SqsError::MissingParameter("MessageGroupId"));
        }
        if !fifo && self.deduplication_id.is_some() {
            return Err(SqsError::parameter(
                "The request include parameter MessageDeduplicationId which is not valid for this queue type",
            ));
        }
        let ids = [
            ("MessageGroupId", &self.group_id),
            ("MessageDeduplicationId", &self.deduplication_id),
        ];
        for (name, id) in ids {
            let Some(id) = id else { continue };
            let visible = id.bytes().all(|byte| byte.is_ascii_graphic());
            if !(1..=FIFO_ID_LENGTH_MAX).contains(&id.len()) || !visible {
                let reason = format!("{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
                return Err(SqsError::value(id, name, &reason));
            }
        }
        Ok(())
    }
}

/// The characters of XML 1.0.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The value as it is hashed and counted, with its transport type (1 text, 2 binary).
enum Content<'a> {
    Text(&'a str),
    Binary(Vec<u8>),
}

impl MessageAttribute {
    fn content(&self, name: &str) -> Result<Content<'_>, SqsError> {
        let refuse = |reason: &str| SqsError::parameter(format!("The message attribute '{name}' {reason}"));
        let kind = self.data_type.split('.').next().unwrap_or_default();
        match (kind, &self.string_value, &self.binary_value) {
            ("Number", Some(text), None) if !text.parse().is_ok_and(f64::is_finite) => Err(refuse("is not a number")),
            ("String" | "Number", Some(text), None) if !text.is_empty() => Ok(Content::Text(text)),
            ("Binary", None, Some(encoded)) if !encoded.is_empty() => {
                let bytes = BASE64.decode(encoded);
                bytes.map(Content::Binary).map_err(|_| refuse("is not base64"))
            }
            ("String" | "Number" | "Binary", ..) => Err(refuse("must contain a non-empty value of its type")),
            _ => Err(refuse("must have a type of String, Number or Binary")),
        }
    }
}

/// Checks names, types, values and how many there are; gives their size in bytes.
fn size_of(attributes: &MessageAttributes) -> Result<usize, SqsError> {
    if attributes.len() > MESSAGE_ATTRIBUTES_MAX {
        return Err(SqsError::parameter(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MESSAGE_ATTRIBUTES_MAX}].",
            attributes.len()
        )));
    }
    let mut size = 0_usize;
    for (name, attribute) in attributes {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() || name.len() > 256 || !name.chars().all(plain) {
            return Err(SqsError::parameter(format!(
                "The message attribute name '{name}' may hold letters, digits, '_', '-' and '.' only, at most 256."
            )));
        }
        size += name.len() + attribute.data_type.len();
        size += match attribute.content(name)? {
            Content::Text(text) => text.len(),
            Content::Binary(bytes) => bytes.len(),
        };
    }
    Ok(size)
}

/// The MD5 of the attributes as the developer guide ("calculating the MD5 message digest for message attributes")
/// lays it out; none for none.
pub(super) fn digest(attributes: &MessageAttributes) -> Result<Option<String>, SqsError> {
    if attributes.is_empty() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for (name, attribute) in attributes {
        put(&mut bytes, name.as_bytes());
        put(&mut bytes, attribute.data_type.as_bytes());
        match attribute.content(name)? {
            Content::Text(text) => {
                bytes.push(1);
                put(&mut bytes, text.as_bytes());
            }
            Content::Binary(value) => {
                bytes.push(2);
                put(&mut bytes, &value);
            }
        }
    }
    Ok(Some(md5_hex(&bytes)))
}

/// MD5 in lower-case hexadecimal.
pub(super) fn md5_hex(bytes: &[u8]) -> String {
    format!("{:x}", md5::compute(bytes))
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(part);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn attribute(data_type: &str, text: Option<&str>, binary: Option<&str>) -> MessageAttribute {
        MessageAttribute {
            data_type: data_type.to_owned(),
            string_value: text.map(str::to_owned),
            binary_value: binary.map(str::to_owned),
        }
    }

    #[test]
    fn values_must_be_of_their_type() {
        let check = |data_type: &str, text: Option<&str>, binary: Option<&str>, good: bool| {
            let map = MessageAttributes::from([("k".to_owned(), attribute(data_type, text, binary))]);
            assert_eq!(size_of(&map).is_ok(), good, "{data_type} {text:?} {binary:?}");
            assert_eq!(digest(&map).is_ok(), good, "{data_type} {text:?} {binary:?}");
        };
        check("String", Some("v"), None, true);
        check("String.label", Some("v"), None, true);
        check("String", Some(""), None, false);
        check("String", None, Some("AAE="), false);
        check("Number", Some("-7.5e3"), None, true);
        check("Number", Some("seven"), None, false);
        check("Number", Some("inf"), None, false);
        check("Binary", None, Some("AAE="), true);
        check("Binary", None, Some("%"), false);
        check("Other", Some("v"), None, false);
    }

    #[test]
    fn the_digest_is_what_python_computes() {
        // hashlib.md5(b"\0\0\0\1k\0\0\0\6String\1\0\0\0\1v")
        let map = MessageAttributes::from([("k".to_owned(), attribute("String", Some("v"), None))]);
        assert_eq!(digest(&map).unwrap(), Some("0a77b0642718c3d9dd47090567d11e0d".to_owned()));
        assert_eq!(digest(&MessageAttributes::new()).unwrap(), None);
    }
}
