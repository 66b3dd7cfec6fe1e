//! Attributes of a message and their MD5, which every SDK computes too and compares.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::errors::SqsError;
use super::limits::MESSAGE_ATTRIBUTES_MAX;

/// One attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, with a label of one's own after a dot.
    pub data_type: String,
    /// The value of a String or Number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a Binary, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// Attributes by name.
pub type MessageAttributes = BTreeMap<String, MessageAttribute>;

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
            ("Number", Some(text), None) if !is_number(text) => Err(refuse("is no number")),
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
pub(super) fn check(attributes: &MessageAttributes) -> Result<i64, SqsError> {
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
    Ok(i64::try_from(size).unwrap_or(i64::MAX))
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

/// A decimal number with an optional sign, fraction and exponent; its range is not checked.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let exponent_good = exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    let mantissa_good = match mantissa.split_once('.') {
        None => digits(mantissa),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
    };
    mantissa_good && exponent_good
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
            assert_eq!(check(&map).is_ok(), good, "{data_type} {text:?} {binary:?}");
            assert_eq!(digest(&map).is_ok(), good, "{data_type} {text:?} {binary:?}");
        };
        check("String", Some("v"), None, true);
        check("String.label", Some("v"), None, true);
        check("String", Some(""), None, false);
        check("String", None, Some("AAE="), false);
        check("Number", Some("-7.5e3"), None, true);
        check("Number", Some("seven"), None, false);
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
