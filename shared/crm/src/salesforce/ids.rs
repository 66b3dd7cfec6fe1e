//! Salesforce's identifiers: 15 case-sensitive characters, or 18 where three of checksum make them safe where case is lost.
//!
//! Source: Salesforce help, "Record IDs": each character of the checksum tells which of five characters are upper case.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::RecordId;

/// The length without the checksum, in characters.
pub const SHORT_ID_LENGTH: usize = 15;
/// The length with the checksum, in characters.
pub const LONG_ID_LENGTH: usize = 18;

const CHECKSUM_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const CHARACTERS_PER_CHECKSUM_CHARACTER: usize = 5;

/// Understands 15 characters, or 18 with the right checksum, and gives the 18: an id of 15 characters and the same with 18 are
/// equal.
///
/// # Errors
/// See [`IdError`].
pub fn record_id(text: &str) -> Result<RecordId, IdError> {
    // Letters and digits only, as the general form wants.
    RecordId::parse(&long_form(text)?).map_err(|_| IdError::Character)
}

/// Understands an id as Salesforce sends it: the first 15 characters say which record it is, whatever the checksum after them says.
/// One odd checksum must not keep a whole message out; the record is read again, and that says whether there is one.
///
/// # Errors
/// See [`IdError`]; never [`IdError::Checksum`].
pub fn sent_record_id(text: &str) -> Result<RecordId, IdError> {
    match record_id(text) {
        Err(IdError::Checksum) => record_id(text.get(..SHORT_ID_LENGTH).unwrap_or_default()),
        read => read,
    }
}

/// The id of a Salesforce organisation. Never empty, so that a missing setting refuses everybody.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationId(String);

/// What every organisation's id begins with.
const ORGANISATION_PREFIX: &str = "00D";

impl OrganisationId {
    /// Reads 15 characters, or 18 with the right checksum.
    ///
    /// # Errors
    /// See [`IdError`]; an empty text is one.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let id = long_form(text)?;
        if !id.starts_with(ORGANISATION_PREFIX) {
            return Err(IdError::NotOrganisation);
        }
        Ok(Self(id))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `id` is this organisation: 15 or 18 characters, of which the first 15 count.
    pub fn matches(&self, id: &str) -> bool {
        let length_fits = matches!(id.len(), SHORT_ID_LENGTH | LONG_ID_LENGTH);
        length_fits && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) && id.get(..SHORT_ID_LENGTH) == self.0.get(..SHORT_ID_LENGTH)
    }
}

/// Why a text is not an id of Salesforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("the id is empty; give the 15 or 18 characters that Salesforce shows")]
    Empty,
    /// Neither 15 nor 18 characters.
    #[error("an id has 15 or 18 characters, this has {0}")]
    Length(usize),
    /// Something other than ASCII letters and digits.
    #[error("an id consists of letters and digits only")]
    Character,
    /// The last three of 18 characters do not belong to the first 15.
    #[error("the id's checksum, its last three characters, is wrong; copy it again, upper and lower case matter")]
    Checksum,
    /// Not the id of an organisation.
    #[error("an organisation's id begins with 00D")]
    NotOrganisation,
}

fn long_form(text: &str) -> Result<String, IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(IdError::Character);
    }
    let (Some(short), SHORT_ID_LENGTH | LONG_ID_LENGTH) = (text.get(..SHORT_ID_LENGTH), text.len()) else {
        return Err(IdError::Length(text.len()));
    };
    let mut long = String::with_capacity(LONG_ID_LENGTH);
    long.push_str(short);
    for part in short.as_bytes().chunks(CHARACTERS_PER_CHECKSUM_CHARACTER) {
        let upper = part
            .iter()
            .enumerate()
            .map(|(place, byte)| usize::from(byte.is_ascii_uppercase()) << place);
        let index: usize = upper.sum();
        long.push(CHECKSUM_ALPHABET.get(index).copied().map_or('A', char::from));
    }
    if text.len() == LONG_ID_LENGTH && long != text {
        return Err(IdError::Checksum);
    }
    Ok(long)
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for OrganisationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl TryFrom<String> for OrganisationId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<OrganisationId> for String {
    fn from(id: OrganisationId) -> Self {
        id.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn records_are_kept_with_their_checksum() {
        let rows = [
            ("0067F000003pmdWQAQ", Ok("0067F000003pmdWQAQ")),
            ("0067F000003pmdW", Ok("0067F000003pmdWQAQ")),
            ("001ak00000OKNPHAA5", Ok("001ak00000OKNPHAA5")),
            ("003xx000004TmiQ", Ok("003xx000004TmiQAAS")),
            ("0067F000003pmdWQAA", Err(IdError::Checksum)),
            ("0067F000003pmdWqaq", Err(IdError::Checksum)),
            ("", Err(IdError::Empty)),
            ("0067F000003pmd", Err(IdError::Length(14))),
            ("0067F000003pmdWQ", Err(IdError::Length(16))),
            ("0067F000003pmdWQAQX", Err(IdError::Length(19))),
            ("0067F000003pmd'", Err(IdError::Character)),
            ("0067F000003pmdé", Err(IdError::Character)),
        ];
        for (text, wanted) in rows {
            let got = record_id(text);
            assert_eq!(got.as_ref().map(RecordId::as_str).map_err(|error| *error), wanted, "{text}");
            let sent = sent_record_id(text);
            match wanted {
                // The first fifteen characters identify the record.
                Err(IdError::Checksum) => assert_eq!(sent, record_id("0067F000003pmdW"), "{text}"),
                _ => assert_eq!(sent, got, "{text}"),
            }
        }
    }

    #[test]
    fn organisations_are_compared_by_fifteen_characters() {
        let own = OrganisationId::parse("00D7F00000107Xs").unwrap();
        let rows = [
            ("00D7F00000107XsUAI", true),
            ("00D7F00000107Xs", true),
            // A wrong checksum: fifteen characters identify the organisation.
            ("00D7F00000107XsAAA", true),
            ("00D7F00000107xs", false),
            ("00D7F00000107XsU", false),
            ("00D7F00000107Xt", false),
            ("00D7F00000107Xs UA", false),
            ("", false),
        ];
        for (id, wanted) in rows {
            assert_eq!(own.matches(id), wanted, "{id}");
        }
        assert_eq!(OrganisationId::parse(""), Err(IdError::Empty));
        assert_eq!(OrganisationId::parse("0067F000003pmdW"), Err(IdError::NotOrganisation));
    }
}
