//! Names of things in a ledger, each with its own type, so that an invoice's id is never taken for a contact's.

use std::fmt;

/// The longest id that is taken.
pub const ID_LENGTH_MAX: usize = 64;

/// A text that cannot be an id, or a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Ids become parts of addresses and keys: nothing but letters, digits and `-` may be in them.
    #[error("{kind} is empty, longer than {ID_LENGTH_MAX} characters, or holds other characters than letters, digits and '-'")]
    Form {
        /// Which kind of id was wanted.
        kind: &'static str,
    },
    /// A currency is three capital letters of ISO 4217.
    #[error("'{text}' is not a currency code of three capital letters")]
    Currency {
        /// What was given, cut to 10 characters.
        text: String,
    },
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes `text` where it has the form of an id; letters become small ones, as vendors write ids both ways.
            ///
            /// # Errors
            /// [`IdError::Form`].
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let fits = !text.is_empty()
                    && text.len() <= ID_LENGTH_MAX
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                fits.then(|| Self(text.to_ascii_lowercase()))
                    .ok_or(IdError::Form { kind: stringify!($name) })
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }
    )* };
}

ids! {
    /// One set of books, by the ledger's own id of it.
    OrganisationId
    /// A customer.
    ContactId
    /// An invoice; its number is another thing, and may be changed by people.
    InvoiceId
    /// A credit note.
    CreditNoteId
    /// A manual journal.
    JournalId
    /// A line of an invoice or credit note.
    LineId
    /// A payment.
    PaymentId
    /// A credit note's part that was set against an invoice.
    AllocationId
}

/// A currency by its ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CurrencyCode(String);

impl CurrencyCode {
    /// Takes three capital letters.
    ///
    /// # Errors
    /// [`IdError::Currency`].
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Currency {
                text: text.chars().take(10).collect(),
            })
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_safe_in_an_address_and_currencies_are_three_letters() {
        for (text, fits) in [
            ("AEF86862-2015-4b6b-88bc-d89032cecc50", true),
            ("", false),
            ("a/b", false),
            ("a?b", false),
            ("é", false),
            (&"a".repeat(65), false),
        ] {
            assert_eq!(InvoiceId::parse(text).is_ok(), fits, "{text}");
        }
        for (text, fits) in [("EUR", true), ("eur", false), ("EURO", false), ("", false)] {
            assert_eq!(CurrencyCode::parse(text).is_ok(), fits, "{text}");
        }
    }
}
