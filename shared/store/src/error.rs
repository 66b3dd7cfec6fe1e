//! Why the store could not do what was asked of it.

use tieout_platform::failure::{Class, Classified};

/// The cause beneath an error of the store.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error of the store; a failed condition is not one.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Throttled, in conflict with another transaction, a server's error, or no answer. Every write is conditional and was read back
    /// where its answer was lost, so the whole call may be made again.
    #[error("{operation} of {key} is not possible now; try again")]
    Unavailable {
        /// The call.
        operation: &'static str,
        /// The item.
        key: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// DynamoDB refuses the request itself: the table or a permission is missing, or the request is malformed.
    #[error("{operation} of {key} was refused; check the table's name and the role's permissions")]
    Refused {
        /// The call.
        operation: &'static str,
        /// The item.
        key: String,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// Others were faster too many times in a row.
    #[error("{key} changes too fast; try again")]
    Contended {
        /// The item.
        key: String,
    },
    /// An item in the table does not have the form that this code reads.
    #[error("item {key}: attribute {attribute} is not {expected}; it was written by other code or by hand")]
    Broken {
        /// The item.
        key: String,
        /// The attribute.
        attribute: String,
        /// What it should be.
        expected: &'static str,
    },
    /// An item has a newer form than this code knows.
    #[error("item {key} has form {form}; this version reads up to {newest_form}: deploy the version that wrote it, or a later one")]
    NewerForm {
        /// The item.
        key: String,
        /// Its form.
        form: u64,
        /// The newest that is known here.
        newest_form: u64,
    },
    /// An item does not have the hash that it bears.
    #[error("item {key} was changed outside Tieout: its hash is not its own; restore it from a backup and find out who wrote it")]
    Tampered {
        /// The item.
        key: String,
    },
    /// Two orders have the same contract id.
    #[error("contract {contract} was begun by order {origin}; order {order} has the same id and cannot begin it")]
    IdentityTaken {
        /// The contract.
        contract: String,
        /// The order that began it.
        origin: String,
        /// The order that is refused.
        order: String,
    },
    /// One item would be larger than DynamoDB stores.
    #[error("item {key} would have {bytes} bytes; the largest has 409600: put less into one event or record")]
    TooLarge {
        /// The item.
        key: String,
        /// Its size.
        bytes: usize,
    },
    /// More items than one transaction holds.
    #[error("{items} items for {key} do not fit into one transaction of 100: append fewer events at once")]
    TooMany {
        /// The first item.
        key: String,
        /// How many.
        items: usize,
    },
    /// A fact that the contract has already, or that one append holds twice.
    #[error("the fact {key} is stored already, or stands twice in one append")]
    SameFactTwice {
        /// Contract and fact.
        key: String,
    },
    /// An identifier that cannot be part of a key.
    #[error("{what} is not an identifier: it is empty, `null`, or longer than 512 bytes")]
    BadKey {
        /// Which identifier.
        what: &'static str,
    },
}

impl Classified for StoreError {
    fn class(&self) -> Class {
        match self {
            Self::Unavailable { .. } | Self::Contended { .. } => Class::Transient { after: None },
            Self::Refused { .. }
            | Self::Broken { .. }
            | Self::NewerForm { .. }
            | Self::Tampered { .. }
            | Self::IdentityTaken { .. }
            | Self::TooLarge { .. }
            | Self::TooMany { .. }
            | Self::SameFactTwice { .. }
            | Self::BadKey { .. } => Class::Permanent,
        }
    }
}
