//! Who a contract is: a name of its own, derived from the order that began it.

use std::fmt;

use sha2::{Digest, Sha256};
use tieout_accounting::ids::ContractId;

use crate::error::StoreError;
use crate::item::part;

/// Crockford's base 32: no I, L, O, U, so that a number read aloud is written down right.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a contract's id after its prefix: 80 bits.
const CONTRACT_ID_LENGTH: usize = 16;
/// Bits of one character.
const BITS: usize = 5;

/// An order where it is kept: the source and its id there, for instance `crm/006…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey(String);

impl OrderKey {
    /// The order `id` of `source`.
    ///
    /// # Errors
    /// [`StoreError::BadKey`] where one of them cannot be part of a key.
    pub fn new(source: &str, id: &str) -> Result<Self, StoreError> {
        part("source of an order", source)?;
        part("order", id)?;
        Ok(Self(format!("{source}/{id}")))
    }

    /// As it was stored.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// Source and id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the order where it is kept.
    pub fn id(&self) -> &str {
        self.0.split_once('/').map_or(self.0.as_str(), |(_, id)| id)
    }

    /// The contract that this order begins: the same however often its message comes, so that a repeated one meets itself.
    ///
    /// Two keys in some 2^40 would give the same id: the head keeps the key, and the store refuses the second one.
    pub fn contract(&self) -> ContractId {
        let digest = Sha256::digest(self.0.as_bytes());
        let bit = |index: usize| digest.get(index / 8).is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1);
        let letter = |place: usize| {
            let index = (place * BITS..(place + 1) * BITS).fold(0, |sum, index| sum * 2 + usize::from(bit(index)));
            char::from(ALPHABET[index])
        };
        let letters: String = (0..CONTRACT_ID_LENGTH).map(letter).collect();
        ContractId::new(format!("C-{letters}"))
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_is_called_by_the_first_eighty_bits_of_its_orders_key() {
        // python: base64.b32encode(sha256(key)[:10]) with Crockford's letters in place of RFC 4648's.
        let rows = [
            ("crm", "006000000000001AAA", "C-2TCNGC5PWP01HEF7"),
            ("crm", "006000000000002AAA", "C-7M6KBKTJTYDDVFSJ"),
        ];
        for (source, id, expected) in rows {
            let key = OrderKey::new(source, id).unwrap();
            assert_eq!(key.contract().as_str(), expected, "{key}");
            assert_eq!(key.id(), id);
        }
        for (source, id) in [("", "006"), ("crm", ""), ("crm", "null")] {
            assert!(OrderKey::new(source, id).is_err(), "{source}/{id}");
        }
    }
}
