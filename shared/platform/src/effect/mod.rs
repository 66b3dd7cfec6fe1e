//! Whatever leaves is an effect: the intent is stored, then it is attempted, then the outcome is stored.
//!
//! [`perform`] is the only maker of a [`Permit`], and every mutating call of a CRM or ledger client asks for one.
//! An unknown outcome is resolved by reading back, never by sending first. A record lives as long as the books.

mod memory;
mod perform;
mod record;

use std::fmt;

use sha2::{Digest, Sha256};

pub use memory::MemoryRecords;
pub use perform::{EffectError, LEASE_S, Performer, Settled, perform, perform_opened};
pub use record::{Change, EffectRecords, Record, State};

/// The business key of an effect: what happens to which record, not which message asked for it.
///
/// For instance `ledger/invoice/006…/1`. One key is one document in the ledger, for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectKey(String);

/// Key parts hold no other character, so that a key is safe in a database key and in a log.
const KEY_CHARACTERS: &str = "-_./#:";
/// The longest key.
pub const KEY_LENGTH_MAX: usize = 200;

impl EffectKey {
    /// Joins the parts by `/`; characters outside letters, digits and `-_./#:` become `_`.
    pub fn new(parts: &[&str]) -> Self {
        let text = parts.join("/");
        let clean = text.chars().map(|character| {
            if character.is_ascii_alphanumeric() || KEY_CHARACTERS.contains(character) {
                character
            } else {
                '_'
            }
        });
        Self(clean.take(KEY_LENGTH_MAX).collect())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EffectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// What is going to be sent: its business key, where, and the exact body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The business key.
    pub key: EffectKey,
    /// The system and organisation that it goes to, for instance `ledger:6f1c…`.
    pub target: String,
    /// The exact body; a retry sends these very bytes.
    pub body: String,
}

impl Intent {
    /// SHA-256 of the body, in hexadecimal: two attempts of one intent have the same.
    pub fn body_hash(&self) -> String {
        hex(&Sha256::digest(self.body.as_bytes()))
    }
}

/// The right to make one mutating call, for one intent. Only [`perform`] makes it.
#[derive(Debug)]
pub struct Permit<'a> {
    intent: &'a Intent,
    idempotency_key: String,
}

impl Permit<'_> {
    /// The body to send, byte for byte.
    pub fn body(&self) -> &str {
        &self.intent.body
    }

    /// The system and organisation that the permit is for.
    pub fn target(&self) -> &str {
        &self.intent.target
    }

    /// What to send as `Idempotency-Key`: the same for each retry of one attempt, another one after a definite refusal,
    /// because vendors replay their errors too. 64 characters.
    pub fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
