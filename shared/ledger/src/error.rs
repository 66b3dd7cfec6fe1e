//! What can go wrong with a ledger, in the four classes by which callers decide.

use std::time::Duration;

use tieout_platform::failure::{Class, Classified, Failure};
use tieout_platform::http::TransportError;

/// The longest text of the ledger's that an error carries.
pub const WORDS_LENGTH_MAX: usize = 500;

/// Which bound was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Calls a minute.
    Minute,
    /// Calls a day.
    Day,
    /// Calls at once.
    Concurrent,
    /// Calls a minute of all organisations together.
    AppMinute,
    /// Our own budget gave no place in time; nothing was sent.
    OwnBudget,
    /// Another bound.
    Other,
}

/// Why a call to a ledger did not do what it was for. `what` names the call, for instance `create invoice`.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The ledger refused it, and would again.
    #[error("{what}: the ledger refuses it ({status}): {words}")]
    Refused {
        /// The call.
        what: &'static str,
        /// The HTTP status.
        status: u16,
        /// The ledger's words, cut to [`WORDS_LENGTH_MAX`].
        words: String,
    },
    /// The ledger has one under this number or name already: read back.
    #[error("{what}: the ledger has it already: {words}")]
    AlreadyThere {
        /// The call.
        what: &'static str,
        /// The ledger's words.
        words: String,
    },
    /// Not logged in, or not allowed to: somebody has to connect the organisation again or to grant the scope.
    #[error("{what}: access denied ({status}): {words}; check the connection and its scopes")]
    NotAllowed {
        /// The call.
        what: &'static str,
        /// 401 or 403.
        status: u16,
        /// The ledger's words.
        words: String,
    },
    /// Too many calls; nothing happened.
    #[error("{what}: too many calls ({problem:?}), again after {after:?}")]
    Throttled {
        /// The call.
        what: &'static str,
        /// How long to stay away.
        after: Duration,
        /// Which bound.
        problem: Throttle,
    },
    /// The ledger cannot be reached or used now; nothing happened.
    #[error("{what}: the ledger is not available{}", status.map(|status| format!(" ({status})")).unwrap_or_default())]
    Unavailable {
        /// The call.
        what: &'static str,
        /// The HTTP status, where there was one.
        status: Option<u16>,
        /// How long to stay away, where the ledger said so.
        after: Option<Duration>,
        /// The cause, where no answer came.
        #[source]
        source: Option<TransportError>,
    },
    /// A write whose answer was lost or cannot be understood: it may have taken effect.
    #[error("{what}: whether it took effect is not known: {problem}")]
    OutcomeUnknown {
        /// The call.
        what: &'static str,
        /// What came instead of an answer.
        problem: String,
        /// The cause, where no answer came.
        #[source]
        source: Option<TransportError>,
    },
    /// A key was used again with another request: a fault of ours, as one key belongs to one body.
    #[error("{what}: the idempotency key was used before with another request; this is a fault in Tieout: {words}")]
    KeyUsedDifferently {
        /// The call.
        what: &'static str,
        /// The ledger's words.
        words: String,
    },
    /// An answer without what it must have.
    #[error("{what}: the ledger's answer cannot be understood: {problem}")]
    Malformed {
        /// The call.
        what: &'static str,
        /// Which part, and what is wrong with it.
        problem: String,
    },
    /// A list longer than we are ready to read.
    #[error("{what}: more than {pages_max} pages; narrow the dates")]
    TooManyPages {
        /// The call.
        what: &'static str,
        /// The bound.
        pages_max: u32,
    },
    /// The permit is for another organisation; nothing was sent.
    #[error("{what}: the permit is for '{permit}', the call for '{call}'; this is a fault in Tieout")]
    WrongTarget {
        /// The call.
        what: &'static str,
        /// What the permit says.
        permit: String,
        /// What was asked for.
        call: String,
    },
    /// A request that cannot be put into words of HTTP: an address or id with strange characters; nothing was sent.
    #[error("{what}: the request cannot be built; check the ledger's address and the organisation's id: {problem}")]
    Unsendable {
        /// The call.
        what: &'static str,
        /// The cause.
        problem: String,
    },
    /// The shared budget of calls could not be read; nothing was sent.
    #[error("{what}: the budget of calls cannot be asked")]
    Budget {
        /// The call.
        what: &'static str,
        /// The cause.
        #[source]
        source: Failure,
    },
    /// The token vault could not be read or written; nothing was sent.
    #[error("the token vault cannot be used")]
    Vault {
        /// The cause.
        #[source]
        source: Failure,
    },
    /// Another function is at the refresh token for too long; nothing was sent.
    #[error("another refresher holds the token of connection '{connection}'")]
    RefreshBusy {
        /// The connection.
        connection: String,
        /// When to come again.
        after: Duration,
    },
    /// The login itself is refused: somebody has to connect again.
    #[error("the login is refused ({status}): {words}; connect the ledger again and store the new token or client secret")]
    LoginRefused {
        /// The HTTP status.
        status: u16,
        /// The identity server's `error`.
        words: String,
    },
    /// There is no refresh token yet.
    #[error("connection '{connection}' has no token; connect the ledger first")]
    NotConnected {
        /// The connection.
        connection: String,
    },
}

impl Classified for LedgerError {
    fn class(&self) -> Class {
        match self {
            Self::Refused { .. }
            | Self::NotAllowed { .. }
            | Self::KeyUsedDifferently { .. }
            | Self::Malformed { .. }
            | Self::TooManyPages { .. }
            | Self::WrongTarget { .. }
            | Self::Unsendable { .. }
            | Self::LoginRefused { .. }
            | Self::NotConnected { .. } => Class::Permanent,
            Self::AlreadyThere { .. } => Class::Duplicate,
            Self::OutcomeUnknown { .. } => Class::UnknownOutcome,
            Self::Throttled { after, .. } | Self::RefreshBusy { after, .. } => Class::Transient { after: Some(*after) },
            Self::Unavailable { after, .. } => Class::Transient { after: *after },
            // Whatever became of the store's own write, nothing was sent to the ledger.
            Self::Budget { source, .. } | Self::Vault { source } => match source.class() {
                Class::Transient { after } => Class::Transient { after },
                _ => Class::Transient { after: None },
            },
        }
    }
}

/// Cuts a text of the other side to [`WORDS_LENGTH_MAX`] and takes control characters out.
pub(crate) fn bounded(words: &str) -> String {
    let clean = words.chars().map(|character| if character.is_control() { ' ' } else { character });
    clean.take(WORDS_LENGTH_MAX).collect()
}
