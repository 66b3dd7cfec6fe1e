//! What goes wrong with Salesforce, and what it means for the caller.
//!
//! Codes count more than statuses: `UNABLE_TO_LOCK_ROW` comes with 200, 400 and 500 (`interfaces.md` B).

mod answer;

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use tieout_platform::failure::{Class, Classified};
use tieout_platform::http::TransportError;

pub(super) use answer::{read_answer, refusal, refuses_token};

/// How long we stay away where the day's quota is used up and no time is named, in seconds; the quota is of 24 rolling hours.
pub const QUOTA_WAIT_S: u64 = 15 * 60;
/// How long we stay away after 429, or with too many calls at once, where no time is named, in seconds.
pub const BUSY_WAIT_S: u64 = 60;
/// How much of Salesforce's words is kept, in characters.
pub const MESSAGE_LENGTH_MAX: usize = 300;

/// Which call, and whether it may have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Asking for a token.
    Login,
    /// Something that changes nothing.
    Read(&'static str),
    /// Something that changes a record.
    Write(&'static str),
}

impl Call {
    /// The class of an end that does not say whether the call took effect.
    fn ambiguous(self, after: Option<Duration>) -> Class {
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

/// Why a call to Salesforce did not give what was asked. Holds no body, no secret and no personal data.
#[derive(Debug, thiserror::Error)]
pub enum CrmError {
    /// A setting that cannot be used.
    #[error("setting salesforce.{name} cannot be used: {mend}")]
    Setting {
        /// Its name in `tieout.toml`, or of the secret.
        name: &'static str,
        /// What to do.
        mend: &'static str,
    },
    /// No answer.
    #[error("no answer from Salesforce while {call}")]
    Transport {
        /// Which call.
        call: Call,
        /// The cause.
        #[source]
        source: TransportError,
    },
    /// Salesforce said no.
    #[error("Salesforce refused {call} with {status} {code}: {message}{}", fields_text(fields))]
    Refused {
        /// Which call.
        call: Call,
        /// The HTTP status; 200 where one record of a collection was refused.
        status: u16,
        /// Salesforce's code, for instance `INVALID_FIELD`.
        code: String,
        /// Its words, at most [`MESSAGE_LENGTH_MAX`] characters.
        message: String,
        /// The fields that it names.
        fields: Vec<String>,
        /// What it means.
        class: Class,
    },
    /// An answer that is not what Salesforce's documentation says: HTML of a proxy, JSON cut short.
    #[error("Salesforce's answer {status} while {call} cannot be read: {reason}")]
    Unreadable {
        /// Which call.
        call: Call,
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        reason: &'static str,
        /// What it means.
        class: Class,
    },
    /// A value that we cannot work with.
    #[error("{object} {record}: {field} is {value}; {mend}")]
    Value {
        /// The object's API name.
        object: &'static str,
        /// Its id.
        record: String,
        /// The field's API name.
        field: String,
        /// The value, shortened, or `empty`.
        value: String,
        /// What to do.
        mend: &'static str,
    },
    /// More than we are willing to read.
    #[error("{call} gives more than {limit} {what}")]
    TooMany {
        /// Which call.
        call: Call,
        /// Of what.
        what: &'static str,
        /// How many we read.
        limit: usize,
    },
}

impl Classified for CrmError {
    fn class(&self) -> Class {
        match self {
            Self::Setting { .. } | Self::Value { .. } | Self::TooMany { .. } => Class::Permanent,
            Self::Refused { class, .. } | Self::Unreadable { class, .. } => *class,
            Self::Transport { call, source } => match (source, call) {
                (TransportError::TooLarge { .. }, Call::Login | Call::Read(_)) => Class::Permanent,
                (TransportError::Unknown { .. }, call) => call.ambiguous(None),
                (TransportError::NotSent { .. } | TransportError::TooLarge { .. }, _) => source.class(),
            },
        }
    }
}

impl CrmError {
    pub(super) fn unreadable(call: Call, status: StatusCode, reason: &'static str) -> Self {
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
