//! The CRM's name of a record.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest id that is taken.
pub const ID_LENGTH_MAX: usize = 64;

/// The id of a deal, a customer, a line or a user, in the one form that the CRM's own module gives it: two ids are the same
/// record exactly where their texts are the same. Ask [`Crm::record_id`](crate::Crm::record_id) for one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordId(String);

/// A text that cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a valid id: {problem}")]
pub struct IdError {
    /// What was given, shortened to [`ID_LENGTH_MAX`] characters.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl IdError {
    /// For a vendor's module, whose ids have a narrower form.
    pub(crate) fn new(text: &str, problem: impl fmt::Display) -> Self {
        Self {
            text: text.chars().take(ID_LENGTH_MAX).collect(),
            problem: problem.to_string(),
        }
    }
}

impl RecordId {
    /// Takes an id that is in its one form already. Ids become parts of keys, queries and addresses: nothing but ASCII letters,
    /// digits, `-` and `_` may be in them.
    ///
    /// # Errors
    /// [`IdError`] where it is empty, too long, or holds another character.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if text.is_empty() || text.len() > ID_LENGTH_MAX || !is_plain {
            return Err(IdError::new(
                text,
                format_args!("write 1 to {ID_LENGTH_MAX} letters, digits, '-' and '_'"),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl TryFrom<String> for RecordId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<RecordId> for String {
    fn from(id: RecordId) -> Self {
        id.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_safe_in_keys_queries_and_addresses() {
        for (text, fits) in [
            ("0067F000003pmdWQAQ", true),
            ("deal_12-3", true),
            ("", false),
            ("a/b", false),
            ("a'", false),
            ("a b", false),
            ("é", false),
            (&"a".repeat(ID_LENGTH_MAX), true),
            (&"a".repeat(ID_LENGTH_MAX + 1), false),
        ] {
            assert_eq!(RecordId::parse(text).is_ok(), fits, "{text}");
            assert_eq!(serde_json::from_value::<RecordId>(text.into()).is_ok(), fits, "{text}");
        }
    }
}
