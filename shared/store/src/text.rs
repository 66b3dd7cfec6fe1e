//! Texts that may be larger than an item: inline where small, else in parts under the hash of the whole.

use sha2::{Digest, Sha256};
use tieout_platform::effect::hex;

use crate::error::StoreError;
use crate::expression::Expression;
use crate::item::{Item, Key};
use crate::table::Table;

/// The largest text that is kept inside its item; an item holds three of them and stays below 400 KB.
const INLINE_SIZE_MAX_BYTES: usize = 100 * 1024;
/// The size of a part.
const PART_SIZE_MAX_BYTES: usize = 350 * 1024;

/// SHA-256 in hexadecimal.
pub(crate) fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

impl Item {
    /// With `value` inline or, where it is large, its hash; [`Table::keep`] must have stored it before.
    pub(crate) fn with_long(self, name: &str, value: &str) -> Self {
        if value.len() <= INLINE_SIZE_MAX_BYTES {
            self.with_text(name, value)
        } else {
            self.with_text(&by_hash(name), &hash(value))
        }
    }
}

/// The attribute that holds the hash of a large `name`.
pub(crate) fn by_hash(name: &str) -> String {
    format!("{name}_sha256")
}

impl Table {
    /// Stores `value` by its hash, where it is too large for its item. Parts are never changed, so a crash leaves nothing half valid.
    pub(crate) async fn keep(&self, value: &str) -> Result<(), StoreError> {
        if value.len() <= INLINE_SIZE_MAX_BYTES {
            return Ok(());
        }
        let pk = pk(&hash(value));
        for (number, part) in parts(value).into_iter().enumerate() {
            let item = Item::at(Key::new(&pk, format!("PART#{:04}", number + 1))).with_text("text", part);
            // Already there means by the same hash: the same text.
            self.put(item, &Expression::absent()).await?;
        }
        Ok(())
    }

    /// Reads the long text `name` of `item`.
    pub(crate) async fn long(&self, item: &Item, name: &str) -> Result<Option<String>, StoreError> {
        if let Some(inline) = item.maybe_text(name)? {
            return Ok(Some(inline.to_owned()));
        }
        let by_hash = by_hash(name);
        let Some(expected) = item.maybe_text(&by_hash)? else {
            return Ok(None);
        };
        let mut whole = String::new();
        for part in self.query(&pk(expected), "PART#").await? {
            whole.push_str(part.text("text")?);
        }
        if hash(&whole) != expected {
            return Err(item.broken(&by_hash, "the hash of a text that is whole"));
        }
        Ok(Some(whole))
    }
}

fn pk(hash: &str) -> String {
    format!("TEXT#{hash}")
}

fn parts(mut text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    while !text.is_empty() {
        let (part, rest) = text.split_at(text.floor_char_boundary(PART_SIZE_MAX_BYTES));
        parts.push(part);
        text = rest;
    }
    parts
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_between_characters_and_lose_nothing() {
        let text = "a€".repeat(PART_SIZE_MAX_BYTES / 2);
        let parts = parts(&text);
        assert!(parts.iter().all(|part| part.len() <= PART_SIZE_MAX_BYTES));
        assert_eq!(parts.concat(), text);
    }
}
