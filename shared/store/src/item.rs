//! Items: keys, attributes written, attributes read with the key in every complaint. Numbers never pass through floats.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::StoreError;

/// The longest identifier inside a key.
const KEY_PART_LENGTH_MAX_BYTES: usize = 512;
/// The largest item of DynamoDB.
const ITEM_SIZE_MAX_BYTES: usize = 400 * 1024;
/// Attribute with the nonce of the last writer: who lost an answer recognises its own write by it.
pub(crate) const WRITER: &str = "writer";

/// Attributes by name; the SDK's own map has no order.
pub(crate) type Attributes = BTreeMap<String, AttributeValue>;

/// Where an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    pub(crate) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sk: sk.into(),
        }
    }

    pub(crate) fn attributes(&self) -> Attributes {
        BTreeMap::from([("pk".to_owned(), text(&self.pk)), ("sk".to_owned(), text(&self.sk))])
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} / {}", self.pk, self.sk)
    }
}

/// Refuses what cannot be an identifier; `null` is what broken callers make of a missing one.
pub(crate) fn part<'a>(what: &'static str, id: &'a str) -> Result<&'a str, StoreError> {
    if id.is_empty() || id == "null" || id.len() > KEY_PART_LENGTH_MAX_BYTES {
        return Err(StoreError::BadKey { what });
    }
    Ok(id)
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// RFC 3339 in UTC with six decimals: the order of the texts is the order of the instants.
pub(crate) fn instant_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// An item, being written or read.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) key: Key,
    pub(crate) attributes: Attributes,
}

impl Item {
    pub(crate) fn at(key: Key) -> Self {
        let attributes = key.attributes();
        Self { key, attributes }
    }

    pub(crate) fn read(attributes: impl IntoIterator<Item = (String, AttributeValue)>) -> Self {
        let attributes: Attributes = attributes.into_iter().collect();
        let of = |name: &str| match attributes.get(name) {
            Some(AttributeValue::S(value)) => value.clone(),
            _ => "?".to_owned(),
        };
        let key = Key::new(of("pk"), of("sk"));
        Self { key, attributes }
    }

    pub(crate) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.attributes.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn with_text(self, name: &str, value: &str) -> Self {
        self.with(name, text(value))
    }

    pub(crate) fn with_maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with_text(name, value),
            None => self,
        }
    }

    pub(crate) fn with_number(self, name: &str, value: u64) -> Self {
        self.with(name, number(value))
    }

    pub(crate) fn with_instant(self, name: &str, value: DateTime<Utc>) -> Self {
        self.with(name, text(&instant_text(value)))
    }

    pub(crate) fn with_date(self, name: &str, value: NaiveDate) -> Self {
        self.with(name, text(&value.to_string()))
    }

    pub(crate) fn with_json(self, name: &str, value: &Value) -> Self {
        self.with(name, text(&value.to_string()))
    }

    /// A value in the form of its type, as JSON.
    pub(crate) fn with_form<T: Serialize>(self, name: &str, value: &T) -> Result<Self, StoreError> {
        match serde_json::to_string(value) {
            Ok(text) => Ok(self.with(name, AttributeValue::S(text))),
            Err(_) => Err(self.broken(name, "a value that can be written as JSON")),
        }
    }

    /// Puts the item into the index.
    pub(crate) fn indexed(self, g1pk: &str, g1sk: &str) -> Self {
        self.with_text("g1pk", g1pk).with_text("g1sk", g1sk)
    }

    /// Refuses an item that DynamoDB would refuse, with its size.
    pub(crate) fn checked(&self) -> Result<(), StoreError> {
        let sizes = self.attributes.iter().map(|(name, value)| name.len() + size(value));
        check_size(&self.key, sizes.sum())
    }

    pub(crate) fn broken(&self, attribute: &str, expected: &'static str) -> StoreError {
        StoreError::Broken {
            key: self.key.to_string(),
            attribute: attribute.to_owned(),
            expected,
        }
    }

    pub(crate) fn maybe_text(&self, name: &str) -> Result<Option<&str>, StoreError> {
        match self.attributes.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(value)) => Ok(Some(value)),
            Some(_) => Err(self.broken(name, "a text")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, StoreError> {
        self.maybe_text(name)?.ok_or_else(|| self.broken(name, "a text"))
    }

    pub(crate) fn owned(&self, name: &str) -> Result<String, StoreError> {
        self.text(name).map(str::to_owned)
    }

    pub(crate) fn maybe_owned(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.maybe_text(name)?.map(str::to_owned))
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64, StoreError> {
        match self.attributes.get(name) {
            Some(AttributeValue::N(value)) => value.parse().ok(),
            _ => None,
        }
        .ok_or_else(|| self.broken(name, "a whole number"))
    }

    pub(crate) fn maybe_instant(&self, name: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some(value) = self.maybe_text(name)? else {
            return Ok(None);
        };
        let at = DateTime::parse_from_rfc3339(value).map_err(|_| self.broken(name, "an instant"))?;
        Ok(Some(at.to_utc()))
    }

    pub(crate) fn instant(&self, name: &str) -> Result<DateTime<Utc>, StoreError> {
        self.maybe_instant(name)?.ok_or_else(|| self.broken(name, "an instant"))
    }

    pub(crate) fn date(&self, name: &str) -> Result<NaiveDate, StoreError> {
        self.text(name)?.parse().map_err(|_| self.broken(name, "a date"))
    }

    /// A value written by [`Item::with_form`].
    pub(crate) fn form<T: DeserializeOwned>(&self, name: &str, expected: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(self.text(name)?).map_err(|_| self.broken(name, expected))
    }

    pub(crate) fn json(&self, name: &str) -> Result<Value, StoreError> {
        serde_json::from_str(self.text(name)?).map_err(|_| self.broken(name, "JSON"))
    }
}

/// Refuses `bytes` in one item where DynamoDB would.
pub(crate) fn check_size(key: &Key, bytes: usize) -> Result<(), StoreError> {
    if bytes > ITEM_SIZE_MAX_BYTES {
        return Err(StoreError::TooLarge {
            key: key.to_string(),
            bytes,
        });
    }
    Ok(())
}

/// The size of a value as DynamoDB counts it, numbers a little high.
pub(crate) fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        // The store writes no other kind.
        _ => 0,
    }
}
