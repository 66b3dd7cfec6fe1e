//! Steps over a message that are the same for all elements, except for the organisation's id, which must occur once.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::TEXT_SIZE_MAX_BYTES;
use super::error::OutboundError;
use super::scanner::{Element, Namespace, Scanner, Token};

/// Names the organisation that a message is for.
pub(super) const ORGANISATION: &str = "OrganizationId";
/// What some senders write for a missing value.
const NULL_TEXT: &str = "null";
/// How much of an unknown element's name goes into an error, in characters.
const NAME_LENGTH_MAX: usize = 40;

impl<'i> Scanner<'i> {
    /// The next child of an element that holds elements only; `None` at its end.
    pub(super) fn child(&mut self, parent: &'static str) -> Result<Option<Element<'i>>, OutboundError> {
        loop {
            match self.next()? {
                Token::Open(element) => return Ok(Some(element)),
                Token::Close => return Ok(None),
                Token::Text(text) if text.chars().all(char::is_whitespace) => {}
                Token::Text(_) => {
                    return Err(OutboundError::Unexpected {
                        name: "text".to_owned(),
                        parent,
                    });
                }
                Token::End => return Err(OutboundError::Truncated),
            }
        }
    }

    /// The text of an element that holds no other; `None` where there is none, or `null`.
    pub(super) fn text(&mut self, field: &'static str, size_max_bytes: usize) -> Result<Option<String>, OutboundError> {
        let mut whole = String::new();
        loop {
            match self.next()? {
                Token::Text(part) => {
                    // What is cut off at the ends does not count, so that an id may stand on a line of its own.
                    let part = if whole.is_empty() { part.trim_start() } else { &part };
                    if (whole.len() + part.len()) > size_max_bytes && (whole.len() + part.trim_end().len()) > size_max_bytes {
                        return Err(OutboundError::TextTooLong(field));
                    }
                    whole.push_str(part);
                }
                Token::Close => break,
                Token::Open(element) if element.name() == ORGANISATION => {
                    return Err(OutboundError::SecondOrganisation);
                }
                Token::Open(element) => return Err(unexpected(&element, field)),
                Token::End => return Err(OutboundError::Truncated),
            }
        }
        whole.truncate(whole.trim_end().len());
        Ok((!whole.is_empty() && whole != NULL_TEXT).then_some(whole))
    }

    /// An instant; `None` also where the text is not one. The record is read again anyway.
    pub(super) fn instant(&mut self, field: &'static str) -> Result<Option<DateTime<Utc>>, OutboundError> {
        let text = self.text(field, TEXT_SIZE_MAX_BYTES)?;
        Ok(text.and_then(|text| DateTime::from_str(&text).ok()))
    }

    /// Skips an element with its content. An organisation's id inside it is refused: it could only be meant to mislead.
    pub(super) fn skip(&mut self) -> Result<(), OutboundError> {
        let mut open = 1_usize;
        while open > 0 {
            match self.next()? {
                Token::Open(element) if element.name() == ORGANISATION => {
                    return Err(OutboundError::SecondOrganisation);
                }
                Token::Open(_) => open += 1,
                Token::Close => open -= 1,
                Token::Text(_) => {}
                Token::End => return Err(OutboundError::Truncated),
            }
        }
        Ok(())
    }
}

pub(super) fn expect(element: &Element<'_>, namespace: Namespace, name: &str, parent: &'static str) -> Result<(), OutboundError> {
    if element.name() != name {
        return Err(unexpected(element, parent));
    }
    expect_namespace(element, namespace, parent)
}

pub(super) fn expect_namespace(element: &Element<'_>, namespace: Namespace, parent: &'static str) -> Result<(), OutboundError> {
    if element.namespace == namespace {
        return Ok(());
    }
    Err(OutboundError::Namespace {
        name: shortened(element.name()),
        parent,
    })
}

pub(super) fn unexpected(element: &Element<'_>, parent: &'static str) -> OutboundError {
    if element.name() == ORGANISATION {
        return OutboundError::SecondOrganisation;
    }
    OutboundError::Unexpected {
        name: shortened(element.name()),
        parent,
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(NAME_LENGTH_MAX).collect()
}
