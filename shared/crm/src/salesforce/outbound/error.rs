//! Why a message is refused; for log and metrics, never for the caller.

use tieout_platform::failure::{Class, Classified};

use crate::salesforce::ids::IdError;

use super::{BODY_SIZE_MAX_BYTES, DEPTH_MAX, EVENTS_MAX, NOTIFICATIONS_MAX};

/// Why a message is refused. No variant holds a text of the message beyond the name of an element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// More than [`BODY_SIZE_MAX_BYTES`].
    #[error("the message is larger than {BODY_SIZE_MAX_BYTES} bytes")]
    TooLarge,
    /// Not UTF-8, or declared as something else.
    #[error("the message is not UTF-8")]
    Encoding,
    /// A document type declaration.
    #[error("the message has a DOCTYPE")]
    Doctype,
    /// A processing instruction, or an XML declaration anywhere but at the start.
    #[error("the message has a processing instruction")]
    ProcessingInstruction,
    /// A reference to an entity other than XML's own five.
    #[error("the message refers to an entity that XML does not define")]
    Entity,
    /// A character that XML forbids.
    #[error("the message contains a character that XML forbids")]
    Character,
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("elements are nested deeper than {DEPTH_MAX}")]
    TooDeep,
    /// More than [`EVENTS_MAX`] tags and texts.
    #[error("the message has more than {EVENTS_MAX} tags and texts")]
    TooManyEvents,
    /// Not well-formed.
    #[error("the message is not well-formed XML near byte {at_byte}: {reason}")]
    Malformed {
        /// From the start of the body.
        at_byte: u64,
        /// The parser's words.
        reason: &'static str,
    },
    /// The end came before all elements were closed.
    #[error("the message is truncated: elements are still open at its end")]
    Truncated,
    /// An element where another one belongs, or twice where one belongs.
    #[error("unexpected or repeated element {name} in {parent}")]
    Unexpected {
        /// Its local name, shortened.
        name: String,
        /// The element around it.
        parent: &'static str,
    },
    /// The right name in the wrong namespace, or a prefix that nothing binds.
    #[error("element {name} in {parent} is in the wrong namespace")]
    Namespace {
        /// Its local name, shortened.
        name: String,
        /// The element around it.
        parent: &'static str,
    },
    /// An element that must be there is not.
    #[error("the message has no {0}")]
    Missing(&'static str),
    /// A text longer than its field allows.
    #[error("the text of {0} is too long")]
    TextTooLong(&'static str),
    /// For another organisation.
    #[error("the message belongs to another organisation")]
    OtherOrganisation,
    /// `OrganizationId` anywhere but as the one direct child of `notifications`.
    #[error("the message has a second OrganizationId")]
    SecondOrganisation,
    /// More than [`NOTIFICATIONS_MAX`].
    #[error("the message has more than {NOTIFICATIONS_MAX} notifications")]
    TooManyNotifications,
    /// An invalid id.
    #[error("{field} is not a valid id: {source}")]
    Id {
        /// The element.
        field: &'static str,
        /// What is wrong with it.
        #[source]
        source: IdError,
    },
    /// The type of the record does not name an object.
    #[error("the sObject's xsi:type is not the name of an object")]
    Type,
}

impl OutboundError {
    /// One word for a metric's dimension.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Encoding | Self::Character => "encoding",
            Self::Doctype | Self::Entity | Self::ProcessingInstruction => "forbidden_xml",
            Self::TooDeep | Self::TooManyEvents | Self::TextTooLong(_) | Self::TooManyNotifications => "over_limit",
            Self::Malformed { .. } | Self::Truncated => "malformed",
            Self::Unexpected { .. } | Self::Namespace { .. } | Self::Missing(_) | Self::Id { .. } | Self::Type => "not_a_notification",
            Self::OtherOrganisation | Self::SecondOrganisation => "organisation",
        }
    }
}

impl Classified for OutboundError {
    /// The same bytes will always be refused.
    fn class(&self) -> Class {
        Class::Permanent
    }
}
