//! Names of things: one type for each kind of id, so that an invoice is never taken for a contract.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest id that is accepted, in bytes.
pub(crate) const MAX_ID_LENGTH_BYTES: usize = 200;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[doc = concat!("\n```\nuse tieout_accounting::ids::", stringify!($name), ";\n")]
        #[doc = concat!("assert_eq!(", stringify!($name), "::from(\"A-17\"), ", stringify!($name), "::new(\"A-17\"));\n```")]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is; the readers of stories refuse an empty or over-long one.
            ///
            #[doc = concat!("```\nuse tieout_accounting::ids::", stringify!($name), ";\n")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::new(\"A-17\").to_string(), \"A-17\");\n```")]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            ///
            #[doc = concat!("```\nuse tieout_accounting::ids::", stringify!($name), ";\n")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::from(\"A-17\").as_str(), \"A-17\");\n```")]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::new)
            }
        }
    };
}

id! {
    /// A contract: one customer's enforceable agreement, the unit within which positions are netted.
    ContractId
}
id! {
    /// A performance obligation of a contract.
    ObligationId
}
id! {
    /// An invoice, by the number that the ledger knows.
    InvoiceId
}
id! {
    /// A credit note.
    CreditNoteId
}
id! {
    /// A customer, by the key of the system that sells to it.
    CustomerId
}
id! {
    /// A legal entity whose books are kept.
    EntityId
}
id! {
    /// A journal that was proposed or posted; made by the engine, the same for the same content.
    JournalKey
}
id! {
    /// An entry of a contract's books; made by the engine, the same for the same events.
    EntryId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_to_the_width_of_its_column() {
        let rows = [
            (format!("{:<6}|", ContractId::new("A-17")), "A-17  |"),
            (format!("{:>6}|", JournalKey::new("A-17")), "  A-17|"),
            (format!("{:.2}|", EntityId::new("A-17")), "A-|"),
            (format!("{}|", ObligationId::new("A-17")), "A-17|"),
        ];
        for (found, expected) in rows {
            assert_eq!(found, expected);
        }
    }
}
