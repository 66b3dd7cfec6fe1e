//! One DynamoDB table that remembers contracts, effects, periods, postings, links, tokens and what went wrong.
//!
//! Conditions are part of the write: a write whose condition fails is a typed result, not an error, and a write whose answer was
//! lost is read back. Nothing here expires: the records live as long as the books.
//! Secrets (refresh tokens) and texts of third parties are in the table: it has to be encrypted at rest by KMS.
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `CONTRACT#id` | `1#HEAD`, `2#ORDER#key`, `3#DOCUMENT#000001`, `4#EVENT#000000001` | a contract; `g1pk` of the head is `ENTITY#id` |
//! | `NUMBERS#entity` | `COUNTER#kind#prefix`, `NUMBER#kind#number` | numbers of documents: how far each series is, and the register |
//! | `LINK#kind#id` | `LINK` | which document a record of another system is |
//! | `EFFECT#key` | `EFFECT` | effects; `g1pk` is `EFFECTS#open` until settled |
//! | `PARKED#key` | `PARKED`, `RESOLVED#instant` | what waits for a person, or what a person answered; `g1pk` is `PARKED#open` while it is open |
//! | `PERIODS#entity`, `PERIOD-HISTORY#entity#period` | `PERIOD#2026-01`, `REVISION#000000001` | periods and all their states |
//! | `POSTINGS#entity` | `POSTING#key` | journals posted |
//! | `CONFIG` | `CURRENT`, `V#000001` | configurations |
//! | `BUDGET#organisation`, `TOKEN#connection`, `CURSOR#name`, `CAUSE#key` | same word | one item each |
//! | `ACTS` | `ACT#instant#message` | replays and discards |
//! | `TEXT#sha256` | `PART#0001` | texts too large for one item |
//!
//! Calls made: GetItem, PutItem, UpdateItem, DeleteItem (in transactions), Query (table and `gsi1`), TransactWriteItems;
//! CreateTable only by [`Store::create_table`].

mod budget;
mod config;
mod contract;
mod cursor;
mod effect;
mod error;
mod expression;
mod failure;
mod fault;
mod item;
mod link;
mod numbers;
mod parked;
mod period;
mod posting;
mod record;
mod setup;
mod table;
mod text;
mod token;

use tieout_platform::aws::AwsSettings;
use tieout_platform::clock::SharedClock;

pub use contract::{
    Answers, Appended, Change, Created, Document, DocumentKind, DocumentStatus, Due, DueDocument, Head, InLedger, LineMap, NewContract,
    NewEvent, Order, OrderKey, OrderKind, OrderLine, OrderVersion, Outline, PlannedLine, Rate, Stage, StoredContract, StoredEvent,
};
pub use effect::{EffectChange, StoredEffect};
pub use error::StoreError;
pub use failure::{Act, FailureAct, FailureCause};
pub use link::{Link, Linking};
pub use numbers::{Fate, Issued, NUMBER_DIGITS, RegisteredNumber, Series};
pub use parked::{Assigned, Filed, Parked, ParkedMessage, Resolved, Snoozed};
pub use period::{PeriodRecord, PeriodState};
pub use posting::{Posting, PostingState, Recorded};

/// The name of the table's one index; its keys are `g1pk` and `g1sk`, it projects all attributes.
pub const INDEX: &str = "gsi1";

/// The table and the clock; cheap to clone, no I/O when made.
#[derive(Debug, Clone)]
pub struct Store {
    table: table::Table,
    clock: SharedClock,
    config_version: u64,
    budget: budget::Shared,
}

impl Store {
    /// A store over the table named `table`.
    pub fn new(settings: &AwsSettings, table: String, clock: SharedClock) -> Self {
        Self {
            table: table::Table::new(settings, table),
            clock,
            config_version: 0,
            budget: budget::Shared::default(),
        }
    }

    /// The same store, whose records bear this version of the configuration.
    #[must_use]
    pub fn under(mut self, config_version: u64) -> Self {
        self.config_version = config_version;
        self
    }
}
