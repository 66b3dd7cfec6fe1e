//! What every record of the books bears: the version of its form, the instant, the version of the configuration in force, the hash of the
//! record before it under its key, and its own. A record that was changed by other hands is refused when it is read.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tieout_platform::effect::hex;

use crate::Store;
use crate::error::StoreError;
use crate::item::{Attributes, Item, WRITER};

const FORM: &str = "form";
const WRITTEN_AT: &str = "written_at";
const CONFIG: &str = "config";
const PREVIOUS: &str = "previous";
const HASH: &str = "hash";
/// Attributes that say nothing of the record: its own hash, who wrote it last, and where the index has it.
const NOT_HASHED: [&str; 4] = [HASH, WRITER, "g1pk", "g1sk"];
/// Bytes of SHA-256.
const HASH_LENGTH_BYTES: usize = 32;

/// SHA-256 of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hash([u8; HASH_LENGTH_BYTES]);

impl Hash {
    /// What the first record under a key has before it.
    pub(crate) const NONE: Self = Self([0; HASH_LENGTH_BYTES]);

    pub(crate) fn read(item: &Item, name: &str) -> Result<Self, StoreError> {
        let text = item.text(name)?;
        let mut hash = [0; HASH_LENGTH_BYTES];
        let pairs = text.as_bytes().chunks_exact(2);
        let is_whole = text.len() == 2 * HASH_LENGTH_BYTES && text.is_ascii();
        for (byte, pair) in hash.iter_mut().zip(pairs) {
            let digits = std::str::from_utf8(pair).ok().filter(|_| is_whole);
            let parsed = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            *byte = parsed.ok_or_else(|| item.broken(name, "a SHA-256 in hexadecimal"))?;
        }
        if is_whole {
            Ok(Self(hash))
        } else {
            Err(item.broken(name, "a SHA-256 in hexadecimal"))
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Store {
    /// `item` as it is stored: with form, instant, configuration, the hash of the record `previous` under its key, and its own.
    pub(crate) fn seal(&self, item: Item, form: u64, previous: Hash) -> Item {
        let item = item
            .with_number(FORM, form)
            .with_instant(WRITTEN_AT, self.clock.now())
            .with_number(CONFIG, self.config_version)
            .with_text(PREVIOUS, &previous.to_string());
        let hash = hash_of(&item.attributes);
        item.with_text(HASH, &hash.to_string())
    }
}

/// `item` as code that wrote `form` stored it.
#[cfg(test)]
pub(crate) fn sealed_as(item: Item, form: u64) -> Item {
    let item = item.with_number(FORM, form);
    let hash = hash_of(&item.attributes);
    item.with_text(HASH, &hash.to_string())
}

impl Item {
    /// The record's hash, after it was seen that it is the record's.
    ///
    /// # Errors
    /// [`StoreError::NewerForm`] where newer code wrote it; [`StoreError::Tampered`] where its hash is not its own.
    pub(crate) fn sealed(&self, newest_form: u64) -> Result<Hash, StoreError> {
        let form = self.number(FORM)?;
        if form > newest_form {
            return Err(StoreError::NewerForm {
                key: self.key.to_string(),
                form,
                newest_form,
            });
        }
        let hash = Hash::read(self, HASH)?;
        if hash_of(&self.attributes) != hash {
            return Err(StoreError::Tampered { key: self.key.to_string() });
        }
        Ok(hash)
    }

    /// When the record was written.
    pub(crate) fn written_at(&self) -> Result<DateTime<Utc>, StoreError> {
        self.instant(WRITTEN_AT)
    }

    /// The version of the configuration under which the record was written.
    pub(crate) fn config_version(&self) -> Result<u64, StoreError> {
        self.number(CONFIG)
    }

    /// The hash that a sealed item bears.
    pub(crate) fn seal_hash(&self) -> Result<Hash, StoreError> {
        Hash::read(self, HASH)
    }
}

/// Over name, kind and value of each attribute, each with its length before it, in the order of the names.
fn hash_of(attributes: &Attributes) -> Hash {
    let mut hasher = Sha256::new();
    let mut add = |text: &str| {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    for (name, value) in attributes.iter().filter(|(name, _)| !NOT_HASHED.contains(&name.as_str())) {
        add(name);
        match value {
            AttributeValue::S(text) => {
                add("S");
                add(text);
            }
            AttributeValue::N(number) => {
                add("N");
                add(number);
            }
            // The store writes no other kind: another one is not the record's.
            _ => add("?"),
        }
    }
    Hash(hasher.finalize().into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::item::Key;

    /// The hash of an item with some attributes.
    fn hashed(attributes: &[(&str, &str)]) -> String {
        let item = attributes
            .iter()
            .fold(Item::at(Key::new("p", "s")), |item, (name, value)| item.with_text(name, value));
        hash_of(&item.attributes).to_string()
    }

    type Row = (&'static str, &'static [(&'static str, &'static str)], bool);

    #[test]
    fn what_a_record_says_is_in_its_hash_and_nothing_else() {
        let before = hashed(&[("a", "1"), ("b", "2")]);
        let rows: [Row; 6] = [
            ("the same in another order", &[("b", "2"), ("a", "1")], true),
            ("another writer", &[("a", "1"), ("b", "2"), ("writer", "w")], true),
            ("in the index", &[("a", "1"), ("b", "2"), ("g1pk", "x"), ("g1sk", "y")], true),
            ("another value", &[("a", "1"), ("b", "3")], false),
            ("moved over the border of a value", &[("a", "12"), ("b", "")], false),
            ("another name", &[("a", "1"), ("c", "2")], false),
        ];
        for (name, attributes, is_same) in rows {
            assert_eq!(hashed(attributes) == before, is_same, "{name}");
        }
    }

    #[test]
    fn a_hash_is_read_as_it_is_written_or_refused() {
        let whole = "0f".repeat(HASH_LENGTH_BYTES);
        let item = |text: &str| Item::at(Key::new("p", "s")).with_text("hash", text);
        assert_eq!(Hash::read(&item(&whole), "hash").unwrap().to_string(), whole);
        for broken in [
            "",
            "0f",
            &"0g".repeat(HASH_LENGTH_BYTES),
            &"é".repeat(HASH_LENGTH_BYTES),
            &format!("{whole}00"),
        ] {
            assert!(Hash::read(&item(broken), "hash").is_err(), "{broken}");
        }
    }
}
