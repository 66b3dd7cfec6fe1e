//! What goes wrong with a CRM, and what it means for the caller.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use tieout_platform::failure::{Class, Classified};
use tieout_platform::http::TransportError;

/// How much of the CRM's words is kept, in characters.
pub const MESSAGE_LENGTH_MAX: usize = 300;

/// A call, and whether it may have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Login,
    Read(&'static str),
    Write(&'static str),
}

impl Call {
    /// The class of an outcome that does not say whether the call took effect.
    pub(crate) fn ambiguous(self, after: Option<Duration>) -> Class {
        match self {
            Self::Login | Self::Read(_) => Class::Transient { after },
            Self::Write(_) => Class::UnknownOutcome,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login => formatter.write_str("logging in"),
            Self::Read(what) => write!(formatter, "reading {what}"),
            Self::Write(what) => write!(formatter, "writing {what}"),
        }
    }
}

/// Why a call to a CRM did not give what was asked. Holds no body, no secret and no personal data.
#[derive(Debug, thiserror::Error)]
pub enum CrmError {
    #[error("setting {section}.{name} is invalid: {remedy}")]
    Setting {
        /// The section of `tieout.toml`.
        section: &'static str,
        /// Its name there, or of the secret.
        name: &'static str,
        remedy: &'static str,
    },
    /// No answer.
    #[error("no answer from the CRM while {call}")]
    Unreachable {
        call: Call,
        #[source]
        source: TransportError,
    },
    /// Not logged in, or our user has not the right: somebody has to renew the login or to grant the right.
    #[error("access denied by the CRM while {call}, with {status} {code}: {message}")]
    Denied {
        call: Call,
        status: u16,
        /// The CRM's code.
        code: String,
        /// Salesforce's message, at most [`MESSAGE_LENGTH_MAX`] characters.
        message: String,
    },
    /// Too many calls, today or at once; nothing happened.
    #[error("too many calls to the CRM while {call}, again after {after:?}: {message}")]
    Throttled {
        call: Call,
        /// How long to stay away.
        after: Duration,
        /// The CRM's words, at most [`MESSAGE_LENGTH_MAX`] characters.
        message: String,
    },
    /// The CRM said no, for another reason.
    #[error("the CRM refused {call} with {status} {code}: {message}{}", fields_text(fields))]
    Refused {
        call: Call,
        /// The HTTP status; 200 where one record of a collection was refused.
        status: u16,
        /// The CRM's code.
        code: String,
        /// Salesforce's message, at most [`MESSAGE_LENGTH_MAX`] characters.
        message: String,
        fields: Vec<String>,
        class: Class,
    },
    /// An answer that is not what the CRM documents: HTML of a proxy, JSON cut short.
    #[error("the CRM's answer {status} while {call} cannot be read: {reason}")]
    Unreadable {
        call: Call,
        status: u16,
        reason: &'static str,
        class: Class,
    },
    /// A value that cannot be used.
    #[error("{object} {record}: {field} is {value}; {remedy}")]
    Value {
        /// The object's API name.
        object: &'static str,
        record: String,
        /// The field's API name.
        field: String,
        /// The value, shortened, or `empty`.
        value: String,
        remedy: &'static str,
    },
    /// The permit is for another system or organisation; nothing was sent.
    #[error("the permit is for '{permit}', the call for '{call}'; this is a fault in Tieout")]
    WrongTarget {
        /// What the permit says.
        permit: String,
        /// What was asked for.
        call: String,
    },
    /// More records than the limit.
    #[error("{call} gave more than the limit of {limit} {what}")]
    TooMany { call: Call, what: &'static str, limit: usize },
}

impl Classified for CrmError {
    fn class(&self) -> Class {
        match self {
            Self::Setting { .. } | Self::Denied { .. } | Self::Value { .. } | Self::TooMany { .. } | Self::WrongTarget { .. } => {
                Class::Permanent
            }
            Self::Throttled { after, .. } => Class::Transient { after: Some(*after) },
            Self::Refused { class, .. } | Self::Unreadable { class, .. } => *class,
            Self::Unreachable { call, source } => match (source, call) {
                (TransportError::TooLarge { .. }, Call::Login | Call::Read(_)) => Class::Permanent,
                (TransportError::Unknown { .. }, call) => call.ambiguous(None),
                (TransportError::NotSent { .. } | TransportError::TooLarge { .. }, _) => source.class(),
            },
        }
    }
}

impl CrmError {
    pub(crate) fn unreadable(call: Call, status: StatusCode, reason: &'static str) -> Self {
        Self::Unreadable {
            call,
            status: status.as_u16(),
            reason,
            class: call.ambiguous(None),
        }
    }
}

fn fields_text(fields: &[String]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    format!(" (fields: {})", fields.join(", "))
}
